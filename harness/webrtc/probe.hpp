// The life of one probe: its page is opened, its script's commands are run, it is sampled, judged and closed.
// Insides of the WebRTC engine.
#pragma once

#include "harness/webrtc/probe_state.hpp"

#include <boost/asio/awaitable.hpp>

#include <memory>

namespace ringback::harness {

/// Never throws; ended from outside by ProbeState::stop() or by cancellation, and even then it judges what
/// there is. `run` keeps alive what `probe` refers to.
boost::asio::awaitable<void> run_probe(std::shared_ptr<RunShared> run, std::shared_ptr<ProbeState> probe);

/// How a page of this probe is opened, its first one or a further window.
[[nodiscard]] PageSettings page_settings(const std::shared_ptr<ProbeState>& probe);

/// Ends a probe that never got a browser.
void finish_unstarted(ProbeState& probe);

}  // namespace ringback::harness
