#include "harness/webrtc/bottleneck.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace ringback::harness {
namespace {

/// Share of the machine above which timings are no longer those of the service.
constexpr double kSaturated = 0.95;
/// Share of the time from which on it shows in a run's figures.
constexpr double kOften = 0.3;
/// Fewer readings say nothing: starting a browser saturates any machine.
constexpr std::size_t kEnoughReadings = 5;

/// Share of the time that the processor held the probe's encoders back.
double encoders_held_back(const ProbeResult& probe) {
    double limited = 0, seconds = 0;
    for (const auto& channel : probe.channels) {
        const auto by_cpu = channel.metrics.find("limitedcpu"), span = channel.metrics.find("duration");
        if (by_cpu == channel.metrics.end() || span == channel.metrics.end()) continue;
        limited += by_cpu->second.average / 1000;
        seconds += span->second.average;
    }
    return seconds < static_cast<double>(kEnoughReadings) ? 0 : std::min(1.0, limited / seconds);
}

}  // namespace

std::string bottleneck(const std::vector<double>& machine_cpu, const std::vector<ProbeResult>& probes) {
    std::vector<std::string> why;
    const auto busy =
        std::count_if(machine_cpu.begin(), machine_cpu.end(), [](double cpu) { return cpu > kSaturated; });
    if (machine_cpu.size() >= kEnoughReadings &&
        static_cast<double>(busy) >= kOften * static_cast<double>(machine_cpu.size()))
        why.push_back(
            fmt::format("its processor was saturated in {} of {} readings", busy, machine_cpu.size()));
    std::size_t probes_held_back = 0;
    double most = 0;
    for (const auto& probe : probes) {
        const double share = encoders_held_back(probe);
        if (share >= kOften) ++probes_held_back;
        most = std::max(most, share);
    }
    if (probes_held_back > 0)
        why.push_back(
            fmt::format("it held back the video encoder of {} of {} probes, for up to {:.0f}% of the time",
                        probes_held_back, probes.size(), 100 * most));
    return fmt::format("{}", fmt::join(why, ", and "));
}

}  // namespace ringback::harness
