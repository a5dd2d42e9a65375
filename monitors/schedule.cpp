#include "monitors/schedule.hpp"

#include <date/date.h>
#include <date/tz.h>

#include <array>
#include <charconv>
#include <stdexcept>

namespace ringback::monitors {
namespace {

using namespace std::chrono;

struct Field {
    std::string_view name;
    unsigned least, most;
    std::span<const std::string_view> words;  ///< words[i] stands for least + i
};

constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
const std::array<Field, 5> kFields{{{"minute", 0, 59, {}},
                                    {"hour", 0, 23, {}},
                                    {"day of month", 1, 31, {}},
                                    {"month", 1, 12, kMonths},
                                    {"day of week", 0, 7, kWeekdays}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kNicknames{
    {{"@hourly", "0 * * * *"},
     {"@daily", "0 0 * * *"},
     {"@midnight", "0 0 * * *"},
     {"@weekly", "0 0 * * 0"},
     {"@monthly", "0 0 1 * *"},
     {"@yearly", "0 0 1 1 *"},
     {"@annually", "0 0 1 1 *"}}};
constexpr int kLongestSearchDays = 366 * 41;  // 29 February on a given weekday comes back within 40 years

ParseError error_at(std::string_view line, std::size_t column, std::string message, std::string hint = {}) {
    ParseError error;
    error.message = std::move(message);
    error.hint = std::move(hint);
    error.column = column + 1;
    error.excerpt = std::string(line);
    return error;
}

std::optional<unsigned> number_of(std::string_view word, const Field& field) {
    unsigned value = 0;
    const auto [end, failed] = std::from_chars(word.data(), word.data() + word.size(), value);
    if (!word.empty() && failed == std::errc{} && end == word.data() + word.size())
        return value >= field.least && value <= field.most ? std::optional(value) : std::nullopt;
    std::string lower;
    for (const char c : word)
        lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    for (std::size_t i = 0; i < field.words.size(); ++i)
        if (lower == field.words[i]) return field.least + static_cast<unsigned>(i);
    return std::nullopt;
}

/// One field to the set of its values (bit = value).
Parsed<std::bitset<60>> read_field(std::string_view line, std::size_t column, std::string_view text,
                                   const Field& field) {
    std::bitset<60> set;
    const auto wrong = [&](std::string_view part) {
        return error_at(line, column + static_cast<std::size_t>(part.data() - text.data()),
                        "'" + std::string(part) + "' is no " + std::string(field.name),
                        "from " + std::to_string(field.least) + " to " + std::to_string(field.most) +
                            ", with lists (1,5), ranges (1-5) and steps (*/15)");
    };
    for (std::size_t begin = 0; begin <= text.size();) {
        const auto comma = std::min(text.find(',', begin), text.size());
        const auto part = text.substr(begin, comma - begin);
        begin = comma + 1;
        const auto slash = part.find('/');
        const auto range = part.substr(0, slash);
        unsigned first = field.least, last = field.name == "day of week" ? 6 : field.most, step = 1;
        if (range != "*") {
            const auto dash = range.find('-');
            const auto from = number_of(range.substr(0, dash), field);
            if (!from) return wrong(part);
            first = *from;
            last = slash == std::string_view::npos ? first : last;
            if (dash != std::string_view::npos) {
                const auto to = number_of(range.substr(dash + 1), field);
                if (!to || *to < first) return wrong(part);
                last = *to;
            }
        }
        if (slash != std::string_view::npos) {
            const auto digits = part.substr(slash + 1);
            const auto [end, failed] = std::from_chars(digits.data(), digits.data() + digits.size(), step);
            if (digits.empty() || failed != std::errc{} || end != digits.data() + digits.size() ||
                step == 0 || step > 1000)
                return wrong(part);
        }
        for (unsigned value = first; value <= last; value += step)
            set.set(value);
    }
    return set;
}

bool day_matches(const Cron& cron, date::local_days day) {
    const date::year_month_day ymd(day);
    if (!cron.months.test(static_cast<unsigned>(ymd.month()))) return false;
    const bool by_day = cron.days.test(static_cast<unsigned>(ymd.day()));
    const bool by_weekday = cron.weekdays.test(date::weekday(day).c_encoding());
    if (cron.any_day || cron.any_weekday) return by_day && by_weekday;
    return by_day || by_weekday;
}

/// The instants (none, one or two) at which the zone's clocks show `local` and a line fires, see
/// next_after().
std::array<std::optional<Time>, 2> instants(const Cron& cron, date::local_seconds local) {
    const auto info = cron.zone->get_info(local);
    const auto at = [&](const date::sys_info& period) {
        return Time(date::sys_seconds(local.time_since_epoch() - period.offset));
    };
    switch (info.result) {
        case date::local_info::unique:
            return {at(info.first), std::nullopt};
        case date::local_info::ambiguous:
            return {at(info.first), cron.any_hour ? std::optional<Time>(at(info.second)) : std::nullopt};
        default:
            return {cron.any_hour ? std::nullopt : std::optional<Time>(Time(info.first.end)), std::nullopt};
    }
}

std::optional<Time> next_cron(const Cron& cron, Time after) {
    // From the day before: an instant of yesterday's local clock may still be ahead when the clock went back.
    auto day = date::floor<date::days>(cron.zone->to_local(after)) - date::days(1);
    for (int i = 0; i < kLongestSearchDays; ++i, day += date::days(1)) {
        if (!day_matches(cron, day)) continue;
        std::optional<Time> best;
        for (unsigned hour = 0; hour < 24; ++hour) {
            if (!cron.hours.test(hour)) continue;
            for (unsigned minute = 0; minute < 60; ++minute) {
                if (!cron.minutes.test(minute)) continue;
                for (const auto& instant :
                     instants(cron, date::local_seconds(day) + hours(hour) + minutes(minute)))
                    if (instant && *instant > after && (!best || *instant < *best)) best = instant;
            }
        }
        if (best) return best;
    }
    return std::nullopt;
}

std::uint64_t hash_of(std::string_view text) {  // FNV-1a: the same on every machine and in every version
    std::uint64_t hash = 1469598103934665603ull;
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ull;
    return hash;
}

}  // namespace

Every every(milliseconds interval, std::string_view name) {
    return {interval, milliseconds(static_cast<std::int64_t>(hash_of(name) %
                                                             static_cast<std::uint64_t>(interval.count())))};
}

Parsed<Cron> parse_cron(std::string_view line, std::string_view zone) {
    Cron cron;
    cron.text = std::string(line);
    cron.zone_name = zone.empty() ? "UTC" : std::string(zone);
    try {
        cron.zone = date::locate_zone(cron.zone_name);
    } catch (const std::runtime_error&) {
        return error_at(zone, 0, "unknown time zone '" + std::string(zone) + "'",
                        "a name such as Europe/Berlin or UTC");
    }
    std::string_view text = line;
    if (!text.empty() && text.front() == '@') {
        text = {};
        for (const auto& [nickname, meaning] : kNicknames)
            if (nickname == line) text = meaning;
        if (text.empty())
            return error_at(line, 0, "unknown schedule '" + std::string(line) + "'",
                            "@hourly, @daily, @weekly, @monthly or @yearly");
    }
    std::array<std::bitset<60>, 5> sets;
    std::array<std::string_view, 5> words;
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size();) {
        if (text[at] == ' ' || text[at] == '\t') {
            ++at;
            continue;
        }
        const auto end = std::min(text.find_first_of(" \t", at), text.size());
        if (count == 5)
            return error_at(text, at, "a cron line has five fields",
                            "minute, hour, day of month, month, day of week");
        words[count] = text.substr(at, end - at);
        auto set = read_field(text, at, words[count], kFields[count]);
        if (!set) return set.error();
        sets[count++] = *set;
        at = end;
    }
    if (count != 5)
        return error_at(text, text.size(),
                        "a cron line has five fields, this one has " + std::to_string(count),
                        "minute, hour, day of month, month, day of week");
    const auto copy = [](const std::bitset<60>& from, auto& to) {
        for (std::size_t i = 0; i < to.size() && i < from.size(); ++i)
            to[i] = from[i];
    };
    copy(sets[0], cron.minutes), copy(sets[1], cron.hours), copy(sets[2], cron.days),
        copy(sets[3], cron.months), copy(sets[4], cron.weekdays);
    if (sets[4][7]) cron.weekdays.set(0);
    cron.any_hour = words[1].front() == '*';
    cron.any_day = words[2].front() == '*';
    cron.any_weekday = words[4].front() == '*';
    if (!next_cron(cron, Time{}))
        return error_at(text, 0, "this cron line never comes true", "no month has such a day");
    return cron;
}

Time next_after(const Schedule& schedule, Time after) {
    if (const auto* regular = std::get_if<Every>(&schedule)) {
        const auto since = floor<milliseconds>(after.time_since_epoch()) - regular->phase;
        auto periods = since / regular->interval;
        if (since < milliseconds(0) && since % regular->interval != milliseconds(0)) --periods;
        return Time(regular->phase + (periods + 1) * regular->interval);
    }
    const auto next = next_cron(std::get<Cron>(schedule), after);
    if (!next) throw std::logic_error("a cron line that parse_cron() accepted has a next instant");
    return *next;
}

}  // namespace ringback::monitors
