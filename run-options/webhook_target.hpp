// A webhook target as a person names it in run options: whom to call, with what, and how.
#pragma once

#include "run-options/parse_error.hpp"
#include "run-options/redaction.hpp"
#include "run-options/run_status.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback {

/// A secret as written: the literal text, or the name of the environment variable that holds it ("env:NAME").
struct SecretText {
    std::string literal;      ///< empty when `environment` is set
    std::string environment;  ///< name of the environment variable, or empty

    [[nodiscard]] bool operator==(const SecretText&) const = default;
    /// The text itself. nullopt: the environment variable is not set.
    [[nodiscard]] std::optional<std::string> resolve() const;
};

/// Payload formats, see docs/payloads.md.
enum class WebhookFormat {
    json_object,
    json_text,
    cloudevent,
    form,
    runscope,
    currents,
    apicontext,
    slack,
    mattermost,
    google_chat,
    discord,
    msteams,
    pagerduty,
    opsgenie,
    victorops
};
[[nodiscard]] std::string_view to_string(WebhookFormat format) noexcept;  ///< as written: "json/object"
[[nodiscard]] std::optional<WebhookFormat> parse_webhook_format(std::string_view text) noexcept;

/// The names that a `body` template may use as <%this.NAME%>: testRTC's, then ours. Values: docs/payloads.md.
[[nodiscard]] std::span<const std::string_view> webhook_variable_names() noexcept;

/// One target of the `#webhook` option. The JSON form has these keys; the plain form sets `url` only.
struct WebhookTarget {
    std::string url;  ///< http or https, at most 2,048 characters, no user name or password in it
    std::vector<std::pair<std::string, std::string>> headers;  ///< in the order written
    WebhookFormat format = WebhookFormat::json_object;
    std::optional<std::string> fieldname;    ///< the payload becomes the value of this one key
    std::optional<boost::json::value> body;  ///< object or string template with <%this.NAME%>
    std::set<RunStatus> on;                  ///< empty: every final status. `started` is written "start"
    std::optional<SecretText> secret;        ///< whsec_… or whsk_… : sign each attempt
    struct Basic {
        SecretText username, password;
        bool operator==(const Basic&) const = default;
    };
    std::optional<Basic> basic;
    struct Tls {
        std::string ca, certificate, key;  ///< file paths; empty: not given
        bool verify = true;
        bool operator==(const Tls&) const = default;
    };
    Tls tls;
    std::optional<std::chrono::milliseconds> timeout;  ///< of one attempt
    bool strict_docs = false;  ///< "strict": "docs": Runscope's payload as documented instead of as delivered

    /// Where it is written: an error without a message. No part of what the target says.
    struct Place : ParseError {
        bool operator==(const Place&) const { return true; }
    };
    Place place;

    [[nodiscard]] bool operator==(const WebhookTarget&) const = default;
    /// What is found wrong with it after it was read, at the place where it is written.
    [[nodiscard]] ParseError error(std::string message) const {
        ParseError wrong = place;
        wrong.message = std::move(message);
        return wrong;
    }
    /// True when this target wants to hear of `status`.
    [[nodiscard]] bool wants(RunStatus status) const {
        return on.empty() ? is_final(status) : on.contains(status);
    }
};

/// Parses one target: a URL, or JSON with the keys above. Unknown and duplicate keys are errors.
[[nodiscard]] Parsed<WebhookTarget> parse_webhook_target(std::string_view text);

/// The same for what `#webhook` takes: one target, or several URLs, one per line.
[[nodiscard]] Parsed<std::vector<WebhookTarget>> parse_webhook_targets(std::string_view text);

/// The target as JSON text that parse_webhook_target() reads back to an equal value (secrets as written).
[[nodiscard]] std::string to_json_text(const WebhookTarget& target);

}  // namespace ringback
