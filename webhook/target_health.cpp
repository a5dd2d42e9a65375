#include "webhook/target_health.hpp"

#include "harness/run/run.hpp"
#include "webhook/json_text.hpp"
#include "webhook/retry_policy.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace ringback::webhook {
namespace {

namespace json = boost::json;

/// Of a refusal: since when its target had been failing.
std::optional<store::Time> failing_since(const store::Attempt& attempt) {
    boost::system::error_code error;
    const auto parsed = json::parse(attempt.detail, error);
    if (error || !parsed.is_object()) return std::nullopt;
    const auto* seconds = parsed.get_object().if_contains("failingSince");
    if (!seconds || !seconds->is_int64()) return std::nullopt;
    return store::Time(std::chrono::seconds(seconds->get_int64()));
}

}  // namespace

std::string TargetHealth::disabled(store::Time now) const {
    if (!failing_since) return {};
    if (gone)
        return "the target is disabled: it answered 410 Gone (" + harness::iso8601(*failing_since) + ")";
    if (now - *failing_since < kDisableAfter) return {};
    return "the target is disabled: nothing could be delivered since " + harness::iso8601(*failing_since);
}

TargetHealth judge_target(std::vector<store::Attempt> attempts) {
    std::sort(attempts.begin(), attempts.end(),
              [](const auto& a, const auto& b) { return a.started_at > b.started_at; });
    TargetHealth health;
    for (const auto& attempt : attempts) {
        if (attempt.outcome == to_string(Verdict::delivered)) break;
        if (!health.failing_since) health.gone = attempt.outcome == to_string(Verdict::gone);
        health.failing_since = failing_since(attempt).value_or(attempt.started_at);
        if (failing_since(attempt)) break;
    }
    return health;
}

store::Attempt refusal(const store::Message& message, const TargetHealth& health, store::Time now) {
    store::Attempt attempt;
    attempt.message_id = message.id;
    attempt.number = message.attempts + 1;
    attempt.started_at = now;
    attempt.outcome = to_string(health.gone ? Verdict::gone : Verdict::permanent);
    attempt.error = health.disabled(now);
    const auto since = health.failing_since.value_or(now).time_since_epoch();
    attempt.detail = json_text(json::object{
        {"called", false}, {"failingSince", std::chrono::floor<std::chrono::seconds>(since).count()}});
    return attempt;
}

}  // namespace ringback::webhook
