// APIContext's message about one API call: one message per request of a run. docs/payloads.md.
#include "net/target.hpp"
#include "webhook/dialects/apicontext_result.hpp"
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/variables.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

json::value milliseconds(const net::Timings::Span& span) {
    return span ? json::value(std::chrono::round<std::chrono::milliseconds>(*span).count())
                : json::value(nullptr);
}

/// Where an address is, as far as it is known: nobody is asked.
json::value place(const std::optional<boost::asio::ip::address>& address, bool with_network) {
    if (!address) return nullptr;
    json::object out{{"ip_addr", address->to_string()},
                     {"cloud", nullptr},
                     {"city", nullptr},
                     {"region", nullptr},
                     {"country", nullptr},
                     {"continent", nullptr},
                     {"latitude", nullptr},
                     {"longitude", nullptr}};
    if (with_network)
        for (const char* name : {"network", "cdn", "asn"})
            out[name] = nullptr;
    return out;
}

json::value timing_data(const net::Exchange& exchange) {
    const auto& t = exchange.timings;
    return json::object{{"dns", milliseconds(t.dns)},           {"connect", milliseconds(t.connect)},
                        {"tls_handshake", milliseconds(t.tls)}, {"upload", milliseconds(t.send)},
                        {"processing", milliseconds(t.wait)},   {"download", milliseconds(t.receive)},
                        {"total", milliseconds(t.total)}};
}

json::value list_or_null(const std::vector<std::string>& list) {
    return list.empty() ? json::value(nullptr) : json::value(json::array(list.begin(), list.end()));
}

json::value dns_records(const net::DnsRecords& records) {
    if (records.a.empty() && records.aaaa.empty() && records.cname.empty()) return nullptr;
    return json::object{
        {"a", list_or_null(records.a)}, {"ns", nullptr}, {"cname", list_or_null(records.cname)}};
}

json::value domain_of(const std::string& url) {
    const auto target = net::parse_target(url);
    return target ? json::value(target->host) : json::value(nullptr);
}

/// What the message is about: a request step, a probe, or the run when it has neither.
struct Call {
    std::string key, name, url;
    CallResult result;
    harness::SystemTime started_at{};
    std::optional<std::chrono::microseconds> duration;
    const net::Exchange* exchange = nullptr;
};

CallResult result_of(harness::Verdict verdict) {
    switch (verdict) {
        case harness::Verdict::failed:
            return {"FAIL", "CONTENT_ERROR"};
        case harness::Verdict::warned:
            return {"WARNING", "CONTENT_WARNING"};
        default:
            return {"PASS", "COMPLETE"};
    }
}

std::vector<Call> calls_of(const harness::Run& run) {
    std::vector<Call> calls;
    for (const auto& step : run.steps)
        if (step.type == "request" && step.verdict != harness::Verdict::skipped)
            calls.push_back({"step " + step.path, step.note.empty() ? step.title : step.note, step.url,
                             call_result(step), step.started_at, std::nullopt,
                             step.exchange ? &*step.exchange : nullptr});
    if (run.status == RunStatus::canceled) return calls;  // what was cut off has neither passed nor failed
    for (const auto& probe : run.probes)
        calls.push_back({"probe " + std::to_string(probe.number), probe.name, run.service_url,
                         result_of(probe.verdict), probe.started_at, probe.duration, nullptr});
    // A run that ended before its first request is told all the same.
    if (calls.empty() && is_final(run.status))
        calls.push_back(
            {"run", run.test_name, run.service_url,
             is_pass(run.status) ? CallResult{"PASS", "COMPLETE"} : CallResult{"FAIL", "CONNECTION_ERROR"},
             run.started_at, std::nullopt, nullptr});
    return calls;
}

std::optional<std::string> with_fragment(std::optional<std::string> url, std::string fragment) {
    for (auto& c : fragment)
        if (c == ' ') c = '-';
    if (url) *url += "#" + fragment;
    return url;
}

json::object message_of(const Call& call, const harness::Run& run, const PayloadContext& context) {
    const auto* response = call.exchange && call.exchange->response ? &*call.exchange->response : nullptr;
    const auto& publisher = context.publisher;
    const json::array tags(publisher.tags.begin(), publisher.tags.end());
    json::value time = nullptr;
    if (response) time = milliseconds(call.exchange->timings.total);
    if (call.duration) time = milliseconds(*call.duration);
    return {
        {"call_id", harness::stable_uuid("call:" + run.test_id + '\n' + call.key)},
        {"call_url", or_null(with_fragment(test_url(run, context), call.key))},
        {"call_meta", json::object{{"name", call.name},
                                   {"description", run.description},
                                   {"tags", tags},
                                   {"domain", domain_of(call.url)}}},
        {"project_meta",
         json::object{{"name", run.project}, {"organization", publisher.team}, {"tags", json::array()}}},
        {"result_id", harness::stable_uuid("result:" + run.id + '\n' + call.key)},
        {"result_url", or_null(with_fragment(run_url(run, context), call.key))},
        {"result", call.result.result},
        {"result_class", call.result.result_class},
        {"location_id", run.location},
        {"response_size", response ? json::value(response->body_size) : json::value(nullptr)},
        {"response_time", std::move(time)},
        {"context",
         json::object{
             {"runType", to_string(run.type)}, {"runName", run.name}, {"status", to_string(run.status)}}},
        {"http_code", response ? json::value(response->status) : json::value(nullptr)},
        {"http_reason", response ? json::value(response->reason) : json::value(nullptr)},
        {"workflow_id", run.test_id},
        {"workflow_name", run.test_name},
        {"workflow_result_id", run.id},
        {"workflow_url", or_null(test_url(run, context))},
        {"workflow_result_url", or_null(run_url(run, context))},
        {"start_time", harness::iso8601(call.started_at)},
        {"target_data", call.exchange ? place(call.exchange->address, true) : json::value(nullptr)},
        {"timing_data", call.exchange ? timing_data(*call.exchange) : json::value(nullptr)},
        {"location_data", call.exchange ? place(call.exchange->local_address, false) : json::value(nullptr)},
        {"dns_records", call.exchange ? dns_records(call.exchange->dns_records) : json::value(nullptr)}};
}

}  // namespace

std::vector<Payload> apicontext(const harness::Run& run, const WebhookTarget& target,
                                const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    std::vector<Payload> payloads;
    for (const auto& call : calls_of(run))
        payloads.emplace_back().content = message_of(call, run, context);
    return payloads;
}

}  // namespace ringback::webhook::dialects
