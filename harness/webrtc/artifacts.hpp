// What a probe leaves behind for people: console log, raw statistics, a dump in the style of
// webrtc-internals. Insides of the WebRTC engine.
#pragma once

#include "harness/webrtc/probe_state.hpp"

namespace ringback::harness {

/// Keeps a line of the browser's console; bounded, the last line then says so.
void add_console_line(ProbeState& probe, const ConsoleLine& line, const std::string& text);

/// Appends a document's raw getStats() to the probe's artifact, one line per sample; bounded to 256 MiB.
void keep_raw_stats(ProbeState& probe, const boost::json::value& sample);

/// Writes the files of a finished probe below the run's artifacts, when there are any to be kept.
void write_probe_artifacts(ProbeState& probe);

}  // namespace ringback::harness
