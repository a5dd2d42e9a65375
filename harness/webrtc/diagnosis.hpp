// Why a call did not come about, as far as the events of its connections tell. Pure.
#pragma once

#include "harness/run/run.hpp"
#include "harness/webrtc/statistics.hpp"

#include <string>
#include <vector>

namespace ringback::harness {

/// What else is known when a call is diagnosed.
struct CallCircumstances {
    double ended_seconds = 0;              ///< when the script had ended, since the run began
    std::vector<std::string> page_errors;  ///< errors of the browser's console, oldest first
};

/// One fault for each way in which connections went wrong: those that failed, and those that had not
/// connected after some seconds. A page that never came so far (no camera, no connection) has a fault of its
/// own. Connections with the same fault share one. Empty when all connected, or nothing was tried.
[[nodiscard]] std::vector<CallFault> diagnose_call(const std::vector<ConnectionEvent>& events,
                                                   const CallCircumstances& circumstances);

}  // namespace ringback::harness
