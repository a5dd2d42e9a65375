// Wakes coroutines that wait for something to change.
#pragma once

#include "net/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <list>
#include <memory>

namespace ringback::harness {

/// Lives on one thread, and must outlive whoever waits.
class Notifier {
  public:
    explicit Notifier(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;

    void notify() {
        for (auto* waiter : waiters_)
            waiter->cancel();
    }
    /// Returns after the next notify(), or at the deadline; false when the caller was cancelled.
    boost::asio::awaitable<bool> wait(net::Deadline deadline) {
        boost::asio::steady_timer timer(executor_, deadline.at());
        const Place place(waiters_, timer);
        boost::system::error_code error;
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, error));
        const auto state = co_await boost::asio::this_coro::cancellation_state;
        co_return state.cancelled() == boost::asio::cancellation_type::none;
    }

  private:
    using Waiters = std::list<boost::asio::steady_timer*>;
    class Place {
      public:
        Place(Waiters& waiters, boost::asio::steady_timer& timer)
            : waiters_(waiters), at_(waiters.insert(waiters.end(), &timer)) {}
        ~Place() { waiters_.erase(at_); }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

      private:
        Waiters& waiters_;
        Waiters::iterator at_;
    };

    boost::asio::any_io_executor executor_;
    Waiters waiters_;
};

}  // namespace ringback::harness
