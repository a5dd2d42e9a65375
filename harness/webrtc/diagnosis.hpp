// Why a connection did not come about, as far as its events tell. Pure.
#pragma once

#include "harness/webrtc/statistics.hpp"

#include <string>
#include <vector>

namespace ringback::harness {

/// One sentence for each connection that was started and never connected, or failed later: whether there were
/// candidates, of which types, which servers did not answer. Tells an unreachable TURN server from one whose relay
/// is refused.
[[nodiscard]] std::vector<std::string> diagnose_connections(const std::vector<ConnectionEvent>& events);

}  // namespace ringback::harness
