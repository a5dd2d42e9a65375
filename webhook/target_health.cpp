#include "webhook/target_health.hpp"

#include "harness/run/run.hpp"
#include "webhook/retry_policy.hpp"

namespace ringback::webhook {

std::string TargetHealth::disabled(store::Time now) const {
    if (gone_since)
        return "the target is disabled: it answered 410 Gone (message of " + harness::iso8601(*gone_since) +
               ")";
    if (failing_since && now - *failing_since >= kDisableAfter)
        return "the target is disabled: nothing could be delivered since " + harness::iso8601(*failing_since);
    return {};
}

TargetHealth judge_target(const std::vector<store::Message>& newest_first, const std::string& last_outcome) {
    TargetHealth health;
    for (const auto& message : newest_first) {
        if (message.attempts == 0) continue;
        if (message.state == store::MessageState::delivered) break;
        if (!health.failing_since && last_outcome == to_string(Verdict::gone))
            health.gone_since = message.created_at;
        health.failing_since = message.created_at;
    }
    return health;
}

}  // namespace ringback::webhook
