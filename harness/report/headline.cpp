#include "harness/report/headline.hpp"

#include <cmath>

namespace ringback::harness {
namespace {

struct Figure {
    double sum = 0;
    std::size_t count = 0;
    void add(const std::optional<double>& value) {
        if (!value || !std::isfinite(*value)) return;
        sum += *value;
        ++count;
    }
    [[nodiscard]] std::optional<double> total() const { return count ? std::optional(sum) : std::nullopt; }
    [[nodiscard]] std::optional<double> mean() const {
        return count ? std::optional(sum / static_cast<double>(count)) : std::nullopt;
    }
};

Figure over_channels(const ProbeResult& probe, std::string_view media, std::string_view direction,
                     const char* metric) {
    Figure figure;
    for (const auto& channel : probe.channels) {
        const auto found = channel.metrics.find(metric);
        if (channel.media == media && channel.direction == direction && found != channel.metrics.end())
            figure.add(found->second.average);
    }
    return figure;
}

}  // namespace

Headline headline(const ProbeResult& probe) {
    Headline figures;
    figures.call_setup_ms = probe.call_setup_ms;
    figures.audio_in = over_channels(probe, "audio", "in", "bitrate").total();
    figures.audio_out = over_channels(probe, "audio", "out", "bitrate").total();
    figures.video_in = over_channels(probe, "video", "in", "bitrate").total();
    figures.video_out = over_channels(probe, "video", "out", "bitrate").total();
    const auto audio = over_channels(probe, "audio", "in", "packetloss").mean(),
               video = over_channels(probe, "video", "in", "packetloss").mean();
    figures.loss_in = audio && video ? std::max(*audio, *video) : audio ? audio : video;
    figures.rtt_ms = probe.rtt_ms;
    return figures;
}

Headline headline(const Run& run) {
    constexpr std::optional<double> Headline::*members[] = {
        &Headline::call_setup_ms, &Headline::audio_in, &Headline::audio_out, &Headline::video_in,
        &Headline::video_out,     &Headline::loss_in,  &Headline::rtt_ms};
    Figure figures[std::size(members)];
    for (const auto& probe : run.probes) {
        const auto of_probe = headline(probe);
        for (std::size_t i = 0; i < std::size(members); ++i)
            figures[i].add(of_probe.*members[i]);
    }
    Headline means;
    for (std::size_t i = 0; i < std::size(members); ++i)
        means.*members[i] = figures[i].mean();
    return means;
}

}  // namespace ringback::harness
