#include "webhook/retention.hpp"

#include "webhook/courier.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>

namespace ringback::webhook {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using store::Stored;

constexpr std::size_t kStep = 50;  // runs per transaction: nobody waits for it long
constexpr auto kPause = 100ms;     // between steps: what is due now goes first
constexpr auto kAgain = 1h;

}  // namespace

asio::awaitable<Stored<std::size_t>> remove_old_runs(store::Store& store, std::chrono::milliseconds keep,
                                                     store::Time now, std::size_t limit) {
    std::size_t removed = 0;
    while (removed < limit) {
        const auto step = std::min(kStep, limit - removed);
        const auto done = co_await store.prune(now - keep, static_cast<std::uint32_t>(step));
        if (!done) co_return done.error();
        removed += *done;
        if (*done < step) break;
    }
    co_return removed;
}

asio::awaitable<void> keep_history_short(store::Store& store, std::chrono::milliseconds keep,
                                         harness::Cancellation stop) {
    using namespace asio::experimental::awaitable_operators;
    while (!stop.requested()) {
        const auto now = std::chrono::system_clock::now();
        const auto removed = co_await remove_old_runs(store, keep, now, kStep);
        const bool more = removed && *removed == kStep;
        co_await (sleep_until(more ? now + kPause : now + kAgain) || stop.wait());
    }
}

}  // namespace ringback::webhook
