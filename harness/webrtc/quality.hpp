// Figures of quality: MOS by the E-model, and our score. Pure functions; formulas, constants and their
// sources for users: docs/metrics.md.
#pragma once

#include "harness/run/run.hpp"

#include <optional>
#include <string_view>

namespace ringback::harness {

/// What a listener suffers from.
struct SpeechPath {
    double loss_percent = 0;      ///< packets lost, 0 to 100
    double one_way_delay_ms = 0;  ///< mouth to ear
    double burst_ratio = 1;       ///< 1: losses come at random
    std::string_view codec = "opus";
};

/// Equipment impairment of a codec: Ie without loss, and Bpl, its robustness against loss.
struct CodecImpairment {
    double ie = 0, bpl = 25.1;
};
/// By name in any case; an unknown codec is taken for Opus.
[[nodiscard]] CodecImpairment codec_impairment(std::string_view codec) noexcept;

/// Rating R of ITU-T G.107 with the default values of everything else: 93.2 − Idd − Ie,eff.
[[nodiscard]] double e_model_rating(const SpeechPath& path) noexcept;
/// ITU-T G.107, annex B, clamped to 1…4.5.
[[nodiscard]] double mos_of_rating(double rating) noexcept;
[[nodiscard]] double mos_of(const SpeechPath& path) noexcept;

/// 0 to 10 for one channel that carried media, from its figures; nothing for one that carried none.
[[nodiscard]] std::optional<double> score_of(const ChannelResult& channel);
/// The mean of the channels' scores; nothing without media.
[[nodiscard]] std::optional<double> score_of(const ProbeResult& probe);

}  // namespace ringback::harness
