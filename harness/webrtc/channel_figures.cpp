#include "harness/webrtc/channel_figures.hpp"

#include "harness/webrtc/quality.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace ringback::harness {

namespace json = boost::json;

namespace {

/// What a sound waits besides the network and the jitter buffer: a 20 ms frame and the codec's look-ahead.
constexpr double kCodecDelayMs = 25;

void put(Figures& figures, std::string_view name, std::optional<double> value) {
    if (value) figures.emplace(name, *value);
}
std::optional<double> times(std::optional<double> value, double factor) {
    return value ? std::optional(*value * factor) : std::nullopt;
}

/// What a reading is for rates.
struct Reading {
    bool counts = false;  ///< the next rates are made from it; one too soon after another does not count
    double seconds = 0;   ///< since the last that counted; 0 at the first, and for one that does not count
};

/// What both directions have in common: rates out of counters.
Reading common_figures(Figures& figures, const json::object& stream, ChannelCounters& last, double bytes,
                       double packets, double frames) {
    const double timestamp = stat_number(stream, "timestamp").value_or(0);
    Reading reading;
    if (last.timestamp_ms <= 0) {
        last.began_ms = timestamp;
        reading.counts = true;
    } else if (const double passed = (timestamp - last.timestamp_ms) / 1000;
               passed > 0 && passed >= last.least_seconds) {
        reading.counts = true;
        reading.seconds = passed;
    }
    figures["data"] = bytes;
    figures["packets"] = packets;
    figures["duration"] = (timestamp - last.began_ms) / 1000;
    if (reading.seconds > 0) {
        figures["bitrate"] = std::max(0.0, bytes - last.bytes) * 8 / 1000 / reading.seconds;
        if (stat_text(stream, "kind") == "video")
            figures["fps"] = std::max(0.0, frames - last.frames) / reading.seconds;
    }
    put(figures, "width", stat_number(stream, "frameWidth"));
    put(figures, "height", stat_number(stream, "frameHeight"));
    if (reading.counts) {
        last.bytes = bytes;
        last.frames = frames;
        last.timestamp_ms = timestamp;
    }
    return reading;
}

std::optional<double> pair_rtt(const json::object& stream, const StatsReport& report) {
    const auto* pair = report.pair_of(stream);
    return pair ? times(stat_number(*pair, "currentRoundTripTime"), 1000) : std::nullopt;
}

}  // namespace

StatsReport::StatsReport(const json::value& stats) {
    const auto* list = stats.if_array();
    if (!list) return;
    by_id_.reserve(list->size());
    for (const auto& entry : *list)
        if (const auto* stat = entry.if_object())
            if (const auto id = stat_text(*stat, "id"); !id.empty()) by_id_.emplace(id, stat);
}

const json::object* StatsReport::find(std::string_view id) const {
    const auto found = by_id_.find(id);
    return found == by_id_.end() ? nullptr : found->second;
}

const json::object* StatsReport::referred(const json::object& from, std::string_view key) const {
    return find(stat_text(from, key));
}

const json::object* StatsReport::pair_of(const json::object& stream) const {
    if (const auto* transport = referred(stream, "transportId"))
        if (const auto* pair = referred(*transport, "selectedCandidatePairId")) return pair;
    return nullptr;
}

std::optional<double> stat_number(const json::object& stat, std::string_view key) {
    const auto* value = stat.if_contains(key);
    if (!value || !value->is_number()) return std::nullopt;
    return value->to_number<double>();
}

std::string_view stat_text(const json::object& stat, std::string_view key) {
    const auto* value = stat.if_contains(key);
    return value && value->is_string() ? std::string_view(value->get_string()) : std::string_view{};
}

SampleKind sample_kind(std::string_view metric) noexcept {
    constexpr std::array<std::string_view, 13> counters{
        "data",       "packets",          "packetslost", "framesdropped", "frames",
        "freezes",    "freezeduration",   "keyframes",   "nacks",         "plis",
        "limitedcpu", "limitedbandwidth", "duration"};
    if (metric == "packetloss") return SampleKind::loss;
    return std::find(counters.begin(), counters.end(), metric) != counters.end() ? SampleKind::counter
                                                                                 : SampleKind::gauge;
}

