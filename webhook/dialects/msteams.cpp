// An Adaptive Card for a Microsoft Teams workflow ("When a Teams webhook request is received"). Limit: 28 KB
// a message, four requests a second.
// https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/summary.hpp"
#include "webhook/dialects/variables.hpp"

#include <boost/json.hpp>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

const char* card_color(RunStatus status) {
    switch (status) {
        case RunStatus::completed:
            return "Good";
        case RunStatus::warnings:
            return "Warning";
        case RunStatus::failure:
        case RunStatus::timeout:
            return "Attention";
        default:
            return "Default";
    }
}

/// A card's text needs two line breaks to begin a new line.
std::string paragraphs(const std::string& lines) {
    std::string out;
    for (const char c : lines)
        out += c == '\n' ? std::string("\n\n") : std::string(1, c);
    return out;
}

}  // namespace

std::vector<Payload> msteams(const harness::Run& run, const WebhookTarget& target,
                             const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    auto summary = summarize(run, context);
    for (auto& reason : summary.reasons)
        reason = markdown_escaped(reason);
    json::array facts;
    for (const auto& [name, value] : summary.facts)
        facts.push_back(json::object{{"title", name}, {"value", markdown_escaped(value)}});
    json::array body{json::object{{"type", "TextBlock"},
                                  {"text", summary.symbol + " " + markdown_escaped(summary.headline)},
                                  {"size", "Large"},
                                  {"weight", "Bolder"},
                                  {"color", card_color(run.status)},
                                  {"wrap", true}},
                     json::object{{"type", "FactSet"}, {"facts", std::move(facts)}}};
    if (!summary.reasons.empty())
        body.push_back(
            json::object{{"type", "TextBlock"}, {"text", paragraphs(reason_lines(summary))}, {"wrap", true}});
    json::object card{{"$schema", "http://adaptivecards.io/schemas/adaptive-card.json"},
                      {"type", "AdaptiveCard"},
                      {"version", "1.4"},
                      {"body", std::move(body)}};
    if (summary.link)
        card["actions"] = json::array{
            json::object{{"type", "Action.OpenUrl"}, {"title", "Open the result"}, {"url", *summary.link}}};
    json::object attachment{{"contentType", "application/vnd.microsoft.card.adaptive"},
                            {"contentUrl", nullptr},
                            {"content", std::move(card)}};
    Payload payload;
    payload.content = json::object{{"type", "message"}, {"attachments", json::array{std::move(attachment)}}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
