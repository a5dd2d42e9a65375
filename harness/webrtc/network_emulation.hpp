// Decides how the networks of a run's probes are made: by the link emulator where this machine allows it,
// else by DevTools; and says so.
#pragma once

#include "harness/webrtc/probe_state.hpp"

namespace ringback::harness {

/// For all probes of a run. False when a test asks for what cannot be done here; the run's error then says
/// what.
[[nodiscard]] bool choose_network_emulation(RunShared& shared);
/// A probe whose network the link emulator makes has a browser, a namespace and a link of its own.
[[nodiscard]] bool own_link(const ProbeState& probe);
/// Before a browser is launched: makes its link, if it is to have one. @return what went wrong, "" when
/// nothing did
[[nodiscard]] std::string give_network(SharedBrowser& browser);

}  // namespace ringback::harness
