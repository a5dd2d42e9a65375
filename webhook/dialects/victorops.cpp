// Splunk On-Call (VictorOps), REST endpoint: CRITICAL opens, RECOVERY closes. Limits: entity_id 512,
// state_message 20,480 characters. https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {

namespace json = boost::json;

std::vector<Payload> victorops(const harness::Run& run, const WebhookTarget& target,
                               const PayloadContext& context) {
    const auto action = incident_action(run.status);
    if (action == IncidentAction::none) return {};
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    const auto summary = summarize(run, context);
    auto message = summary.headline;
    if (!summary.reasons.empty()) message += "\n" + reason_lines(summary);
    const auto finished =
        std::chrono::duration_cast<std::chrono::seconds>(run.finished_at.time_since_epoch()).count();
    Payload payload;
    payload.content = json::object{{"message_type", action == IncidentAction::open ? "CRITICAL" : "RECOVERY"},
                                   {"entity_id", summary.incident},
                                   {"entity_display_name", summary.headline},
                                   {"state_message", clipped(message, 20479)},
                                   {"state_start_time", finished},
                                   {"monitoring_tool", "ringback"},
                                   {"testRunId", run.id},
                                   {"resultUrl", or_null(summary.link)}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
