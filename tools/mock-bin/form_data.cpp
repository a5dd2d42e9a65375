#include "tools/mock-bin/form_data.hpp"

#include "net/http_server.hpp"
#include "tools/mock-bin/text.hpp"

#include <algorithm>

namespace ringback::mock_bin {

std::string media_type(std::string_view content_type) {
    const auto essence = trim(content_type.substr(0, content_type.find(';')));
    const auto slash = essence.find('/');
    if (slash == std::string_view::npos || slash == 0 || slash + 1 == essence.size()) return {};
    const bool token = std::all_of(essence.begin(), essence.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$&^_.+-/").find(c) != std::string_view::npos;
    });
    return token ? lower(essence) : std::string();
}

std::optional<std::string> field_parameter(std::string_view field, std::string_view name) {
    auto at = field.find(';');
    while (at != std::string_view::npos) {
        auto rest = trim(field.substr(at + 1));
        const auto equals = rest.find_first_of("=;");
        if (equals == std::string_view::npos) return std::nullopt;
        if (rest[equals] == ';') {
            field = rest, at = equals;
            continue;
        }
        const auto key = trim(rest.substr(0, equals));
        rest = trim(rest.substr(equals + 1));
        std::string value;
        std::size_t i = 0;
        if (!rest.empty() && rest.front() == '"') {
            for (i = 1; i < rest.size() && rest[i] != '"'; ++i) {
                // Browsers escape only the quote; a backslash before anything else is part of a Windows path.
                if (rest[i] == '\\' && i + 1 < rest.size() && (rest[i + 1] == '"' || rest[i + 1] == '\\'))
                    ++i;
                value += rest[i];
            }
        } else {
            i = std::min(rest.find(';'), rest.size());
            value = std::string(trim(rest.substr(0, i)));
        }
        if (net::same_name(key, name)) return value;
        field = rest;
        at = rest.find(';', i);
    }
    return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> parse_cookies(std::string_view field) {
    std::vector<std::pair<std::string, std::string>> out;
    while (!field.empty()) {
        const auto end = field.find(';');
        const auto pair = trim(field.substr(0, end));
        field.remove_prefix(end == std::string_view::npos ? field.size() : end + 1);
        const auto equals = pair.find('=');
        if (equals == std::string_view::npos) continue;
        auto value = trim(pair.substr(equals + 1));
        if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
            value = value.substr(1, value.size() - 2);
        auto decoded = net::percent_decode(value);
        out.emplace_back(to_text(trim(pair.substr(0, equals))),
                         is_utf8(decoded) ? std::move(decoded) : to_text(value));
    }
    return out;
}

namespace {

Part parse_part_head(std::string_view head) {
    Part part;
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const auto line = head.substr(0, end);
        head.remove_prefix(end == std::string_view::npos ? head.size() : end + 2);
        const auto colon = line.find(':');
        if (colon == std::string_view::npos) continue;
        const auto name = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
        if (net::same_name(name, "content-disposition")) {
            part.name = to_text(field_parameter(value, "name").value_or(""));
            if (auto file = field_parameter(value, "filename")) {
                part.is_file = true;
                part.file_name = to_text(*file);
            }
        } else if (net::same_name(name, "content-type")) {
            part.content_type = to_text(value);
        }
    }
    return part;
}

}  // namespace

std::vector<Part> parse_multipart(std::string_view body, std::string_view boundary) {
    std::vector<Part> parts;
    if (boundary.empty() || boundary.size() > 200) return parts;
    const std::string first = "--" + std::string(boundary), next = "\r\n" + first;
    std::size_t at = body.starts_with(first) ? first.size() : std::string_view::npos;
    if (at == std::string_view::npos) {
        const auto found = body.find(next);
        if (found == std::string_view::npos) return parts;
        at = found + next.size();
    }
    while (parts.size() < 1000 && !body.substr(at).starts_with("--")) {
        const auto line_end = body.find("\r\n", at);
        if (line_end == std::string_view::npos) break;
        const auto head_begin = line_end + 2;
        // A part without fields begins with the empty line at once.
        const bool bare = body.substr(head_begin).starts_with("\r\n");
        const auto head_end = bare ? head_begin : body.find("\r\n\r\n", head_begin);
        if (head_end == std::string_view::npos) break;
        const auto value_begin = head_end + (bare ? 2 : 4);
        // The empty value shares its line break with the delimiter that follows.
        const auto value_end = body.find(next, value_begin - 2);
        if (value_end == std::string_view::npos) break;
        auto part = parse_part_head(body.substr(head_begin, head_end - head_begin));
        part.value =
            value_end < value_begin ? std::string_view() : body.substr(value_begin, value_end - value_begin);
        parts.push_back(std::move(part));
        at = value_end + next.size();
    }
    return parts;
}

}  // namespace ringback::mock_bin
