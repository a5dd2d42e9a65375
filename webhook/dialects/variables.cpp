#include "webhook/dialects/variables.hpp"

#include "harness/expression/encoding.hpp"
#include "run-options/webhook_template.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

#include <cmath>

namespace ringback::webhook {
namespace {

namespace json = boost::json;

std::optional<std::string> below_base(const PayloadContext& context, const std::string& path) {
    std::string base = context.publisher.base_url;
    if (base.empty()) return std::nullopt;
    while (base.ends_with('/'))
        base.pop_back();
    return base + path;
}

json::value number_or_null(const std::optional<double>& number) {
    return number ? json::value(*number) : json::value(nullptr);
}

json::array strings(const std::vector<std::string>& list) {
    return json::array(list.begin(), list.end());
}

/// How a variable stands in a text.
std::string as_text(const json::value& value) {
    if (value.is_null()) return {};
    if (value.is_string()) return std::string(value.get_string());
    if (!value.is_array()) return json_text(value);
    std::string joined;
    for (const auto& item : value.get_array()) {
        if (!joined.empty()) joined += "; ";
        joined += as_text(item);
    }
    return joined;
}

std::string expand_text(std::string_view text, const json::object& variables, Encoding encoding) {
    std::string out;
    std::size_t at = 0;
    while (const auto found = next_placeholder(text, at)) {
        out += text.substr(at, found->begin - at);
        at = found->end;
        if (const auto* value = variables.if_contains(found->variable()))
            out += encoding ? encoding(as_text(*value)) : as_text(*value);
        else
            out += text.substr(found->begin, found->end - found->begin);
    }
    out += text.substr(at);
    return out;
}

/// A "body" given as text is JSON when it reads as JSON with its placeholders in place: they stand inside
/// strings then, and what replaces them is escaped like the rest.
json::value read_template(const json::value& body) {
    if (!body.is_string()) return body;
    boost::system::error_code error;
    auto parsed = json::parse(body.get_string(), error);
    return !error && parsed.is_structured() ? parsed : body;
}

}  // namespace

std::string_view outward_status(RunStatus status) noexcept {
    switch (status) {
        case RunStatus::started:
            return "started";
        case RunStatus::completed:
            return "completed";
        case RunStatus::warnings:
            return "warnings";
        default:
            return "failure";
    }
}

std::optional<std::string> run_url(const harness::Run& run, const PayloadContext& context) {
    return below_base(context, "/runs/" + run.id);
}

std::optional<std::string> test_url(const harness::Run& run, const PayloadContext& context) {
    return below_base(context, "/tests/" + run.test_id);
}

std::optional<std::string> screenshot_url(const harness::Run& run, const PayloadContext& context) {
    if (!run.failure_screenshot) return std::nullopt;
    return below_base(context,
                      "/runs/" + run.id + "/artifacts/" + harness::url_encoded(*run.failure_screenshot));
}

json::value or_null(const std::optional<std::string>& text) {
    return text ? json::value(*text) : json::value(nullptr);
}
json::value text_or_null(std::string_view text) {
    return text.empty() ? json::value(nullptr) : json::value(text);
}

json::object default_payload(const harness::Run& run, const PayloadContext& context) {
    return {{"runType", to_string(run.type)},
            {"testName", run.test_name},
            {"testRunId", run.id},
            {"status", outward_status(run.status)},
            {"runName", run.name},
            {"projectName", run.project},
            {"error", or_null(run.error)},
            {"failureReasons", strings(run.failure_reasons)},
            {"failureScreenshot", or_null(screenshot_url(run, context))},
            {"additionalInfo", text_or_null(run.additional_info)},
            {"score", number_or_null(run.score)},
            {"concurrentUsers", run.concurrent_users},
            {"resultUrl", or_null(run_url(run, context))}};
}

json::object template_variables(const harness::Run& run, const PayloadContext& context) {
    auto all = default_payload(run, context);
    const bool ended = is_final(run.status);
    all["type"] = to_string(run.type);
    all["startedAt"] = harness::iso8601(run.started_at);
    all["finishedAt"] = ended ? json::value(harness::iso8601(run.finished_at)) : json::value(nullptr);
    all["duration"] = std::round(static_cast<double>(run.duration.count()) / 1e3) / 1e3;
    all["location"] = run.location;
    all["environment"] = text_or_null(run.environment);
    all["monitor"] = text_or_null(run.monitor);
    all["try"] = run.try_number;
    return all;
}

json::value expand_template(const json::value& value, const json::object& variables, Encoding encoding) {
    if (value.is_string()) return json::value(expand_text(value.get_string(), variables, encoding));
    if (value.is_array()) {
        json::array out;
        for (const auto& item : value.get_array())
            out.push_back(expand_template(item, variables, encoding));
        return out;
    }
    if (value.is_object()) {
        json::object out;
        for (const auto& [key, member] : value.get_object())
            out[key] = expand_template(member, variables, encoding);
        return out;
    }
    return value;
}

std::optional<Payload> templated_payload(const harness::Run& run, const WebhookTarget& target,
                                         const PayloadContext& context, Encoding encoding) {
    if (!target.body) return std::nullopt;
    const auto written = read_template(*target.body);
    auto expanded =
        expand_template(written, template_variables(run, context), written.is_string() ? encoding : nullptr);
    Payload payload;
    if (expanded.is_string()) {
        payload.content = std::string(expanded.get_string());
        payload.content_type = "text/plain; charset=utf-8";
    } else {
        payload.content = std::move(expanded);
    }
    return payload;
}

}  // namespace ringback::webhook