Figures inbound_figures(const json::object& stream, const StatsReport& report, ChannelCounters& last) {
    Figures figures;
    // Retransmissions, and padding in their place, come in a stream of its own whose losses nobody counts:
    // among the others they would make the loss look smaller, at 5% by a quarter.
    const double packets = stat_number(stream, "packetsReceived").value_or(0) -
                           stat_number(stream, "retransmittedPacketsReceived").value_or(0);
    const double lost = std::max(0.0, stat_number(stream, "packetsLost").value_or(0));
    const double frames = stat_number(stream, "framesDecoded").value_or(0);
    const auto reading = common_figures(figures, stream, last,
                                        stat_number(stream, "bytesReceived").value_or(0), packets, frames);
    figures["packetslost"] = lost;
    put(figures, "jitter", times(stat_number(stream, "jitter"), 1000));
    put(figures, "rtt", pair_rtt(stream, report));
    put(figures, "nacks", stat_number(stream, "nackCount"));
    const double delay = stat_number(stream, "jitterBufferDelay").value_or(0);
    const double emitted = stat_number(stream, "jitterBufferEmittedCount").value_or(0);
    if (reading.seconds > 0) {
        // A late packet that was counted as lost is taken back: the counter may fall.
        const double newly_lost = std::max(0.0, lost - last.lost),
                     received = std::max(0.0, packets - last.packets);
        if (newly_lost + received > 0) figures["packetloss"] = 100 * newly_lost / (newly_lost + received);
        if (emitted > last.buffer_emitted)
            figures["bufferdelay"] = 1000 * (delay - last.buffer_delay) / (emitted - last.buffer_emitted);
    }
    if (stat_text(stream, "kind") == "video") {
        figures["frames"] = frames;
        put(figures, "framesdropped", stat_number(stream, "framesDropped"));
        put(figures, "freezes", stat_number(stream, "freezeCount"));
        put(figures, "freezeduration", times(stat_number(stream, "totalFreezesDuration"), 1000));
        put(figures, "keyframes", stat_number(stream, "keyFramesDecoded"));
        put(figures, "plis", stat_number(stream, "pliCount"));
    } else {
        put(figures, "level", stat_number(stream, "audioLevel"));
        const double concealed = stat_number(stream, "concealedSamples").value_or(0);
        const double samples = stat_number(stream, "totalSamplesReceived").value_or(0);
        if (reading.counts) {
            if (samples > last.samples)
                figures["concealment"] = 100 * (concealed - last.concealed) / (samples - last.samples);
            last.concealed = concealed;
            last.samples = samples;
        }
        if (figures.contains("packetloss")) {
            SpeechPath path;
            const auto codec = codec_of(stream, report);
            path.codec = codec;
            path.loss_percent = figures["packetloss"];
            path.one_way_delay_ms = pair_rtt(stream, report).value_or(0) / 2 + kCodecDelayMs;
            if (const auto buffer = figures.find("bufferdelay"); buffer != figures.end())
                path.one_way_delay_ms += buffer->second;
            figures["mos"] = mos_of(path);
        }
    }
    if (reading.counts) {
        last.packets = packets;
        last.lost = lost;
        last.buffer_delay = delay;
        last.buffer_emitted = emitted;
    }
    return figures;
}

Figures outbound_figures(const json::object& stream, const StatsReport& report, ChannelCounters& last) {
    Figures figures;
    const double packets = stat_number(stream, "packetsSent").value_or(0);
    const double frames =
        stat_number(stream, "framesSent").value_or(stat_number(stream, "framesEncoded").value_or(0));
    common_figures(figures, stream, last, stat_number(stream, "bytesSent").value_or(0), packets, frames);
    put(figures, "nacks", stat_number(stream, "nackCount"));
    // What became of it, only the other side knows: its receiver reports come every second or few.
    std::optional<double> rtt;
    if (const auto* remote = report.referred(stream, "remoteId")) {
        const double reported = stat_number(*remote, "timestamp").value_or(0);
        if (const auto fraction = stat_number(*remote, "fractionLost");
            fraction && reported > last.remote_timestamp_ms) {
            last.remote_timestamp_ms = reported;
            last.remote_loss_percent = *fraction * 100;
        }
        if (last.remote_timestamp_ms > 0) figures["packetloss"] = last.remote_loss_percent;
        put(figures, "packetslost", times(stat_number(*remote, "packetsLost"), 1));
        put(figures, "jitter", times(stat_number(*remote, "jitter"), 1000));
        rtt = times(stat_number(*remote, "roundTripTime"), 1000);
    }
    put(figures, "rtt", rtt ? rtt : pair_rtt(stream, report));
    if (stat_text(stream, "kind") == "video") {
        figures["frames"] = frames;
        put(figures, "keyframes", stat_number(stream, "keyFramesEncoded"));
        put(figures, "plis", stat_number(stream, "pliCount"));
        if (const auto* source = report.referred(stream, "mediaSourceId"))
            put(figures, "sourcefps", stat_number(*source, "framesPerSecond"));
        put(figures, "targetbitrate", times(stat_number(stream, "targetBitrate"), 0.001));
        if (const auto* reasons = stream.if_contains("qualityLimitationDurations");
            reasons && reasons->is_object()) {
            put(figures, "limitedcpu", times(stat_number(reasons->get_object(), "cpu"), 1000));
            put(figures, "limitedbandwidth", times(stat_number(reasons->get_object(), "bandwidth"), 1000));
        }
    }
    return figures;
}

std::string codec_of(const json::object& stream, const StatsReport& report) {
    const auto* codec = report.referred(stream, "codecId");
    if (!codec) return {};
    const auto mime = stat_text(*codec, "mimeType");
    return std::string(mime.substr(mime.find('/') + 1));
}

}  // namespace ringback::harness
