// A Discord webhook message with one embed. Limits: title 256, description 4,096, field value 1,024, 6,000
// characters in all. https://discord.com/developers/docs/resources/message#embed-object-embed-limits
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {

namespace json = boost::json;

std::vector<Payload> discord(const harness::Run& run, const WebhookTarget& target,
                             const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    auto summary = summarize(run, context);
    for (auto& reason : summary.reasons)
        reason = markdown_escaped(reason);
    json::array fields;
    for (const auto& [name, value] : summary.facts)
        fields.push_back(json::object{
            {"name", name}, {"value", clipped(markdown_escaped(value), 1023)}, {"inline", true}});
    json::object embed{
        {"title", clipped(summary.symbol + " " + summary.headline, 255)},
        {"color", summary.color},
        {"fields", std::move(fields)},
        {"timestamp", harness::iso8601(is_final(run.status) ? run.finished_at : run.started_at)}};
    if (!summary.reasons.empty()) embed["description"] = clipped(reason_lines(summary), 4095);
    if (summary.link) embed["url"] = *summary.link;
    Payload payload;
    // No text of a test may call everybody in the channel.
    payload.content = json::object{{"username", "ringback"},
                                   {"embeds", json::array{std::move(embed)}},
                                   {"allowed_mentions", json::object{{"parse", json::array()}}}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
