// What an attempt's outcome means and what happens next: pure decisions. docs/webhooks.md shows them as a
// table.
#pragma once

#include "net/http_client.hpp"
#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::webhook {

enum class Verdict {
    delivered,  ///< a 2xx
    retry,      ///< may work later
    permanent,  ///< will not work however often it is tried
    gone,       ///< 410: this target wants no more calls
    ambiguous,  ///< the request was sent whole, no answer came: it may have been received; tried again with
                ///< the same id
};
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

/// One attempt, judged.
struct Outcome {
    Verdict verdict = Verdict::retry;
    std::string reason;                     ///< for people; "" when delivered
    std::optional<store::Time> not_before;  ///< Retry-After: no earlier attempt, at most 24 h from now
    bool connected = true;                  ///< false: the receiver could not even be reached
    [[nodiscard]] bool again() const { return verdict == Verdict::retry || verdict == Verdict::ambiguous; }
};

[[nodiscard]] Outcome classify(const net::Exchange& exchange, store::Time now);

/// Retry-After as seconds or as an HTTP date (RFC 9110, 10.2.3, all three date forms). nullopt: neither.
[[nodiscard]] std::optional<store::Time> parse_retry_after(std::string_view text, store::Time now);

/// Uniform in [0, 1).
using Random = std::function<double()>;

/// Where a message stands in its schedule, before the decision about the attempt just made.
struct Standing {
    std::uint32_t long_steps = 0;  ///< waits of the long schedule that it has already been given
    std::uint32_t inline_tries =
        0;  ///< attempts of this inline delivery, the one just made included; 0: not inline
    std::uint32_t failed_connects = 0;      ///< of them, to this target, in a row, the one just made included
    std::optional<store::Time> inline_end;  ///< when the budget of the inline delivery is over
    /// An attempt made before its time because there was a good reason to look (a new message): when it was
    /// due. Its failure takes no step of the schedule.
    std::optional<store::Time> was_due;
};

struct Decision {
    store::MessageState state = store::MessageState::due;
    store::Time due_at{};
    bool parked = false;      ///< due, but not in this inline delivery any more
    bool takes_step = false;  ///< the wait is one of the long schedule's
    std::string reason;       ///< why it was given up or parked, one sentence; may be empty
};

/// The command line's waits: 0.5, 1, 2, 4, 8 s, each multiplied with a random number (full jitter); then
/// parked. The long schedule: 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h, jitter only adds (at most
/// a tenth); then dead. Retry-After is a floor for both.
[[nodiscard]] Decision decide(const Outcome& outcome, const Standing& standing, store::Time now,
                              const Random& random);

inline constexpr std::uint32_t kLongSteps = 9;
inline constexpr std::uint32_t kInlineTries = 6;
inline constexpr std::uint32_t kConnectsBeforeSkip = 2;
/// A target that has failed for this long without a single delivery is disabled by the service.
inline constexpr std::chrono::hours kDisableAfter{5 * 24};

}  // namespace ringback::webhook
