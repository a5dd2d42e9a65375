// Runscope's notification of a finished test, as its receivers know it. docs/payloads.md.
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/variables.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

std::string_view result_word(RunStatus status) {
    if (status == RunStatus::started) return "working";
    if (status == RunStatus::canceled) return "canceled";
    return is_pass(status) ? "pass" : "fail";
}

std::string_view result_word(harness::Verdict verdict) {
    return verdict == harness::Verdict::failed ? "fail" : "pass";
}

/// Unix seconds with a fraction.
json::value unix_seconds(harness::SystemTime time) {
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(time.time_since_epoch()).count();
    return static_cast<double>(us) / 1e6;
}

template <class Results>
json::object counts(const Results& results) {
    std::uint64_t passed = 0, failed = 0;
    for (const auto& result : results)
        ++(result.passed ? passed : failed);
    return {{"fail", failed}, {"total", passed + failed}, {"pass", passed}};
}

json::object no_counts() {
    return {{"fail", 0}, {"total", 0}, {"pass", 0}};
}

json::value status_code(const net::HttpResponse& response, bool strict) {
    if (strict) return response.status;
    return json::value(std::to_string(response.status));
}

json::object request_of(const harness::StepResult& step, bool strict) {
    const auto* response = step.exchange && step.exchange->response ? &*step.exchange->response : nullptr;
    json::value time = nullptr, size = nullptr, code = nullptr;
    if (step.exchange && response) {
        time = std::chrono::round<std::chrono::milliseconds>(step.exchange->timings.total).count();
        size = response->body_size;
        code = status_code(*response, strict);
    }
    return {{"url", text_or_null(step.url)},
            {"variables", counts(step.extractions)},
            {"assertions", counts(step.assertions)},
            {"scripts", counts(step.scripts)},
            {"result", result_word(step.verdict)},
            {"method", text_or_null(step.method)},
            {"response_time_ms", std::move(time)},
            {"response_size_bytes", std::move(size)},
            {"response_status_code", std::move(code)},
            {"note", text_or_null(step.note)},
            {"step_type", step.type}};
}

/// A probe is shown as one request to the service, its expectations as assertions.
json::object request_of(const harness::ProbeResult& probe, const harness::Run& run) {
    return {{"url", text_or_null(run.service_url)},
            {"variables", no_counts()},
            {"assertions", counts(probe.expectations)},
            {"scripts", no_counts()},
            {"result", result_word(probe.verdict)},
            {"method", nullptr},
            {"response_time_ms", nullptr},
            {"response_size_bytes", nullptr},
            {"response_status_code", nullptr},
            {"note", text_or_null(probe.name)},
            {"step_type", "request"}};
}

json::array requests(const harness::Run& run, bool strict) {
    json::array list;
    for (const auto& step : run.steps)
        if (step.verdict != harness::Verdict::skipped) list.push_back(request_of(step, strict));
    if (run.status == RunStatus::canceled) return list;  // its probes have neither passed nor failed
    for (const auto& probe : run.probes)
        list.push_back(request_of(probe, run));
    return list;
}

json::object variables(const std::map<std::string, std::string>& map) {
    json::object out;
    for (const auto& [name, value] : map)
        out[name] = value;
    return out;
}

/// Runscope's keys of buckets have twelve letters and digits.
std::string bucket_key(const std::string& project) {
    std::string key;
    for (const char c : harness::stable_uuid("bucket:" + project))
        if (c != '-' && key.size() < 12) key += c;
    return key;
}

}  // namespace

std::vector<Payload> runscope(const harness::Run& run, const WebhookTarget& target,
                              const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    const auto& publisher = context.publisher;
    const bool named = !run.environment.empty();
    Payload payload;
    payload.content = json::object{
        {"variables", variables(run.variables)},
        {"test_id", run.test_id},
        {"test_name", run.test_name},
        {"test_run_id", run.id},
        {"team_id", harness::stable_uuid("team:" + publisher.team)},
        {"team_name", publisher.team},
        {"environment_uuid",
         named ? json::value(harness::stable_uuid("environment:" + run.project + '\n' + run.environment))
               : json::value(nullptr)},
        {"environment_name", text_or_null(run.environment)},
        {"bucket_name", run.project},
        {"bucket_key", bucket_key(run.project)},
        {"test_url", or_null(test_url(run, context))},
        {"test_run_url", or_null(run_url(run, context))},
        {"trigger_url", text_or_null(publisher.trigger_url)},
        {"result", result_word(run.status)},
        {"started_at", unix_seconds(run.started_at)},
        {"finished_at", is_final(run.status) ? unix_seconds(run.finished_at) : json::value(nullptr)},
        {"agent", nullptr},
        {"agent_expired", nullptr},
        {"region", text_or_null(run.location)},
        {"region_name", text_or_null(run.location)},
        {"initial_variables", variables(run.initial_variables)},
        {"requests", requests(run, target.strict_docs)}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
