// What the executor gives an engine, and what an engine is. Adding a kind of test is one class and one row in
// executor.cpp.
#pragma once

#include "harness/run/event.hpp"
#include "net/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>

namespace ringback::harness {

/// ringback cannot do its work here (no browser, no library): not the tested service's fault. Exit code 3.
struct EngineUnavailable : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Valid for the whole run. An engine writes what it knows into `run` as it goes, so that nothing is lost
/// when the run is ended from outside; it sets reasons and verdicts of steps and probes, never the run's
/// final status.
struct EngineContext {
    Run& run;
    std::function<void(const RunEvent&)> emit;  ///< never throws
    net::Deadline deadline;                     ///< of the run; the executor also cancels the engine then
    std::string artifacts;  ///< existing directory for screenshots and dumps, or "" to keep none
};

class Engine {
  public:
    virtual ~Engine() = default;
    /// Executes the test. Ended from outside through asio cancellation (time-out, Ctrl-C): it may then throw
    /// boost::system::system_error(operation_aborted), and its destructor must leave nothing behind (no
    /// process, no file).
    virtual boost::asio::awaitable<void> execute(EngineContext& context) = 0;
};

}  // namespace ringback::harness
