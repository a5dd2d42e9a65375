// Where in a script something is: from JavaScriptCore's stacks, and where it gives no place, from the text.
#pragma once

#include "harness/script/engine.hpp"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace ringback::harness {

/// "name@file:line:column" of a JavaScriptCore stack, from the end: file names may hold colons.
[[nodiscard]] std::optional<ScriptContext::Place> parse_frame(std::string_view line);

/// JavaScriptCore gives no column for a syntax error; when it names a token that stands once in the line,
/// that is the place. 0: not known.
[[nodiscard]] std::size_t column_of_token(std::string_view source, std::size_t line,
                                          std::string_view message);

/// What JavaScriptCore says, and nothing more, of a body that ends its function early.
constexpr std::string_view kClosesTheBody = "Parser error";

/// The first line up to which the text closes more than it opened; 1 when there are too many to look at.
template <class Closes>
std::size_t line_that_closes(std::string_view body, Closes closes) {
    constexpr int kMaxLooks = 2000;
    std::size_t line = 1;
    int looks = 0;
    for (std::size_t begin = 0; begin <= body.size() && looks < kMaxLooks; ++line) {
        const auto end = std::min(body.find('\n', begin), body.size());
        const bool brace = body.substr(begin, end - begin).find('}') != std::string_view::npos;
        if (brace && ++looks && closes(body.substr(0, end))) return line;
        begin = end + 1;
    }
    return 1;
}

/// Line and column right behind the last character that is no white space.
[[nodiscard]] std::pair<std::size_t, std::size_t> end_of_code(std::string_view body);

}  // namespace ringback::harness
