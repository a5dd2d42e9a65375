#include "harness/webrtc/statistics.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
constexpr std::size_t kMaxChannels = 500;
constexpr std::size_t kMaxEvents = 20000;
constexpr std::size_t kMaxTold = 100;  ///< connections in a result

/// "relay/tcp": type, and how it is reached; of a relay how the relay is.
std::string describe_candidate(const json::object* candidate) {
    if (!candidate) return "unknown";
    const auto relay = stat_text(*candidate, "relayProtocol");
    return std::string(stat_text(*candidate, "candidateType")) + '/' +
           std::string(relay.empty() ? stat_text(*candidate, "protocol") : relay);
}

const json::array* array_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value ? value->if_array() : nullptr;
}

/// When the first event of this kind happened.
std::optional<double> first_at(const std::vector<ConnectionEvent>& events, std::string_view type,
                               std::initializer_list<std::string_view> values,
                               const std::string* connection) {
    std::optional<double> at;
    for (const auto& event : events) {
        if (event.type != type || (connection && event.connection != *connection)) continue;
        if (values.size() && std::find(values.begin(), values.end(), event.value) == values.end()) continue;
        if (!at || event.at_seconds < *at) at = event.at_seconds;
    }
    return at;
}

/// Set-up time and phases of the connection `name`; `media` is the one whose offer, packets and pictures
/// count, null for any.
void write_phases(const std::vector<ConnectionEvent>& events, const std::string& name,
                  const std::string* media, std::optional<double>& setup_ms,
                  std::map<std::string, double>& phases) {
    const auto connected = first_at(events, "connectionstatechange", {"connected"}, &name);
    const auto began = first_at(events, "setLocalDescription", {}, media);
    const auto ice = first_at(events, "iceconnectionstatechange", {"connected", "completed"}, &name);
    const auto between = [&](const char* phase, std::optional<double> from, std::optional<double> to) {
        if (from && to && *to >= *from) phases[phase] = (*to - *from) * 1000;
    };
    if (began && connected && *connected >= *began) setup_ms = (*connected - *began) * 1000;
    between("gathering", first_at(events, "icegatheringstatechange", {"gathering"}, &name),
            first_at(events, "icegatheringstatechange", {"complete"}, &name));
    between("ice", first_at(events, "iceconnectionstatechange", {"checking"}, &name), ice);
    between("dtls", ice, connected);
    between("first-packet", began, first_at(events, "first-packet", {}, media));
    between("first-frame", began, first_at(events, "first-frame", {}, media));
}

}  // namespace

void Statistics::add(double at_seconds, const std::vector<json::value>& documents) {
    times_.push_back(at_seconds);
    for (auto& channel : channels_)
        for (auto& [name, samples] : channel.result.samples)
            samples.push_back(kNone);
    for (auto& [key, connection] : connections_)
        connection.rtt_ms.reset();
    for (const auto& value : documents) {
        const auto* document = value.if_object();
        if (!document) continue;
        const auto id = stat_text(*document, "document");
        take_events(id, *document);
        if (const auto* sampled = array_at(*document, "connections"))
            for (const auto& entry : *sampled)
                if (entry.is_object()) take_connection(id, entry.get_object());
    }
    double sum = 0, count = 0;
    for (const auto& [key, connection] : connections_)
        if (connection.rtt_ms) sum += *connection.rtt_ms, ++count;
    if (count > 0) rtts_.push_back(sum / count);
}

Statistics::Connection& Statistics::connection(std::string_view document, std::string_view id) {
    auto key = std::string(document) + '/' + std::string(id);
    const auto found = connections_.find(key);
    if (found != connections_.end()) return found->second;
    Connection made;
    made.name = std::to_string(connections_.size() + 1);
    return connections_.emplace(std::move(key), std::move(made)).first->second;
}

void Statistics::take_events(std::string_view document, const json::object& sample) {
    const auto* list = array_at(sample, "events");
    if (!list) return;
    for (const auto& entry : *list) {
        const auto* event = entry.if_object();
        if (!event || events_.size() >= kMaxEvents) continue;
        const auto id = static_cast<std::int64_t>(stat_number(*event, "connection").value_or(0));
        ConnectionEvent taken;
        taken.at_seconds = (stat_number(*event, "at").value_or(started_epoch_ms_) - started_epoch_ms_) / 1000;
        if (id > 0) taken.connection = connection(document, std::to_string(id)).name;
        taken.type = stat_text(*event, "type");
        taken.value = stat_text(*event, "value");
        events_.push_back(std::move(taken));
    }
}

