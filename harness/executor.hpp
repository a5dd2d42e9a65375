// harness: executes one test and yields one result. Its face is execute(); everything else in the room serves
// it.
#pragma once

#include "harness/expression/variables.hpp"
#include "harness/run/observer.hpp"
#include "harness/run/run.hpp"
#include "harness/test/network_conditions.hpp"
#include "harness/test/test.hpp"
#include "run-options/run_options.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringback::harness {

class ExternalValues;  // harness/webrtc/external_values.hpp

/// Asks runs to end. Copies share the same request. Use from one thread (the run's).
class Cancellation {
  public:
    explicit Cancellation(boost::asio::any_io_executor executor);
    void request(std::string reason);  ///< the first one counts
    [[nodiscard]] bool requested() const noexcept;
    [[nodiscard]] const std::string& reason() const noexcept;
    /// Completes once requested.
    [[nodiscard]] boost::asio::awaitable<void> wait() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

/// Everything about one execution that is not in the test itself.
struct Execution {
    RunOptions options;  ///< the file's, with those of the command line or the monitor merged over
    RunType type = RunType::test;
    std::string location = "local", environment, monitor;
    Variables variables;  ///< later wins over the test's own
    std::string
        artifacts;  ///< root directory for artifacts; a directory per run is made in it. "" keeps none
    std::uint32_t try_number = 1;
    std::string run_id, run_name;  ///< empty: made here
    std::string chromium;          ///< path of the browser; empty: found in PATH
    NetworkEmulation network_emulation = NetworkEmulation::automatic;
    std::shared_ptr<ExternalValues> external_values;  ///< for rtcWaitForExternalValue; may be null
};

/// Why no artifacts can be kept below `root`, which is made when it is not there; nothing when they can, or
/// when it is "".
[[nodiscard]] std::optional<std::string> unusable_artifacts(const std::string& root);

/// Runs `test` once: on_started, the engine, then exactly one final status, on_finished. Never throws; always
/// returns a Run with a final status, whatever happens: time-out (`timeout`), cancellation (`canceled`), an
/// engine that broke (`failure`).
[[nodiscard]] boost::asio::awaitable<Run> execute(const Test& test, Execution execution,
                                                  std::vector<Observer*> observers,
                                                  Cancellation cancellation);

}  // namespace ringback::harness
