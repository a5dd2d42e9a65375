// A probe's statistics over time: what observe.js hands over each second, as channels with samples.
//
// A channel is one RTP stream, known by document, connection, direction and SSRC. Track ids would not do:
// both ends of a call on one page share them.
#pragma once

#include "harness/run/run.hpp"
#include "harness/webrtc/channel_figures.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// Something that happened to a peer connection.
struct ConnectionEvent {
    double at_seconds = 0;    ///< since the run began
    std::string connection;   ///< "1", "2", … in the order they were made, over all documents of the probe;
                              ///< "" for what happened to a document: getusermedia, getusermediaerror
    std::string type, value;  ///< "connectionstatechange", "connected"
};

class Statistics {
  public:
    /// @param started_epoch_ms when the run began, by the system's clock, which pages share
    /// @param interval_seconds between samples; two that are less than half of it apart make no rate
    Statistics(double started_epoch_ms, double interval_seconds)
        : started_epoch_ms_(started_epoch_ms), interval_seconds_(interval_seconds) {}

    /// Takes the samples of all documents of a page at one moment (the return values of observe.js).
    void add(double at_seconds, const std::vector<boost::json::value>& documents);

    /// Writes what is known into the result: channels, sample times, set-up times, candidate pair, rtt, MOS.
    void write(ProbeResult& result) const;

    /// The sum of a metric over the channels of one kind at the last sample; 0 without any.
    [[nodiscard]] double latest(std::string_view media, std::string_view direction,
                                std::string_view metric) const;
    /// Seconds the probe was connected.
    [[nodiscard]] double connected_seconds() const;
    [[nodiscard]] const std::vector<ConnectionEvent>& events() const noexcept { return events_; }
    /// Name of the connection that a channel belongs to; "" for an unknown channel.
    [[nodiscard]] std::string connection_of(std::string_view channel_id) const;
    [[nodiscard]] std::size_t samples() const noexcept { return times_.size(); }

  private:
    struct Channel {
        ChannelResult result;
        ChannelCounters counters;
        std::string connection;
    };
    struct Connection {
        std::string name;
        std::string pair;  ///< "host/udp ↔ host/udp"; "" before there is one
        std::optional<double> rtt_ms;
    };
    Connection& connection(std::string_view document, std::string_view id);
    void take_events(std::string_view document, const boost::json::object& sample);
    void take_connection(std::string_view document, const boost::json::object& sampled);
    void take_stream(const Connection& of, const std::string& key, const boost::json::object& stream,
                     const StatsReport& report);
    void write_setup(ProbeResult& result) const;

    double started_epoch_ms_, interval_seconds_;
    std::vector<double> times_;
    std::map<std::string, Connection> connections_;
    std::map<std::string, std::size_t> channel_index_;
    std::vector<Channel> channels_;
    std::vector<ConnectionEvent> events_;
    std::vector<double> rtts_;
};

/// avg, min, max and last of a metric's samples within [from, to] seconds; nothing without a sample. Kinds:
/// channel_figures.hpp.
[[nodiscard]] std::optional<MetricSummary> summarise(const ChannelResult& channel, std::string_view metric,
                                                     const std::vector<double>& times, double from,
                                                     double to);

}  // namespace ringback::harness
