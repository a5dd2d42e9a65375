// Whether a target is worth another call: since when it fails, and whether it said that it wants no more.
#pragma once

#include "store/store.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringback::webhook {

struct TargetHealth {
    std::optional<store::Time>
        failing_since;  ///< nothing was delivered since; empty: the last call arrived, or none was made
    bool gone = false;  ///< the last call was answered with 410

    /// Why the service calls it no more, one sentence; empty: it does.
    [[nodiscard]] std::string disabled(store::Time now) const;
};

/// From the attempts of a target's recent messages, in any order. What counts is when they were made: a
/// message that was sent again by hand and arrived ends a failure, however old it is.
[[nodiscard]] TargetHealth judge_target(std::vector<store::Attempt> attempts);

/// The record of a message that is given up without a call, because its target is disabled. It keeps since
/// when, so that the failure is not forgotten when the calls that saw it begin are long past.
[[nodiscard]] store::Attempt refusal(const store::Message& message, const TargetHealth& health,
                                     store::Time now);

}  // namespace ringback::webhook
