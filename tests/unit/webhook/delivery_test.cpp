// Inline delivery and drain against a real store and a server that does what each test wrote down.
#include "outbox.hpp"
#include "tests/unit/net/name_server.hpp"
#include "webhook/signature.hpp"

#include <boost/json.hpp>

#include <cstdlib>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using net::answer;
using net::drip;
using net::pause;
using net::read_request;
using net::ScriptedServer;
using store::MessageState;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
}

std::string outcomes(const std::vector<store::Attempt>& attempts) {
    std::string text;
    for (const auto& attempt : attempts)
        text += (text.empty() ? "" : " ") + attempt.outcome +
                (attempt.status ? "/" + std::to_string(attempt.status) : "");
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(delivery)

BOOST_AUTO_TEST_CASE(sends_the_frozen_bytes_with_an_id) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(ok_answer())});
    const auto run =
        outbox.finished_run({R"({"url": ")" + server.url("/hook") +
                             R"(", "headers": {"custom-webhook-header": "web-testrtc-webhook"}})"});
    const auto before = outbox.messages(run).at(0);
    const auto outcome = outbox.deliver(run);
    BOOST_TEST(outcome.all_delivered());
    BOOST_REQUIRE(outcome.targets.size() == 1);
    BOOST_TEST(show(outcome.targets[0]) == "delivered after 1");
    BOOST_REQUIRE(server.requests().size() == 1);
    const auto& request = server.requests()[0];
    BOOST_TEST(request.starts_with("POST /hook HTTP/1.1\r\n"));
    BOOST_TEST(field(request, "Content-Type") == "application/json");
    BOOST_TEST(field(request, "custom-webhook-header") == "web-testrtc-webhook");
    BOOST_TEST(field(request, "User-Agent") == "ringback/0.1.0");
    BOOST_TEST(field(request, "webhook-id") == before.id);
    BOOST_TEST(field(request, "webhook-timestamp").size() == 10);
    BOOST_TEST(field(request, "webhook-signature") == "");
    BOOST_TEST(body(request) == before.body);
    const auto told = boost::json::parse(body(request));
    BOOST_TEST(told.at("testRunId").as_string() == run);
    BOOST_TEST(told.at("status").as_string() == "completed");
}

