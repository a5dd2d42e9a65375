// Who listens to a run. An observer never changes a verdict and never throws.
#pragma once

#include "harness/run/event.hpp"

#include <boost/asio/awaitable.hpp>

namespace ringback::harness {

class Observer {
  public:
    virtual ~Observer() = default;
    /// The run has its id and status `started`; nothing has been done yet. Awaited: what must be durable
    /// before the first action (history, "start" messages) is done here.
    virtual boost::asio::awaitable<void> on_started(const Run&) { co_return; }
    /// Cheap and synchronous: it runs between the engine's actions.
    virtual void on_event(const Run&, const RunEvent&) {}
    /// The run has its final status and will not change. Awaited.
    virtual boost::asio::awaitable<void> on_finished(const Run&) { co_return; }
};

}  // namespace ringback::harness
