#include "webhook/breaker.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace std::chrono_literals;
using ringback::webhook::Breaker;
using Time = ringback::store::Time;

const Time kNow{1'800'000'000s};

Breaker opened() {
    Breaker breaker;
    for (int i = 0; i < 5; ++i)
        breaker.failed(kNow);
    return breaker;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(breaker)

BOOST_AUTO_TEST_CASE(opens_after_five_failures_in_a_row) {
    Breaker breaker;
    for (int i = 0; i < 4; ++i)
        breaker.failed(kNow);
    BOOST_TEST(breaker.allow(kNow));
    breaker.succeeded();
    for (int i = 0; i < 4; ++i)
        breaker.failed(kNow);
    BOOST_TEST(breaker.allow(kNow));
    breaker.failed(kNow);
    BOOST_TEST(!breaker.allow(kNow));
    BOOST_TEST((breaker.open_until() == kNow + 30s));
}

BOOST_AUTO_TEST_CASE(lets_one_probe_through_after_thirty_seconds) {
    auto breaker = opened();
    BOOST_TEST(!breaker.allow(kNow + 29s));
    BOOST_TEST(breaker.allow(kNow + 30s));
    BOOST_TEST(!breaker.allow(kNow + 31s));
}

BOOST_AUTO_TEST_CASE(a_good_probe_closes_it_a_bad_one_opens_it_again) {
    auto good = opened();
    BOOST_TEST(good.allow(kNow + 30s));
    good.succeeded();
    BOOST_TEST(good.allow(kNow + 30s));
    BOOST_TEST(good.allow(kNow + 30s));
    auto bad = opened();
    BOOST_TEST(bad.allow(kNow + 30s));
    bad.failed(kNow + 31s);
    BOOST_TEST(!bad.allow(kNow + 60s));
    BOOST_TEST(bad.allow(kNow + 61s));
}

BOOST_AUTO_TEST_CASE(a_probe_that_was_never_made_leaves_room_for_another) {
    auto breaker = opened();
    BOOST_TEST(breaker.allow(kNow + 30s));
    breaker.abandoned();
    BOOST_TEST(breaker.allow(kNow + 30s));
}

BOOST_AUTO_TEST_SUITE_END()
