// A timer that cuts an operation short: one per connection, armed anew for each phase.
#pragma once

#include "net/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>

namespace ringback::net {

/// Calls an action when a deadline passes, unless disarmed before. The action should make whatever is under
/// way end (close the socket): a mere cancel is lost when it comes between two operations. Not thread-safe:
/// it lives on one thread or strand with the operations that it watches.
class Watchdog {
  public:
    explicit Watchdog(const boost::asio::any_io_executor& executor)
        : state_(std::make_shared<State>(executor)) {}
    ~Watchdog() { disarm(); }
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

    /// Replaces what was armed before and forgets that it fired.
    void arm(Deadline deadline, std::function<void()> on_expiry) {
        disarm();
        state_->fired = false;
        if (deadline.never()) return;
        state_->on_expiry = std::move(on_expiry);
        state_->timer.expires_at(deadline.at());
        // A handler that is already queued when the timer is disarmed must do nothing: hence the generation.
        state_->timer.async_wait(
            [state = state_, armed = state_->generation](const boost::system::error_code&) {
                if (armed != state->generation) return;
                state->fired = true;
                if (state->on_expiry) state->on_expiry();
            });
    }

    void disarm() {
        ++state_->generation;
        state_->on_expiry = nullptr;
        state_->timer.cancel();
    }

    /// Whether the deadline passed since it was armed last.
    [[nodiscard]] bool fired() const noexcept { return state_->fired; }

  private:
    struct State {
        explicit State(const boost::asio::any_io_executor& executor) : timer(executor) {}
        boost::asio::steady_timer timer;
        std::function<void()> on_expiry;
        std::uint64_t generation = 0;
        bool fired = false;
    };
    std::shared_ptr<State> state_;
};

}  // namespace ringback::net
