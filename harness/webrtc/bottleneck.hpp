// Whether it was the machine, and not the tested service, that made figures of a run what they are. Pure.
#pragma once

#include "harness/run/run.hpp"

#include <string>
#include <vector>

namespace ringback::harness {

/// @param machine_cpu the share of all processors in use, per reading
/// @return why the machine was the bottleneck, part of a sentence: "its processor was saturated in 4 of 10
/// readings";
///         "" when it was not
[[nodiscard]] std::string bottleneck(const std::vector<double>& machine_cpu,
                                     const std::vector<ProbeResult>& probes);

}  // namespace ringback::harness
