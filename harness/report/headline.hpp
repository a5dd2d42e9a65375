// The figures of a call that a person looks at first: the terminal's table, the JSON document and the HTML
// report say the same ones.
#pragma once

#include "harness/run/run.hpp"

#include <optional>
#include <string_view>

namespace ringback::harness {

/// Empty where nothing was measured. Rates are sums over a probe's channels of one kind, each its mean over
/// its life.
struct Headline {
    std::optional<double> call_setup_ms;
    std::optional<double> audio_in, audio_out, video_in, video_out;  ///< kbit/s
    std::optional<double>
        loss_in;  ///< %: the mean of the incoming audio's or video's channels, whichever is worse
    std::optional<double> rtt_ms;
};

[[nodiscard]] Headline headline(const ProbeResult& probe);
/// The means over the probes that have the figure.
[[nodiscard]] Headline headline(const Run& run);

}  // namespace ringback::harness
