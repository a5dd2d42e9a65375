#include "webhook/dialects/apicontext_result.hpp"

#include <algorithm>

namespace ringback::webhook {
namespace {

using harness::AssertionResult;
using harness::StepResult;
using harness::Verdict;

enum class Concern { status, header, time, content };

Concern concern_of(std::string_view source) {
    if (source == "response_status") return Concern::status;
    if (source == "response_headers" || source == "response_header") return Concern::header;
    if (source == "response_time" || source == "timing") return Concern::time;
    return Concern::content;
}

bool failed(const StepResult& step, Concern concern, bool warning) {
    return std::any_of(step.assertions.begin(), step.assertions.end(), [&](const AssertionResult& a) {
        return !a.passed && a.warning == warning && concern_of(a.source) == concern;
    });
}

/// An assertion on the status that holds says that this status is what its author wants.
bool status_allowed(const StepResult& step) {
    return std::any_of(step.assertions.begin(), step.assertions.end(),
                       [](const AssertionResult& a) { return a.passed && a.source == "response_status"; });
}

bool content_failed(const StepResult& step) {
    const auto bad = [](const auto& result) { return !result.passed; };
    return failed(step, Concern::content, false) ||
           std::any_of(step.extractions.begin(), step.extractions.end(), bad) ||
           std::any_of(step.scripts.begin(), step.scripts.end(), bad);
}

}  // namespace

CallResult call_result(const StepResult& step) {
    if (!step.exchange || !step.exchange->response || step.exchange->error)
        return {"FAIL", "CONNECTION_ERROR"};
    const unsigned status = step.exchange->response->status;
    if (!status_allowed(step)) {
        if (status >= 500) return {"FAIL", "HTTP_SERVER_ERROR"};
        if (status >= 400) return {"WARNING", "HTTP_CLIENT_ERROR"};
        if (status >= 300) return {"WARNING", "HTTP_REDIRECT_ERROR"};
    }
    if (failed(step, Concern::header, false)) return {"FAIL", "HEADER_ERROR"};
    if (content_failed(step) || failed(step, Concern::status, false)) return {"FAIL", "CONTENT_ERROR"};
    if (failed(step, Concern::time, false)) return {"FAIL", "SLA_ERROR"};
    if (step.verdict == Verdict::failed) return {"FAIL", "CONTENT_ERROR"};
    if (failed(step, Concern::header, true) || failed(step, Concern::content, true) ||
        failed(step, Concern::status, true))
        return {"WARNING", "CONTENT_WARNING"};
    if (failed(step, Concern::time, true)) return {"WARNING", "SLA_WARNING"};
    if (step.exchange->connect_retries > 0) return {"WARNING", "CONNECTION_WARNING"};
    if (step.slower_than_wanted) return {"SLOW", "SLOW_COMPLETE"};
    return {"PASS", "COMPLETE"};
}

}  // namespace ringback::webhook
