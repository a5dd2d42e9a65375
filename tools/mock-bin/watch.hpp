// Waits on one connection for changes of a bin, which other threads make.
#pragma once

#include "net/deadline.hpp"
#include "tools/mock-bin/bin.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <memory>

namespace ringback::mock_bin {

/// Use: arm(), look at the bin, wait(). A change after arm() ends the wait that follows, however much lies
/// between.
class ChangeWatch {
  public:
    /// @param executor serial: the connection's own
    ChangeWatch(const boost::asio::any_io_executor& executor, Bin& bin);

    void arm(net::Deadline deadline);
    /// @return false when the deadline passed without a change
    [[nodiscard]] boost::asio::awaitable<bool> wait();

  private:
    struct State {
        explicit State(const boost::asio::any_io_executor& executor) : timer(executor) {}
        boost::asio::steady_timer timer;
        std::atomic<bool> posted{false};  ///< many changes in a row are one message
        bool changed = false;
    };
    std::shared_ptr<State> state_;
    std::shared_ptr<void> token_;
};

}  // namespace ringback::mock_bin
