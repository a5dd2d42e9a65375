// One shape for everything that can be wrong with what a person wrote: run options, test files,
// configurations.
#pragma once

#include <boost/system/result.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ringback {

/// What is wrong, where, and what would be right.
struct ParseError {
    std::string message;     ///< what is wrong, one sentence without a full stop: "unknown option '#sesion'"
    std::size_t line = 1;    ///< from 1
    std::size_t column = 1;  ///< from 1, in code points
    std::string
        hint;  ///< what was expected or the nearest valid name: "did you mean '#session'?"; may be empty
    std::string source;   ///< file name, or what the text was given as ("--run-options"); may be empty
    std::string excerpt;  ///< the offending line as written (clipped, secrets masked); may be empty
    std::size_t excerpt_column =
        1;  ///< column of the excerpt's first character, more than 1 where its start is clipped
};

/// An error that points at byte `offset` of `text` (up to its size): fills line, column and excerpt. Lines
/// end at "\n".
[[nodiscard]] ParseError error_at(std::string_view text, std::size_t offset, std::string message,
                                  std::string hint = {});

/// Nothing when `text` is UTF-8 without control characters (tabs and line breaks are none); else the error at
/// the first byte that is not. For any text that a person hands in, before it is read.
[[nodiscard]] std::optional<ParseError> check_characters(std::string_view text);

/// A person's words for use inside a message: in single quotes, at most 40 characters, nothing invisible.
[[nodiscard]] std::string quoted(std::string_view words);

/// "file:line:column: message", then the offending line (at most 100 characters of it) with a caret below the
/// column, then the hint. Without a source: "line:column: message". Several lines, no line break at the end;
/// nothing in it moves the cursor or hides text, whatever a person wrote.
/// @param color with ANSI colours, for a terminal
[[nodiscard]] std::string render(const ParseError& error, bool color = false);

/// The candidate nearest to `word` by edit distance (case-insensitive), or "" when none is near enough to be
/// meant.
[[nodiscard]] std::string_view nearest_name(std::string_view word,
                                            std::span<const std::string_view> candidates);

/// Result of anything that reads a person's text. Since a ParseError can be made from a message alone, a
/// Parsed<std::string> takes its value only as Parsed<std::string>(boost::system::in_place_value, text).
template <class T>
using Parsed = boost::system::result<T, ParseError>;

/// Needed by boost::system::result: `value()` on an error throws std::invalid_argument with the rendered
/// text.
[[noreturn]] void throw_exception_from_error(const ParseError& error, const boost::source_location& where);

}  // namespace ringback
