// The rtc… commands: verdicts, expectations, values between probes, timers, metrics, networks.
#include "harness/webrtc/command.hpp"
#include "harness/webrtc/external_values.hpp"
#include "harness/webrtc/probe_state.hpp"
#include "net/http_client.hpp"
#include "run-options/webhook_target.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;
using Outcome = asio::awaitable<CommandOutcome>;
using namespace std::chrono_literals;

namespace {

/// The arguments as console.log would write them.
std::string formatted(ProbeState& probe, const Call& call) {
    json::array arguments;
    arguments.emplace_back(call.arguments);
    auto text = probe.script->call("__ringback.format", {arguments.data(), arguments.size()});
    if (text.has_value() && text->is_string()) return std::string(text->get_string());
    return call.text(0);
}

// ---- Saying something, and verdicts
// ----------------------------------------------------------------------------

Outcome info(ProbeState& probe, Call& call) {
    probe.note(Level::info, formatted(probe, call));
    co_return CommandOutcome::done();
}
Outcome progress(ProbeState& probe, Call& call) {
    probe.progress(formatted(probe, call));
    co_return CommandOutcome::done();
}
Outcome screenshot(ProbeState& probe, Call& call) {
    // Its failure is no failure of the call under test.
    const auto file = co_await probe.take_screenshot(call.text(0, "screenshot"), false, call.deadline);
    if (file.empty() && probe.run.context && !probe.run.context->artifacts.empty())
        probe.note(Level::info, "no screenshot could be taken", "ringback");
    co_return CommandOutcome::done();
}
Outcome set_additional_info(ProbeState& probe, Call& call) {
    probe.result.additional_info = formatted(probe, call);
    co_return CommandOutcome::done();
}
Outcome event(ProbeState& probe, Call& call) {
    probe.add_event(call.text(0), call.text(1, "global") != "local");
    co_return CommandOutcome::done();
}
Outcome warning(ProbeState& probe, Call& call) {
    auto text = formatted(probe, call);
    probe.note(Level::warning, text);
    probe.warn(std::move(text));
    co_return CommandOutcome::done();
}
Outcome error(ProbeState& probe, Call& call) {
    auto text = formatted(probe, call);
    probe.note(Level::error, text);
    probe.fail(std::move(text));
    co_return CommandOutcome::done();
}
Outcome fail(ProbeState& probe, Call& call) {
    auto text = formatted(probe, call);
    if (text.empty()) text = "rtcFail";
    probe.note(Level::error, text);
    probe.fail(text);
    probe.queue.clear();
    co_return CommandOutcome::done();
}
Outcome fail_all(ProbeState& probe, Call& call) {
    auto text = formatted(probe, call);
    if (text.empty()) text = "rtcFailAll";
    probe.note(Level::error, text);
    probe.fail(text);
    probe.queue.clear();
    for (const auto& other : probe.run.probes)
        if (other.get() != &probe) other->stop(fmt::format("ended by {}: {}", probe.result.name, text));
    co_return CommandOutcome::done();
}
Outcome ignore_error(ProbeState& probe, Call& call) {
    if (probe.ignored_errors.size() < 1000) probe.ignored_errors.push_back(call.text(0));
    co_return CommandOutcome::done();
}

// ---- Expectations
// ----------------------------------------------------------------------------------------------

std::string expectation_error(const ParseError& error) {
    return error.hint.empty() ? error.message : error.message + " (" + error.hint + ")";
}

Outcome set_expectation(ProbeState& probe, Call& call) {
    auto parsed = Expectation::parse(call.text(0));
    if (parsed.has_error()) co_return CommandOutcome::failed(expectation_error(parsed.error()));
    probe.expectations.push_back(
        {*parsed, call.text(1), call.text(2) == "warning" || call.text(2) == "warn", {}, {}});
    co_return CommandOutcome::done();
}
Outcome set_events_expectation(ProbeState& probe, Call& call) {
    auto parsed = Expectation::parse(call.text(0));
    if (parsed.has_error()) co_return CommandOutcome::failed(expectation_error(parsed.error()));
    const auto level = call.text(4);
    probe.expectations.push_back(
        {*parsed, call.text(3), level == "warning" || level == "warn", call.text(1), call.text(2)});
    co_return CommandOutcome::done();
}
Outcome set_custom_expectation(ProbeState& probe, Call& call) {
    probe.judges.push_back({call.text(0), call.text(1), call.text(2)});
    co_return CommandOutcome::done();
}

// ---- Between probes
// --------------------------------------------------------------------------------------------

constexpr auto kValueWait = 60s;

CommandOutcome keep_value(ProbeState& probe, const Call& call, std::uint32_t scope) {
    if (probe.run.values.set(scope, call.text(0), call.arguments[1])) return CommandOutcome::done();
    return CommandOutcome::failed("too many values are set");
}
Outcome set_session_value(ProbeState& probe, Call& call) {
    co_return keep_value(probe, call, probe.result.session);
}
Outcome set_test_value(ProbeState& probe, Call& call) {
    co_return keep_value(probe, call, 0);
}

/// Time-out of a wait: the last number among the arguments.
std::chrono::milliseconds wait_time(const Call& call) {
    return call.milliseconds(1, kValueWait);
}

Outcome wait_for_value(ProbeState& probe, Call& call, std::uint32_t scope, const char* what) {
    const auto key = call.text(0);
    const auto span = wait_time(call);
    probe.progress(fmt::format("waiting for the {} value '{}'", what, key));
    auto value = co_await probe.run.values.wait(scope, key, call.deadline.within(span));
    if (value) co_return CommandOutcome::plain(std::move(*value));
    co_return CommandOutcome::failed(
        fmt::format("the {} value '{}' was not set within {} ms", what, key, span.count()));
}
Outcome wait_for_session_value(ProbeState& probe, Call& call) {
    co_return co_await wait_for_value(probe, call, probe.result.session, "session");
}
Outcome wait_for_test_value(ProbeState& probe, Call& call) {
    co_return co_await wait_for_value(probe, call, 0, "test");
}

Outcome wait_for_external_value(ProbeState& probe, Call& call) {
    const auto key = call.text(0);
    const auto span = wait_time(call);
    const auto until = call.deadline.within(span);
    const auto session = probe.env["RTC_SESSION_NAME"];
    probe.progress(fmt::format("waiting for the external value '{}'", key));
    for (;;) {
        if (probe.run.settings.external_values)
            if (auto value = probe.run.settings.external_values->get(session, key))
                co_return CommandOutcome::plain(std::move(*value));
        if (until.expired()) break;
        const bool go_on = co_await pause_for(probe.run.executor, until.within(100ms));
        if (!go_on) co_return CommandOutcome::failed("ended while it waited");
    }
    co_return CommandOutcome::failed(
        fmt::format("the external value '{}' was not set for {} within {} ms", key, session, span.count()));
}

// ---- Timers and metrics
// ----------------------------------------------------------------------------------------

double milliseconds_since(std::chrono::steady_clock::time_point from) {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - from).count();
}

