#include "monitors/schedule.hpp"

#include <boost/test/unit_test.hpp>

#include <date/date.h>

#include <set>
#include <sstream>

using namespace ringback;
using namespace ringback::monitors;
using namespace std::chrono_literals;

namespace {

Time at(const std::string& text) {
    std::istringstream in(text);
    date::sys_time<std::chrono::seconds> time;
    in >> date::parse("%FT%TZ", time);
    BOOST_REQUIRE_MESSAGE(!in.fail(), "bad instant in a test table: " << text);
    return time;
}

std::string shown(Time time) {
    return date::format("%FT%TZ", date::floor<std::chrono::seconds>(time));
}

struct CronCase {
    const char *line, *zone, *after;
    std::vector<const char*> next;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(schedule)

BOOST_AUTO_TEST_CASE(cron_lines_give_their_next_instants) {
    const std::vector<CronCase> table{
        {"* * * * *", "", "2026-01-31T12:00:00Z", {"2026-01-31T12:01:00Z", "2026-01-31T12:02:00Z"}},
        {"* * * * *", "", "2026-01-31T12:00:59Z", {"2026-01-31T12:01:00Z"}},
        {"*/15 * * * *", "", "2026-01-31T23:46:00Z", {"2026-02-01T00:00:00Z", "2026-02-01T00:15:00Z"}},
        {"5,35 8-9 * * *", "", "2026-03-01T09:05:00Z", {"2026-03-01T09:35:00Z", "2026-03-02T08:05:00Z"}},
        {"0 9 * * mon-fri", "", "2026-11-20T09:00:00Z", {"2026-11-23T09:00:00Z"}},
        {"0 0 * * 7", "", "2026-11-21T00:00:00Z", {"2026-11-22T00:00:00Z"}},
        {"0 0 29 2 *", "", "2026-01-01T00:00:00Z", {"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z"}},
        {"0 0 13 * fri",
         "",
         "2026-11-13T00:00:00Z",
         {"2026-11-20T00:00:00Z"}},  // both restricted: either suffices
        {"0 0 */2 * mon", "", "2026-11-02T00:00:00Z", {"2026-11-09T00:00:00Z"}},  // "*": both must hold
        {"@daily", "", "2026-12-31T00:00:00Z", {"2027-01-01T00:00:00Z"}},
        {"@hourly", "", "2026-12-31T23:30:00Z", {"2027-01-01T00:00:00Z"}},
        {"10/20 * * * *",
         "",
         "2026-01-01T00:00:00Z",
         {"2026-01-01T00:10:00Z", "2026-01-01T00:30:00Z", "2026-01-01T00:50:00Z", "2026-01-01T01:10:00Z"}},
        {"30 8 * * *", "Europe/Berlin", "2026-01-15T00:00:00Z", {"2026-01-15T07:30:00Z"}},
        {"30 8 * * *", "Europe/Berlin", "2026-07-15T00:00:00Z", {"2026-07-15T06:30:00Z"}},
        {"0 12 * * *", "Asia/Kathmandu", "2026-01-01T00:00:00Z", {"2026-01-01T06:15:00Z"}},
    };
    for (const auto& row : table) {
        const auto cron = parse_cron(row.line, row.zone);
        BOOST_REQUIRE_MESSAGE(cron.has_value(), row.line);
        Time time = at(row.after);
        for (const auto* next : row.next) {
            time = next_after(*cron, time);
            BOOST_TEST(shown(time) == next,
                       row.line << " after " << row.after << ": " << shown(time) << ", expected " << next);
        }
    }
}

BOOST_AUTO_TEST_CASE(spring_forward_makes_up_for_a_fixed_time_in_the_gap_once) {
    // Berlin, 2026-03-29: 02:00 becomes 03:00 at 01:00Z.
    const auto fixed = parse_cron("30 2 * * *", "Europe/Berlin");
    BOOST_TEST(shown(next_after(*fixed, at("2026-03-28T12:00:00Z"))) == "2026-03-29T01:00:00Z");
    BOOST_TEST(shown(next_after(*fixed, at("2026-03-29T01:00:00Z"))) == "2026-03-30T00:30:00Z");
    const auto twice = parse_cron("15,45 2 * * *", "Europe/Berlin");  // two instants in the gap are one start
    BOOST_TEST(shown(next_after(*twice, at("2026-03-29T00:00:00Z"))) == "2026-03-29T01:00:00Z");
    BOOST_TEST(shown(next_after(*twice, at("2026-03-29T01:00:00Z"))) == "2026-03-30T00:15:00Z");
    const auto often = parse_cron("*/30 * * * *", "Europe/Berlin");
    BOOST_TEST(shown(next_after(*often, at("2026-03-29T00:30:00Z"))) == "2026-03-29T01:00:00Z");
    BOOST_TEST(shown(next_after(*often, at("2026-03-29T01:00:00Z"))) == "2026-03-29T01:30:00Z");
}

BOOST_AUTO_TEST_CASE(fall_back_runs_a_fixed_time_once_and_a_frequent_one_through) {
    // Berlin, 2026-10-25: 03:00 becomes 02:00 at 01:00Z, so 02:30 is shown at 00:30Z and at 01:30Z.
    const auto fixed = parse_cron("30 2 * * *", "Europe/Berlin");
    BOOST_TEST(shown(next_after(*fixed, at("2026-10-24T12:00:00Z"))) == "2026-10-25T00:30:00Z");
    BOOST_TEST(shown(next_after(*fixed, at("2026-10-25T00:30:00Z"))) == "2026-10-26T01:30:00Z");
    const auto often = parse_cron("*/30 * * * *", "Europe/Berlin");
    Time time = at("2026-10-24T23:59:00Z");
    for (const auto* next : {"2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z", "2026-10-25T01:00:00Z",
                             "2026-10-25T01:30:00Z", "2026-10-25T02:00:00Z"}) {
        time = next_after(*often, time);
        BOOST_TEST(shown(time) == next);
    }
}

BOOST_AUTO_TEST_CASE(a_year_of_a_daily_line_has_a_start_a_day) {
    for (const auto* zone : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "UTC"}) {
        const auto daily = parse_cron("30 2 * * *", zone);
        Time time = at("2026-01-01T00:00:00Z");
        int starts = 0;
        while ((time = next_after(*daily, time)) < at("2027-01-01T00:00:00Z"))
            ++starts;
        BOOST_TEST(starts == 365, zone << ": " << starts);
    }
}

BOOST_AUTO_TEST_CASE(bad_cron_lines_are_explained) {
    struct Row {
        const char *line, *zone, *message;
        std::size_t column;
    };
    for (const auto& row :
         std::vector<Row>{{"", "", "a cron line has five fields, this one has 0", 1},
                          {"* * * *", "", "a cron line has five fields, this one has 4", 8},
                          {"* * * * * *", "", "a cron line has five fields", 11},
                          {"60 * * * *", "", "'60' is no minute", 1},
                          {"* 24 * * *", "", "'24' is no hour", 3},
                          {"* * 0 * *", "", "'0' is no day of month", 5},
                          {"* * * 13 *", "", "'13' is no month", 7},
                          {"* * * * funday", "", "'funday' is no day of week", 9},
                          {"1,,2 * * * *", "", "'' is no minute", 3},
                          {"5-1 * * * *", "", "'5-1' is no minute", 1},
                          {"*/0 * * * *", "", "'*/0' is no minute", 1},
                          {"1/4294967295 * * * *", "", "'1/4294967295' is no minute", 1},
                          {"0 0 30 2 *", "", "this cron line never comes true", 1},
                          {"@often", "", "unknown schedule '@often'", 1},
                          {"* * * * *", "Mars/Olympus", "unknown time zone 'Mars/Olympus'", 1}}) {
        const auto cron = parse_cron(row.line, row.zone);
        BOOST_REQUIRE_MESSAGE(!cron.has_value(), row.line);
        BOOST_TEST(cron.error().message == row.message);
        BOOST_TEST(cron.error().column == row.column, row.line << ": column " << cron.error().column);
    }
}

BOOST_AUTO_TEST_CASE(intervals_keep_their_phase_over_restarts) {
    const auto schedule = every(60s, "checkout");
    const auto first = next_after(schedule, at("2026-11-21T10:00:00Z"));
    BOOST_TEST((next_after(schedule, first) - first == 60s));
    BOOST_TEST((next_after(schedule, first - 1ms) == first));
    BOOST_TEST((next_after(every(60s, "checkout"), at("2026-11-21T10:07:13Z")) - first) % 60s == 0s);
    BOOST_TEST((next_after(schedule, Time(-90s)) > Time(-90s)));
    BOOST_TEST((next_after(schedule, Time(-90s)) <= Time(-30s)));
}

BOOST_AUTO_TEST_CASE(a_thousand_monitors_do_not_fire_together) {
    std::map<long long, int> per_second;
    for (int i = 0; i < 1000; ++i)
        ++per_second[every(60s, "monitor " + std::to_string(i)).phase / 1s];
    BOOST_TEST(per_second.size() == 60u);
    for (const auto& [second, count] : per_second)
        BOOST_TEST(count < 40, "second " << second << ": " << count);
}

BOOST_AUTO_TEST_SUITE_END()
