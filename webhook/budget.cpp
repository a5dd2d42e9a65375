#include "webhook/inline_delivery.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace ringback::webhook {
namespace {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

constexpr std::chrono::seconds kAfterStop{2};

/// Workers that have not ended, and a timer that is cancelled when the last one has.
struct Crew {
    explicit Crew(const asio::any_io_executor& executor) : changed(executor) {}
    std::vector<asio::awaitable<void>> waiting;
    std::size_t running = 0;
    asio::steady_timer changed;
};

asio::awaitable<void> work(std::shared_ptr<Crew> crew) {
    while (!crew->waiting.empty()) {
        auto next = std::move(crew->waiting.back());
        crew->waiting.pop_back();
        try {
            co_await std::move(next);
        } catch (const std::exception&) {
            // A worker keeps what went wrong in its outcome; whatever escapes it must not keep the others
            // waiting.
        }
    }
    --crew->running;
    crew->changed.cancel();
}

asio::awaitable<void> all_ended(std::shared_ptr<Crew> crew) {
    while (crew->running > 0) {
        crew->changed.expires_at(asio::steady_timer::time_point::max());
        co_await crew->changed.async_wait(asio::as_tuple(asio::use_awaitable));
    }
}

asio::awaitable<void> guard(std::shared_ptr<Budget> budget, std::shared_ptr<Underway> underway,
                            harness::Cancellation stop) {
    if (!stop.requested()) co_await (sleep_until(budget->end()) || stop.wait());
    if (stop.requested()) budget->shorten();
    co_await sleep_until(budget->end());
    underway->cut();
    // What is left now is only to record what was cut.
    co_await sleep_until(store::Time::clock::now() + std::chrono::hours(1));
}

}  // namespace

Budget::Budget(std::chrono::milliseconds span)
    : end_(std::chrono::system_clock::now() + span), deadline_(net::Deadline::after(span)) {}

void Budget::shorten() {
    end_ = std::min(end_, store::Time(std::chrono::system_clock::now() + kAfterStop));
    deadline_ = deadline_.within(kAfterStop);
}

asio::awaitable<void> run_within(std::shared_ptr<Budget> budget, std::shared_ptr<Underway> underway,
                                 harness::Cancellation stop, std::vector<asio::awaitable<void>> workers,
                                 std::size_t at_once) {
    const auto executor = co_await asio::this_coro::executor;
    const auto crew = std::make_shared<Crew>(executor);
    std::reverse(workers.begin(), workers.end());
    crew->waiting = std::move(workers);
    crew->running = std::min(crew->waiting.size(), std::max<std::size_t>(at_once, 1));
    const auto count = crew->running;
    for (std::size_t i = 0; i < count; ++i)
        asio::co_spawn(executor, work(crew), asio::detached);
    co_await (all_ended(crew) || guard(budget, underway, stop));
}

}  // namespace ringback::webhook
