// Durations as people write them: "500ms", "2s", "1.5m", "1h", "1d".
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace ringback {

/// A number and a unit (ms, s, m or min, h, d). A number alone counts in `bare_unit`; zero: a unit is
/// required. nullopt: not of that form, negative, or more than 10,000 days. No spaces but around the whole.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_duration(
    std::string_view text, std::chrono::milliseconds bare_unit = std::chrono::milliseconds(0));

}  // namespace ringback
