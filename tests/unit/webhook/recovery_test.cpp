#include "webhook/recovery.hpp"

#include "outbox.hpp"

#include <boost/json.hpp>

#include <sys/wait.h>
#include <unistd.h>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using net::answer;
using net::ScriptedServer;

std::vector<std::string> parts_of(const std::string& owner) {
    std::vector<std::string> parts(1);
    for (const char c : owner)
        if (c == ':')
            parts.emplace_back();
        else
            parts.back() += c;
    return parts;
}

std::string joined(const std::vector<std::string>& parts) {
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : ":") + part;
    return text;
}

/// The name of a process that has ended.
std::string dead_owner() {
    int pipe[2];
    BOOST_REQUIRE(::pipe(pipe) == 0);
    const auto child = ::fork();
    if (child == 0) {
        const auto owner = make_owner();
        const auto written = ::write(pipe[1], owner.data(), owner.size());
        ::_exit(written > 0 ? 0 : 1);
    }
    char text[512];
    const auto size = ::read(pipe[0], text, sizeof text);
    ::waitpid(child, nullptr, 0);
    ::close(pipe[0]);
    ::close(pipe[1]);
    BOOST_REQUIRE(size > 0);
    return std::string(text, static_cast<std::size_t>(size));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(recovery)

BOOST_AUTO_TEST_CASE(knows_for_certain_that_a_process_is_gone) {
    const auto own = make_owner();
    BOOST_TEST(parts_of(own).size() == 5);
    BOOST_TEST(make_owner() != own);
    BOOST_TEST(!owner_is_gone(own));
    BOOST_TEST(!owner_is_gone(own + ":suffix"));
    const auto dead = dead_owner();
    BOOST_TEST(owner_is_gone(dead), dead);
    BOOST_TEST(owner_is_gone(dead + ":suffix"));
    // Whatever is not of this machine, boot and namespace may well live.
    for (const std::size_t part : {0u, 2u}) {
        auto other = parts_of(dead);
        other[part] += "x";
        BOOST_TEST(!owner_is_gone(joined(other)), joined(other));
    }
    // The number lives on in another process: ours is gone.
    auto reused = parts_of(own);
    reused[3] = "1";
    BOOST_TEST(owner_is_gone(joined(reused)));
    for (const char* nonsense : {"", ":", "host:1", "host:x:y:z:r", "a:b:c:d:e:f:g"})
        BOOST_TEST(!owner_is_gone(nonsense), nonsense);
}

BOOST_AUTO_TEST_CASE(ends_a_run_whose_process_is_gone_and_tells_its_webhooks) {
    Outbox outbox;
    ScriptedServer server(outbox.world, {answer(ok_answer())});
    auto who = publisher();
    who.owner = dead_owner();
    const auto run = outbox.begun_run({server.url()}, who);
    const auto alive = outbox.begun_run({server.url()}, [] {
        auto living = publisher();
        living.owner = make_owner();
        return living;
    }());
    BOOST_TEST(outbox.messages(run).empty());
    BOOST_TEST(outbox.ok(end_interrupted_runs(outbox.store(), make_owner())) == 1);
    const auto record = outbox.ok(outbox.store().run(run));
    BOOST_REQUIRE(record.has_value());
    BOOST_TEST((record->status == RunStatus::failure));
    BOOST_TEST(record->error == "interrupted");
    BOOST_TEST(boost::json::parse(record->result).at("status").as_string() == "failure");
    BOOST_TEST((outbox.ok(outbox.store().run(alive))->status == RunStatus::started));
    BOOST_REQUIRE(outbox.messages(run).size() == 1);
    const auto told = boost::json::parse(outbox.messages(run)[0].body);
    BOOST_TEST(told.at("status").as_string() == "failure");
    BOOST_TEST(told.at("error").as_string() == "interrupted");
    BOOST_TEST(told.at("testName").as_string() == "Checkout API");
    BOOST_TEST(outbox.drain(false).delivered == 1);
    BOOST_TEST(outbox.ok(end_interrupted_runs(outbox.store(), make_owner())) == 0);
}

BOOST_AUTO_TEST_CASE(ends_a_run_whose_lease_is_over_wherever_it_ran) {
    Outbox outbox;
    auto who = publisher();
    who.owner = "elsewhere:1:space:2:random";
    const auto leased = outbox.begun_run({}, who);
    who.owner += "x";
    who.lease = -1s;
    const auto run = outbox.begun_run({}, who);
    BOOST_TEST(outbox.ok(end_interrupted_runs(outbox.store(), make_owner())) == 1);
    BOOST_TEST((outbox.ok(outbox.store().run(run))->status == RunStatus::failure));
    BOOST_TEST((outbox.ok(outbox.store().run(leased))->status == RunStatus::started));
}

BOOST_AUTO_TEST_CASE(leases_are_renewed_until_the_end) {
    Outbox outbox;
    auto who = publisher();
    who.owner = "elsewhere:1:space:2:random";
    who.lease = 600ms;
    const auto run = outbox.begun_run({}, who);
    const auto lease = [&] { return outbox.ok(outbox.store().run(run))->lease_until; };
    const auto first = lease();
    harness::Cancellation stop(outbox.world.io.get_executor());
    bool ended = false;
    asio::co_spawn(outbox.world.io, keep_leases(outbox.store(), who.owner, 600ms, stop),
                   [&](std::exception_ptr) { ended = true; });
    const auto limit = std::chrono::steady_clock::now() + 10s;
    while (lease() == first && std::chrono::steady_clock::now() < limit) {
        outbox.world.io.restart();
        outbox.world.io.run_for(50ms);
    }
    BOOST_TEST((lease() > first));
    stop.request("done");
    outbox.world.io.restart();
    outbox.world.io.run_for(2s);
    BOOST_TEST(ended);
}

BOOST_AUTO_TEST_SUITE_END()
