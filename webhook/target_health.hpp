// Whether a target is worth another call: since when it fails, and whether it said that it wants no more.
#pragma once

#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringback::webhook {

struct TargetHealth {
    std::optional<store::Time>
        failing_since;  ///< no delivery since then; empty: the last message arrived, or none was tried
    std::optional<store::Time> gone_since;  ///< it answered 410 and nothing has been delivered since

    /// Why the service calls it no more, one sentence; empty: it does.
    [[nodiscard]] std::string disabled(store::Time now) const;
};

/// From the messages of one target, newest first, as the store lists them; `last_outcome` is that of the
/// newest one with an attempt. Messages without an attempt say nothing.
[[nodiscard]] TargetHealth judge_target(const std::vector<store::Message>& newest_first,
                                        const std::string& last_outcome);

}  // namespace ringback::webhook
