#include "pages/markup.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/negotiation.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace ringback::mock_bin {
namespace {

void new_line(std::string& out, unsigned indent, unsigned depth) {
    if (indent == 0) return;
    out += '\n';
    out.append(static_cast<std::size_t>(indent) * depth, ' ');
}

bool is_scalar(const json::value& value) {
    return !(value.is_object() && !value.get_object().empty()) &&
           !(value.is_array() && !value.get_array().empty());
}

/// Boost.JSON writes 0.5 as 5E-1: right, but nothing for people.
void append_scalar(std::string& out, const json::value& value) {
    const auto* number = value.if_double();
    if (!number || !std::isfinite(*number)) {
        out += json::serialize(value);
        return;
    }
    std::array<char, 400> text{};
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), *number, std::chars_format::fixed).ptr;
    out.append(text.data(), end);
}

/// Text that YAML reads as this very text without quotes.
bool plain_in_yaml(std::string_view text) {
    if (text.empty() || text.size() > 1000) return false;
    const auto word = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '_';
    };
    if (!word(text.front())) return false;
    for (const char c : text)
        if (!word(c) && !(c >= '0' && c <= '9') &&
            std::string_view("-._+;=() ").find(c) == std::string_view::npos)
            return false;
    if (text.back() == ' ') return false;
    std::string small(text);
    std::transform(small.begin(), small.end(), small.begin(),
                   [](char c) { return c >= 'A' && c <= 'Z' ? c + 32 : c; });
    for (const std::string_view taken : {"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
        if (small == taken) return false;
    return true;
}

/// Characters that JSON holds as they are and YAML does not: those that it calls not printable, and its other
/// line breaks (YAML 1.2, 5.1; YAML 1.1, 5.4).
constexpr std::pair<std::string_view, std::string_view> kNotInYaml[] = {
    {"\x7F", "\\u007f"},         {"\xE2\x80\xA8", "\\u2028"}, {"\xE2\x80\xA9", "\\u2029"},
    {"\xEF\xBB\xBF", "\\ufeff"}, {"\xEF\xBF\xBE", "\\ufffe"}, {"\xEF\xBF\xBF", "\\uffff"}};

/// A JSON string is a YAML double-quoted scalar (YAML 1.2, 1.3), but for some characters.
std::string quoted_in_yaml(std::string_view text) {
    const auto json = json::serialize(json::value(key(text)));
    std::string out;
    for (std::string_view rest = json; !rest.empty();) {
        const auto* row = std::find_if(std::begin(kNotInYaml), std::end(kNotInYaml),
                                       [&](const auto& entry) { return rest.starts_with(entry.first); });
        const auto second = rest.size() > 1 ? static_cast<unsigned char>(rest[1]) : 0u;
        if (row != std::end(kNotInYaml)) {
            out += row->second;
            rest.remove_prefix(row->first.size());
        } else if (rest[0] == '\xC2' && second < 0xA0) {  // U+0080 to U+009F
            constexpr std::string_view kHex = "0123456789abcdef";
            out += std::string("\\u00") + kHex[second >> 4] + kHex[second & 15];
            rest.remove_prefix(2);
        } else {
            out += rest[0];
            rest.remove_prefix(1);
        }
    }
    return out;
}

std::string yaml_text(std::string_view text) {
    return plain_in_yaml(text) ? std::string(text) : quoted_in_yaml(text);
}

std::string yaml_scalar(const json::value& value) {
    if (const auto* text = value.if_string()) return yaml_text(view(*text));
    std::string out;
    append_scalar(out, value);  // {} and [] too
    return out;
}

void yaml(std::string& out, const json::value& value, unsigned indent, unsigned depth, bool after_dash) {
    const std::string lead(static_cast<std::size_t>(indent) * depth, ' ');
    bool first = after_dash;
    const auto begin_line = [&] {
        if (!first) out += lead;
        first = false;
    };
    if (const auto* object = value.if_object(); object && !object->empty()) {
        for (const auto& member : *object) {
            begin_line();
            out += yaml_text(view(member.key())) + ":";
            if (is_scalar(member.value())) {
                out += " " + yaml_scalar(member.value()) + "\n";
            } else {
                out += '\n';
                yaml(out, member.value(), indent, depth + 1, false);
            }
        }
    } else if (const auto* array = value.if_array(); array && !array->empty()) {
        for (const auto& item : *array) {
            begin_line();
            // The item's own lines stand two columns in, under its first one; indent is at least 2.
            out += "-" + std::string(indent - 1, ' ');
            if (is_scalar(item))
                out += yaml_scalar(item) + "\n";
            else
                yaml(out, item, indent, depth + 1, true);
        }
    } else {
        begin_line();
        out += yaml_scalar(value) + "\n";
    }
}

bool is_xml_name(std::string_view name) {
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
    return !name.empty() && letter(name.front()) && std::all_of(name.begin(), name.end(), [&](char c) {
        return letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '.';
    });
}

void xml_element(std::string& out, std::string_view name, const json::value& value, unsigned indent,
                 unsigned depth);

void xml_members(std::string& out, const json::object& object, unsigned indent, unsigned depth) {
    for (const auto& member : object) {
        if (const auto* array = member.value().if_array()) {
            for (const auto& item : *array)
                xml_element(out, view(member.key()), item, indent, depth);
        } else {
            xml_element(out, view(member.key()), member.value(), indent, depth);
        }
    }
}

void xml_element(std::string& out, std::string_view name, const json::value& value, unsigned indent,
                 unsigned depth) {
    new_line(out, indent, depth);
    // Names of query parameters and the like may be anything; such an element is called "item" and says its
    // name.
    const std::string element(is_xml_name(name) ? name : "item");
    out += "<" + element;
    if (!is_xml_name(name)) out += " name=\"" + pages::xml_text(name) + '"';
    if (is_scalar(value) && !value.is_string() &&
        (value.is_null() || value.is_object() || value.is_array())) {
        out += "/>";
        return;
    }
    out += '>';
    if (const auto* object = value.if_object()) {
        xml_members(out, *object, indent, depth + 1);
        new_line(out, indent, depth);
    } else if (const auto* array = value.if_array()) {
        for (const auto& item : *array)
            xml_element(out, "item", item, indent, depth + 1);
        new_line(out, indent, depth);
    } else if (const auto* text = value.if_string()) {
        out += pages::xml_text(view(*text));
    } else {
        append_scalar(out, value);
    }
    out += "</" + element + ">";
}

}  // namespace

