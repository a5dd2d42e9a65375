#include "harness/report/thinning.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ringback::harness {
namespace {

constexpr std::size_t kFewest = 120;  ///< samples of a series: what a narrow chart can show
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// Equal spans of a run's time.
struct Spans {
    double begin = 0, width = 1;
    std::size_t count = 1;
    [[nodiscard]] std::size_t of(double at) const {
        const double index = std::floor((at - begin) / width);
        return index > 0 ? std::min(static_cast<std::size_t>(index), count - 1) : 0;
    }
};

/// The lowest and the highest of the samples in one span, with their places.
struct Extremes {
    double low = kNone, high = kNone;
    std::size_t low_at = 0, high_at = 0;
    void add(double value, std::size_t at) {
        if (!std::isfinite(value)) return;
        if (!(value >= low)) low = value, low_at = at;
        if (!(value <= high)) high = value, high_at = at;
    }
};

std::vector<double> thinned(const std::vector<double>& samples, const std::vector<std::size_t>& span_of,
                            std::size_t first, std::size_t last) {
    std::vector<Extremes> spans(last - first + 1);
    for (std::size_t i = 0; i < std::min(samples.size(), span_of.size()); ++i)
        spans[span_of[i] - first].add(samples[i], i);
    std::vector<double> out;
    out.reserve(2 * spans.size());
    for (const auto& span : spans) {
        const bool falling = span.high_at < span.low_at;
        out.push_back(falling ? span.high : span.low);
        out.push_back(falling ? span.low : span.high);
    }
    return out;
}

void thin_probe(ProbeResult& probe, const Spans& spans) {
    std::vector<std::size_t> span_of;
    span_of.reserve(probe.sample_times.size());
    for (const double at : probe.sample_times)
        span_of.push_back(spans.of(at));
    const auto [first, last] = std::minmax_element(span_of.begin(), span_of.end());
    for (auto& channel : probe.channels)
        for (auto& [metric, samples] : channel.samples)
            samples = thinned(samples, span_of, *first, *last);
    probe.sample_times.clear();
    for (std::size_t span = *first; span <= *last; ++span)
        for (const double part : {0.25, 0.75})
            probe.sample_times.push_back(spans.begin + (static_cast<double>(span) + part) * spans.width);
}

}  // namespace

double thin_samples(Run& run, std::size_t budget) {
    std::size_t series = 0, longest = 0;
    double begin = std::numeric_limits<double>::infinity(), end = -begin;
    for (const auto& probe : run.probes) {
        for (const auto& channel : probe.channels)
            series += channel.samples.size();
        longest = std::max(longest, probe.sample_times.size());
        if (probe.sample_times.empty()) continue;
        begin = std::min(begin, probe.sample_times.front());
        end = std::max(end, probe.sample_times.back());
    }
    const auto allowed = std::max(kFewest, budget / std::max<std::size_t>(series, 1));
    if (longest <= allowed || !(end > begin)) return 0;
    Spans spans;
    spans.begin = begin;
    spans.count = allowed / 2;
    spans.width = (end - begin) / static_cast<double>(spans.count);
    for (auto& probe : run.probes)
        if (probe.sample_times.size() > allowed) thin_probe(probe, spans);
    return spans.width;
}

}  // namespace ringback::harness
