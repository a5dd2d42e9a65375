// What happens during a run, as it happens. Engines emit, observers listen; there is no way back.
#pragma once

#include "harness/run/run.hpp"

#include <string>
#include <variant>

namespace ringback::harness {

struct StepStarted {
    std::string path, type, title;
};
struct StepFinished {
    const StepResult* step;
};  ///< valid during the call
struct ProbeStarted {
    std::uint32_t probe;
    std::string name;
};
struct ProbeProgress {
    std::uint32_t probe;
    std::string text;
};  ///< rtcProgress, or what is being waited for
struct ProbeSampled {
    std::uint32_t probe;
    double at_seconds;
    double audio_in_kbps, video_in_kbps;
};
struct ProbeFinished {
    const ProbeResult* probe;
};
struct Logged {
    Notification line;
    std::uint32_t probe = 0;
};  ///< probe 0: the run as a whole
/// A wait that a person may want to see: a pause, a long poll. `total` zero ends it.
struct Waiting {
    std::string what;
    std::chrono::milliseconds total{0};
};

using RunEvent = std::variant<StepStarted, StepFinished, ProbeStarted, ProbeProgress, ProbeSampled,
                              ProbeFinished, Logged, Waiting>;

}  // namespace ringback::harness
