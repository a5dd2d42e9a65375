#include "harness/report/json.hpp"

#include "harness/report/headline.hpp"
#include "run-options/text/utf8.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <cmath>

namespace ringback::harness {
namespace json = boost::json;
namespace {

json::value number(double value) {
    return std::isfinite(value) ? json::value(value) : json::value(nullptr);
}

template <class T>
json::value optional_number(const std::optional<T>& value) {
    return value ? number(static_cast<double>(*value)) : json::value(nullptr);
}

json::array strings(const std::vector<std::string>& list) {
    json::array array;
    for (const auto& text : list)
        array.emplace_back(text);
    return array;
}

json::object map(const std::map<std::string, std::string>& values) {
    json::object object;
    for (const auto& [key, value] : values)
        object[key] = value;
    return object;
}

json::object map(const std::map<std::string, double>& values) {
    json::object object;
    for (const auto& [key, value] : values)
        object[key] = number(value);
    return object;
}

json::value milliseconds(const net::Timings::Span& span) {
    return span ? json::value(static_cast<double>(span->count()) / 1000.0) : json::value(nullptr);
}

json::object timings(const net::Timings& t) {
    return {{"dns", milliseconds(t.dns)},
            {"connect", milliseconds(t.connect)},
            {"tls", milliseconds(t.tls)},
            {"send", milliseconds(t.send)},
            {"wait", milliseconds(t.wait)},
            {"receive", milliseconds(t.receive)},
            {"total", static_cast<double>(t.total.count()) / 1000.0}};
}

json::object assertion(const AssertionResult& a) {
    json::object object{
        {"assertion", a.text}, {"passed", a.passed}, {"found", a.found}, {"wanted", a.wanted}};
    if (a.warning) object["warning"] = true;
    if (!a.channel.empty()) object["channel"] = a.channel;
    if (!a.message.empty()) object["message"] = a.message;
    if (a.failed_at) object["failedAt"] = number(*a.failed_at);
    return object;
}

json::array assertions(const std::vector<AssertionResult>& list) {
    json::array array;
    for (const auto& item : list)
        array.push_back(assertion(item));
    return array;
}

void add_exchange(json::object& to, const net::Exchange& exchange) {
    to["timings"] = timings(exchange.timings);
    to["address"] = exchange.address ? json::value(exchange.address->to_string()) : json::value(nullptr);
    to["port"] = exchange.port;
    if (exchange.tls)
        to["tls"] = json::object{{"protocol", exchange.tls->protocol},
                                 {"cipher", exchange.tls->cipher},
                                 {"subject", exchange.tls->subject},
                                 {"issuer", exchange.tls->issuer}};
    if (exchange.response) {
        json::array headers;
        for (const auto& header : exchange.response->headers)
            headers.push_back(json::object{{"name", header.name}, {"value", header.value}});
        to["response"] = json::object{{"status", exchange.response->status},
                                      {"reason", exchange.response->reason},
                                      {"headers", std::move(headers)},
                                      {"size", exchange.response->body_size}};
    }
    if (exchange.error)
        to["error"] = json::object{{"code", exchange.error.message()},
                                   {"phase", to_string(exchange.phase)},
                                   {"detail", exchange.error_detail}};
}

json::object step(const StepResult& s) {
    json::object object{{"path", s.path},
                        {"type", s.type},
                        {"title", s.title},
                        {"verdict", to_string(s.verdict)},
                        {"reasons", strings(s.reasons)},
                        {"startedAt", iso8601(s.started_at)},
                        {"duration", static_cast<double>(s.duration.count()) / 1e6}};
    if (!s.note.empty()) object["note"] = s.note;
    if (s.type == "request") {
        object["method"] = s.method;
        object["url"] = s.url;
    }
    if (s.exchange) add_exchange(object, *s.exchange);
    if (!s.assertions.empty()) object["assertions"] = assertions(s.assertions);
    if (!s.extractions.empty()) {
        json::array list;
        for (const auto& e : s.extractions)
            list.push_back(json::object{{"variable", e.variable},
                                        {"source", e.source},
                                        {"passed", e.passed},
                                        {"value", e.value},
                                        {"message", e.message}});
        object["extractions"] = std::move(list);
    }
    if (!s.scripts.empty()) {
        json::array list;
        for (const auto& script : s.scripts)
            list.push_back(
                json::object{{"name", script.name}, {"passed", script.passed}, {"message", script.message}});
        object["scripts"] = std::move(list);
    }
    return object;
}

json::object summary(const MetricSummary& m) {
    return {{"average", number(m.average)},
            {"minimum", number(m.minimum)},
            {"maximum", number(m.maximum)},
            {"last", number(m.last)}};
}

json::object summaries(const std::map<std::string, MetricSummary>& list) {
    json::object object;
    for (const auto& [name, value] : list)
        object[name] = summary(value);
    return object;
}

json::array numbers(const std::vector<double>& values) {
    json::array array;
    for (const double value : values)
        array.push_back(number(value));
    return array;
}

json::object channel(const ChannelResult& c) {
    json::object samples;
    for (const auto& [name, values] : c.samples)
        samples[name] = numbers(values);
    return {{"id", c.id},
            {"media", c.media},
            {"direction", c.direction},
            {"codec", c.codec},
            {"metrics", summaries(c.metrics)},
            {"samples", std::move(samples)}};
}

constexpr std::string_view level_word(Level level) {
    return level == Level::error ? "error" : level == Level::warning ? "warning" : "info";
}

json::array notifications(const std::vector<Notification>& list) {
    json::array array;
    for (const auto& line : list)
        array.push_back(json::object{{"level", level_word(line.level)},
                                     {"at", iso8601(line.at)},
                                     {"source", line.source},
                                     {"text", line.text}});
    return array;
}

json::object headline_figures(const Headline& h) {
    return {{"callSetupTime", optional_number(h.call_setup_ms)},
            {"audioIn", optional_number(h.audio_in)},
            {"audioOut", optional_number(h.audio_out)},
            {"videoIn", optional_number(h.video_in)},
            {"videoOut", optional_number(h.video_out)},
            {"packetLossIn", optional_number(h.loss_in)},
            {"rtt", optional_number(h.rtt_ms)}};
}

json::array connections(const std::vector<ConnectionResult>& list) {
    json::array array;
    for (const auto& connection : list)
        array.push_back(json::object{{"connection", connection.name},
                                     {"state", connection.state},
                                     {"candidatePair", connection.candidate_pair},
                                     {"callSetupTime", optional_number(connection.setup_ms)},
                                     {"setupPhases", map(connection.phases_ms)}});
    return array;
}

json::array call_faults(const std::vector<CallFault>& list) {
    json::array array;
    for (const auto& fault : list)
        array.push_back(json::object{{"fault", to_string(fault.kind)},
                                     {"connections", strings(fault.connections)},
                                     {"text", fault.text}});
    return array;
}

json::value link_traffic(const std::optional<LinkTraffic>& traffic) {
    if (!traffic) return nullptr;
    const auto way = [](const LinkWay& w) {
        return json::object{{"packets", w.packets},
                            {"bytes", w.bytes},
                            {"lost", w.lost},
                            {"overflowed", w.overflowed},
                            {"refused", w.refused}};
    };
    return json::object{{"outgoing", way(traffic->outgoing)}, {"incoming", way(traffic->incoming)}};
}

json::object probe(const ProbeResult& p) {
    json::array channels, events, screenshots;
    for (const auto& item : p.channels)
        channels.push_back(channel(item));
    for (const auto& event : p.events)
        events.push_back(
            json::object{{"name", event.name}, {"global", event.global}, {"at", number(event.at_seconds)}});
    for (const auto& shot : p.screenshots)
        screenshots.push_back(
            json::object{{"name", shot.name}, {"file", shot.file}, {"atFailure", shot.at_failure}});
    return {{"probe", p.number},
            {"session", p.session},
            {"inSession", p.in_session},
            {"name", p.name},
            {"browser", p.browser},
            {"network", p.network},
            {"firewall", p.firewall},
            {"networkEmulation", p.network_emulation},
            {"link", link_traffic(p.link_traffic)},
            {"media", p.media},
            {"verdict", to_string(p.verdict)},
            {"reasons", strings(p.reasons)},
            {"startedAt", iso8601(p.started_at)},
            {"duration", static_cast<double>(p.duration.count()) / 1e6},
            {"callSetupTime", optional_number(p.call_setup_ms)},
            {"setupPhases", map(p.setup_phases_ms)},
            {"candidatePair", p.candidate_pair},
            {"connections", connections(p.connections)},
            {"callFaults", call_faults(p.call_faults)},
            {"rtt", optional_number(p.rtt_ms)},
            {"mos", optional_number(p.mos)},
            {"score", optional_number(p.score)},
            {"headline", headline_figures(headline(p))},
            {"expectations", assertions(p.expectations)},
            {"channels", std::move(channels)},
            {"sampleTimes", numbers(p.sample_times)},
            {"events", std::move(events)},
            {"customMetrics", map(p.custom_metrics)},
            {"performance", summaries(p.performance)},
            {"notifications", notifications(p.notifications)},
            {"additionalInfo", p.additional_info},
            {"screenshots", std::move(screenshots)},
            {"console", strings(p.console)}};
}

/// Servers answer with any bytes; Boost.JSON would pass them on as they are.
std::string quoted(std::string_view words) {
    return json::serialize(json::string(text::valid_utf8(words)));
}

/// As people write numbers: Boost.JSON says 1.5E0. Six digits are more than was measured, but counters stay
/// whole.
std::string plain_number(double value) {
    const double size = std::abs(value);
    char text[40];
    std::snprintf(text, sizeof text, size < 1e6 ? "%.6g" : size < 1e15 ? "%.0f" : "%.17g", value);
    return text;
}

std::string scalar(const json::value& value) {
    return value.is_double() ? plain_number(value.get_double()) : json::serialize(value);
}

void write_pretty(std::string& out, const json::value& value, std::size_t depth) {
    const auto indent = [&](std::size_t by) { out.append(2 * by, ' '); };
    if (value.is_object() && !value.get_object().empty()) {
        out += "{\n";
        bool first = true;
        for (const auto& [key, member] : value.get_object()) {
            if (!first) out += ",\n";
            first = false;
            indent(depth + 1);
            out += quoted(key);
            out += ": ";
            write_pretty(out, member, depth + 1);
        }
        out += '\n';
        indent(depth);
        out += '}';
    } else if (value.is_array() && !value.get_array().empty()) {
        const bool flat =
            std::none_of(value.get_array().begin(), value.get_array().end(),
                         [](const json::value& item) { return item.is_structured() || item.is_string(); });
        if (flat) {
            out += '[';
            for (const auto& item : value.get_array())
                out += (out.back() == '[' ? "" : ",") + scalar(item);
            out += ']';
            return;
        }
        out += "[\n";
        bool first = true;
        for (const auto& item : value.get_array()) {
            if (!first) out += ",\n";
            first = false;
            indent(depth + 1);
            write_pretty(out, item, depth + 1);
        }
        out += '\n';
        indent(depth);
        out += ']';
    } else if (value.is_string()) {
        out += quoted(value.get_string());
    } else if (value.is_structured()) {
        out += json::serialize(value);  // empty
    } else {
        out += scalar(value);
    }
}

void write_compact(std::string& out, const json::value& value) {
    if (value.is_object()) {
        out += '{';
        bool first = true;
        for (const auto& [key, member] : value.get_object()) {
            if (!first) out += ',';
            first = false;
            out += quoted(key);
            out += ':';
            write_compact(out, member);
        }
        out += '}';
    } else if (value.is_array()) {
        out += '[';
        bool first = true;
        for (const auto& item : value.get_array()) {
            if (!first) out += ',';
            first = false;
            write_compact(out, item);
        }
        out += ']';
    } else if (value.is_string()) {
        out += quoted(value.get_string());
    } else {
        out += scalar(value);
    }
}

}  // namespace

std::string compact(const json::value& value) {
    std::string out;
    write_compact(out, value);
    return out;
}

std::string pretty(const json::value& value) {
    std::string out;
    write_pretty(out, value, 0);
    return out;
}

json::object to_json(const Run& run) {
    json::array steps, probes;
    for (const auto& item : run.steps)
        steps.push_back(step(item));
    for (const auto& item : run.probes)
        probes.push_back(probe(item));
    const auto checks = run.checks();
    return {{"testRunId", run.id},
            {"runName", run.name},
            {"runType", to_string(run.type)},
            {"kind", run.kind},
            {"testName", run.test_name},
            {"testId", run.test_id},
            {"testFile", run.test_file},
            {"projectName", run.project},
            {"description", run.description},
            {"serviceUrl", run.service_url},
            {"status", to_string(run.status)},
            {"error", run.error ? json::value(*run.error) : json::value(nullptr)},
            {"failureReasons", strings(run.failure_reasons)},
            {"warnings", strings(run.warnings)},
            {"additionalInfo", run.additional_info},
            {"score", optional_number(run.score)},
            {"mos", optional_number(run.mos)},
            {"headline",
             run.probes.empty() ? json::value(nullptr) : json::value(headline_figures(headline(run)))},
            {"failureScreenshot",
             run.failure_screenshot ? json::value(*run.failure_screenshot) : json::value(nullptr)},
            {"concurrentUsers", run.concurrent_users},
            {"startedAt", iso8601(run.started_at)},
            {"finishedAt",
             run.status == RunStatus::started ? json::value(nullptr) : json::value(iso8601(run.finished_at))},
            {"duration", static_cast<double>(run.duration.count()) / 1e6},
            {"location", run.location},
            {"environment", run.environment},
            {"monitor", run.monitor},
            {"try", run.try_number},
            {"checks",
             json::object{{"total", checks.total}, {"passed", checks.passed}, {"failed", checks.failed}}},
            {"initialVariables", map(run.initial_variables)},
            {"variables", map(run.variables)},
            {"steps", std::move(steps)},
            {"probes", std::move(probes)},
            {"customMetrics", map(run.custom_metrics)},
            {"networkEmulation", run.network_emulation},
            {"networkEmulationReason", run.network_emulation_reason},
            {"log", notifications(run.log)},
            {"artifacts", run.artifacts}};
}

std::string json_report(std::span<const Run> runs) {
    json::array list;
    for (const auto& run : runs)
        list.push_back(to_json(run));
    return pretty(json::object{{"ringback", RINGBACK_VERSION}, {"runs", std::move(list)}}) + "\n";
}

}  // namespace ringback::harness
