// APIContext's two verdicts on one call. docs/payloads.md shows the table.
#pragma once

#include "harness/run/run.hpp"

#include <string_view>

namespace ringback::webhook {

struct CallResult {
    std::string_view result_class;  ///< "PASS", "SLOW", "WARNING" or "FAIL"
    std::string_view result;        ///< "COMPLETE", "SLA_ERROR", …
};

/// Of a "request" step. The first row that applies decides; an answer outranks its content, a failure a
/// warning.
[[nodiscard]] CallResult call_result(const harness::StepResult& step);

}  // namespace ringback::webhook
