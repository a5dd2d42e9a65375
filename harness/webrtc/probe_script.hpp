// The script of a probe: its context with `client`, `process.env` and the rest, and the calls between it and
// the queue. Insides of the WebRTC engine.
#pragma once

#include "harness/webrtc/command.hpp"
#include "harness/webrtc/probe_state.hpp"

#include <boost/json/array.hpp>

#include <string>

namespace ringback::harness {

/// Makes the context and runs the script's body, which fills the queue.
/// @return what went wrong, with file and line; "" when nothing did
[[nodiscard]] std::string run_script_body(ProbeState& probe);

/// Calls a function of the script; what it queues comes next.
/// @return what went wrong, with file and line; "" when nothing did
[[nodiscard]] std::string call_script(ProbeState& probe, const ScriptFunction& function,
                                      boost::json::array arguments);

/// The file of the script that `file` in it refers to: relative to the script's own folder.
[[nodiscard]] std::string beside_script(const ProbeState& probe, const std::string& file);

/// "call.js:12", or "call.js"
[[nodiscard]] std::string place_of(const std::string& source, std::size_t line);

}  // namespace ringback::harness
