// One shape for everything that can be wrong with what a person wrote: run options, test files, configurations.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include <boost/system/result.hpp>

namespace ringback {

/// What is wrong, where, and what would be right.
struct ParseError {
    std::string message;    ///< what is wrong, one sentence without a full stop: "unknown option '#sesion'"
    std::size_t line = 1;   ///< from 1
    std::size_t column = 1; ///< from 1, in code points
    std::string hint;       ///< what was expected or the nearest valid name: "did you mean '#session'?"; may be empty
    std::string source;     ///< file name, or what the text was given as ("--run-options"); may be empty
    std::string excerpt;    ///< the offending line as written (clipped); may be empty
};

/// "file:line:column: message", then the offending line with a caret below the column, then the hint.
/// @param color with ANSI colours, for a terminal
[[nodiscard]] std::string render(const ParseError& error, bool color = false);

/// The candidate nearest to `word` by edit distance (case-insensitive), or "" when none is near enough to be meant.
[[nodiscard]] std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates);

/// Result of anything that reads a person's text.
template <class T>
using Parsed = boost::system::result<T, ParseError>;

/// Needed by boost::system::result: `value()` on an error throws std::invalid_argument with the rendered text.
[[noreturn]] void throw_exception_from_error(const ParseError& error, const boost::source_location& where);

}  // namespace ringback
