// monitors: the long-lived service. Runs each monitor on its schedule, keeps history, delivers webhooks,
// until it is told to stop. Two coroutines around Planner and Delivery; the decisions are theirs.
#pragma once

#include "harness/executor.hpp"
#include "monitors/configuration.hpp"
#include "monitors/planner.hpp"
#include "store/store.hpp"
#include "webhook/delivery.hpp"
#include "webhook/publisher.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <functional>
#include <string>

namespace ringback::monitors {

struct ServiceOptions {
    webhook::Publisher publisher;  ///< version and owner set
    webhook::DeliveryOptions delivery;
    std::shared_ptr<harness::ExternalValues> external_values;  ///< for rtcWaitForExternalValue; may be null
    std::chrono::milliseconds grace{
        std::chrono::seconds(30)};  ///< for runs under way once told to stop; then they are canceled
};

class Service {
  public:
    /// `store` must outlive the service.
    Service(boost::asio::io_context& io, store::Store& store, Configuration configuration,
            ServiceOptions options);

    /// Until `stop` is requested; then nothing new starts, runs under way end (or are canceled after the
    /// grace), and what cannot be delivered in time stays in the outbox.
    [[nodiscard]] boost::asio::awaitable<void> run(harness::Cancellation stop);

  private:
    boost::asio::awaitable<void> end_interrupted_runs();
    boost::asio::awaitable<void> look_for_interrupted_runs(harness::Cancellation stop);
    boost::asio::awaitable<void> plan(harness::Cancellation stop);
    /// Runs the monitor for the instant `due`, unless another node does or has done so.
    boost::asio::awaitable<void> run_monitor(std::size_t index, Time due);
    boost::asio::awaitable<void> run_tries(std::size_t index, Time due, store::MonitorState state);
    boost::asio::awaitable<bool> claim(const Monitor& monitor);
    boost::asio::awaitable<store::MonitorState> state_of(const Monitor& monitor);
    boost::asio::awaitable<harness::Run> run_once(const Monitor& monitor, std::uint32_t try_number,
                                                  webhook::Publisher publisher);
    boost::asio::awaitable<void> finish_runs();
    boost::asio::awaitable<void> deliver(harness::Cancellation stop);

    boost::asio::io_context& io_;
    store::Store& store_;
    Configuration configuration_;
    ServiceOptions options_;
    webhook::Delivery delivery_;
    Planner planner_;
    harness::Cancellation runs_stop_, deliveries_stop_, leases_stop_;
    boost::asio::steady_timer changed_;  ///< cancelled when a run or the deliveries end
    std::size_t running_ = 0;
    bool delivering_ = false, store_failing_ = false;
};

}  // namespace ringback::monitors
