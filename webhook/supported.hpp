// What of a webhook's keys is not acted upon, or cannot be. Asked before a run starts.
#pragma once

#include "run-options/webhook_target.hpp"

#include <optional>
#include <string>

namespace ringback::webhook {

/// A sentence when `target` asks for something that this version does not do yet: "format 'discord' is not
/// supported yet".
[[nodiscard]] std::optional<std::string> unsupported(const WebhookTarget& target);

/// A sentence when `target` cannot work as it is: a secret's environment variable that is not set, a secret
/// of the wrong form, a TLS file that cannot be used, a header or URL that cannot be sent. Reads the
/// environment and files.
[[nodiscard]] std::optional<std::string> unusable(const WebhookTarget& target);

/// A sentence when `target` works, but its owner should know what it does: TLS without verification.
[[nodiscard]] std::optional<std::string> caution(const WebhookTarget& target);

/// A sentence when `url` cannot be the start of links to results.
[[nodiscard]] std::optional<std::string> wrong_base_url(const std::string& url);

}  // namespace ringback::webhook
