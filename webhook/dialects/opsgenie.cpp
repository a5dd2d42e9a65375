// Opsgenie's alert API: a failing run creates an alert, a passing one closes it by its alias. Limits: message
// 130, alias 512, description 15,000 characters. https://docs.opsgenie.com/docs/alert-api
#include "harness/expression/encoding.hpp"
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

/// "…/v2/alerts" to "…/v2/alerts/ALIAS/close?identifierType=alias", with the URL's own query kept.
std::string close_url(const std::string& url, const std::string& alias) {
    const auto question = url.find('?');
    auto path = url.substr(0, question);
    while (path.ends_with('/'))
        path.pop_back();
    const auto query = question == std::string::npos ? std::string() : "&" + url.substr(question + 1);
    return path + "/" + harness::url_encoded(alias) + "/close?identifierType=alias" + query;
}

}  // namespace

std::vector<Payload> opsgenie(const harness::Run& run, const WebhookTarget& target,
                              const PayloadContext& context) {
    const auto action = incident_action(run.status);
    if (action == IncidentAction::none) return {};
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    const auto summary = summarize(run, context);
    Payload payload;
    if (action == IncidentAction::close) {
        payload.url = close_url(target.url, summary.incident);
        payload.content =
            json::object{{"source", "ringback"}, {"note", summary.headline + " (run " + run.id + ")"}};
        return {std::move(payload)};
    }
    auto description = reason_lines(summary);
    if (summary.link) description += "\n" + *summary.link;
    payload.content = json::object{{"message", clipped(summary.headline, 129)},
                                   {"alias", summary.incident},
                                   {"description", clipped(description, 14999)},
                                   {"entity", run.test_name},
                                   {"source", "ringback"},
                                   {"priority", "P3"},
                                   {"details", json::object{{"testName", run.test_name},
                                                            {"testRunId", run.id},
                                                            {"status", to_string(run.status)},
                                                            {"location", run.location},
                                                            {"environment", run.environment},
                                                            {"resultUrl", summary.link.value_or("")}}}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
