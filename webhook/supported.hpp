// What of a webhook's keys is not acted upon, or cannot be. Asked before a run starts.
#pragma once

#include "run-options/webhook_target.hpp"

#include <optional>
#include <string>

namespace ringback::webhook {

/// A sentence when `target` cannot work wherever it is run: a URL that cannot be called, a header that its
/// format needs and does not have, a key that means nothing beside the others.
[[nodiscard]] std::optional<std::string> unsound(const WebhookTarget& target);

/// A sentence when this machine lacks what `target` needs: an environment variable that is not set or holds
/// no secret, a TLS file that cannot be used. Reads the environment and files.
[[nodiscard]] std::optional<std::string> unmet(const WebhookTarget& target);

/// Either of them: no run begins with such a target.
[[nodiscard]] std::optional<std::string> unusable(const WebhookTarget& target);

/// A sentence when `target` works, but its owner should know what it does: TLS without verification.
[[nodiscard]] std::optional<std::string> caution(const WebhookTarget& target);

/// A sentence when `url` cannot be the start of links to results.
[[nodiscard]] std::optional<std::string> wrong_base_url(const std::string& url);

}  // namespace ringback::webhook
