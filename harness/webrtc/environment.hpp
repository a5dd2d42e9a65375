// process.env of a probe's script: who it is, and the test's variables.
#pragma once

#include "harness/webrtc/probe_state.hpp"

#include <map>
#include <string>

namespace ringback::harness {

/// All values are texts. The test's own variables come first and cannot replace what the run says.
[[nodiscard]] std::map<std::string, std::string> probe_environment(const ProbeState& probe);

}  // namespace ringback::harness
