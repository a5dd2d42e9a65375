// Regular expressions with a bound on time: somebody else's pattern meets somebody else's body.
#pragma once

#include <string>
#include <string_view>

namespace ringback::harness {

struct PatternOutcome {
    bool matched = false;
    std::string
        error;  ///< the pattern is wrong, or the search was given up; one sentence without a full stop
};

/// True when `pattern` (Perl syntax, on code points) matches anywhere in `text`. Bounds: pattern 4 KiB, text
/// 1 MiB, and a number of steps that takes well under a second; the matcher keeps its state on the heap, so
/// no text can exhaust the stack.
[[nodiscard]] PatternOutcome search_pattern(std::string_view pattern, std::string_view text);

/// What is wrong with the pattern, or "".
[[nodiscard]] std::string check_pattern(std::string_view pattern);

}  // namespace ringback::harness
