// From a run and a target to the frozen bytes that every attempt sends.
#pragma once

#include "harness/run/run.hpp"
#include "run-options/webhook_target.hpp"
#include "store/store.hpp"
#include "webhook/publisher.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::webhook {

/// "msg_" and 27 letters and digits: 7 of the time, then 20 from a cryptographic random source, which are 119
/// bits.
[[nodiscard]] std::string make_message_id();

/// The same for equal targets, different for others: messages of one key go out in order.
[[nodiscard]] std::string target_key(const WebhookTarget& target);

/// What `run`'s status has to tell the targets that want to hear of it, in the order of the targets, due at
/// `now`.
[[nodiscard]] std::vector<store::Message> build_messages(const harness::Run& run,
                                                         const std::vector<WebhookTarget>& targets,
                                                         const Publisher& publisher, store::Time now);

using HeaderList = std::vector<std::pair<std::string, std::string>>;
/// store::Message::headers, both ways.
[[nodiscard]] std::string headers_text(const HeaderList& headers);
[[nodiscard]] HeaderList read_headers(std::string_view text);

}  // namespace ringback::webhook