void Statistics::take_connection(std::string_view document, const json::object& sampled) {
    const auto* stats = sampled.if_contains("stats");
    if (!stats) return;
    const auto id = static_cast<std::int64_t>(stat_number(sampled, "id").value_or(0));
    auto& of = connection(document, std::to_string(id));
    const StatsReport report(*stats);
    for (const auto& [stat_id, stat] : report.all()) {
        const auto type = stat_text(*stat, "type");
        if (type == "inbound-rtp" || type == "outbound-rtp") {
            const auto ssrc = static_cast<std::int64_t>(stat_number(*stat, "ssrc").value_or(0));
            take_stream(of, of.name + '/' + std::string(type) + '/' + std::to_string(ssrc), *stat, report);
        } else if (type == "transport") {
            const auto* pair = report.referred(*stat, "selectedCandidatePairId");
            if (!pair) continue;
            of.pair = describe_candidate(report.referred(*pair, "localCandidateId")) + " ↔ " +
                      describe_candidate(report.referred(*pair, "remoteCandidateId"));
            if (const auto rtt = stat_number(*pair, "currentRoundTripTime")) of.rtt_ms = *rtt * 1000;
        }
    }
}

void Statistics::take_stream(const Connection& of, const std::string& key, const json::object& stream,
                             const StatsReport& report) {
    auto found = channel_index_.find(key);
    if (found == channel_index_.end()) {
        if (channels_.size() >= kMaxChannels) return;
        Channel made;
        made.result.media = stat_text(stream, "kind");
        made.result.direction = stat_text(stream, "type") == "inbound-rtp" ? "in" : "out";
        const auto same = std::count_if(channels_.begin(), channels_.end(), [&](const Channel& other) {
            return other.result.media == made.result.media && other.result.direction == made.result.direction;
        });
        made.result.id = made.result.media + '.' + made.result.direction + " #" + std::to_string(same + 1);
        made.connection = of.name;
        made.counters.least_seconds = interval_seconds_ / 2;
        found = channel_index_.emplace(key, channels_.size()).first;
        channels_.push_back(std::move(made));
    }
    auto& channel = channels_[found->second];
    const auto figures = channel.result.direction == "in"
                             ? inbound_figures(stream, report, channel.counters)
                             : outbound_figures(stream, report, channel.counters);
    for (const auto& [name, value] : figures) {
        auto samples = channel.result.samples.find(name);
        if (samples == channel.result.samples.end())
            samples = channel.result.samples.emplace(name, std::vector<double>{}).first;
        samples->second.resize(times_.size(), kNone);
        samples->second.back() = value;
    }
    if (auto codec = codec_of(stream, report); !codec.empty()) channel.result.codec = std::move(codec);
}

void Statistics::write(ProbeResult& result) const {
    result.sample_times = times_;
    result.channels.clear();
    double mos = 0, mos_count = 0;
    for (const auto& [channel, counters, connection] : channels_) {
        auto& written = result.channels.emplace_back(channel);
        for (const auto& [name, samples] : channel.samples) {
            const auto summary = summarise(channel, name, times_, 0, std::numeric_limits<double>::infinity());
            if (summary) written.metrics[name] = *summary;
        }
        if (const auto found = written.metrics.find("mos"); found != written.metrics.end())
            mos += found->second.average, ++mos_count;
    }
    // Which kind was seen first is chance: what is sent is there sooner or later than what comes.
    std::stable_sort(result.channels.begin(), result.channels.end(), [](const auto& a, const auto& b) {
        return std::tie(a.media, a.direction) < std::tie(b.media, b.direction);
    });
    if (mos_count > 0) result.mos = mos / mos_count;
    if (!rtts_.empty()) {
        double sum = 0;
        for (const double rtt : rtts_)
            sum += rtt;
        result.rtt_ms = sum / static_cast<double>(rtts_.size());
    }
    write_setup(result);
}

