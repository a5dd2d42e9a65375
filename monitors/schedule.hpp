// When a monitor is due: every so often, or by a cron line in a time zone. Pure arithmetic, no clock and no
// waiting.
#pragma once

#include "run-options/parse_error.hpp"

#include <bitset>
#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace date {
class time_zone;
}

namespace ringback::monitors {

using Time = std::chrono::system_clock::time_point;

/// At `phase` and every `interval` after it, counted from the Unix epoch: the same instants after any
/// restart.
struct Every {
    std::chrono::milliseconds interval{0}, phase{0};
};

/// A cron line: minute, hour, day of month, month, day of week (0 or 7 is Sunday; names allowed), with lists,
/// ranges and steps; or @hourly, @daily, @weekly, @monthly, @yearly. When both days are restricted, either
/// one suffices (as in Vixie cron).
struct Cron {
    std::bitset<60> minutes;
    std::bitset<24> hours;
    std::bitset<32> days;     ///< 1 to 31
    std::bitset<13> months;   ///< 1 to 12
    std::bitset<7> weekdays;  ///< 0 is Sunday
    bool any_hour = false, any_day = false, any_weekday = false;
    const date::time_zone* zone = nullptr;
    std::string text, zone_name;
};

using Schedule = std::variant<Every, Cron>;

/// @param name spreads monitors with the same interval: the phase is a hash of it
[[nodiscard]] Every every(std::chrono::milliseconds interval, std::string_view name);

/// @param zone IANA name, "Europe/Berlin"; "" is UTC. Errors: a malformed or impossible line ("0 0 30 2 *"),
/// an unknown zone.
[[nodiscard]] Parsed<Cron> parse_cron(std::string_view line, std::string_view zone);

/// The first instant after `after`.
///
/// Daylight saving, for a cron line with fixed hours: an instant that the clock skips in spring is made up
/// for at the end of the gap; one that it passes twice in autumn counts the first time only. A line whose
/// hour is "*" goes by elapsed time: it fires in both passes, and not at all for a gap.
[[nodiscard]] Time next_after(const Schedule& schedule, Time after);

}  // namespace ringback::monitors
