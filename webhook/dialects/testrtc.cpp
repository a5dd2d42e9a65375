// testRTC's own formats: json/object, json/text, the classic form, and CloudEvents with the same body.
#include "harness/expression/encoding.hpp"
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

/// The "body" template's value, or the default payload.
json::value content_of(const harness::Run& run, const WebhookTarget& target, const PayloadContext& context,
                       Encoding encoding = nullptr) {
    auto templated = templated_payload(run, target, context, encoding);
    if (!templated) return default_payload(run, context);
    if (auto* value = std::get_if<json::value>(&templated->content)) return std::move(*value);
    return json::value(std::get<std::string>(templated->content));
}

std::string form_value(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json_text(value);
}

/// application/x-www-form-urlencoded writes a space as "+".
std::string form_encoded(std::string_view given) {
    const auto text = valid_utf8(given);
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const auto space = std::min(text.find(' ', at), text.size());
        out += harness::url_encoded(std::string_view(text).substr(at, space - at));
        if (space < text.size()) out += '+';
        at = space + 1;
    }
    return out;
}

/// CloudEvents' binding: what is not printable ASCII, and space, quotes and percent, stands percent-encoded
/// in a header.
std::string event_header(std::string_view text) {
    return harness::url_encoded(text);
}

}  // namespace

std::vector<Payload> json_object(const harness::Run& run, const WebhookTarget& target,
                                 const PayloadContext& context) {
    if (auto templated = templated_payload(run, target, context)) return {std::move(*templated)};
    Payload payload;
    payload.content = default_payload(run, context);
    return {std::move(payload)};
}

std::vector<Payload> json_text_message(const harness::Run& run, const WebhookTarget& target,
                                       const PayloadContext& context) {
    const auto content = content_of(run, target, context);
    const auto text = form_value(content);
    Payload payload;
    // With a field name, that name takes the place of "text" (message.cpp wraps the string).
    payload.content =
        target.fieldname ? json::value(text) : json::value{{"username", "ringback"}, {"text", text}};
    return {std::move(payload)};
}

std::vector<Payload> form(const harness::Run& run, const WebhookTarget& target,
                          const PayloadContext& context) {
    std::string body;
    const auto add = [&](std::string_view name, std::string_view value) {
        if (!body.empty()) body += '&';
        body += form_encoded(name) + '=' + form_encoded(value);
    };
    const auto content = content_of(run, target, context, target.fieldname ? nullptr : form_encoded);
    if (target.fieldname) {
        add(*target.fieldname, form_value(content));
    } else if (target.body && content.is_object()) {
        for (const auto& [name, value] : content.get_object())
            add(name, form_value(value));
    } else if (target.body) {
        body = form_value(content);  // written as a form by its author, but for the values put into it
    } else {
        add("testRunId", run.id);
        add("testName", run.test_name);
        add("runType", to_string(run.type));
        add("status", outward_status(run.status));
    }
    Payload payload;
    payload.content = std::move(body);
    payload.content_type = "application/x-www-form-urlencoded";
    return {std::move(payload)};
}

std::vector<Payload> cloudevent(const harness::Run& run, const WebhookTarget& target,
                                const PayloadContext& context) {
    auto payloads = json_object(run, target, context);
    const bool ended = is_final(run.status);
    const auto& base = context.publisher.base_url;
    payloads.front().headers = {
        {"ce-specversion", "1.0"},
        {"ce-id", context.message_id},
        {"ce-source",
         base.empty() ? "/ringback/" + event_header(run.project) + "/" + event_header(run.location) : base},
        {"ce-type", ended ? "ringback.run.finished" : "ringback.run.started"},
        {"ce-time", harness::iso8601(ended ? run.finished_at : run.started_at)},
        {"ce-subject", event_header(run.test_name)}};
    return payloads;
}

}  // namespace ringback::webhook::dialects