/// Set-up times of the probe are those of the connection that was connected first.
void Statistics::write_setup(ProbeResult& result) const {
    const ConnectionEvent* connected = nullptr;
    for (const auto& event : events_)
        if (event.type == "connectionstatechange" && event.value == "connected" &&
            (!connected || event.at_seconds < connected->at_seconds))
            connected = &event;
    result.connections.clear();
    for (const auto& [key, connection] : connections_) {
        if (connected && connection.name == connected->connection) result.candidate_pair = connection.pair;
        if (result.connections.size() >= kMaxTold) continue;
        auto& written = result.connections.emplace_back();
        written.name = connection.name;
        written.candidate_pair = connection.pair;
        written.state = "new";
        for (const auto& event : events_) {
            if (event.connection != connection.name) continue;
            if (event.type == "connectionstatechange") written.state = event.value;
            if (event.type == "close") written.state = "closed";
        }
        write_phases(events_, connection.name, &connection.name, written.setup_ms, written.phases_ms);
    }
    std::sort(result.connections.begin(), result.connections.end(), [](const auto& a, const auto& b) {
        return a.name.size() != b.name.size() ? a.name.size() < b.name.size() : a.name < b.name;
    });
    if (connected)
        write_phases(events_, connected->connection, nullptr, result.call_setup_ms, result.setup_phases_ms);
}

double Statistics::latest(std::string_view media, std::string_view direction, std::string_view metric) const {
    double sum = 0;
    for (const auto& [channel, counters, connection] : channels_) {
        if (channel.media != media || channel.direction != direction) continue;
        const auto found = channel.samples.find(metric);
        if (found == channel.samples.end() || found->second.empty()) continue;
        // A sample too soon after another has no rates: then it is the one before.
        const auto& samples = found->second;
        auto value = samples.back();
        if (std::isnan(value) && samples.size() > 1) value = samples[samples.size() - 2];
        if (!std::isnan(value)) sum += value;
    }
    return sum;
}

std::string Statistics::connection_of(std::string_view channel_id) const {
    for (const auto& channel : channels_)
        if (channel.result.id == channel_id) return channel.connection;
    return {};
}

double Statistics::connected_seconds() const {
    std::optional<double> from, to;
    for (const auto& event : events_) {
        const bool state = event.type == "connectionstatechange";
        if (state && event.value == "connected" && !from) from = event.at_seconds;
        const bool ends =
            event.type == "close" || (state && (event.value == "failed" || event.value == "closed"));
        if (ends && from) to = event.at_seconds;
        if (state && event.value == "connected") to.reset();  // another one, or again
    }
    if (!from) return 0;
    const double end = to ? *to : times_.empty() ? *from : times_.back();
    return std::max(0.0, end - *from);
}

std::optional<MetricSummary> summarise(const ChannelResult& channel, std::string_view metric,
                                       const std::vector<double>& times, double from, double to) {
    const auto found = channel.samples.find(metric);
    if (found == channel.samples.end()) return std::nullopt;
    const auto& samples = found->second;
    MetricSummary summary;
    double sum = 0, before = 0;
    std::size_t count = 0;
    for (std::size_t i = 0; i < samples.size() && i < times.size(); ++i) {
        if (std::isnan(samples[i]) || times[i] > to) continue;
        if (times[i] < from) {
            before = samples[i];
            continue;
        }
        summary.minimum = count ? std::min(summary.minimum, samples[i]) : samples[i];
        summary.maximum = count ? std::max(summary.maximum, samples[i]) : samples[i];
        summary.last = samples[i];
        sum += samples[i];
        ++count;
    }
    if (count == 0) return std::nullopt;
    summary.average = sum / static_cast<double>(count);
    if (sample_kind(metric) == SampleKind::counter) {
        const double grown = std::max(0.0, summary.last - before);
        return MetricSummary{grown, grown, grown, grown};
    }
    if (sample_kind(metric) == SampleKind::loss) {
        const auto lost = summarise(channel, "packetslost", times, from, to);
        const auto carried = summarise(channel, "packets", times, from, to);
        if (lost && carried) {
            // A receiver counts what came, a sender what it sent.
            const double all = carried->average + (channel.direction == "in" ? lost->average : 0);
            summary.average = all > 0 ? 100 * lost->average / all : 0;
        }
    }
    return summary;
}

}  // namespace ringback::harness
