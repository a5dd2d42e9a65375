#include "harness/webrtc/artifacts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <cmath>
#include <fstream>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr std::size_t kMaxConsole = 5000;
constexpr std::size_t kMaxRawStats = std::size_t{256} << 20;

SystemTime time_of(const RunShared& run, double at_seconds) {
    return SystemTime(
        std::chrono::milliseconds(static_cast<std::int64_t>(run.began_epoch_ms + at_seconds * 1000)));
}

/// Like the file that chrome://webrtc-internals saves: PeerConnections with their updateLog and stats, where
/// a series is a JSON text of its values.
std::string internals_dump(const ProbeState& probe) {
    json::object connections;
    json::array media;
    const auto connection = [&](const std::string& name) -> json::object& {
        const auto key = fmt::format("{}-{}", probe.result.number, name);
        if (!connections.contains(key)) {
            json::object fresh;
            fresh["pid"] = probe.result.number;
            fresh["rid"] = name;
            fresh["url"] = probe.windows.empty() ? std::string{} : probe.windows.front()->url();
            fresh["updateLog"] = json::array{};
            fresh["stats"] = json::object{};
            connections[key] = std::move(fresh);
        }
        return connections[key].get_object();
    };
    for (const auto& event : probe.statistics.events()) {
        json::object entry;
        entry["time"] = iso8601(time_of(probe.run, event.at_seconds));
        entry["type"] = event.type;
        entry["value"] = event.value;
        if (event.connection.empty()) {
            media.push_back(std::move(entry));
            continue;
        }
        auto& of = connection(event.connection);
        if (event.type == "created") of["rtcConfiguration"] = event.value;
        of["updateLog"].get_array().push_back(std::move(entry));
    }
    const auto& times = probe.result.sample_times;
    for (const auto& channel : probe.result.channels)
        for (const auto& [metric, samples] : channel.samples) {
            json::array values;
            std::size_t first = samples.size(), last = 0;
            for (std::size_t i = 0; i < samples.size(); ++i)
                if (!std::isnan(samples[i])) first = std::min(first, i), last = i;
            for (std::size_t i = first; i <= last && i < samples.size(); ++i)
                values.push_back(std::isnan(samples[i]) ? json::value(nullptr) : json::value(samples[i]));
            if (values.empty()) continue;
            json::object series;
            series["statsType"] = channel.direction == "in" ? "inbound-rtp" : "outbound-rtp";
            series["startTime"] = iso8601(time_of(probe.run, times[first]));
            series["endTime"] = iso8601(time_of(probe.run, times[last]));
            series["values"] = json::serialize(values);
            connection(probe.statistics.connection_of(channel.id))["stats"]
                .get_object()[fmt::format("{}-{}", channel.id, metric)] = std::move(series);
        }
    json::object dump;
    dump["getUserMedia"] = std::move(media);
    dump["PeerConnections"] = std::move(connections);
    dump["UserAgent"] =
        probe.browser && probe.browser->chromium ? probe.browser->chromium->version() : std::string{};
    return json::serialize(dump);
}

}  // namespace

void add_console_line(ProbeState& probe, const ConsoleLine& line, const std::string& text) {
    auto& console = probe.result.console;
    if (console.size() > kMaxConsole) return;
    if (console.size() == kMaxConsole) {
        console.emplace_back("… more lines were not kept");
        return;
    }
    const auto at = line.epoch_ms > 0
                        ? SystemTime(std::chrono::milliseconds(static_cast<std::int64_t>(line.epoch_ms)))
                        : std::chrono::system_clock::now();
    console.push_back(fmt::format("{} {}: {}", iso8601(at), line.level, text));
}

void keep_raw_stats(ProbeState& probe, const json::value& sample) {
    if (!probe.run.context || probe.run.context->artifacts.empty()) return;
    const auto line = json::serialize(sample) + '\n';
    if (probe.raw_stats_bytes + line.size() > kMaxRawStats) return;
    // Written at once: a run of hours would not fit into memory, and one that crashes leaves what it has.
    std::ofstream file(probe.run.context->artifacts + "/" + probe.artifact("getstats.jsonl"),
                       std::ios::binary | (probe.raw_stats_bytes == 0 ? std::ios::trunc : std::ios::app));
    file << line;
    probe.raw_stats_bytes += line.size();
}

void write_probe_artifacts(ProbeState& probe) {
    if (!probe.run.context || probe.run.context->artifacts.empty()) return;
    if (!probe.result.console.empty()) {
        std::string log;
        for (const auto& line : probe.result.console)
            log += line + '\n';
        probe.write_artifact(probe.artifact("console.log"), log);
    }
    if (!probe.statistics.events().empty())
        probe.write_artifact(probe.artifact("webrtc-internals.json"), internals_dump(probe));
}

}  // namespace ringback::harness
