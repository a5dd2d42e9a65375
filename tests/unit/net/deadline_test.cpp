#include "net/deadline.hpp"

#include "net/watchdog.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback::net;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(deadline)

BOOST_AUTO_TEST_CASE(never_expires_by_default) {
    const Deadline never;
    BOOST_TEST(never.never());
    BOOST_TEST(!never.expired());
    BOOST_TEST((never.remaining() == Deadline::Clock::duration::max()));
}

BOOST_AUTO_TEST_CASE(remains_at_least_zero) {
    const auto past = Deadline::after(-1s);
    BOOST_TEST(past.expired());
    BOOST_TEST((past.remaining() == 0s));
    const auto later = Deadline::after(1h);
    BOOST_TEST(!later.expired());
    BOOST_TEST((later.remaining() > 59min));
}

BOOST_AUTO_TEST_CASE(within_takes_the_sooner) {
    const auto soon = Deadline::after(1s);
    BOOST_TEST((soon.within(1h) == soon));
    BOOST_TEST((soon.within(1ms) < soon));
    BOOST_TEST(!Deadline().within(1h).never());
}

BOOST_AUTO_TEST_CASE(watchdog_acts_once_the_deadline_passed) {
    boost::asio::io_context io;
    Watchdog watchdog(io.get_executor());
    int acted = 0;
    watchdog.arm(Deadline::after(1ms), [&] { ++acted; });
    io.run();
    BOOST_TEST(acted == 1);
    BOOST_TEST(watchdog.fired());
    watchdog.arm(Deadline(), [&] { ++acted; });
    BOOST_TEST(!watchdog.fired());
}

BOOST_AUTO_TEST_CASE(watchdog_disarmed_after_its_timer_ran_out_does_nothing) {
    boost::asio::io_context io;
    Watchdog watchdog(io.get_executor());
    int acted = 0;
    watchdog.arm(Deadline::after(-1ms), [&] { ++acted; });
    // Runs before the handler of the timer, whose time is long over.
    boost::asio::post(io, [&] { watchdog.disarm(); });
    io.run();
    BOOST_TEST(acted == 0);
    BOOST_TEST(!watchdog.fired());
}

BOOST_AUTO_TEST_SUITE_END()