Outcome start_timer(ProbeState& probe, Call& call) {
    if (probe.timers.size() < 1000) probe.timers[call.text(0)] = std::chrono::steady_clock::now();
    co_return CommandOutcome::done();
}
Outcome get_timer(ProbeState& probe, Call& call) {
    const auto found = probe.timers.find(call.text(0));
    if (found == probe.timers.end())
        co_return CommandOutcome::failed("no timer '" + call.text(0) + "' was started");
    const double elapsed = std::round(milliseconds_since(found->second));
    probe.timer_values[found->first] = elapsed;
    co_return CommandOutcome::plain(elapsed);
}

/// "sum" or "avg": how the run's figure is made of its probes'. The error is a sentence.
std::string take_aggregate(ProbeState& probe, const std::string& key, const std::string& how) {
    if (how == "sum") probe.summed_metrics.insert(key);
    return how == "sum" || how == "avg" || how.empty()
               ? std::string{}
               : "the last argument must be 'sum' or 'avg', not '" + how + "'";
}

Outcome set_metric(ProbeState& probe, Call& call) {
    const auto how = call.text(1);
    const auto value = call.number(2);
    if (!value) co_return CommandOutcome::failed("the value must be a number");
    if (how != "set" && how != "add" && how != "sub")
        co_return CommandOutcome::failed("the second argument must be 'set', 'add' or 'sub', not '" + how +
                                         "'");
    if (auto wrong = take_aggregate(probe, call.text(0), call.text(3)); !wrong.empty())
        co_return CommandOutcome::failed(std::move(wrong));
    auto& metrics = probe.result.custom_metrics;
    if (metrics.size() >= 1000 && !metrics.contains(call.text(0)))
        co_return CommandOutcome::failed("too many metrics are set");
    auto& metric = metrics[call.text(0)];
    metric = how == "set" ? *value : how == "add" ? metric + *value : metric - *value;
    co_return CommandOutcome::done();
}
Outcome set_metric_from_timer(ProbeState& probe, Call& call) {
    const auto found = probe.timers.find(call.text(1));
    if (found == probe.timers.end())
        co_return CommandOutcome::failed("no timer '" + call.text(1) + "' was started");
    if (auto wrong = take_aggregate(probe, call.text(0), call.text(2)); !wrong.empty())
        co_return CommandOutcome::failed(std::move(wrong));
    probe.result.custom_metrics[call.text(0)] = std::round(milliseconds_since(found->second));
    co_return CommandOutcome::done();
}
Outcome set_metric_from_threshold(ProbeState& probe, Call& call) {
    auto parsed = Expectation::parse(call.text(2));
    if (parsed.has_error()) co_return CommandOutcome::failed(expectation_error(parsed.error()));
    if (auto wrong = take_aggregate(probe, call.text(0), call.text(3)); !wrong.empty())
        co_return CommandOutcome::failed(std::move(wrong));
    probe.thresholds.push_back({call.text(0), call.text(1), *parsed});
    co_return CommandOutcome::done();
}

