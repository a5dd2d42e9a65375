// A probe's figures as expectations ask for them: over the whole run, or between two moments of it.
#pragma once

#include "harness/expression/expectation.hpp"
#include "harness/run/run.hpp"

#include <limits>
#include <map>
#include <string>
#include <vector>

namespace ringback::harness {

class ProbeMetrics : public MetricSource {
  public:
    /// @param result must outlive this
    /// @param connected_seconds how long the probe was connected
    /// @param timers by name, in milliseconds
    explicit ProbeMetrics(const ProbeResult& result, double connected_seconds = 0,
                          std::map<std::string, double> timers = {});
    /// Judges only what was sampled within these seconds of the run.
    void between(double from, double to);

    [[nodiscard]] std::size_t channel_count(Media media, Direction direction) const override;
    [[nodiscard]] std::optional<MetricValue> channel_metric(Media media, Direction direction,
                                                            std::size_t channel,
                                                            ChannelMetric metric) const override;
    [[nodiscard]] std::string channel_name(Media media, Direction direction,
                                           std::size_t channel) const override;
    /// Sums of rates are made moment by moment: channels have their lows at different times.
    [[nodiscard]] std::optional<MetricValue> aggregate_metric(Media media, Direction direction,
                                                              ChannelMetric metric) const override;
    [[nodiscard]] std::optional<MetricValue> run_metric(RunMetric metric) const override;
    [[nodiscard]] std::optional<MetricValue> custom_metric(std::string_view name) const override;

  private:
    [[nodiscard]] const std::vector<const ChannelResult*>& channels(Media media, Direction direction) const;

    const ProbeResult& result_;
    double connected_seconds_;
    std::map<std::string, double> timers_;
    double from_ = 0, to_ = std::numeric_limits<double>::infinity();
    std::vector<const ChannelResult*> by_kind_[2][2];
};

/// When a criterion failed for the first time, sample by sample within [from, to]: seconds into the run.
/// Nothing when that says nothing: it failed all the time, or at no one moment. Leaves `metrics` at that
/// window.
[[nodiscard]] std::optional<double> first_failure(const Expectation& expectation, ProbeMetrics& metrics,
                                                  const std::vector<double>& times, double from, double to);

}  // namespace ringback::harness