void append_json(std::string& out, const json::value& value, unsigned indent, unsigned depth) {
    if (is_scalar(value)) {
        append_scalar(out, value);
        return;
    }
    const std::string_view colon = indent ? ": " : ":";
    bool first = true;
    const auto item = [&] {
        if (!first) out += ',';
        first = false;
        new_line(out, indent, depth + 1);
    };
    if (const auto* object = value.if_object()) {
        out += '{';
        for (const auto& member : *object) {
            item();
            append_scalar(out, json::value(member.key()));
            out += colon;
            append_json(out, member.value(), indent, depth + 1);
        }
        new_line(out, indent, depth);
        out += '}';
    } else {
        out += '[';
        for (const auto& element : value.get_array()) {
            item();
            append_json(out, element, indent, depth + 1);
        }
        new_line(out, indent, depth);
        out += ']';
    }
}

std::string to_json(const json::value& value, unsigned indent) {
    std::string out;
    append_json(out, value, indent, 0);
    return out;
}

std::string to_yaml(const json::value& value, unsigned indent) {
    std::string out;
    yaml(out, value, std::max(2u, indent), 0, false);
    return out;
}

std::string to_plain_text(const json::value& value, unsigned indent) {
    const auto* text = value.if_string();
    return text ? std::string(view(*text)) : to_yaml(value, indent);
}

std::string to_xml(const json::value& value, unsigned indent) {
    std::string out = "<?xml version=\"1.0\"?>";
    if (indent == 0) {
        xml_element(out, "response", value, 0, 0);
    } else {
        xml_element(out, "response", value, indent, 0);
        out += '\n';
    }
    return out;
}

}  // namespace ringback::mock_bin