BOOST_AUTO_TEST_CASE(tries_again_with_the_same_id_and_bytes) {
    Outbox outbox;
    ScriptedServer server(
        outbox.world, {answer(answer_of("500 Oops")), answer(answer_of("503 Busy")), answer(ok_answer())});
    const auto run = outbox.finished_run({server.url()});
    std::vector<std::string> lines;
    const auto outcome = outbox.deliver(run, 10s, [&](const Progress& p) {
        const char* words[] = {"attempting", "waiting", "delivered", "parked", "dead"};
        lines.push_back(std::string(words[static_cast<int>(p.step)]) + " " + std::to_string(p.attempt) +
                        (p.text.empty() ? "" : " " + p.text.substr(0, 14)));
    });
    BOOST_TEST(show(outcome.targets.at(0)) == "delivered after 3");
    BOOST_REQUIRE(server.requests().size() == 3);
    for (const auto& request : server.requests()) {
        BOOST_TEST(body(request) == body(server.requests()[0]));
        BOOST_TEST(field(request, "webhook-id") == outcome.targets[0].message_id);
    }
    BOOST_TEST(outcomes(outbox.attempts(outcome.targets[0].message_id)) ==
               "retry/500 retry/503 delivered/200");
    const std::vector<std::string> wanted{"attempting 1", "waiting 1 HTTP 500 Oops;",
                                          "attempting 2", "waiting 2 HTTP 503 Busy;",
                                          "attempting 3", "delivered 3"};
    BOOST_TEST(lines == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(parks_a_receiver_that_is_down_and_the_next_run_delivers_in_order) {
    Outbox outbox;
    const auto port = closed_port(outbox.world);
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
    const auto began = Clock::now();
    const auto first = outbox.finished_run({url}, RunStatus::failure);
    const auto outcome = outbox.deliver(first);
    BOOST_TEST(seconds_since(began) < 3);
    BOOST_TEST(!outcome.all_delivered());
    BOOST_TEST(show(outcome.targets.at(0)).starts_with("parked after 2: "));
    BOOST_TEST(outcome.targets[0].reason.find("refused") != std::string::npos, outcome.targets[0].reason);
    BOOST_REQUIRE(outcome.targets[0].due_at.has_value());
    const auto wait =
        std::chrono::duration<double>(*outcome.targets[0].due_at - std::chrono::system_clock::now()).count();
    BOOST_TEST((wait > 3 && wait < 6), wait);
    BOOST_TEST(outcomes(outbox.attempts(outcome.targets[0].message_id)) == "retry retry");

    // Not due yet, but a later run has a reason to look: the older message goes first, with its old id.
    BOOST_TEST(outbox.drain(false).delivered == 0);
    ScriptedServer server(outbox.world, {answer(ok_answer())}, nullptr, asio::ip::address_v4::loopback(),
                          port);
    const auto second = outbox.finished_run({url});
    const auto later = outbox.deliver(second);
    BOOST_TEST(show(later.targets.at(0)) == "delivered after 1");
    BOOST_REQUIRE(server.requests().size() == 2);
    BOOST_TEST(field(server.requests()[0], "webhook-id") == outcome.targets[0].message_id);
    BOOST_TEST(field(server.requests()[1], "webhook-id") == later.targets[0].message_id);
    BOOST_TEST((outbox.messages(first).at(0).state == MessageState::delivered));
}

BOOST_AUTO_TEST_CASE(what_waits_behind_an_undelivered_message_waits) {
    Outbox outbox;
    const auto url = "http://127.0.0.1:" + std::to_string(closed_port(outbox.world)) + "/";
    outbox.deliver(outbox.finished_run({url}));
    const auto second = outbox.deliver(outbox.finished_run({url}));
    BOOST_TEST(show(second.targets.at(0)).starts_with("parked after 0: waits behind an earlier message: "),
               show(second.targets[0]));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_drips_holds_nobody_up) {
    Outbox outbox;
    ScriptedServer slow(outbox.world, {{read_request(), drip(ok_answer(), 400ms)}});
    ScriptedServer well(outbox.world, {answer(ok_answer())});
    const auto run = outbox.finished_run({R"({"url": ")" + slow.url() + R"(", "timeout": 1})", well.url()});
    const auto began = Clock::now();
    const auto outcome = outbox.deliver(run, 2500ms);
    BOOST_TEST(seconds_since(began) < 4);
    BOOST_REQUIRE(outcome.targets.size() == 2);
    for (const auto& target : outcome.targets) {
        if (target.url == well.url()) {
            BOOST_TEST(show(target) == "delivered after 1");
        } else {
            BOOST_TEST(show(target).starts_with("parked after "), show(target));
            const auto attempts = outbox.attempts(target.message_id);
            BOOST_TEST(attempts.at(0).outcome == "ambiguous");
        }
    }
}

BOOST_AUTO_TEST_CASE(a_good_answer_whose_body_never_ends_is_a_delivery) {
    Outbox outbox;
    ScriptedServer slow(outbox.world,
                        {{read_request(), net::send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"),
                          drip(std::string(100, 'x'), 400ms)}});
    const auto outcome =
        outbox.deliver(outbox.finished_run({R"({"url": ")" + slow.url() + R"(", "timeout": 1})"}));
    BOOST_TEST(show(outcome.targets.at(0)) == "delivered after 1");
    BOOST_TEST(slow.connections() == 1);
}

BOOST_AUTO_TEST_CASE(gives_up_what_will_not_work) {
    Outbox outbox;
    struct Row {
        std::string answer, wanted, outcome;
    };
    const Row rows[] = {
        {answer_of("410 Gone"), "dead after 1: HTTP 410 Gone: the receiver wants no more calls at this URL",
         "gone/410"},
        {answer_of("302 Found", "Location: https://elsewhere.example/\r\n"),
         "dead after 1: HTTP 302 Found: redirects are not followed (Location: https://elsewhere.example/)",
         "permanent/302"},
        {answer_of("404 Not Found"), "dead after 1: HTTP 404 Not Found", "permanent/404"},
    };
    for (const auto& row : rows) {
        ScriptedServer server(outbox.world, {answer(row.answer)});
        const auto outcome = outbox.deliver(outbox.finished_run({server.url()}));
        BOOST_TEST(show(outcome.targets.at(0)) == row.wanted);
        BOOST_TEST(outcomes(outbox.attempts(outcome.targets[0].message_id)) == row.outcome);
        BOOST_TEST(server.connections() == 1);
    }
}

BOOST_AUTO_TEST_CASE(waits_as_long_as_the_receiver_asks) {
    Outbox outbox;
    ScriptedServer server(outbox.world,
                          {answer(answer_of("429 Slow down", "Retry-After: 2\r\n")), answer(ok_answer())});
    const auto began = Clock::now();
    const auto outcome = outbox.deliver(outbox.finished_run({server.url()}));
    BOOST_TEST(show(outcome.targets.at(0)) == "delivered after 2");
    BOOST_TEST(seconds_since(began) >= 1.9);
}

BOOST_AUTO_TEST_CASE(nobody_hurries_a_receiver_that_asked_for_time) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(answer_of("503 Down", "Retry-After: 3600\r\n"))});
    const auto first = outbox.deliver(outbox.finished_run({server.url()}));
    BOOST_TEST(show(first.targets.at(0)) == "parked after 1: HTTP 503 Down");
    BOOST_TEST((*first.targets[0].due_at > std::chrono::system_clock::now() + 3590s));
    BOOST_TEST(outbox.drain(true).parked == 1);
    const auto second = outbox.deliver(outbox.finished_run({server.url()}), 1s);
    BOOST_TEST(show(second.targets.at(0))
                   .starts_with("parked after 0: waits behind an earlier message: an earlier message to this "
                                "target waits: its receiver asked for "),
               show(second.targets[0]));
    BOOST_TEST(server.connections() == 1);
}

