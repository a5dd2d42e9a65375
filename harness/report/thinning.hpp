// Long runs with many channels have more samples than a page can hold or a screen can show.
#pragma once

#include "harness/run/run.hpp"

namespace ringback::harness {

/// Makes the samples of all channels together at most about `budget` numbers, though not fewer than 120 in
/// each series. Of each span of time the lowest and the highest sample stay, in the order in which they came,
/// so that no peak gets lost; the spans are the same for all probes. Summaries (`metrics`) stay as they are.
/// @return how many seconds two samples stand for; 0 when all samples were kept
double thin_samples(Run& run, std::size_t budget);

}  // namespace ringback::harness
