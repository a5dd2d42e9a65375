#include "harness/report/call_remarks.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace ringback::harness {
namespace {

constexpr std::string_view kPlainWay = "host/udp ↔ host/udp";
/// Shares below which nobody would notice.
constexpr double kFewDropped = 0.05, kShortlyLimited = 0.1;

/// A metric summed over the video channels of a direction.
double sum(const ProbeResult& probe, std::string_view direction, const std::string& metric) {
    double value = 0;
    for (const auto& channel : probe.channels) {
        if (channel.media != "video" || channel.direction != direction) continue;
        if (const auto found = channel.metrics.find(metric); found != channel.metrics.end())
            value += found->second.average;
    }
    return value;
}

std::string of_probes(const std::vector<std::string>& numbers) {
    if (numbers.size() == 1) return "probe " + numbers.front();
    const std::vector<std::string> first(numbers.begin(), numbers.end() - 1);
    return fmt::format("probes {} and {}", fmt::join(first, ", "), numbers.back());
}

/// The ways of a probe's connections, each once.
std::string ways(const ProbeResult& probe) {
    std::vector<std::string> distinct;
    for (const auto& connection : probe.connections)
        if (!connection.candidate_pair.empty() &&
            std::find(distinct.begin(), distinct.end(), connection.candidate_pair) == distinct.end())
            distinct.push_back(connection.candidate_pair);
    return fmt::format("{}", fmt::join(distinct, ", "));
}

std::string pictures(const ProbeResult& probe) {
    std::vector<std::string> parts;
    if (const double freezes = sum(probe, "in", "freezes"); freezes > 0)
        parts.push_back(fmt::format("{:.0f} freeze{}, {:.1f} s in all", freezes, freezes == 1 ? "" : "s",
                                    sum(probe, "in", "freezeduration") / 1000));
    const double dropped = sum(probe, "in", "framesdropped"), shown = sum(probe, "in", "frames");
    if (dropped > kFewDropped * (dropped + shown))
        parts.push_back(fmt::format("{:.0f}% of pictures dropped", 100 * dropped / (dropped + shown)));
    const double span = 1000 * sum(probe, "out", "duration");
    for (const auto& [metric, what] :
         {std::pair{"limitedcpu", "this machine's processor"}, std::pair{"limitedbandwidth", "bandwidth"}}) {
        const double limited = sum(probe, "out", metric);
        if (span > 0 && limited > kShortlyLimited * span)
            parts.push_back(fmt::format("its picture was held back by {} for {:.0f}% of the time", what,
                                        std::min(100.0, 100 * limited / span)));
    }
    return fmt::format("{}", fmt::join(parts, "; "));
}

}  // namespace

std::vector<std::string> call_remarks(const Run& run) {
    std::vector<std::string> lines;
    std::vector<std::pair<std::string, std::vector<std::string>>> by_way;
    for (const auto& probe : run.probes) {
        const auto way = ways(probe);
        if (way.empty() || way == kPlainWay) continue;
        const auto same =
            std::find_if(by_way.begin(), by_way.end(), [&](const auto& entry) { return entry.first == way; });
        auto& probes = same == by_way.end() ? by_way.emplace_back(way, std::vector<std::string>{}) : *same;
        probes.second.push_back(std::to_string(probe.number));
    }
    for (const auto& [way, probes] : by_way)
        lines.push_back(of_probes(probes) + ": " + way);
    for (const auto& probe : run.probes)
        if (auto text = pictures(probe); !text.empty())
            lines.push_back(fmt::format("probe {}: {}", probe.number, text));
    return lines;
}

}  // namespace ringback::harness
