// Runs the probes of a WebRTC test: browsers driven by a script, their statistics sampled and judged.
#pragma once

#include "harness/expression/variables.hpp"
#include "harness/run/engine.hpp"
#include "harness/test/network_conditions.hpp"
#include "harness/test/test.hpp"
#include "run-options/run_options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace ringback::harness {

class ExternalValues;  // harness/webrtc/external_values.hpp

/// Everything about one execution that is not in the test itself.
struct WebrtcSettings {
    RunOptions options;    ///< those in force, already merged
    Variables variables;   ///< later wins over the test's own; each is in the scripts' process.env
    std::string chromium;  ///< path of the browser; empty: found in PATH
    std::string location = "local";
    NetworkEmulation network_emulation = NetworkEmulation::automatic;
    std::shared_ptr<ExternalValues> external_values;  ///< for rtcWaitForExternalValue; may be null
};

/// `test` must hold a WebrtcTest and outlive the engine. Nothing is started before execute(), which throws
/// EngineUnavailable when there is no browser, or no JavaScript engine, to work with.
/// Destroying the engine ends every browser it started and removes their profiles.
[[nodiscard]] std::unique_ptr<Engine> make_webrtc_engine(const Test& test, WebrtcSettings settings);

/// How long after the first browser is ready a probe opens its page: probes that all load the same page at
/// once would measure each other. 50 ms apart, all within 30 s.
/// @param index from 0
[[nodiscard]] std::chrono::milliseconds start_delay(std::uint32_t index, std::uint32_t count);

}  // namespace ringback::harness