BOOST_AUTO_TEST_CASE(hurries_what_merely_waits_for_its_turn) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(answer_of("404 Nope"))});
    const auto port = closed_port(outbox.world);
    const auto run = outbox.finished_run({"http://127.0.0.1:" + std::to_string(port) + "/"});
    outbox.deliver(run);
    const auto due = outbox.messages(run).at(0).due_at;
    // A look that fails takes no step and leaves the schedule as it was.
    BOOST_TEST(outbox.drain(true).parked == 1);
    BOOST_TEST((outbox.messages(run).at(0).due_at == due));
    BOOST_TEST(outbox.messages(run).at(0).attempts == 3);
    ScriptedServer up(outbox.world, {answer(ok_answer())}, nullptr, asio::ip::address_v4::loopback(), port);
    BOOST_TEST(outbox.drain(true).delivered == 1);
    BOOST_TEST((outbox.messages(run).at(0).state == MessageState::delivered));
}

BOOST_AUTO_TEST_CASE(stops_within_two_seconds) {
    Outbox outbox;
    ScriptedServer never(outbox.world, {{read_request(), pause(60s)}});
    const auto run = outbox.finished_run({never.url()});
    harness::Cancellation stop(outbox.world.io.get_executor());
    asio::steady_timer timer(outbox.world.io, 300ms);
    timer.async_wait([&](auto) { stop.request("interrupted"); });
    const auto began = Clock::now();
    const auto outcome = outbox.deliver(run, 15s, {}, stop);
    const auto took = seconds_since(began);
    BOOST_TEST((took > 2 && took < 3.5), took);
    BOOST_TEST(show(outcome.targets.at(0)).starts_with("parked after 1: "), show(outcome.targets[0]));
    BOOST_TEST(outcomes(outbox.attempts(outcome.targets[0].message_id)) == "ambiguous");
    BOOST_TEST(outbox.messages(run).at(0).claimed_by == "");
}

