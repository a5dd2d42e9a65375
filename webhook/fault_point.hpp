// Places where a process may be killed to prove that nothing is lost: RINGBACK_FAULT_POINT=NAME ends it there
// (SIGKILL).
#pragma once

#include <array>
#include <string_view>

namespace ringback::webhook {

/// Every step between "the run has its verdict" and "the attempt is recorded", in order.
inline constexpr std::array<std::string_view, 8> kFaultPoints{
    "before-commit",  ///< verdict known, nothing written
    "after-commit",   ///< final status and messages are durable
    "before-claim",   ///< delivery begins
    "after-claim",    ///< the message is claimed by this process
    "before-send",    ///< request built and signed, nothing sent
    "after-answer",   ///< the receiver has answered, nothing recorded
    "after-record",   ///< the attempt is durable
    "before-exit",    ///< every target has its outcome
};

/// Ends this process with SIGKILL when the environment asks for it at `name`; else does nothing.
void fault_point(std::string_view name) noexcept;

}  // namespace ringback::webhook
