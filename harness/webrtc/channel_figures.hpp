// From the counters of getStats() to the figures of a channel. https://www.w3.org/TR/webrtc-stats/
#pragma once

#include <boost/container/flat_map.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ringback::harness {

/// One connection's getStats() at one moment: its entries by id. Values point into the JSON it was made from.
class StatsReport {
  public:
    /// @param stats array of RTCStats dictionaries; what is none is left out
    explicit StatsReport(const boost::json::value& stats);
    [[nodiscard]] const auto& all() const noexcept { return by_id_; }
    /// Null when there is none.
    [[nodiscard]] const boost::json::object* find(std::string_view id) const;
    /// The entry that `key` of `from` refers to.
    [[nodiscard]] const boost::json::object* referred(const boost::json::object& from,
                                                      std::string_view key) const;
    /// The candidate pair in use for this stream: its transport's, or the only one nominated.
    [[nodiscard]] const boost::json::object* pair_of(const boost::json::object& stream) const;

  private:
    boost::container::flat_map<std::string_view, const boost::json::object*> by_id_;
};

[[nodiscard]] std::optional<double> stat_number(const boost::json::object& stat, std::string_view key);
/// It lives as long as `stat`.
[[nodiscard]] std::string_view stat_text(const boost::json::object& stat, std::string_view key);

/// How a metric's samples become one figure over a time.
enum class SampleKind {
    gauge,    ///< mean of the samples
    counter,  ///< grows; the figure is by how much
    loss,     ///< percent; the figure is lost of all packets, not the mean of percentages
};
[[nodiscard]] SampleKind sample_kind(std::string_view metric) noexcept;

/// The counters of one channel at its last reading: what rates are made from.
struct ChannelCounters {
    /// Rates over less than this would say more about when packets and pictures fell than about the channel.
    double least_seconds = 0;
    double timestamp_ms = 0;  ///< 0: not read yet
    double bytes = 0, packets = 0, lost = 0, frames = 0;
    double buffer_delay = 0, buffer_emitted = 0;
    double concealed = 0, samples = 0;
    double remote_timestamp_ms = 0, remote_loss_percent = 0;
    double began_ms = 0;
};

/// By the names of metrics, which are literals.
using Figures = boost::container::flat_map<std::string_view, double>;

/// Figures of an `inbound-rtp` or `outbound-rtp` entry; `last` is read and brought up to date. A figure that
/// cannot be known (a rate at the first reading) is absent.
[[nodiscard]] Figures inbound_figures(const boost::json::object& stream, const StatsReport& report,
                                      ChannelCounters& last);
[[nodiscard]] Figures outbound_figures(const boost::json::object& stream, const StatsReport& report,
                                       ChannelCounters& last);
/// "VP8"; "" while it is not known.
[[nodiscard]] std::string codec_of(const boost::json::object& stream, const StatsReport& report);

}  // namespace ringback::harness