BOOST_AUTO_TEST_CASE(a_stop_before_the_beginning_still_leaves_two_seconds) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(ok_answer())});
    harness::Cancellation stop(outbox.world.io.get_executor());
    stop.request("interrupted");
    const auto outcome = outbox.deliver(outbox.finished_run({server.url()}), 15s, {}, stop);
    BOOST_TEST(show(outcome.targets.at(0)) == "delivered after 1");
}

BOOST_AUTO_TEST_CASE(takes_over_from_a_process_that_is_gone) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(ok_answer())});
    const auto run = outbox.finished_run({server.url()});
    auto parts = make_owner();
    const auto colon = parts.find(':'), next = parts.find(':', colon + 1);
    const auto gone = parts.replace(colon + 1, next - colon - 1, "999999999");  // beyond any pid
    const auto now = std::chrono::system_clock::now();
    BOOST_TEST(outbox.ok(outbox.store().claim_messages(gone, now, now + 60s, 10, run)).size() == 1);
    BOOST_TEST(show(outbox.deliver(run, 5s).targets.at(0)) == "delivered after 1");
}

BOOST_AUTO_TEST_CASE(signs_each_attempt_and_keeps_no_secret) {
    const std::string secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    ::setenv("RINGBACK_TEST_SECRET", secret.c_str(), 1);
    ::setenv("RINGBACK_TEST_PASSWORD", "hunter2", 1);
    Outbox outbox;
    ScriptedServer server(
        outbox.world,
        {answer(
            "HTTP/1.1 200 OK\r\nSet-Cookie: session=hunter3\r\nX-Seen: yes\r\nContent-Length: 0\r\n\r\n")});
    const auto run = outbox.finished_run(
        {R"({"url": ")" + server.url() +
         R"(", "secret": "env:RINGBACK_TEST_SECRET", "basic": {"username": "me", "password": "env:RINGBACK_TEST_PASSWORD"}})"});
    const auto outcome = outbox.deliver(run);
    BOOST_TEST(show(outcome.targets.at(0)) == "delivered after 1");
    const auto& request = server.requests().at(0);
    const auto verified = verify_signature(
        secret, field(request, "webhook-id"), field(request, "webhook-timestamp"),
        field(request, "webhook-signature"), body(request), std::chrono::system_clock::now());
    BOOST_TEST((verified && *verified == SignatureVersion::v1));
    BOOST_TEST(field(request, "Authorization") == "Basic bWU6aHVudGVyMg==");
    const auto message = outbox.messages(run).at(0);
    const auto attempt = outbox.attempts(message.id).at(0);
    for (const auto& kept : {message.headers, message.target, attempt.detail, attempt.error})
        for (const char* hidden :
             {"hunter2", "hunter3", "bWU6aHVudGVyMg", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})
            BOOST_TEST(kept.find(hidden) == std::string::npos, kept);
    const auto detail = boost::json::parse(attempt.detail);
    BOOST_TEST(detail.at("address").as_string() == "127.0.0.1");
    BOOST_TEST(detail.at("response").at("status").as_int64() == 200);
    BOOST_TEST(detail.at("timings").at("total").to_number<double>() > 0);
    BOOST_TEST(boost::json::serialize(detail.at("response").at("headers")) ==
               R"([["Set-Cookie","***"],["X-Seen","yes"],["Content-Length","0"]])");
}

