// The service's delivery: whatever is due in the store, by the long schedule, with a breaker per receiver.
#pragma once

#include "webhook/courier.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace ringback::webhook {

/// Lets wake() end the service's wait from another thread.
class WakeUp {
  public:
    explicit WakeUp(const boost::asio::any_io_executor& executor) : timer_(executor) {}
    /// From the executor's thread.
    void notify() {
        pending_ = true;
        timer_.cancel();
    }
    [[nodiscard]] boost::asio::awaitable<void> wait(std::chrono::nanoseconds at_most);

  private:
    boost::asio::steady_timer timer_;
    bool pending_ = false;
};

[[nodiscard]] boost::asio::awaitable<void> serve(std::shared_ptr<Courier> courier,
                                                 std::shared_ptr<WakeUp> wake, harness::Cancellation stop);

}  // namespace ringback::webhook
