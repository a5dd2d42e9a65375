#include "harness/expression/text_position.hpp"

#include <algorithm>

namespace ringback::harness {

namespace {

bool continues_code_point(char c) noexcept {
    return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::size_t code_points(std::string_view text) noexcept {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return !continues_code_point(c); }));
}

}  // namespace

TextPosition position_of(std::string_view text, std::size_t offset) noexcept {
    const auto before = text.substr(0, std::min(offset, text.size()));
    const auto line_start = before.rfind('\n') + 1;  // npos + 1 is 0
    return {1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')),
            1 + code_points(before.substr(line_start))};
}

ParseError error_within(std::string_view text, std::size_t offset, ParseError inner) {
    std::size_t at = std::min(offset, text.size());
    for (std::size_t line = 1; line < inner.line && at < text.size(); ++at)
        if (text[at] == '\n') ++line;
    for (std::size_t column = 1; column < inner.column && at < text.size(); ++column)
        do
            ++at;
        while (at < text.size() && continues_code_point(text[at]));
    return error_at(text, at, std::move(inner.message), std::move(inner.hint));
}

std::string clipped(std::string_view text, std::size_t limit) {
    std::size_t end = 0;
    for (std::size_t count = 0; end < text.size(); ++end) {
        if (continues_code_point(text[end])) continue;
        if (count++ == limit) return std::string(text.substr(0, end)) + "…";
    }
    return std::string(text);
}

std::string_view trimmed(std::string_view text) noexcept {
    while (!text.empty() && is_space(text.front()))
        text.remove_prefix(1);
    while (!text.empty() && is_space(text.back()))
        text.remove_suffix(1);
    return text;
}

std::string did_you_mean(std::string_view name) {
    return name.empty() ? std::string() : "did you mean '" + std::string(name) + "'?";
}

}  // namespace ringback::harness
