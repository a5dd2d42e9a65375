// Many coroutines on many threads share one store.
#include "tests/unit/store/support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/test/unit_test.hpp>

#include <atomic>
#include <set>
#include <thread>

using namespace ringback::store;
using namespace ringback::store::test;
namespace asio = boost::asio;

namespace {

struct Tally {
    std::atomic<int> done{0}, failed{0}, on_another_thread{0};
};

asio::awaitable<void> a_life(Store& store, std::string id, Tally& tally) {
    const auto thread = std::this_thread::get_id();
    std::vector<Message> messages;
    messages.push_back(a_message(id + "-m", "shared"));
    const RunRecord run = a_run(id);
    const auto begun = co_await store.begin_run(run, {});
    if (!begun) ++tally.failed;
    const RunRecord end = ended(run);
    const auto finished = co_await store.finish_run(end, std::move(messages));
    if (!finished) ++tally.failed;
    const auto read = co_await store.run(id);  // its own writes are visible
    if (!read || !*read || (*read)->status != ringback::RunStatus::completed) ++tally.failed;
    if (std::this_thread::get_id() != thread) ++tally.on_another_thread;
    ++tally.done;
}

asio::awaitable<void> deliver_all(Store& store, std::string owner, int expected, std::atomic<int>& delivered,
                                  std::atomic<int>& failed) {
    while (delivered < expected) {
        const auto claimed = co_await store.claim_messages(owner, at(100), at(200), 5, "");
        if (!claimed) ++failed;
        if (!claimed) co_return;
        for (const auto& message : *claimed) {
            const auto attempt = an_attempt(message.id, message.attempts + 1, 200);
            const auto recorded = co_await store.record_attempt(attempt, MessageState::delivered, at(0));
            if (!recorded || message.attempts != 0) ++failed;
            ++delivered;
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(concurrency)

BOOST_AUTO_TEST_CASE(many_threads_with_many_coroutines) {
    constexpr int kThreads = 4, kEach = 60;
    const TemporaryDirectory directory;
    const auto store = open_sqlite(directory.path()).value();
    Tally tally;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
            asio::io_context context;  // one per thread, as workers have it
            for (int i = 0; i < kEach; ++i)
                asio::co_spawn(context,
                               a_life(*store, "r" + std::to_string(t) + "-" + std::to_string(i), tally),
                               asio::detached);
            context.run();
        });
    }
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(tally.done == kThreads * kEach);
    BOOST_TEST(tally.failed == 0);
    BOOST_TEST(tally.on_another_thread == 0);  // each resumed on its own executor
    std::set<std::int64_t> seqs;
    for (const auto& message : ok(store->messages({.limit = 10'000})))
        seqs.insert(message.seq);
    BOOST_TEST(seqs.size() == static_cast<std::size_t>(kThreads * kEach));
    BOOST_TEST(*seqs.rbegin() == kThreads * kEach);
}

BOOST_AUTO_TEST_CASE(one_context_on_many_threads) {
    const TemporaryDirectory directory;
    const auto store = open_sqlite(directory.path()).value();
    Tally tally;
    asio::io_context context;
    for (int i = 0; i < 100; ++i)
        asio::co_spawn(context, a_life(*store, "r" + std::to_string(i), tally), asio::detached);
    std::vector<std::thread> threads;
    for (int t = 0; t < 3; ++t)
        threads.emplace_back([&] { context.run(); });
    for (auto& thread : threads)
        thread.join();
    BOOST_TEST(tally.done == 100);
    BOOST_TEST(tally.failed == 0);
}

BOOST_AUTO_TEST_CASE(many_owners_deliver_each_message_once) {
    constexpr int kMessages = 120;
    const TemporaryDirectory directory;
    const auto store = open_sqlite(directory.path()).value();
    std::vector<Message> messages;
    for (int i = 0; i < kMessages; ++i)
        messages.push_back(a_message("m" + std::to_string(i), "key" + std::to_string(i % 12)));
    ok(store->begin_run(a_run("r1"), std::move(messages)));

    std::atomic<int> delivered{0}, failed{0};
    asio::io_context context;
    for (int i = 0; i < 6; ++i)
        asio::co_spawn(context,
                       deliver_all(*store, "owner" + std::to_string(i), kMessages, delivered, failed),
                       asio::detached);
    context.run();
    BOOST_TEST(delivered == kMessages);
    BOOST_TEST(failed == 0);
    BOOST_TEST(ok(store->messages({.state = MessageState::due})).empty());
}

BOOST_AUTO_TEST_CASE(closing_finishes_what_was_handed_in) {
    const TemporaryDirectory directory;
    Tally tally;
    asio::io_context context;
    {
        const auto store = open_sqlite(directory.path()).value();
        for (int i = 0; i < 50; ++i) {
            const std::string id = "r" + std::to_string(i);
            asio::co_spawn(
                context, store->begin_run(a_run(id), {}),
                [&tally](std::exception_ptr, Stored<void> begun) { ++(begun ? tally.done : tally.failed); });
        }
        context.poll();  // hands them all in, and waits for none
    }
    context.run();
    BOOST_TEST(tally.done == 50);
    BOOST_TEST(tally.failed == 0);
    BOOST_TEST(ok(open_sqlite(directory.path()).value()->runs({.limit = 100})).size() == 50u);
}

BOOST_AUTO_TEST_SUITE_END()
