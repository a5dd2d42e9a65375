// The tables of metrics, and how channels become one figure.
#include "harness/expression/expectation.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ringback::harness {

namespace {

using enum Aggregate;
using C = ChannelMetric;
using R = RunMetric;

constexpr ChannelMetricInfo channel_metrics[] = {
    {C::bitrate, "bitrate", "kbit/s", sum, "media rate"},
    {C::packetloss, "packetloss", "%", weighted, "lost of all packets, in percent"},
    {C::jitter, "jitter", "ms", mean, "variation of the packets' arrival"},
    {C::rtt, "rtt", "ms", mean, "round-trip time"},
    {C::data, "data", "bytes", sum, "bytes carried"},
    {C::packets, "packets", "packets", sum, "packets carried"},
    {C::fps, "fps", "fps", mean, "frames per second"},
    {C::width, "width", "px", largest, "width of the picture"},
    {C::height, "height", "px", largest, "height of the picture"},
    {C::codec, "codec", "", same, "name of the codec; compares with == and != only, in any case"},
    {C::framesdropped, "framesdropped", "frames", sum, "frames received but not shown"},
    {C::freezes, "freezes", "freezes", sum, "times the picture stood still"},
    {C::freezeduration, "freezeduration", "ms", sum, "how long it stood still in all"},
    {C::mos, "mos", "", mean, "mean opinion score, 1 to 5"},
    {C::empty, "empty", "", sum, "channels that carried nothing; of one channel 1 or 0"},
};

constexpr RunMetricInfo run_metrics[] = {
    {R::score, "score", "", "0 to 10"},
    {R::mos, "mos", "", "mean opinion score of the audio, 1 to 5"},
    {R::connection_duration, "connectionDuration", "s", "how long the peer connection lasted"},
    {R::call_setup_time, "callSetupTime", "ms",
     "from the first setLocalDescription() to the first connected"},
    {R::browser_cpu, "performance.browser.cpu", "", "processor use of the browser, 1 is one core"},
    {R::browser_memory, "performance.browser.memory", "MB", "memory of the browser"},
    {R::probe_cpu, "performance.probe.cpu", "", "processor use of the probe's machine, 1 is all of it"},
    {R::probe_memory, "performance.probe.memory", "MB", "memory in use on the probe's machine"},
};

Aggregate aggregate_of(ChannelMetric metric) {
    return std::find_if(std::begin(channel_metrics), std::end(channel_metrics),
                        [&](const ChannelMetricInfo& info) { return info.metric == metric; })
        ->aggregate;
}

struct Weighted {
    MetricValue value;
    double weight = 1;
};

MetricValue mean_of(const std::vector<Weighted>& channels) {
    double weights = 0;
    for (const auto& channel : channels)
        weights += channel.weight;
    MetricValue result{0, channels[0].value.min, channels[0].value.max, {}};
    for (const auto& [value, weight] : channels) {
        result.avg += value.avg * (weights > 0 ? weight / weights : 1.0 / double(channels.size()));
        result.min = std::min(result.min, value.min);
        result.max = std::max(result.max, value.max);
    }
    return result;
}

MetricValue sum_of(const std::vector<Weighted>& channels) {
    MetricValue result;
    for (const auto& channel : channels) {
        result.avg += channel.value.avg;
        result.min += channel.value.min;
        result.max += channel.value.max;
    }
    return result;
}

MetricValue largest_of(const std::vector<Weighted>& channels) {
    MetricValue result = channels[0].value;
    for (const auto& channel : channels) {
        result.avg = std::max(result.avg, channel.value.avg);
        result.min = std::max(result.min, channel.value.min);
        result.max = std::max(result.max, channel.value.max);
    }
    return result;
}

/// The text that all share, or all texts.
MetricValue shared_text(const std::vector<Weighted>& channels) {
    std::vector<std::string> texts;
    for (const auto& channel : channels)
        if (std::find(texts.begin(), texts.end(), channel.value.text) == texts.end())
            texts.push_back(channel.value.text);
    return MetricValue::of(fmt::format("{}", fmt::join(texts, ", ")));
}

}  // namespace

std::string_view to_string(Media media) noexcept {
    return media == Media::audio ? "audio" : "video";
}
std::string_view to_string(Direction direction) noexcept {
    return direction == Direction::in ? "in" : "out";
}

std::span<const ChannelMetricInfo> all_channel_metrics() noexcept {
    return channel_metrics;
}
std::span<const RunMetricInfo> all_run_metrics() noexcept {
    return run_metrics;
}

std::string MetricSource::channel_name(Media media, Direction direction, std::size_t channel) const {
    return fmt::format("{}.{} #{}", to_string(media), to_string(direction), channel + 1);
}

std::optional<MetricValue> MetricSource::aggregate_metric(Media media, Direction direction,
                                                          ChannelMetric metric) const {
    const Aggregate how = aggregate_of(metric);
    std::vector<Weighted> channels;
    for (std::size_t i = 0; i < channel_count(media, direction); ++i) {
        auto value = channel_metric(media, direction, i, metric);
        if (!value) continue;
        const auto packets = how == weighted ? channel_metric(media, direction, i, C::packets) : std::nullopt;
        channels.push_back({std::move(*value), how == weighted ? (packets ? packets->avg : 0) : 1});
    }
    // Nothing is a sum of nothing: no channel carried anything. An average of nothing there is not.
    if (channels.empty() && how == sum && channel_count(media, direction) == 0) return MetricValue::of(0);
    if (channels.empty()) return std::nullopt;
    switch (how) {
        case sum:
            return sum_of(channels);
        case largest:
            return largest_of(channels);
        case same:
            return shared_text(channels);
        default:
            return mean_of(channels);
    }
}

}  // namespace ringback::harness
