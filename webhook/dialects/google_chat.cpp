// A Google Chat message with one card. Limits: 32,000 bytes a message, one message a second and space (429
// otherwise, which is retried). https://developers.google.com/workspace/chat/quickstart/webhooks
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

json::object paragraph(std::string text) {
    return {{"textParagraph", json::object{{"text", std::move(text)}}}};
}

}  // namespace

std::vector<Payload> google_chat(const harness::Run& run, const WebhookTarget& target,
                                 const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    const auto summary = summarize(run, context);
    json::array widgets;
    for (const auto& [name, value] : summary.facts)
        widgets.push_back(json::object{
            {"decoratedText", json::object{{"topLabel", name}, {"text", entity_escaped(value)}}}});
    if (!summary.reasons.empty()) widgets.push_back(paragraph(entity_escaped(reason_lines(summary))));
    if (summary.link) {
        json::object button{{"text", "Open the result"},
                            {"onClick", json::object{{"openLink", json::object{{"url", *summary.link}}}}}};
        widgets.push_back(
            json::object{{"buttonList", json::object{{"buttons", json::array{std::move(button)}}}}});
    }
    json::object card{{"header", json::object{{"title", summary.symbol + " " + summary.headline},
                                              {"subtitle", "ringback"}}},
                      {"sections", json::array{json::object{{"widgets", std::move(widgets)}}}}};
    json::object with_id{{"cardId", "run"}, {"card", std::move(card)}};
    Payload payload;
    payload.content = json::object{{"cardsV2", json::array{std::move(with_id)}}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
