// Currents' run events. docs/payloads.md.
#include "webhook/dialects/dialect.hpp"
#include "webhook/dialects/variables.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace ringback::webhook::dialects {
namespace {

namespace json = boost::json;

std::string_view event_word(RunStatus status) {
    switch (status) {
        case RunStatus::started:
            return "RUN_START";
        case RunStatus::timeout:
            return "RUN_TIMEOUT";
        case RunStatus::canceled:
            return "RUN_CANCELED";
        default:
            return "RUN_FINISH";
    }
}

struct Counts {
    std::uint64_t overall = 0, passes = 0, failures = 0, skipped = 0, flaky = 0;
};

/// Of steps (endpoint) or expectations (WebRTC).
Counts count(const harness::Run& run, const std::vector<std::string>& failed_before) {
    Counts counts;
    const auto passed = [&](const std::string& name) {
        ++counts.passes;
        if (std::find(failed_before.begin(), failed_before.end(), name) != failed_before.end())
            ++counts.flaky;
    };
    for (const auto& step : run.steps) {
        ++counts.overall;
        if (step.verdict == harness::Verdict::skipped)
            ++counts.skipped;
        else if (step.verdict == harness::Verdict::failed)
            ++counts.failures;
        else
            passed(step.path);
    }
    for (const auto& probe : run.probes)
        for (const auto& expectation : probe.expectations) {
            ++counts.overall;
            if (expectation.passed || expectation.warning)
                passed(expectation.text);
            else
                ++counts.failures;
        }
    return counts;
}

json::object commit_of(const Commit& commit) {
    return {{"sha", or_null(commit.sha)},
            {"branch", or_null(commit.branch)},
            {"message", or_null(commit.message)},
            {"authorName", or_null(commit.author_name)},
            {"authorEmail", or_null(commit.author_email)},
            {"remoteOrigin", or_null(commit.remote_origin)},
            {"defaultBranch", or_null(commit.default_branch)}};
}

}  // namespace

std::vector<Payload> currents(const harness::Run& run, const WebhookTarget& target,
                              const PayloadContext& context) {
    const auto& publisher = context.publisher;
    const auto counts = count(run, publisher.failed_before);
    Payload payload;
    if (auto templated = templated_payload(run, target, context))
        payload = std::move(*templated);
    else
        payload.content = json::object{{"event", event_word(run.status)},
                                       {"runUrl", or_null(run_url(run, context))},
                                       {"buildId", publisher.commit.build_id.value_or(run.id)},
                                       {"groupId", nullptr},
                                       {"tags", json::array(publisher.tags.begin(), publisher.tags.end())},
                                       {"commit", commit_of(publisher.commit)},
                                       {"failures", counts.failures},
                                       {"flaky", counts.flaky},
                                       {"overall", counts.overall},
                                       {"passes", counts.passes},
                                       {"pending", 0},
                                       {"retries", run.try_number - 1},
                                       {"skipped", counts.skipped}};
    const auto now =
        std::chrono::duration_cast<std::chrono::milliseconds>(context.now.time_since_epoch()).count();
    payload.headers = {{"x-timestamp", std::to_string(now)}};
    return {std::move(payload)};
}

}  // namespace ringback::webhook::dialects
