// The values of run options, read from their text: one function per kind of value.
#pragma once

#include "run-options/option_grammar.hpp"
#include "run-options/parse_error.hpp"
#include "run-options/value/url.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::value {

/// One option inside the text that it was written in.
struct Option {
    std::string_view text;
    OptionText written;

    [[nodiscard]] std::string title() const;  ///< "#timeout", as written
    /// An error that points at the value, or at the option when it has none.
    [[nodiscard]] ParseError error(std::string message, std::string hint = {}) const;
    /// The value's words: plain, or what a JSON string says. An error without a value, and for a JSON object.
    /// @param expected what the value is, for the error message: "a whole number"
    [[nodiscard]] Parsed<Words> words(std::string_view expected) const;
};

/// A whole number from 1 to `most`.
[[nodiscard]] Parsed<std::uint32_t> read_count(const Option& option, std::uint32_t most);

struct DurationRange {
    std::chrono::milliseconds unit;  ///< of a bare number
    std::chrono::milliseconds least, most;
    std::string_view expected;  ///< for messages: "minutes, or a time such as 90s"
};

/// A duration, see duration.hpp.
[[nodiscard]] Parsed<std::chrono::milliseconds> read_duration(const Option& option,
                                                              const DurationRange& range);

/// True: the option stands for itself. An error when it has a value.
[[nodiscard]] Parsed<bool> read_flag(const Option& option);

/// Chromium's switches: separated by commas, without "--" (which is removed); "\\," is a comma inside a
/// switch.
[[nodiscard]] Parsed<std::vector<std::string>> read_switches(const Option& option);

/// Paths or URLs, one per line.
[[nodiscard]] Parsed<std::vector<std::string>> read_locations(const Option& option);

/// The lines of some words, each trimmed of white space and commas, without empty ones.
[[nodiscard]] std::vector<Words> split_lines(const Words& words);

}  // namespace ringback::value
