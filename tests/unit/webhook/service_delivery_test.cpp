// The service's loop against a real store and scripted servers.
#include "outbox.hpp"

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using net::answer;
using net::ScriptedServer;
using store::MessageState;
using Clock = std::chrono::steady_clock;

/// Serves until `done` says so, at most 8 s, then stops; returns what was noticed.
struct Served {
    std::vector<std::string> notices;
    double seconds_to_stop = 0;
};

/// True once `holds` has been true for half a second: what should not happen then had time to happen.
std::function<bool()> for_a_while(std::function<bool()> holds) {
    return [holds = std::move(holds), since = std::optional<Clock::time_point>()]() mutable {
        if (!since && holds()) since = Clock::now();
        return since && Clock::now() - *since > 500ms;
    };
}

asio::awaitable<bool> serve_to_end(Delivery& delivery, harness::Cancellation stop) {
    co_await delivery.serve(stop);
    co_return true;
}

Served serve(Outbox& outbox, std::function<bool()> done, std::size_t concurrency = 32) {
    Served served;
    auto options = outbox.options();
    options.concurrency = concurrency;
    options.notice = [&](const std::string& text) { served.notices.push_back(text); };
    Delivery delivery(outbox.world.io.get_executor(), outbox.store(), options);
    harness::Cancellation stop(outbox.world.io.get_executor());
    const auto limit = Clock::now() + 8s;
    Clock::time_point stopped;
    asio::steady_timer timer(outbox.world.io);
    std::function<void()> look = [&] {
        timer.expires_after(20ms);
        timer.async_wait([&](auto error) {
            if (error) return;
            if (!done() && Clock::now() < limit) return look();
            stopped = Clock::now();
            stop.request("done");
        });
    };
    look();
    static_cast<void>(outbox.world.run(serve_to_end(delivery, stop)));
    served.seconds_to_stop = std::chrono::duration<double>(Clock::now() - stopped).count();
    return served;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(service_delivery)

BOOST_AUTO_TEST_CASE(delivers_what_is_due_in_order_per_target) {
    Outbox outbox;
    ScriptedServer one(outbox.world, {answer(ok_answer())}), two(outbox.world, {answer(ok_answer())});
    std::vector<std::string> ids;
    for (int i = 0; i < 20; ++i)
        for (const auto& message : outbox.messages(outbox.finished_run({one.url(), two.url()})))
            if (message.url == one.url()) ids.push_back(message.id);
    const auto served = serve(outbox, [&] { return one.requests().size() + two.requests().size() >= 40; });
    BOOST_TEST(served.seconds_to_stop < 1);
    BOOST_TEST(one.requests().size() == 20);
    for (std::size_t i = 0; i < one.requests().size(); ++i)
        BOOST_TEST(field(one.requests()[i], "webhook-id") == ids[i]);
    BOOST_TEST(served.notices.empty());
}

BOOST_AUTO_TEST_CASE(parks_by_the_long_schedule) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(answer_of("500 Oops"))});
    const auto run = outbox.finished_run({server.url()});
    serve(outbox, [&] { return server.requests().size() == 1; });
    const auto message = outbox.messages(run).at(0);
    BOOST_TEST(message.attempts == 1);
    BOOST_TEST(message.claimed_by == "");
    const auto wait =
        std::chrono::duration<double>(message.due_at - std::chrono::system_clock::now()).count();
    BOOST_TEST((wait > 3 && wait < 6), wait);
}

BOOST_AUTO_TEST_CASE(a_target_that_is_gone_is_called_no_more_until_a_retry_by_hand_succeeds) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(answer_of("410 Gone")), answer(ok_answer())});
    const auto first = outbox.finished_run({server.url()});
    const auto second = outbox.finished_run({server.url()});
    outbox.finished_run({server.url()});
    const auto last = outbox.finished_run({server.url()});
    const auto served = serve(outbox, [&] { return outbox.state_of(last) == MessageState::dead; });
    BOOST_TEST(server.connections() == 1);
    BOOST_REQUIRE(served.notices.size() == 1);
    BOOST_TEST(served.notices[0].starts_with("WEBHOOK DISABLED: http://127.0.0.1:"), served.notices[0]);
    BOOST_TEST(served.notices[0].find("410 Gone") != std::string::npos);
    const auto refused = outbox.messages(second).at(0);
    BOOST_TEST((refused.state == MessageState::dead));
    BOOST_TEST(refused.last_error.starts_with("the target is disabled: it answered 410 Gone"),
               refused.last_error);
    // By hand, and then everything goes its way again.
    outbox.ok(outbox.store().redeliver(outbox.messages(first).at(0).id, std::chrono::system_clock::now()));
    BOOST_TEST(outbox.drain(false).delivered == 1);
    const auto later = outbox.finished_run({server.url()});
    serve(outbox, [&] { return server.requests().size() == 3; });
    BOOST_TEST((outbox.messages(later).at(0).state == MessageState::delivered));
}

