#include "harness/webrtc/judgement.hpp"

#include "harness/webrtc/probe_metrics.hpp"
#include "harness/webrtc/probe_script.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <iterator>
#include <limits>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr double kEver = std::numeric_limits<double>::infinity();

std::map<std::string, double> timers_of(const ProbeState& probe) {
    auto timers = probe.timer_values;
    for (const auto& [name, began] : probe.timers)
        timers.try_emplace(
            name,
            std::round(
                std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - began).count()));
    return timers;
}

void record(ProbeState& probe, AssertionResult result, const std::string& message, bool warning) {
    result.warning = warning;
    if (!message.empty()) result.message = message;
    if (!result.passed) {
        auto reason = message.empty() ? std::string{} : message + ": ";
        reason += "expected " + result.text;
        if (!result.found.empty()) reason += ", found " + result.found;
        if (!result.channel.empty()) reason += " in " + result.channel;
        if (result.failed_at) reason += fmt::format(", first {:.0f} s into the run", *result.failed_at);
        if (warning)
            probe.warn(std::move(reason));
        else
            probe.fail(std::move(reason));
    }
    probe.result.expectations.push_back(std::move(result));
}

void judge_one(ProbeState& probe, const PendingExpectation& pending, ProbeMetrics& metrics) {
    double from = 0, to = kEver;
    if (!pending.from_event.empty() || !pending.to_event.empty()) {
        std::string missing;
        if (!find_window(probe, pending.from_event, pending.to_event, from, to, missing)) {
            AssertionResult result;
            result.text = pending.expectation.text();
            result.source = "expectation";
            result.found = "no event '" + missing + "'";
            return record(probe, std::move(result), pending.message, pending.warning);
        }
    }
    metrics.between(from, to);
    auto result = pending.expectation.evaluate(metrics);
    if (!result.passed)
        result.failed_at = first_failure(pending.expectation, metrics, probe.result.sample_times, from, to);
    metrics.between(0, kEver);
    if (!pending.from_event.empty())
        result.text += fmt::format(" from '{}' to '{}'", pending.from_event, pending.to_event);
    record(probe, std::move(result), pending.message, pending.warning);
}

/// How long it took from an event until a criterion held, sample by sample.
void measure_threshold(ProbeState& probe, const ThresholdMetric& threshold, ProbeMetrics& metrics) {
    double from = 0, to = kEver;
    std::string missing;
    if (!find_window(probe, threshold.event, {}, from, to, missing)) return;
    const auto& times = probe.result.sample_times;
    for (const double time : times) {
        if (time <= from) continue;
        metrics.between(time, time);
        if (!threshold.criteria.evaluate(metrics).passed) continue;
        probe.result.custom_metrics[threshold.key] = std::round((time - from) * 1000);
        break;
    }
    metrics.between(0, kEver);
}

// ---- Scripts that judge channels
// --------------------------------------------------------------------------------

json::array series(const ChannelResult& channel, const char* metric, const std::vector<double>& times,
                   double from, double to) {
    json::array values;
    const auto found = channel.samples.find(metric);
    if (found == channel.samples.end()) return values;
    for (std::size_t i = 0; i < times.size() && i < found->second.size(); ++i)
        if (times[i] >= from && times[i] <= to && !std::isnan(found->second[i]))
            values.emplace_back(found->second[i]);
    return values;
}

json::array differences(const json::array& growing) {
    json::array steps;
    for (std::size_t i = 1; i < growing.size(); ++i)
        steps.emplace_back(growing[i].to_number<double>() - growing[i - 1].to_number<double>());
    return steps;
}

