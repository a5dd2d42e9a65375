// PagerDuty Events API v2: a failing run triggers, a passing one resolves. Limits: summary 1,024, dedup_key
// 255 characters, 512 KB in all. The integration key stands in the target's header "X-Routing-Key" and is
// moved into the body, where the API wants it. https://developer.pagerduty.com/docs/send-alert-event
#include "net/headers.hpp"
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

constexpr std::size_t kMaxReasons = 20, kMaxText = 2000;

std::string routing_key(const WebhookTarget& target) {
    for (const auto& [name, value] : target.headers)
        if (net::same_name(name, "X-Routing-Key")) return value;
    return {};
}

/// The default payload within the service's limit: of many reasons the first, each text clipped.
json::object details(const harness::Run& run, const PayloadContext& context) {
    auto object = default_payload(run, context);
    for (const char* name : {"testName", "error", "additionalInfo"})
        if (auto* text = object[name].if_string()) *text = clipped(*text, kMaxText);
    if (auto* reasons = object["failureReasons"].if_array()) {
        const auto all = reasons->size();
        if (all > kMaxReasons) reasons->resize(kMaxReasons);
        for (auto& reason : *reasons)
            if (auto* text = reason.if_string()) *text = clipped(*text, kMaxText);
        if (all > kMaxReasons) reasons->emplace_back("and " + std::to_string(all - kMaxReasons) + " more");
    }
    return object;
}

}  // namespace

std::vector<Payload> pagerduty(const harness::Run& run, const WebhookTarget& target,
                               const PayloadContext& context) {
    const auto action = incident_action(run.status);
    if (action == IncidentAction::none) return {};
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    const auto summary = summarize(run, context);
    json::object event{{"routing_key", routing_key(target)},
                       {"event_action", action == IncidentAction::open ? "trigger" : "resolve"},
                       {"dedup_key", summary.incident}};
    if (action == IncidentAction::open) {
        auto text = summary.headline;
        if (!summary.reasons.empty()) text += ": " + summary.reasons.front();
        event["payload"] =
            json::object{{"summary", clipped(text, 1023)},
                         {"source", text_or_null(run.service_url.empty() ? run.test_name : run.service_url)},
                         {"severity", "error"},
                         {"timestamp", harness::iso8601(run.finished_at)},
                         {"component", run.test_name},
                         {"group", run.project},
                         {"class", to_string(run.status)},
                         {"custom_details", details(run, context)}};
        event["client"] = "ringback";
        if (summary.link) {
            event["client_url"] = *summary.link;
            event["links"] = json::array{json::object{{"href", *summary.link}, {"text", "Open the result"}}};
        }
    }
    Payload payload;
    payload.content = std::move(event);
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
