#include "harness/test/yaml_writer.hpp"

#include "run-options/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace ringback::harness {
namespace {

bool is_word_character(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == ' ' ||
           c == '_' || c == '-' || c == '.' || c == '/';
}

/// Words that no YAML reader takes for anything but a text.
bool is_plain(const std::string& text) {
    constexpr std::array<std::string_view, 9> others{"true", "false", "null", "yes", "no",
                                                     "on",   "off",   "y",    "n"};
    if (text.empty() || text.size() > 100) return false;
    const char first = text.front();
    if (!((first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z')) || text.back() == ' ')
        return false;
    std::string lower = text;
    for (auto& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return std::all_of(text.begin(), text.end(), is_word_character) &&
           std::find(others.begin(), others.end(), lower) == others.end();
}

/// A character that YAML takes only as an escape, or that nobody would see.
bool must_escape(char32_t c) {
    return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029 || c == 0xfeff || c == 0xfffe ||
           c == 0xffff;
}

template <class Visit>
void each_character(std::string_view text, const Visit& visit) {
    for (std::size_t at = 0; at < text.size();) {
        const auto point = text::code_point_at(text, at);
        visit(text.substr(at, point.length), point.value);
        at += point.length;
    }
}

bool has_escapes(std::string_view text, bool but_line_breaks) {
    bool found = false;
    each_character(text, [&](std::string_view, char32_t c) {
        found = found || (must_escape(c) && !(but_line_breaks && c == '\n'));
    });
    return found;
}

std::string in_single_quotes(const std::string& text) {
    std::string out = "'";
    for (const char c : text) {
        if (c == '\'') out += '\'';
        out += c;
    }
    return out + "'";
}

std::string in_double_quotes(const std::string& text) {
    std::string out = "\"";
    each_character(text, [&](std::string_view bytes, char32_t c) {
        if (c == '\n') {
            out += "\\n";
        } else if (c == '"' || c == '\\') {
            out += '\\';
            out += bytes;
        } else if (must_escape(c)) {
            std::array<char, 8> escape{};
            std::snprintf(escape.data(), escape.size(), "\\u%04X", static_cast<unsigned>(c));
            out += escape.data();
        } else {
            out += bytes;
        }
    });
    return out + "\"";
}

/// Whether the lines, indented, are the text again: no space that a reader would take for indentation, and
/// one line break at the end or none.
bool fits_a_block(const std::string& text) {
    if (text.find('\n') == std::string::npos || has_escapes(text, true)) return false;
    if (text.front() == ' ' || text.front() == '\n' || text.ends_with("\n\n") || text == "\n") return false;
    for (std::size_t end = text.find('\n'); end != std::string::npos; end = text.find('\n', end + 1))
        if (end > 0 && text[end - 1] == ' ') return false;
    return text.back() != ' ';
}

std::string as_block(const std::string& text, std::size_t indent) {
    const bool ends = text.back() == '\n';
    std::string out = ends ? "|" : "|-";
    std::size_t begin = 0;
    while (begin < text.size()) {
        const auto end = std::min(text.find('\n', begin), text.size());
        out += '\n';
        if (end > begin) out += std::string(indent, ' ') + text.substr(begin, end - begin);
        begin = end + 1;
    }
    return out;
}

void add(std::string& out, const char* key, const std::string& text) {
    if (!text.empty()) out += std::string(key) + ": " + yaml_scalar(text) + "\n";
}

}  // namespace

std::string yaml_scalar(const std::string& text, std::size_t indent) {
    if (is_plain(text)) return text;
    if (fits_a_block(text)) return as_block(text, indent);
    return has_escapes(text, false) ? in_double_quotes(text) : in_single_quotes(text);
}

std::string yaml_text(const Test& test, const std::string& script, std::string_view comment) {
    const auto& webrtc = std::get<WebrtcTest>(test.body);
    std::string out;
    if (!comment.empty()) out += "# " + std::string(comment) + "\n";
    add(out, "name", test.name);
    add(out, "description", test.description);
    if (test.project != "default") add(out, "project", test.project);
    add(out, "service-url", test.service_url);
    add(out, "run-options", test.run_options_text);
    add(out, "script", script);
    if (!webrtc.profiles.empty()) out += "profiles:\n";
    for (const auto& profile : webrtc.profiles) {
        const char* before = "  - ";
        for (const auto& [key, value] :
             {std::pair<const char*, const std::string&>{"browser", profile.browser},
              {"network", profile.network},
              {"firewall", profile.firewall},
              {"media", profile.media},
              {"location", profile.location}}) {
            if (value.empty()) continue;
            out += std::string(before) + key + ": " + yaml_scalar(value, 6) + "\n";
            before = "    ";
        }
    }
    return out;
}

}  // namespace ringback::harness