std::string run_judge(ProbeState& probe, const std::string& text, const PendingJudge& judge,
                      const ChannelResult& channel, double from, double to, AssertionResult& result) {
    std::string why;
    const auto context = ScriptContext::create({}, &why);
    if (!context) return why;
    const auto& times = probe.result.sample_times;
    const double last = times.empty() ? 0 : times.back();
    const double began = probe.run.began_epoch_ms;
    context->set("direction", channel.direction == "in" ? "recv" : "send");
    context->set("channelType", json::value(channel.media));
    context->set("startTimestamp", std::round(began + from * 1000));
    context->set("endTimestamp", std::round(began + std::min(to, last) * 1000));
    context->set("interval",
                 static_cast<std::int64_t>(probe.run.settings.options.sampling_interval().count()));
    json::object values;
    auto bits = series(channel, "bitrate", times, from, to);
    for (auto& value : bits)
        value = value.to_number<double>() * 1000;
    values["bits"] = std::move(bits);
    values["packets"] = differences(series(channel, "packets", times, from, to));
    values["loss"] = series(channel, "packetloss", times, from, to);
    values["jitter"] = series(channel, "jitter", times, from, to);
    context->set("metricValues", values);
    if (const auto ran = context->evaluate(text, judge.file); ran.has_error()) return ran.error().text();
    const auto verdict = context->evaluate("result", judge.file);
    const auto* object = verdict.has_value() ? verdict->if_object() : nullptr;
    const auto* passed = object ? object->if_contains("passed") : nullptr;
    if (!passed || !passed->is_bool()) return judge.file + " sets no `const result = {passed, errMessage}`";
    result.passed = passed->get_bool();
    if (const auto* message = object->if_contains("errMessage"); message && message->is_string())
        result.message = std::string(message->get_string());
    return {};
}

void judge_by_script(ProbeState& probe, const PendingJudge& judge) {
    AssertionResult base;
    base.text = judge.file;
    base.source = "expectation";
    double from = 0, to = kEver;
    std::string missing;
    if ((!judge.from_event.empty() || !judge.to_event.empty()) &&
        !find_window(probe, judge.from_event, judge.to_event, from, to, missing)) {
        base.found = "no event '" + missing + "'";
        return record(probe, base, {}, false);
    }
    std::ifstream file(beside_script(probe, judge.file), std::ios::binary);
    if (!file) {
        base.found = "no such file";
        return record(probe, base, {}, false);
    }
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    for (const auto& channel : probe.result.channels) {
        auto result = base;
        result.channel = channel.id;
        if (auto error = run_judge(probe, text, judge, channel, from, to, result); !error.empty()) {
            result.passed = false;
            result.message = std::move(error);
        }
        const auto message = result.passed ? std::string{} : result.message;
        record(probe, std::move(result), message, false);
    }
}

}  // namespace

bool find_window(const ProbeState& probe, const std::string& from, const std::string& to, double& begin,
                 double& end, std::string& missing) {
    std::vector<double> begins, ends;
    for (const auto& other : probe.run.probes)
        for (const auto& event : other->result.events) {
            if (other.get() != &probe && !event.global) continue;
            if (event.name == from) begins.push_back(event.at_seconds);
            if (event.name == to) ends.push_back(event.at_seconds);
        }
    begin = 0;
    end = kEver;
    if (!from.empty()) {
        missing = from;
        if (begins.empty()) return false;
        begin = *std::min_element(begins.begin(), begins.end());
    }
    if (!to.empty()) {
        missing = to;
        if (ends.empty()) return false;
        end = *std::max_element(ends.begin(), ends.end());
        if (end < begin) return false;
    }
    return true;
}

void judge_probe(ProbeState& probe) {
    ProbeMetrics metrics(probe.result, probe.statistics.connected_seconds(), timers_of(probe));
    for (const auto& threshold : probe.thresholds)
        measure_threshold(probe, threshold, metrics);
    for (const auto& expectation : probe.run.webrtc().expectations)
        judge_one(probe, {expectation.criteria, expectation.message, expectation.warning, {}, {}}, metrics);
    for (const auto& pending : probe.expectations)
        judge_one(probe, pending, metrics);
    for (const auto& judge : probe.judges)
        judge_by_script(probe, judge);
}

}  // namespace ringback::harness
