// The verdict of a probe once its statistics are complete. Insides of the WebRTC engine.
#pragma once

#include "harness/webrtc/probe_state.hpp"

namespace ringback::harness {

/// Judges everything the test and the script expect, and adds results and reasons to the probe's result.
void judge_probe(ProbeState& probe);

/// The moments between which something is judged: from the first `from` to the last `to` after it. Events of
/// the probe itself count, and global ones of others.
/// @return false when one of them did not happen; `missing` names it
[[nodiscard]] bool find_window(const ProbeState& probe, const std::string& from, const std::string& to,
                               double& begin, double& end, std::string& missing);

}  // namespace ringback::harness
