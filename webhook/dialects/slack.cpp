// A Slack incoming-webhook message. Limits: header 150, section text 3,000, field 2,000 characters; 50
// blocks. https://docs.slack.dev/reference/block-kit/blocks
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

json::object markdown(std::string text) {
    return {{"type", "mrkdwn"}, {"text", std::move(text)}};
}

}  // namespace

std::vector<Payload> slack(const harness::Run& run, const WebhookTarget& target,
                           const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    const auto summary = summarize(run, context);
    const auto headline = summary.symbol + " " + summary.headline;
    json::array fields;
    for (const auto& [name, value] : summary.facts)
        fields.push_back(markdown("*" + name + "*\n" + entity_escaped(value)));
    json::array blocks{json::object{{"type", "header"},
                                    {"text", json::object{{"type", "plain_text"},
                                                          {"text", clipped(headline, 149)},
                                                          {"emoji", false}}}},
                       json::object{{"type", "section"}, {"fields", std::move(fields)}}};
    if (!summary.reasons.empty())
        blocks.push_back(json::object{
            {"type", "section"}, {"text", markdown(clipped(entity_escaped(reason_lines(summary)), 2999))}});
    if (summary.link)
        blocks.push_back(
            json::object{{"type", "section"}, {"text", markdown("<" + *summary.link + "|Open the result>")}});
    Payload payload;
    // "text" is what notifications show.
    payload.content = json::object{
        {"text", entity_escaped(headline)},
        {"attachments",
         json::array{json::object{{"color", hex_color(summary.color)}, {"blocks", std::move(blocks)}}}}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