// ---- Networks
// --------------------------------------------------------------------------------------------------

Outcome change_network(ProbeState& probe, Call& call, NetworkConditions conditions, std::string name) {
    const auto shortfall = co_await apply_network(probe, conditions, call.deadline);
    if (!shortfall.empty()) probe.note(Level::warning, "network: " + shortfall, "ringback");
    probe.add_event("network: " + name, false);
    co_return CommandOutcome::done();
}
Outcome set_network_profile(ProbeState& probe, Call& call) {
    const auto name = call.text(0);
    auto conditions = name.empty() ? Parsed<NetworkConditions>(probe.network) : find_network_profile(name);
    if (conditions.has_error()) co_return CommandOutcome::failed(expectation_error(conditions.error()));
    auto shown = name.empty() ? std::string("the probe's own") : name;
    co_return co_await change_network(probe, call, *conditions, std::move(shown));
}
Outcome set_network(ProbeState& probe, Call& call) {
    if (!call.arguments[0].is_object())
        co_return CommandOutcome::failed("it needs an object: rtcSetNetwork({outgoing: {…}, incoming: {…}})");
    auto conditions = parse_network_conditions(call.arguments[0].get_object());
    if (conditions.has_error()) co_return CommandOutcome::failed(expectation_error(conditions.error()));
    co_return co_await change_network(probe, call, *conditions, json::serialize(call.arguments[0]));
}

// ---- Other
// -----------------------------------------------------------------------------------------------------

/// An address, or a target as in run options, of which address and headers count. The error is a sentence.
std::string webhook_request(const Call& call, net::HttpRequest& request) {
    request.url = call.text(0);
    if (!request.url.starts_with('{')) return {};
    const auto target = parse_webhook_target(request.url);
    if (target.has_error()) return expectation_error(target.error());
    WebhookTarget understood;
    understood.url = target->url;
    understood.headers = target->headers;
    if (!(understood == *target)) return "of a target, rtcActivateWebhook takes 'url' and 'headers' only";
    request.url = target->url;
    for (const auto& [name, value] : target->headers)
        request.headers.set(name, value);
    return {};
}

Outcome activate_webhook(ProbeState& probe, Call& call) {
    net::HttpRequest request;
    if (auto wrong = webhook_request(call, request); !wrong.empty())
        co_return CommandOutcome::failed(std::move(wrong));
    const auto url = request.url;
    if (call.has(1)) {
        request.method = "POST";
        request.headers.set("Content-Type", "application/json");
        request.body = json::serialize(call.arguments[1]);
    }
    net::ExchangeOptions options;
    options.deadline = call.deadline.within(30s);
    options.max_body = std::uint64_t{10} << 20;
    net::HttpClient client(probe.run.executor);
    auto exchange = co_await client.send(std::move(request), std::move(options));
    if (!exchange.ok()) co_return CommandOutcome::failed(url + ": " + exchange.error_detail);
    boost::system::error_code no_json;
    auto body = json::parse(exchange.response->body, no_json);
    if (no_json) body = json::value(exchange.response->body);
    if (exchange.response->status >= 400)
        co_return CommandOutcome::failed(fmt::format("{} answered {}", url, exchange.response->status));
    co_return CommandOutcome::plain(std::move(body));
}

