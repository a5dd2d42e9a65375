// What a payload format is: one function from a run to what is sent. One file per format; the table is in
// dialect.cpp.
#pragma once

#include "harness/run/run.hpp"
#include "run-options/webhook_target.hpp"
#include "store/store.hpp"
#include "webhook/publisher.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace ringback::webhook {

/// What one message says, before "fieldname" is applied and the bytes are frozen.
struct Payload {
    std::variant<boost::json::value, std::string> content;  ///< JSON, or bytes of another type
    std::string content_type = "application/json";
    std::vector<std::pair<std::string, std::string>> headers;
    std::string url;  ///< "": the target's
};

struct PayloadContext {
    const Publisher& publisher;
    store::Time now;         ///< when the message is written
    std::string message_id;  ///< of the first payload
};

/// Usually one payload; none where a format has nothing to say of a status (an incident tool of a canceled
/// run).
using Dialect = std::vector<Payload> (*)(const harness::Run& run, const WebhookTarget& target,
                                         const PayloadContext& context);

[[nodiscard]] Dialect find_dialect(WebhookFormat format) noexcept;

namespace dialects {
#define RINGBACK_DIALECT(name)                                                      \
    std::vector<Payload> name(const harness::Run& run, const WebhookTarget& target, \
                              const PayloadContext& context)
RINGBACK_DIALECT(json_object);
RINGBACK_DIALECT(json_text_message);
RINGBACK_DIALECT(cloudevent);
RINGBACK_DIALECT(form);
RINGBACK_DIALECT(runscope);
RINGBACK_DIALECT(currents);
RINGBACK_DIALECT(apicontext);
RINGBACK_DIALECT(slack);
RINGBACK_DIALECT(mattermost);
RINGBACK_DIALECT(google_chat);
RINGBACK_DIALECT(discord);
RINGBACK_DIALECT(msteams);
RINGBACK_DIALECT(pagerduty);
RINGBACK_DIALECT(opsgenie);
RINGBACK_DIALECT(victorops);
#undef RINGBACK_DIALECT
}  // namespace dialects

}  // namespace ringback::webhook
