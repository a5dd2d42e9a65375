// Small helpers for places in a person's text, beside error_at() of run-options.
#pragma once

#include "run-options/parse_error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace ringback::harness {

/// `inner` was found in a part of `text` that begins at byte `offset`: the same error, seen in the whole
/// text.
[[nodiscard]] ParseError error_within(std::string_view text, std::size_t offset, ParseError inner);

/// Line and column (in code points), from 1, of byte `offset`.
struct TextPosition {
    std::size_t line = 1, column = 1;
};
[[nodiscard]] TextPosition position_of(std::string_view text, std::size_t offset) noexcept;

/// At most `limit` code points of `text`, with "…" when something was cut. Never cuts inside a code point.
[[nodiscard]] std::string clipped(std::string_view text, std::size_t limit);

[[nodiscard]] constexpr bool is_space(char c) noexcept {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// "did you mean 'name'?", or "" for an empty name.
[[nodiscard]] std::string did_you_mean(std::string_view name);

}  // namespace ringback::harness
