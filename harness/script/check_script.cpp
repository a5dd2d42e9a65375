#include "harness/script/check_script.hpp"

#include "harness/script/engine.hpp"

#include <algorithm>

namespace ringback::harness {
namespace {

/// Line `number` (from 1) of the text, clipped for display.
std::string line_of(std::string_view text, std::size_t number) {
    constexpr std::size_t kShown = 200;
    for (; number > 1; --number) {
        const auto end = text.find('\n');
        if (end == std::string_view::npos) return {};
        text.remove_prefix(end + 1);
    }
    auto line = text.substr(0, text.find('\n'));
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    return std::string(line.substr(0, kShown));
}

}  // namespace

Parsed<void> check_script(std::string_view text, const std::string& file) {
    const auto checked = check_body(text, file);
    if (checked.has_value()) return {};
    const auto& error = checked.error();
    ParseError parse;
    parse.message = error.text();
    // The place is told in fields of its own, not once more in the sentence.
    if (error.line) parse.message = error.name.empty() ? error.message : error.name + ": " + error.message;
    parse.line = std::max<std::size_t>(error.line, 1);
    parse.column = std::max<std::size_t>(error.column, 1);
    parse.source = file;
    parse.excerpt = error.line ? line_of(text, error.line) : std::string{};
    return parse;
}

}  // namespace ringback::harness
