#include "monitors/planner.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::monitors;
using namespace std::chrono_literals;

namespace {
Schedule each(std::chrono::milliseconds interval, std::chrono::milliseconds phase = 0ms) {
    return Every{interval, phase};
}
using Indexes = std::vector<std::size_t>;
}  // namespace

BOOST_AUTO_TEST_SUITE(planner)

BOOST_AUTO_TEST_CASE(nothing_starts_before_its_first_instant) {
    Planner planner({{"a", each(10s)}, {"b", each(10s, 3s)}}, Time(100s));
    auto plan = planner.advance(Time(100s));
    BOOST_TEST(plan.start.empty());
    BOOST_TEST((plan.again == Time(103s)));
    BOOST_TEST((planner.advance(Time(103s)).start == Indexes{1}));
    BOOST_TEST((planner.advance(Time(110s)).start == Indexes{0}));
}

BOOST_AUTO_TEST_CASE(a_monitor_never_overlaps_itself) {
    Planner planner({{"a", each(10s)}}, Time(0s));
    BOOST_TEST((planner.advance(Time(10s)).start == Indexes{0}));
    const auto second = planner.advance(Time(20s));
    BOOST_TEST(second.start.empty());
    BOOST_TEST((second.skipped == Indexes{0}));
    planner.ended(0);
    BOOST_TEST(planner.advance(Time(29s)).start.empty());  // the skipped one is not made up for
    BOOST_TEST((planner.advance(Time(30s)).start == Indexes{0}));
}

BOOST_AUTO_TEST_CASE(missed_instants_are_one_start_not_a_burst) {
    Planner planner({{"a", each(10s)}}, Time(0s));
    BOOST_TEST((planner.advance(Time(1005s)).start == Indexes{0}));
    planner.ended(0);
    const auto plan = planner.advance(Time(1006s));
    BOOST_TEST(plan.start.empty());
    BOOST_TEST((plan.again == Time(1010s)));
}

BOOST_AUTO_TEST_CASE(a_clock_set_back_does_not_start_anything_twice) {
    Planner planner({{"a", each(10s)}}, Time(0s));
    BOOST_TEST((planner.advance(Time(50s)).start == Indexes{0}));
    planner.ended(0);
    BOOST_TEST(planner.advance(Time(40s)).start.empty());
    BOOST_TEST((planner.advance(Time(60s)).start == Indexes{0}));
}

BOOST_AUTO_TEST_CASE(without_monitors_there_is_nothing_to_wait_for) {
    Planner planner({}, Time(0s));
    BOOST_TEST(!planner.advance(Time(1s)).again.has_value());
}

BOOST_AUTO_TEST_SUITE_END()
