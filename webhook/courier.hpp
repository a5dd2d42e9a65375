// One attempt from end to end: send, judge, decide, record. Shared by the inline delivery, the drain and the
// service.
#pragma once

#include "net/http_client.hpp"
#include "webhook/attempt.hpp"
#include "webhook/delivery.hpp"
#include "webhook/retry_policy.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <random>
#include <string>

namespace ringback::webhook {

/// Attempts and waits under way that end together when time is up.
class Underway {
  public:
    using Signals = std::list<boost::asio::cancellation_signal>;
    [[nodiscard]] Signals::iterator add() { return signals_.emplace(signals_.end()); }
    void remove(Signals::iterator at) { signals_.erase(at); }
    /// Ends them all: attempts as failed ones.
    void cut();
    [[nodiscard]] std::size_t size() const noexcept { return signals_.size(); }

  private:
    Signals signals_;
};

struct Errand {
    store::Message message;  ///< claimed by us
    Standing standing;       ///< without long_steps, which is looked up when it matters
    std::chrono::milliseconds timeout{15'000};
    net::Deadline deadline;
    bool keep_alive = false;
    OnProgress progress;
    std::shared_ptr<Underway> underway;
    std::function<void(const Outcome&)> called;  ///< when the call is over, before its record is written
};

struct ErrandResult {
    Decision decision;
    Outcome outcome;
    std::optional<store::StoreError> error;  ///< the attempt was made, but could not be recorded
};

/// Each has a name of its own among the owners of claims, so that it can let go of what is its own.
class Courier {
  public:
    Courier(boost::asio::any_io_executor executor, store::Store& store, DeliveryOptions options);

    [[nodiscard]] boost::asio::awaitable<ErrandResult> run(Errand errand);
    /// Waits of the long schedule that the message has been given, from its kept attempts.
    [[nodiscard]] boost::asio::awaitable<store::Stored<std::uint32_t>> long_steps(std::string message_id);
    /// The Retry-After of the last attempt; nullopt when there was none.
    [[nodiscard]] boost::asio::awaitable<store::Stored<std::optional<store::Time>>> not_before(
        std::string message_id);
    /// Lets go of the claims of processes that are gone for certain, so that nobody waits for their end.
    [[nodiscard]] boost::asio::awaitable<store::Stored<void>> release_dead_claims();

    [[nodiscard]] const DeliveryOptions& options() const noexcept { return options_; }
    [[nodiscard]] const std::string& owner() const noexcept { return owner_; }
    [[nodiscard]] store::Store& store() noexcept { return store_; }
    [[nodiscard]] const boost::asio::any_io_executor& executor() const noexcept { return executor_; }

  private:
    boost::asio::awaitable<AttemptResult> attempt(store::Message message, AttemptSettings settings,
                                                  std::shared_ptr<Underway> underway);

    boost::asio::any_io_executor executor_;
    store::Store& store_;
    DeliveryOptions options_;
    std::string owner_;
    net::HttpClient client_;
    std::mt19937_64 engine_;
};

/// "next try in 1.4 s", "in 5 min".
[[nodiscard]] std::string human_wait(store::Time from, store::Time to);

/// Completes at `at` by the system's clock.
[[nodiscard]] boost::asio::awaitable<void> sleep_until(store::Time at);

}  // namespace ringback::webhook