BOOST_AUTO_TEST_CASE(it_is_said_when_a_target_begins_to_fail_and_when_it_works_again) {
    Outbox outbox;
    ScriptedServer server(
        outbox.world, {answer(answer_of("500 Oops")), answer(answer_of("500 Oops")), answer(ok_answer())});
    const auto id = outbox.finished_run({server.url()});
    const auto served = serve(outbox, [&] {
        const auto message = outbox.messages(id).at(0);
        // Not to wait for the schedule.
        if (message.attempts > 0 && message.claimed_by.empty() &&
            message.due_at > std::chrono::system_clock::now())
            outbox.ok(outbox.store().redeliver(message.id, std::chrono::system_clock::now()));
        return message.state == MessageState::delivered;
    });
    BOOST_TEST(server.requests().size() == 3u);
    BOOST_REQUIRE(served.notices.size() == 2u);
    BOOST_TEST(served.notices[0].starts_with("webhook failing: http://127.0.0.1:"), served.notices[0]);
    BOOST_TEST(served.notices[0].find(": HTTP 500 Oops; next try in ") != std::string::npos,
               served.notices[0]);
    BOOST_TEST(served.notices[1].starts_with("webhook works again: http://127.0.0.1:"), served.notices[1]);
}

BOOST_AUTO_TEST_CASE(a_target_that_failed_for_five_days_is_disabled_loudly) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(answer_of("500 Oops"))});
    const auto first = outbox.finished_run({server.url()});
    const auto old = outbox.messages(first).at(0);
    store::Attempt failed;
    failed.message_id = old.id;
    failed.started_at = std::chrono::system_clock::now() - 6 * 24h;
    failed.outcome = "retry";
    failed.error = "HTTP 500 Oops";
    failed.detail = "{}";
    outbox.ok(outbox.store().record_attempt(failed, MessageState::dead, {}));
    const auto second = outbox.finished_run({server.url()});
    const auto served = serve(outbox, [&] { return outbox.state_of(second) == MessageState::dead; });
    BOOST_TEST(server.requests().empty());
    BOOST_REQUIRE(served.notices.size() == 1u);
    const auto since = harness::iso8601(failed.started_at);
    BOOST_TEST(served.notices[0].starts_with("WEBHOOK DISABLED: "), served.notices[0]);
    BOOST_TEST(
        served.notices[0].ends_with(": the target is disabled: nothing could be delivered since " + since +
                                    "; messages to it are given up. Once it is mended, one that arrives "
                                    "enables it: ringback webhook retry " +
                                    old.id),
        served.notices[0]);
}

BOOST_AUTO_TEST_CASE(takes_over_from_a_neighbour_that_died_while_it_serves) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(ok_answer())});
    const auto run = outbox.finished_run({server.url()});
    // Our own name with a number beyond any process's.
    auto gone = make_owner();
    const auto number = gone.find(':') + 1;
    gone.replace(number, gone.find(':', number) - number, "999999999");
    const auto now = std::chrono::system_clock::now();
    BOOST_TEST(outbox.ok(outbox.store().claim_messages(gone, now, now + 1h, 10, "")).size() == 1u);
    const auto begun = Clock::now();
    serve(outbox, [&] { return outbox.state_of(run) == MessageState::delivered; });
    BOOST_TEST(server.requests().size() == 1u);
    BOOST_TEST((Clock::now() - begun < 6s));
}

BOOST_AUTO_TEST_CASE(what_waits_behind_slow_receivers_is_claimed_no_longer_than_it_must) {
    Outbox outbox;
    ScriptedServer slow(outbox.world, {{net::read_request(), net::pause(60s)}}),
        quick(outbox.world, {answer(ok_answer())});
    outbox.finished_run({R"({"url": ")" + slow.url() + R"(", "timeout": 2})"});
    const auto waits = outbox.finished_run({quick.url()});
    const auto served = serve(outbox, for_a_while([&] { return slow.requests().size() == 1; }), 1);
    BOOST_TEST(served.notices.empty());
    BOOST_TEST(quick.requests().empty());                       // one attempt at once
    BOOST_TEST(outbox.messages(waits).at(0).claimed_by == "");  // let go of at the end, untried
    BOOST_TEST(outbox.messages(waits).at(0).attempts == 0u);
}

BOOST_AUTO_TEST_CASE(a_receiver_that_fails_is_left_alone_for_a_while) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(answer_of("500 Oops"))});
    // Eight targets at one receiver, one after the other.
    for (int i = 0; i < 8; ++i)
        outbox.finished_run({server.url("/" + std::to_string(i))});
    serve(outbox, for_a_while([&] { return server.requests().size() >= 5; }), 1);
    BOOST_TEST(server.requests().size() == 5);
}

BOOST_AUTO_TEST_CASE(stopping_gives_up_waiting_for_a_receiver_that_hangs) {
    Outbox outbox;
    ScriptedServer never(outbox.world, {{net::read_request(), net::pause(60s)}});
    const auto run = outbox.finished_run({R"({"url": ")" + never.url() + R"(", "timeout": 2})"});
    const auto served = serve(outbox, [&] { return never.requests().size() == 1; });
    BOOST_TEST(served.seconds_to_stop < 3.5);
    const auto message = outbox.messages(run).at(0);
    BOOST_TEST(message.claimed_by == "");
    BOOST_TEST((message.state == MessageState::due));
    BOOST_TEST(outbox.attempts(message.id).at(0).outcome == "ambiguous");
}

BOOST_AUTO_TEST_SUITE_END()
