// A Mattermost incoming-webhook message with one attachment. Limit: about 7,900 characters of attachments on
// old servers. https://developers.mattermost.com/integrate/reference/message-attachments/
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {

namespace json = boost::json;

std::vector<Payload> mattermost(const harness::Run& run, const WebhookTarget& target,
                                const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    auto summary = summarize(run, context);
    for (auto& reason : summary.reasons)
        reason = markdown_escaped(reason);
    json::array fields;
    for (const auto& [name, value] : summary.facts)
        fields.push_back(json::object{{"short", true}, {"title", name}, {"value", markdown_escaped(value)}});
    json::object attachment{{"fallback", summary.headline},
                            {"color", hex_color(summary.color)},
                            {"title", summary.symbol + " " + summary.headline},
                            {"text", reason_lines(summary)},
                            {"fields", std::move(fields)}};
    if (summary.link) attachment["title_link"] = *summary.link;
    Payload payload;
    payload.content =
        json::object{{"username", "ringback"}, {"attachments", json::array{std::move(attachment)}}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
