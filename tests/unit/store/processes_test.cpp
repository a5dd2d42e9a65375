// Several processes on one state directory, and processes that die at any moment.
#include "tests/unit/store/child_process.hpp"
#include "tests/unit/store/support.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <map>
#include <random>
#include <set>
#include <thread>

using namespace ringback::store;
using namespace ringback::store::test;

namespace {

std::vector<std::string> rest_of(ChildProcess& child) {
    std::vector<std::string> lines;
    for (std::string line = child.line(); !line.empty(); line = child.line())
        lines.push_back(line);
    return lines;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(processes)

// What a process said is durable is there after kill -9, whole; what it did not say is there whole or not at
// all.
BOOST_AUTO_TEST_CASE(nothing_said_is_lost_by_kill_9) {
    const TemporaryDirectory directory;
    std::mt19937 random(std::random_device{}());
    std::set<std::string> said;
    for (int round = 0; round < 8; ++round) {
        ChildProcess child({"run", directory.path(), std::to_string(round)});
        said.insert(child.line());  // it got as far as the first commit
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 200'000));
        child.kill();
        for (const auto& line : rest_of(child))
            said.insert(line);
        BOOST_TEST(child.wait() == -SIGKILL);
    }
    BOOST_TEST(said.size() >= 8u);

    const auto store = open_sqlite(directory.path()).value();
    for (const auto& id : said) {
        const auto run = ok(store->run(id));
        BOOST_REQUIRE_MESSAGE(run, "lost: " << id);
        BOOST_TEST(to_string(run->status) == "completed");
    }
    std::map<std::string, std::set<std::int64_t>> seqs;
    for (const auto& message : ok(store->messages({.limit = 1'000'000})))
        BOOST_TEST(seqs[message.target_key].insert(message.seq).second,
                   message.id << " has a seq of another");
    for (const auto& [key, given] : seqs)
        BOOST_TEST(*given.rbegin() == static_cast<std::int64_t>(given.size()), key << " has holes");
    for (const auto& run : ok(store->runs({.limit = 1'000'000}))) {
        const auto messages = ok(store->messages({.run_id = run.id}));
        const bool open = run.status == ringback::RunStatus::started;
        BOOST_TEST(messages.size() == (open ? 1u : 3u), run.id);
        for (const auto& message : messages)
            BOOST_TEST(message.body == a_message("").body);
    }
}

BOOST_AUTO_TEST_CASE(two_processes_never_claim_the_same_message) {
    const TemporaryDirectory directory;
    constexpr int kKeys = 20, kEach = 10;
    {
        const auto store = open_sqlite(directory.path()).value();
        std::vector<Message> messages;
        for (int i = 0; i < kKeys * kEach; ++i)
            messages.push_back(
                a_message("m" + std::to_string(i), "key" + std::to_string(i % kKeys), at(i / kKeys)));
        ok(store->begin_run(a_run("r1"), std::move(messages)));
    }
    ChildProcess first({"claim", directory.path(), "first"});
    ChildProcess second({"claim", directory.path(), "second"});
    BOOST_TEST(first.line() == "ready");
    BOOST_TEST(second.line() == "ready");
    std::ofstream(directory.path("go")) << "now";
    std::vector<std::string> by_second;
    std::thread reader([&] { by_second = rest_of(second); });
    const auto by_first = rest_of(first);
    reader.join();
    BOOST_TEST(first.wait() == 0);
    BOOST_TEST(second.wait() == 0);

    std::set<std::string> all(by_first.begin(), by_first.end());
    all.insert(by_second.begin(), by_second.end());
    BOOST_TEST(all.size() == by_first.size() + by_second.size(), "one was claimed twice");
    BOOST_TEST(all.size() == static_cast<std::size_t>(kKeys * kEach));
    BOOST_TEST(!by_first.empty());
    BOOST_TEST(!by_second.empty());
}

BOOST_AUTO_TEST_CASE(processes_may_open_a_new_directory_at_once) {
    for (int round = 0; round < 5; ++round) {
        const TemporaryDirectory directory;
        std::vector<std::unique_ptr<ChildProcess>> children;
        for (int i = 0; i < 4; ++i)
            children.push_back(std::make_unique<ChildProcess>(
                std::vector<std::string>{"run", directory.path("state"), std::to_string(i)}));
        for (int i = 0; i < 4; ++i) {
            const std::string line = children[static_cast<std::size_t>(i)]->line();
            BOOST_TEST(line.starts_with(std::to_string(i) + "-"), line);
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