Outcome call_when_done(ProbeState& probe, Call& call) {
    probe.when_done = call.function(0);
    if (!probe.when_done) co_return CommandOutcome::failed("it needs a function: rtcCallWhenDone(function)");
    co_return CommandOutcome::done();
}

/// Every page of a probe is captured here.
Outcome capture_call_data(ProbeState&, Call&) {
    co_return CommandOutcome::done();
}

constexpr Command kCommands[] = {
    {"rtcInfo", 0, 20, false, info, "rtcInfo(format, …)"},
    {"rtcProgress", 1, 20, false, progress, "rtcProgress(text)"},
    {"rtcScreenshot", 0, 1, false, screenshot, "rtcScreenshot(name)"},
    {"rtcSetAdditionalInfo", 1, 20, false, set_additional_info, "rtcSetAdditionalInfo(text)"},
    {"rtcEvent", 1, 2, false, event, "rtcEvent(name[, \"local\"|\"global\"])"},
    {"rtcWarning", 1, 20, false, warning, "rtcWarning(text)"},
    {"rtcError", 1, 20, false, error, "rtcError(text)"},
    {"rtcFail", 0, 20, false, fail, "rtcFail(reason)"},
    {"rtcFailAll", 0, 20, false, fail_all, "rtcFailAll(reason)"},
    {"rtcIgnoreErrorContains", 1, 1, false, ignore_error, "rtcIgnoreErrorContains(text)"},
    {"rtcSetTestExpectation", 1, 3, false, set_expectation,
     "rtcSetTestExpectation(criteria[, message[, \"error\"|\"warning\"]])"},
    {"rtcSetEventsExpectation", 3, 5, false, set_events_expectation,
     "rtcSetEventsExpectation(criteria, start event, end event[, message[, \"error\"|\"warning\"]])"},
    {"rtcSetCustomExpectation", 1, 1, false, set_custom_expectation, "rtcSetCustomExpectation(file)"},
    {"rtcSetCustomEventsExpectation", 3, 3, false, set_custom_expectation,
     "rtcSetCustomEventsExpectation(file, start event, end event)"},
    {"rtcSetSessionValue", 2, 2, false, set_session_value, "rtcSetSessionValue(key, value)"},
    {"rtcWaitForSessionValue", 1, 2, false, wait_for_session_value,
     "rtcWaitForSessionValue(key, callback[, milliseconds])", true},
    {"rtcSetTestValue", 2, 2, false, set_test_value, "rtcSetTestValue(key, value)"},
    {"rtcWaitForTestValue", 1, 2, false, wait_for_test_value,
     "rtcWaitForTestValue(key, callback[, milliseconds])", true},
    {"rtcWaitForExternalValue", 1, 2, false, wait_for_external_value,
     "rtcWaitForExternalValue(key, callback[, milliseconds])", true},
    {"rtcStartTimer", 1, 1, false, start_timer, "rtcStartTimer(key)"},
    {"rtcGetTimer", 1, 1, false, get_timer, "rtcGetTimer(key, callback)"},
    {"rtcSetMetric", 3, 4, false, set_metric,
     "rtcSetMetric(key, \"set\"|\"add\"|\"sub\", value[, \"sum\"|\"avg\"])"},
    {"rtcSetMetricFromTimer", 2, 3, false, set_metric_from_timer, "rtcSetMetricFromTimer(metric, timer)"},
    {"rtcSetMetricFromThresholdTime", 3, 4, false, set_metric_from_threshold,
     "rtcSetMetricFromThresholdTime(key, event, criteria[, \"sum\"|\"avg\"])"},
    {"rtcSetNetworkProfile", 0, 1, false, set_network_profile, "rtcSetNetworkProfile(name)"},
    {"rtcSetNetwork", 1, 1, false, set_network, "rtcSetNetwork({outgoing: {…}, incoming: {…}})"},
    {"rtcActivateWebhook", 1, 2, false, activate_webhook,
     "rtcActivateWebhook(url or target[, input][, callback])"},
    {"rtcCallWhenDone", 1, 1, false, call_when_done, "rtcCallWhenDone(function)"},
    {"rtcCaptureCallData", 0, 1, false, capture_call_data, "rtcCaptureCallData([tab])"},
};

}  // namespace

std::span<const Command> rtc_commands() {
    return kCommands;
}

}  // namespace ringback::harness
