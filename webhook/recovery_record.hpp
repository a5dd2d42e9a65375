// What a run leaves with the store when it begins, so that somebody else can end it and tell its webhooks.
#pragma once

#include "harness/run/run.hpp"
#include "run-options/webhook_target.hpp"
#include "store/store.hpp"
#include "webhook/publisher.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace ringback::webhook {

struct Interrupted {
    harness::Run run;
    std::vector<WebhookTarget> targets;
    Publisher publisher;
};

/// JSON. Secrets stand in it as they were written in the run options: a reference or the literal text.
[[nodiscard]] std::string recovery_text(const harness::Run& run, const std::vector<WebhookTarget>& targets,
                                        const Publisher& publisher);
/// The run as far as it was known when it began. The error is a sentence.
[[nodiscard]] boost::system::result<Interrupted, std::string> read_recovery(const store::RunRecord& record);

/// The store's row of a run; `result` is its whole JSON document once it has ended.
[[nodiscard]] store::RunRecord run_record(const harness::Run& run, const Publisher& publisher,
                                          store::Time now);

}  // namespace ringback::webhook
