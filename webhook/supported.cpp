#include "webhook/supported.hpp"

#include "net/headers.hpp"
#include "net/target.hpp"
#include "net/tls.hpp"
#include "run-options/redaction.hpp"
#include "webhook/attempt.hpp"
#include "webhook/dialects/dialect.hpp"
#include "webhook/signature.hpp"

namespace ringback::webhook {
namespace {

std::optional<std::string> missing_variable(const SecretText& text) {
    if (text.resolve()) return std::nullopt;
    return "the environment variable " + text.environment + " is not set";
}

std::optional<std::string> bad_pagerduty(const WebhookTarget& target) {
    if (target.format != WebhookFormat::pagerduty || target.body) return std::nullopt;
    for (const auto& [name, value] : target.headers)
        if (net::same_name(name, "X-Routing-Key")) return std::nullopt;
    return "a webhook of format 'pagerduty' needs its integration key in the header \"X-Routing-Key\"";
}

std::optional<std::string> bad_secret(const std::string& secret) {
    const auto keys = parse_signing_keys(secret);
    return keys ? std::nullopt : std::optional(keys.error());
}

}  // namespace

std::optional<std::string> unsound(const WebhookTarget& target) {
    if (!find_dialect(target.format))
        return "format '" + std::string(to_string(target.format)) + "' is not supported yet";
    if (const auto url = net::parse_target(target.url); !url)
        return "the webhook " + redacted_url(target.url) + ": " + url.error();
    else if (!url->secure && target.tls != WebhookTarget::Tls{})
        return "the webhook " + redacted_url(target.url) +
               ": 'tls' has no meaning for an http URL; write https, or leave it out";
    if (target.strict_docs && target.format != WebhookFormat::runscope)
        return "'strict' has a meaning for the format 'runscope' only, not for '" +
               std::string(to_string(target.format)) + "'";
    if (target.secret && target.secret->environment.empty())
        if (auto bad = bad_secret(target.secret->literal)) return bad;
    return bad_pagerduty(target);
}

std::optional<std::string> unmet(const WebhookTarget& target) {
    if (target.secret && !target.secret->environment.empty()) {
        const auto secret = target.secret->resolve();
        if (!secret) return missing_variable(*target.secret);
        if (auto bad = bad_secret(*secret))
            return "the environment variable " + target.secret->environment + ": " + *bad;
    }
    if (target.basic) {
        if (auto missing = missing_variable(target.basic->username)) return missing;
        if (auto missing = missing_variable(target.basic->password)) return missing;
    }
    if (const auto context = net::tls_context(tls_options(target)); !context)
        return "the webhook's 'tls': " + context.error();
    return std::nullopt;
}

std::optional<std::string> unusable(const WebhookTarget& target) {
    auto reason = unsound(target);
    return reason ? reason : unmet(target);
}

std::optional<std::string> wrong_base_url(const std::string& url) {
    const auto target = net::parse_target(url);
    if (!target) return target.error();
    if (target->websocket || url.find_first_of("?#@") != std::string::npos)
        return std::string("an http or https URL without user, query and fragment is needed, such as ") +
               "https://ringback.example.com";
    return std::nullopt;
}

std::optional<std::string> caution(const WebhookTarget& target) {
    const auto url = net::parse_target(target.url);
    if (target.tls.verify || !url || !url->secure) return std::nullopt;
    return "the webhook to " + redacted_url(target.url) +
           " does not verify the receiver's certificate (tls.verify is false): anybody in between can read "
           "it";
}

}  // namespace ringback::webhook
