// testRTC's expectations: what a WebRTC run's figures must be.
//
//   expression = conjunction { "or" conjunction }
//   conjunction = term { "and" term }
//   term       = metric operator value | "(" expression ")"
//   metric     = media "." direction [ "." "channel" ] [ "." NAME [ "." ("avg"|"min"|"max") ] ]
//              | run-level NAME [ "." ("avg"|"min"|"max") ] | custom metric or timer NAME | "custom." NAME
//   operator   = "==" | "!=" | ">" | ">=" | "<" | "<="
// Without `.channel` the aggregate of all channels is judged, with it every channel: a whole expression is
// then judged channel by channel, so that `video.in.channel.bitrate == 0 or video.in.channel.fps > 0` asks it
// of each one. Without NAME: the number of channels. Reference for users: docs/expressions.md.
#pragma once

#include "run-options/parse_error.hpp"

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

enum class Media { audio, video };
enum class Direction { in, out };
[[nodiscard]] std::string_view to_string(Media media) noexcept;          ///< "audio"
[[nodiscard]] std::string_view to_string(Direction direction) noexcept;  ///< "in"

/// Metrics of one channel. Units are in the table that all_channel_metrics() gives.
enum class ChannelMetric {
    bitrate,
    packetloss,
    jitter,
    rtt,
    data,
    packets,
    fps,
    width,
    height,
    codec,
    framesdropped,
    freezes,
    freezeduration,
    mos,
    empty
};
/// Metrics of a probe or run.
enum class RunMetric {
    score,
    mos,
    connection_duration,
    call_setup_time,
    browser_cpu,
    browser_memory,
    probe_cpu,
    probe_memory
};

/// How the channels of one direction become one figure when `.channel` is not written.
enum class Aggregate {
    sum,       ///< rates and counts
    mean,      ///< times and qualities
    weighted,  ///< mean weighted by packets
    largest,   ///< picture sizes
    same,      ///< text that all channels share
};

struct ChannelMetricInfo {
    ChannelMetric metric;
    std::string_view name, unit;
    Aggregate aggregate;
    std::string_view help;
};
struct RunMetricInfo {
    RunMetric metric;
    std::string_view name, unit;
    std::string_view help;
};
[[nodiscard]] std::span<const ChannelMetricInfo> all_channel_metrics() noexcept;
[[nodiscard]] std::span<const RunMetricInfo> all_run_metrics() noexcept;

/// A figure over the time judged. A value that does not change over time has all three equal; a codec has
/// only `text`.
struct MetricValue {
    double avg = 0, min = 0, max = 0;
    std::string text;
    [[nodiscard]] static MetricValue of(double value) { return {value, value, value, {}}; }
    [[nodiscard]] static MetricValue of(std::string text) { return {0, 0, 0, std::move(text)}; }
};

/// Where figures come from: a probe's statistics over the whole run or between two events.
/// Units are those of the tables above. nullopt: not measured.
class MetricSource {
  public:
    virtual ~MetricSource() = default;
    [[nodiscard]] virtual std::size_t channel_count(Media media, Direction direction) const = 0;
    /// `channel` is below channel_count(). `empty` is 1 for a channel that carried nothing, else 0.
    [[nodiscard]] virtual std::optional<MetricValue> channel_metric(Media media, Direction direction,
                                                                    std::size_t channel,
                                                                    ChannelMetric metric) const = 0;
    /// What people call the channel, for messages. Default: "audio.in channel 2" (from 1).
    [[nodiscard]] virtual std::string channel_name(Media media, Direction direction,
                                                   std::size_t channel) const;
    /// All channels as one figure. Default: made of the channels' figures by the metric's Aggregate (for
    /// `sum`, min and max are the sums of minima and maxima). Override when the time series gives truer
    /// minima and maxima.
    [[nodiscard]] virtual std::optional<MetricValue> aggregate_metric(Media media, Direction direction,
                                                                      ChannelMetric metric) const;
    [[nodiscard]] virtual std::optional<MetricValue> run_metric(RunMetric metric) const = 0;
    /// A custom metric (rtcSetMetric) or a timer (ms) by its name.
    [[nodiscard]] virtual std::optional<MetricValue> custom_metric(std::string_view name) const = 0;
};

struct AssertionResult;  // harness/run/run.hpp

class Expectation {
  public:
    /// Errors: an unknown metric (with the nearest name), a missing operator or value, a text for a number.
    /// Bounded: 4,096 bytes, 64 terms, parentheses 16 deep.
    [[nodiscard]] static Parsed<Expectation> parse(std::string_view text);

    /// A figure that was not measured, or a `.channel` term without any channel, does not pass, and says so.
    /// Result: `found` "12.4 kbit/s", `wanted` "> 20 kbit/s", `channel` the name of the channel that decided,
    /// if one did; `source` "expectation". Of a failed expression the first term that fails is shown, of a
    /// failed `or` all of them.
    [[nodiscard]] AssertionResult evaluate(const MetricSource& source) const;

    /// As written, trimmed.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    /// Names of custom metrics and timers it uses, each once.
    [[nodiscard]] std::vector<std::string> custom_names() const;
    [[nodiscard]] bool operator==(const Expectation& other) const noexcept { return text_ == other.text_; }

    struct Node;  // inside expectation.cpp

  private:
    std::string text_;
    std::shared_ptr<const Node> root_;  ///< shared: an Expectation is immutable and cheap to copy
};

}  // namespace ringback::harness
