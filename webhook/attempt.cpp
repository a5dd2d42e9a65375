#include "webhook/attempt.hpp"

#include "harness/expression/encoding.hpp"
#include "run-options/redaction.hpp"
#include "webhook/fault_point.hpp"
#include "webhook/json_text.hpp"
#include "webhook/message.hpp"
#include "webhook/signature.hpp"

#include <boost/json.hpp>

#include <chrono>

namespace ringback::webhook {
namespace {

namespace json = boost::json;

constexpr std::uint64_t kReadBody = 64u << 10;
constexpr std::uint64_t kKeptBody = 4u << 10;

json::value milliseconds(const net::Timings::Span& span) {
    return span ? json::value(static_cast<double>(span->count()) / 1e3) : json::value(nullptr);
}

json::object timings_of(const net::Timings& t) {
    return {{"dns", milliseconds(t.dns)},    {"connect", milliseconds(t.connect)},
            {"tls", milliseconds(t.tls)},    {"send", milliseconds(t.send)},
            {"wait", milliseconds(t.wait)},  {"receive", milliseconds(t.receive)},
            {"total", milliseconds(t.total)}};
}

json::object response_of(const net::HttpResponse& response) {
    json::array headers;
    for (const auto& header : response.headers)
        headers.push_back(json::array{header.name, redacted_header(header.name, header.value)});
    return {{"status", response.status},
            {"reason", response.reason},
            {"headers", std::move(headers)},
            {"body", valid_utf8(std::string_view(response.body).substr(0, kKeptBody))},
            {"bodySize", response.body_size}};
}

/// HttpRequest is an aggregate that begins with a string, so an error must be called one.
BuiltRequest impossible(std::string why) {
    return {boost::system::in_place_error, std::move(why)};
}

store::Attempt record_of(const store::Message& message, std::uint32_t number, store::Time started_at,
                         const Outcome& outcome, const net::Exchange& exchange) {
    store::Attempt record;
    record.message_id = message.id;
    record.number = number;
    record.started_at = started_at;
    record.status = exchange.response ? exchange.response->status : 0;
    record.outcome = to_string(outcome.verdict);
    record.error = valid_utf8(outcome.reason);
    record.detail = attempt_detail(exchange, outcome);
    return record;
}

BuiltRequest unreadable(const ParseError& error) {
    return impossible("the stored target of this message cannot be read: " + error.message);
}

BuiltRequest build_for(const store::Message& message, const WebhookTarget& target, const std::string& version,
                       store::Time now) {
    net::HttpRequest request;
    request.method = "POST";
    request.url = message.url;
    request.body = message.body;
    for (const auto& [name, value] : read_headers(message.headers))
        request.headers.add(name, value);
    if (!request.headers.contains("User-Agent")) request.headers.set("User-Agent", "ringback/" + version);
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
    request.headers.set("webhook-id", message.id);
    request.headers.set("webhook-timestamp", std::to_string(seconds));
    if (target.secret) {
        const auto secret = target.secret->resolve();
        if (!secret)
            return impossible("the environment variable " + target.secret->environment +
                              " with the signing secret is not set");
        const auto keys = parse_signing_keys(*secret);
        if (!keys) return impossible(keys.error());
        request.headers.set("webhook-signature", signatures(*keys, message.id, seconds, message.body));
    }
    if (target.basic) {
        const auto user = target.basic->username.resolve();
        const auto password = target.basic->password.resolve();
        const auto& missing = user ? target.basic->password : target.basic->username;
        if (!user || !password)
            return impossible("the environment variable " + missing.environment +
                              " for Basic authentication is not set");
        request.headers.set("Authorization", "Basic " + harness::base64(*user + ":" + *password));
    }
    return request;
}

}  // namespace

net::TlsOptions tls_options(const WebhookTarget& target) {
    return {target.tls.ca, target.tls.certificate, target.tls.key, target.tls.verify};
}

BuiltRequest build_request(const store::Message& message, const std::string& version, store::Time now) {
    const auto target = parse_webhook_target(message.target);
    if (!target) return unreadable(target.error());
    return build_for(message, *target, version, now);
}

KeptDetail read_detail(const std::string& detail) {
    KeptDetail kept;
    boost::system::error_code error;
    const auto parsed = json::parse(detail, error);
    if (error || !parsed.is_object()) return kept;
    const auto& object = parsed.get_object();
    if (const auto* step = object.if_contains("tookStep"); step && step->is_bool())
        kept.took_step = step->get_bool();
    if (const auto* at = object.if_contains("notBefore"); at && at->is_int64())
        kept.not_before = store::Time(std::chrono::seconds(at->get_int64()));
    return kept;
}

std::string attempt_detail(const net::Exchange& exchange, const Outcome& outcome, bool took_step) {
    json::object detail;
    if (took_step) detail["tookStep"] = true;
    if (outcome.not_before)
        detail["notBefore"] =
            std::chrono::ceil<std::chrono::seconds>(outcome.not_before->time_since_epoch()).count();
    json::array resolved;
    for (const auto& address : exchange.resolved)
        resolved.push_back(json::value(address.to_string()));
    detail["resolved"] = std::move(resolved);
    detail["address"] = exchange.address ? json::value(exchange.address->to_string()) : json::value(nullptr);
    detail["port"] = exchange.port;
    detail["phase"] = net::to_string(exchange.phase);
    detail["timings"] = timings_of(exchange.timings);
    if (exchange.tls)
        detail["tls"] = json::object{{"protocol", exchange.tls->protocol}, {"cipher", exchange.tls->cipher}};
    if (exchange.response) detail["response"] = response_of(*exchange.response);
    if (exchange.error)
        detail["error"] = json::object{
            {"category", exchange.error.category().name()},
            {"code", exchange.error.value()},
            {"text", exchange.error_detail.empty() ? exchange.error.message() : exchange.error_detail}};
    return json_text(detail);
}

boost::asio::awaitable<AttemptResult> make_attempt(net::HttpClient& client, const store::Message& message,
                                                   std::uint32_t number, AttemptSettings settings) {
    const auto started_at = std::chrono::system_clock::now();
    AttemptResult result;
    const auto target = parse_webhook_target(message.target);
    auto request =
        target ? build_for(message, *target, settings.version, started_at) : unreadable(target.error());
    if (!request) {
        result.outcome.reason = request.error();
        result.record = record_of(message, number, started_at, result.outcome, result.exchange);
        co_return result;
    }
    net::ExchangeOptions options;
    options.deadline = settings.deadline.within(target->timeout.value_or(settings.timeout));
    options.max_body = kReadBody;
    options.keep_body = kKeptBody;
    options.policy = settings.policy;
    options.proxy = settings.proxy;
    options.keep_alive = settings.keep_alive;
    options.tls = tls_options(*target);
    fault_point("before-send");
    result.exchange = co_await client.send(std::move(*request), std::move(options));
    fault_point("after-answer");
    result.outcome = classify(result.exchange, std::chrono::system_clock::now());
    result.record = record_of(message, number, started_at, result.outcome, result.exchange);
    co_return result;
}

}  // namespace ringback::webhook
