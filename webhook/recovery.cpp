#include "webhook/recovery.hpp"

#include "webhook/message.hpp"
#include "webhook/recovery_record.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <set>

namespace ringback::webhook {
namespace {

namespace asio = boost::asio;
using store::Stored;

constexpr std::chrono::seconds kTakeOver{60};
constexpr std::uint32_t kPage = 100;

/// Ends one run. False: somebody else was faster.
asio::awaitable<Stored<bool>> end_run(store::Store& store, store::RunRecord record, std::string owner) {
    const auto now = std::chrono::system_clock::now();
    auto interrupted = read_recovery(record);
    if (!interrupted) {
        // Written by another version, or damaged: the run still ends, and says why nobody was told.
        record.status = RunStatus::failure;
        record.finished_at = now;
        record.error = "interrupted; its webhooks could not be told: " + interrupted.error();
        std::vector<store::Message> none;
        const auto stored = co_await store.finish_run(std::move(record), std::move(none));
        if (stored) co_return true;
        if (stored.error().kind == store::StoreError::Kind::not_found) co_return false;
        co_return stored.error();
    }
    auto& run = interrupted->run;
    run.status = RunStatus::failure;
    run.error = "interrupted";
    run.failure_reasons = {"interrupted: the process that ran this test ended before the test did"};
    run.finished_at = std::max(now, run.started_at);
    run.duration = std::chrono::duration_cast<std::chrono::microseconds>(run.finished_at - run.started_at);
    interrupted->publisher.owner = owner;
    auto finished = run_record(run, interrupted->publisher, now);
    finished.recovery = record.recovery;
    auto messages = build_messages(run, interrupted->targets, interrupted->publisher, now);
    const auto stored = co_await store.finish_run(std::move(finished), std::move(messages));
    if (stored) co_return true;
    if (stored.error().kind == store::StoreError::Kind::not_found) co_return false;
    co_return stored.error();
}

/// Runs whose process is gone for certain, although their lease is not over yet.
asio::awaitable<Stored<std::vector<store::RunRecord>>> orphans(store::Store& store) {
    std::vector<store::RunRecord> found;
    store::RunFilter filter;
    filter.status = RunStatus::started;
    filter.limit = kPage;
    for (;;) {
        auto page = co_await store.runs(filter);
        if (!page) co_return page.error();
        for (auto& record : *page)
            if (owner_is_gone(record.owner)) found.push_back(record);
        if (page->size() < kPage) co_return found;
        filter.starting_after = page->back().id;
    }
}

}  // namespace

asio::awaitable<Stored<std::size_t>> end_interrupted_runs(store::Store& store, std::string owner) {
    const auto now = std::chrono::system_clock::now();
    auto runs = co_await store.claim_interrupted_runs(owner, now, now + kTakeOver);
    if (!runs) co_return runs.error();
    auto orphaned = co_await orphans(store);
    if (!orphaned) co_return orphaned.error();
    runs->insert(runs->end(), orphaned->begin(), orphaned->end());
    std::size_t ended = 0;
    for (auto& record : *runs) {
        auto done = co_await end_run(store, std::move(record), owner);
        if (!done) co_return done.error();
        if (*done) ++ended;
    }
    co_return ended;
}

asio::awaitable<void> keep_leases(store::Store& store, std::string owner, std::chrono::milliseconds lease,
                                  harness::Cancellation stop) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(co_await asio::this_coro::executor);
    while (!stop.requested()) {
        timer.expires_after(lease / 3);
        co_await (timer.async_wait(asio::use_awaitable) || stop.wait());
        if (stop.requested()) break;
        // A store that fails now may work again before the lease is over.
        static_cast<void>(co_await store.renew_run_leases(owner, std::chrono::system_clock::now() + lease));
    }
}

}  // namespace ringback::webhook
