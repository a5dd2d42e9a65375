// What stands out in calls, for people: the way media took, and pictures that froze or were held back.
#pragma once

#include "harness/run/run.hpp"

#include <string>
#include <vector>

namespace ringback::harness {

/// Lines like "probes 1 and 2: relay/tcp ↔ host/udp" and "probe 2: 3 freezes, 2.1 s in all; 12% of pictures
/// dropped". Empty when every call took the plain way, host to host over UDP, and its pictures came through.
[[nodiscard]] std::vector<std::string> call_remarks(const Run& run);

}  // namespace ringback::harness
