#include "harness/webrtc/probe_metrics.hpp"

#include "harness/webrtc/statistics.hpp"

#include <algorithm>
#include <cmath>

namespace ringback::harness {
namespace {

/// Samples at which a criterion is looked at once more, to find when it failed: bounds the time for long
/// runs.
constexpr std::size_t kMaxLooks = 1000;

MetricValue value_of(const MetricSummary& summary) {
    return {summary.average, summary.minimum, summary.maximum, {}};
}

std::string name_of(ChannelMetric metric) {
    for (const auto& info : all_channel_metrics())
        if (info.metric == metric) return std::string(info.name);
    return {};
}

}  // namespace

ProbeMetrics::ProbeMetrics(const ProbeResult& result, double connected_seconds,
                           std::map<std::string, double> timers)
    : result_(result), connected_seconds_(connected_seconds), timers_(std::move(timers)) {
    for (const auto& channel : result.channels)
        by_kind_[channel.media == "video"][channel.direction == "out"].push_back(&channel);
}

void ProbeMetrics::between(double from, double to) {
    from_ = from;
    to_ = to;
}

const std::vector<const ChannelResult*>& ProbeMetrics::channels(Media media, Direction direction) const {
    return by_kind_[media == Media::video][direction == Direction::out];
}

std::size_t ProbeMetrics::channel_count(Media media, Direction direction) const {
    return channels(media, direction).size();
}

std::string ProbeMetrics::channel_name(Media media, Direction direction, std::size_t channel) const {
    return channels(media, direction)[channel]->id;
}

std::optional<MetricValue> ProbeMetrics::channel_metric(Media media, Direction direction, std::size_t index,
                                                        ChannelMetric metric) const {
    const auto& channel = *channels(media, direction)[index];
    if (metric == ChannelMetric::codec) {
        if (channel.codec.empty()) return std::nullopt;
        return MetricValue::of(channel.codec);
    }
    if (metric == ChannelMetric::empty) {
        const auto packets = summarise(channel, "packets", result_.sample_times, from_, to_);
        return MetricValue::of(packets && packets->average > 0 ? 0.0 : 1.0);
    }
    const auto summary = summarise(channel, name_of(metric), result_.sample_times, from_, to_);
    if (!summary) return std::nullopt;
    return value_of(*summary);
}

std::optional<MetricValue> ProbeMetrics::aggregate_metric(Media media, Direction direction,
                                                          ChannelMetric metric) const {
    const auto& all = channels(media, direction);
    if (metric != ChannelMetric::bitrate || all.size() < 2)
        return MetricSource::aggregate_metric(media, direction, metric);
    double sum = 0, least = 0, most = 0, count = 0;
    for (std::size_t i = 0; i < result_.sample_times.size(); ++i) {
        if (result_.sample_times[i] < from_ || result_.sample_times[i] > to_) continue;
        double together = 0;
        bool any = false;
        for (const auto* channel : all) {
            const auto found = channel->samples.find("bitrate");
            if (found == channel->samples.end() || i >= found->second.size() || std::isnan(found->second[i]))
                continue;
            together += found->second[i];
            any = true;
        }
        if (!any) continue;
        least = count > 0 ? std::min(least, together) : together;
        most = count > 0 ? std::max(most, together) : together;
        sum += together;
        ++count;
    }
    if (count == 0) return std::nullopt;
    return MetricValue{sum / count, least, most, {}};
}

std::optional<MetricValue> ProbeMetrics::run_metric(RunMetric metric) const {
    const auto performance = [&](const char* name) -> std::optional<MetricValue> {
        const auto found = result_.performance.find(name);
        if (found == result_.performance.end()) return std::nullopt;
        return value_of(found->second);
    };
    const auto one = [](std::optional<double> value) -> std::optional<MetricValue> {
        if (!value) return std::nullopt;
        return MetricValue::of(*value);
    };
    switch (metric) {
        case RunMetric::score:
            return one(result_.score);
        case RunMetric::mos:
            return MetricSource::aggregate_metric(Media::audio, Direction::in, ChannelMetric::mos);
        case RunMetric::connection_duration:
            return MetricValue::of(connected_seconds_);
        case RunMetric::call_setup_time:
            return one(result_.call_setup_ms);
        case RunMetric::browser_cpu:
            return performance("browser.cpu");
        case RunMetric::browser_memory:
            return performance("browser.memory");
        case RunMetric::probe_cpu:
            return performance("probe.cpu");
        case RunMetric::probe_memory:
            return performance("probe.memory");
    }
    return std::nullopt;
}

std::optional<MetricValue> ProbeMetrics::custom_metric(std::string_view name) const {
    const std::string key(name);
    if (const auto found = result_.custom_metrics.find(key); found != result_.custom_metrics.end())
        return MetricValue::of(found->second);
    if (const auto found = timers_.find(key); found != timers_.end()) return MetricValue::of(found->second);
    return std::nullopt;
}

std::optional<double> first_failure(const Expectation& expectation, ProbeMetrics& metrics,
                                    const std::vector<double>& times, double from, double to) {
    std::optional<double> first;
    bool passed = false;
    std::size_t looked = 0;
    for (const double time : times) {
        if (time < from || time > to) continue;
        if ((first && passed) || ++looked > kMaxLooks) break;
        metrics.between(time, time);
        const auto result = expectation.evaluate(metrics);
        // A moment without a figure (the first, of rates) is no failure.
        const bool figure = result.found.find_first_of("0123456789") != std::string::npos;
        if (result.passed)
            passed = true;
        else if (!first && figure)
            first = time;
    }
    metrics.between(from, to);
    return passed ? first : std::nullopt;
}

}  // namespace ringback::harness
