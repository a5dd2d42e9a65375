// The command line's delivery: one lane per target, side by side, each first in, first out, within one
// budget.
#pragma once

#include "webhook/courier.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace ringback::webhook {

[[nodiscard]] boost::asio::awaitable<InlineOutcome> deliver_inline(
    std::shared_ptr<Courier> courier, std::string run_id, std::chrono::milliseconds budget,
    OnProgress progress, harness::Cancellation stop, std::map<std::string, store::Time> was_due,
    std::size_t lanes);

[[nodiscard]] boost::asio::awaitable<Delivery::Drained> drain(std::shared_ptr<Courier> courier,
                                                              std::chrono::milliseconds budget, bool hurry,
                                                              OnProgress progress, harness::Cancellation stop,
                                                              std::size_t concurrency);

/// Time that a delivery from the command line has, shortened to 2 s when it is asked to stop.
class Budget {
  public:
    explicit Budget(std::chrono::milliseconds span);
    void shorten();
    [[nodiscard]] bool over() const { return std::chrono::system_clock::now() >= end_; }
    [[nodiscard]] store::Time end() const noexcept { return end_; }
    [[nodiscard]] net::Deadline deadline() const { return deadline_; }

  private:
    store::Time end_;
    net::Deadline deadline_;
};

/// Runs `count` workers side by side, at most `at_once`; when the budget is over, cuts what is still under
/// way. Returns when all workers have ended.
[[nodiscard]] boost::asio::awaitable<void> run_within(std::shared_ptr<Budget> budget,
                                                      std::shared_ptr<Underway> underway,
                                                      harness::Cancellation stop,
                                                      std::vector<boost::asio::awaitable<void>> workers,
                                                      std::size_t at_once);

}  // namespace ringback::webhook
