#include "harness/webrtc/quality.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string>

namespace ringback::harness {
namespace {

/// 93.2 is R of a path without impairments, all other inputs at their defaults (G.107, table 3).
constexpr double kUnimpaired = 93.2;

struct Codec {
    std::string_view name;
    CodecImpairment impairment;
};
// ITU-T G.113, appendix I. G.711 is taken with packet loss concealment, which browsers do. There is no figure
// for Opus and none in the narrow-band scale for G.722: both are taken for G.711.
constexpr std::array<Codec, 6> kCodecs{{
    {"opus", {0, 25.1}},
    {"pcmu", {0, 25.1}},
    {"pcma", {0, 25.1}},
    {"g722", {0, 25.1}},
    {"ilbc", {11, 32}},
    {"g729", {11, 19}},
}};

bool same_name(std::string_view a, std::string_view b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) {
        const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
        return lower(x) == lower(y);
    });
}

/// Delay impairment Idd (G.107, 7.4), without the echo terms: browsers cancel echo.
double delay_impairment(double one_way_ms) {
    if (one_way_ms <= 100) return 0;
    const double x = std::log2(one_way_ms / 100);
    return 25 * (std::pow(1 + std::pow(x, 6), 1.0 / 6) - 3 * std::pow(1 + std::pow(x / 3, 6), 1.0 / 6) + 2);
}

double average(const ChannelResult& channel, const std::string& metric, double otherwise) {
    const auto found = channel.metrics.find(metric);
    return found == channel.metrics.end() ? otherwise : found->second.average;
}

/// Standard deviation relative to the mean, of the samples there were.
double variation(const ChannelResult& channel, const std::string& metric) {
    const auto found = channel.samples.find(metric);
    if (found == channel.samples.end()) return 0;
    double sum = 0, squares = 0, count = 0;
    for (const double value : found->second)
        if (!std::isnan(value)) sum += value, squares += value * value, ++count;
    if (count < 2 || sum <= 0) return 0;
    const double mean = sum / count;
    return std::sqrt(std::max(0.0, squares / count - mean * mean)) / mean;
}

double share(double value) {
    return std::clamp(value, 0.0, 1.0);
}

}  // namespace

CodecImpairment codec_impairment(std::string_view codec) noexcept {
    for (const auto& row : kCodecs)
        if (same_name(row.name, codec)) return row.impairment;
    return kCodecs[0].impairment;
}

double e_model_rating(const SpeechPath& path) noexcept {
    const auto [ie, bpl] = codec_impairment(path.codec);
    const double loss = std::clamp(path.loss_percent, 0.0, 100.0);
    const double effective = ie + (95 - ie) * loss / (loss / std::max(path.burst_ratio, 1e-3) + bpl);
    return kUnimpaired - delay_impairment(path.one_way_delay_ms) - effective;
}

double mos_of_rating(double r) noexcept {
    if (r <= 0) return 1;
    if (r >= 100) return 4.5;
    return std::clamp(1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r), 1.0, 4.5);
}

double mos_of(const SpeechPath& path) noexcept {
    return mos_of_rating(e_model_rating(path));
}

std::optional<double> score_of(const ChannelResult& channel) {
    if (average(channel, "packets", 0) <= 0) return std::nullopt;
    double penalty = 4 * (1 - std::exp(-average(channel, "packetloss", 0) / 5));
    penalty += 1.5 * share((average(channel, "jitter", 0) - 20) / 80);
    penalty += 2 * share((average(channel, "rtt", 0) - 100) / 400);
    const double bitrate = average(channel, "bitrate", 0);
    if (channel.media == "audio") {
        penalty += 2 * share(1 - bitrate / 40);
    } else {
        penalty += 2 * share(1 - bitrate / 1500);
        penalty += share(1 - average(channel, "width", 0) * average(channel, "height", 0) / (1280 * 720));
        penalty += share(1 - average(channel, "fps", 0) / 24);
        const double seconds = average(channel, "duration", 0);
        if (seconds > 0) penalty += 3 * share(average(channel, "freezeduration", 0) / 1000 / seconds / 0.1);
    }
    penalty += share((variation(channel, "bitrate") - 0.2) / 0.8);
    return std::clamp(10 - penalty, 0.0, 10.0);
}

std::optional<double> score_of(const ProbeResult& probe) {
    double sum = 0, count = 0;
    for (const auto& channel : probe.channels)
        if (const auto score = score_of(channel)) sum += *score, ++count;
    if (count == 0) return std::nullopt;
    return sum / count;
}

}  // namespace ringback::harness