BOOST_AUTO_TEST_CASE(sends_nothing_unsigned_when_its_secret_is_missing) {
    ::unsetenv("RINGBACK_TEST_UNSET");
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(ok_answer())});
    const auto outcome = outbox.deliver(
        outbox.finished_run({R"({"url": ")" + server.url() + R"(", "secret": "env:RINGBACK_TEST_UNSET"})"}),
        1s);
    BOOST_TEST(outcome.targets.at(0).reason ==
               "the environment variable RINGBACK_TEST_UNSET with the signing secret is not set");
    BOOST_TEST((outcome.targets[0].state == MessageState::due));
    BOOST_TEST(server.connections() == 0);
}

BOOST_AUTO_TEST_CASE(calls_no_metadata_service) {
    Outbox outbox;
    const auto outcome = outbox.deliver(outbox.finished_run({"http://169.254.169.254/latest/meta-data"}));
    BOOST_TEST(show(outcome.targets.at(0)).starts_with("dead after 1: "), show(outcome.targets[0]));
    BOOST_TEST(outcome.targets[0].reason.find("169.254.169.254") != std::string::npos,
               outcome.targets[0].reason);
}

BOOST_AUTO_TEST_CASE(a_name_that_changes_its_mind_is_judged_anew_for_each_attempt) {
    // First an address that may be called, then one that may not: the second attempt must not follow it.
    Outbox outbox;
    ScriptedServer allowed(outbox.world, {answer(answer_of("500 Oops"))}, nullptr,
                           asio::ip::make_address("127.0.0.2"));
    ScriptedServer inside(outbox.world, {answer(ok_answer())}, nullptr, asio::ip::address_v4::loopback(),
                          allowed.port());
    net::Zone first, second;
    first.a = {"127.0.0.2"};
    second.a = {"127.0.0.1"};
    net::NameServer names(outbox.world, {{"rebind.example", {first, second}}});
    auto options = outbox.options();
    options.policy = net::AddressPolicy::service();
    BOOST_REQUIRE(options.policy.allow("127.0.0.2/32:" + std::to_string(allowed.port())));
    options.name_servers = names.csv();
    const auto run = outbox.finished_run({allowed.url("/", "http", "rebind.example")});
    const auto outcome = outbox.deliver(run, 10s, {}, options);
    BOOST_TEST(show(outcome.targets.at(0)).starts_with("dead after 2: "), show(outcome.targets[0]));
    BOOST_TEST(outcome.targets[0].reason.find("127.0.0.1") != std::string::npos, outcome.targets[0].reason);
    BOOST_TEST(outcomes(outbox.attempts(outcome.targets[0].message_id)) == "retry/500 permanent");
    BOOST_TEST(allowed.connections() == 1);
    BOOST_TEST(inside.connections() == 0);
}

BOOST_AUTO_TEST_CASE(a_name_server_that_never_answers_costs_no_more_than_the_budget) {
    Outbox outbox;
    net::Zone silent;
    silent.silent = true;
    net::NameServer names(outbox.world, {{"hook.example", {silent}}});
    auto options = outbox.options();
    options.name_servers = names.csv();
    const auto began = Clock::now();
    const auto outcome = outbox.deliver(outbox.finished_run({"http://hook.example/"}), 2s, {}, options);
    BOOST_TEST(seconds_since(began) < 3.5);
    BOOST_TEST(show(outcome.targets.at(0)).starts_with("parked after 1: "), show(outcome.targets[0]));
    BOOST_TEST(outcomes(outbox.attempts(outcome.targets[0].message_id)) == "retry");
}

BOOST_AUTO_TEST_CASE(a_run_without_messages_needs_no_delivery) {
    Outbox outbox;
    const auto outcome = outbox.deliver(outbox.finished_run({}));
    BOOST_TEST(outcome.all_delivered());
    BOOST_TEST(outcome.targets.empty());
}

BOOST_AUTO_TEST_SUITE_END()
