#include "run-options/webhook_target.hpp"

#include "run-options/text/json_document.hpp"
#include "run-options/value/option_value.hpp"
#include "run-options/value/webhook_value.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <array>
#include <cstdlib>

namespace ringback {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::size_t kMostWebhooks = 100;
constexpr std::string_view kWhitespace = " \t\r\n";

// In the order of the enum.
constexpr std::array<std::string_view, 15> kFormats{
    "json/object", "json/text",   "cloudevent", "form",    "runscope",  "currents", "apicontext", "slack",
    "mattermost",  "google-chat", "discord",    "msteams", "pagerduty", "opsgenie", "victorops"};
static_assert(kFormats[static_cast<std::size_t>(WebhookFormat::slack)] == "slack");
static_assert(kFormats[static_cast<std::size_t>(WebhookFormat::victorops)] == "victorops");

constexpr std::array<std::string_view, 21> kVariables{
    "testRunId",  "testName",  "projectName",     "runName",        "runType",
    "status",     "error",     "additionalInfo",  "failureReasons", "failureScreenshot",
    "score",      "resultUrl", "concurrentUsers", "type",           "startedAt",
    "finishedAt", "duration",  "location",        "environment",    "monitor",
    "try"};

std::string as_written(const SecretText& text) {
    return text.environment.empty() ? text.literal : "env:" + text.environment;
}

json::object tls_object(const WebhookTarget::Tls& tls) {
    json::object object;
    if (!tls.ca.empty()) object["ca"] = tls.ca;
    if (!tls.certificate.empty()) object["certificate"] = tls.certificate;
    if (!tls.key.empty()) object["key"] = tls.key;
    if (!tls.verify) object["verify"] = false;
    return object;
}

json::array status_words(const std::set<RunStatus>& statuses) {
    json::array words;
    for (const RunStatus status : statuses)
        words.emplace_back(json::string_view(status == RunStatus::started ? "start" : to_string(status)));
    return words;
}

json::value seconds(std::chrono::milliseconds duration) {
    if (duration.count() % 1000 == 0) return duration.count() / 1000;
    return static_cast<double>(duration.count()) / 1000.0;
}

/// At most 1 MiB of characters that are fit to be read, and not only white space.
std::optional<ParseError> check_text(std::string_view text) {
    if (text.size() > kMostBytes) return error_at(text, kMostBytes, "a webhook longer than 1 MiB");
    if (auto wrong = check_characters(text)) return wrong;
    if (text.find_first_not_of(kWhitespace) == std::string_view::npos)
        return error_at(text, 0, "an empty webhook", "a URL or a JSON object");
    return std::nullopt;
}

Parsed<WebhookTarget> read_target(std::string_view text) {
    if (auto wrong = check_text(text)) return *wrong;
    const std::size_t begin = text.find_first_not_of(kWhitespace);
    const std::size_t end = text.find_last_not_of(kWhitespace) + 1;
    if (text[begin] == '{') return value::read_webhook_json(text, begin, end);
    if (text[begin] != '"')
        return value::read_webhook_url({text, begin, std::string(text.substr(begin, end - begin)), true});
    const Parsed<text::JsonNode> node = text::read_json(text, begin, end);
    if (!node) return node.error();
    return value::read_webhook_url(
        {text, begin + 1, std::string(std::string_view(node->scalar.get_string())), node->verbatim});
}

}  // namespace

std::optional<std::string> SecretText::resolve() const {
    if (environment.empty()) return literal;
    const char* const value = std::getenv(environment.c_str());
    if (value == nullptr) return std::nullopt;
    return std::string(value);
}

std::string_view to_string(WebhookFormat format) noexcept {
    return kFormats[static_cast<std::size_t>(format)];
}

std::optional<WebhookFormat> parse_webhook_format(std::string_view text) noexcept {
    for (std::size_t i = 0; i < kFormats.size(); ++i)
        if (text == kFormats[i]) return static_cast<WebhookFormat>(i);
    return std::nullopt;
}

std::span<const std::string_view> webhook_variable_names() noexcept {
    return kVariables;
}

Parsed<WebhookTarget> parse_webhook_target(std::string_view text) {
    Parsed<WebhookTarget> target = read_target(text);
    if (target) target->place = {error_at(text, text.find_first_not_of(kWhitespace), {})};
    return target;
}

Parsed<std::vector<WebhookTarget>> parse_webhook_targets(std::string_view text) {
    if (auto wrong = check_text(text)) return *wrong;
    const char first = text[text.find_first_not_of(kWhitespace)];
    if (first == '{' || first == '"') {
        Parsed<WebhookTarget> target = parse_webhook_target(text);
        if (!target) return target.error();
        return std::vector{std::move(*target)};
    }
    const std::vector<value::Words> lines = value::split_lines({text, 0, std::string(text), true});
    if (lines.empty()) return error_at(text, 0, "an empty webhook", "a URL or a JSON object");
    if (lines.size() > kMostWebhooks)
        return error_at(text, lines[kMostWebhooks].offset, "more than 100 webhooks");
    std::vector<WebhookTarget> targets;
    for (const value::Words& line : lines) {
        Parsed<WebhookTarget> target = value::read_webhook_url(line);
        if (!target) return target.error();
        target->place = {error_at(text, line.offset, {})};
        targets.push_back(std::move(*target));
    }
    return targets;
}

std::string to_json_text(const WebhookTarget& target) {
    json::object object;
    object["url"] = target.url;
    if (!target.headers.empty()) {
        json::object& headers = object["headers"].emplace_object();
        for (const auto& [name, value] : target.headers)
            headers.emplace(name, value);
    }
    if (target.format != WebhookFormat::json_object)
        object["format"] = json::string_view(to_string(target.format));
    if (target.fieldname) object["fieldname"] = *target.fieldname;
    if (target.body) object["body"] = *target.body;
    if (!target.on.empty()) object["on"] = status_words(target.on);
    if (target.secret) object["secret"] = as_written(*target.secret);
    if (target.basic) {
        json::object& basic = object["basic"].emplace_object();
        basic["username"] = as_written(target.basic->username);
        basic["password"] = as_written(target.basic->password);
    }
    if (target.tls != WebhookTarget::Tls{}) object["tls"] = tls_object(target.tls);
    if (target.timeout) object["timeout"] = seconds(*target.timeout);
    if (target.strict_docs) object["strict"] = "docs";
    return json::serialize(object);
}

}  // namespace ringback
