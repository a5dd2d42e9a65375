// Old runs go with their messages; what waits stays.
#include "webhook/retention.hpp"

#include "outbox.hpp"

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using std::chrono::system_clock;

}  // namespace

BOOST_AUTO_TEST_SUITE(retention)

BOOST_AUTO_TEST_CASE(what_ended_long_ago_goes_unless_it_still_waits) {
    Outbox outbox;
    net::ScriptedServer server(outbox.world, {net::answer(ok_answer())});
    std::vector<std::string> delivered;
    for (int i = 0; i < 120; ++i)
        delivered.push_back(outbox.finished_run({}));
    const auto told = outbox.finished_run({server.url()});
    BOOST_TEST(show(outbox.deliver(told).targets.at(0)) == "delivered after 1");
    const auto waiting = outbox.finished_run({server.url()});

    const auto later = [](std::chrono::hours span) { return system_clock::now() + span; };
    const auto removed = [&](store::Time now, std::size_t limit) {
        return outbox.ok(remove_old_runs(outbox.store(), 30 * 24h, now, limit));
    };
    BOOST_TEST(removed(later(29 * 24h), 1000) == 0u);
    BOOST_TEST(removed(later(31 * 24h), 70) == 70u);  // the rest another time
    BOOST_TEST(removed(later(31 * 24h), 1000) == 51u);
    BOOST_TEST(removed(later(31 * 24h), 1000) == 0u);
    BOOST_TEST(!outbox.ok(outbox.store().run(told)));
    BOOST_TEST(outbox.messages(told).empty());
    BOOST_TEST(outbox.messages(waiting).size() == 1u);
    BOOST_TEST(show(outbox.deliver(waiting).targets.at(0)) == "delivered after 1");
    BOOST_TEST(removed(later(31 * 24h), 1000) == 1u);
}

BOOST_AUTO_TEST_CASE(the_service_s_part_ends_when_it_is_told_to) {
    Outbox outbox;
    outbox.finished_run({});
    harness::Cancellation stop(outbox.world.io.get_executor());
    const auto begun = std::chrono::steady_clock::now();
    asio::steady_timer timer(outbox.world.io, 200ms);
    timer.async_wait([&](auto) { stop.request("done"); });
    const auto kept = [](store::Store& store, harness::Cancellation until) -> asio::awaitable<bool> {
        co_await keep_history_short(store, 30 * 24h, until);
        co_return true;
    };
    BOOST_TEST(outbox.world.run(kept(outbox.store(), stop)));
    BOOST_TEST((std::chrono::steady_clock::now() - begun < 5s));
    BOOST_TEST(outbox.ok(outbox.store().runs({})).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
