#include "webhook/notifier.hpp"

#include "webhook/fault_point.hpp"
#include "webhook/message.hpp"
#include "webhook/recovery_record.hpp"

#include <chrono>

namespace ringback::webhook {

Notifier::Notifier(store::Store& store, std::vector<WebhookTarget> targets, Publisher publisher)
    : store_(store), targets_(std::move(targets)), publisher_(std::move(publisher)) {}

boost::asio::awaitable<void> Notifier::on_started(const harness::Run& run) {
    const auto now = std::chrono::system_clock::now();
    auto record = run_record(run, publisher_, now);
    record.recovery = recovery_text(run, targets_, publisher_);
    auto messages = build_messages(run, targets_, publisher_, now);
    const auto count = messages.size();
    const auto stored = co_await store_.begin_run(std::move(record), std::move(messages));
    if (stored)
        messages_ += count;
    else
        fail(stored.error(), "the run is not recorded", ", and its webhooks are not called");
}

boost::asio::awaitable<void> Notifier::on_finished(const harness::Run& run) {
    if (error_) co_return;  // the run is not in the store, so it cannot end there
    fault_point("before-commit");
    const auto now = std::chrono::system_clock::now();
    auto record = run_record(run, publisher_, now);
    std::vector<store::Message> messages;
    const bool tried_again = publisher_.more_tries && run.worth_retrying();
    if (!tried_again) messages = build_messages(run, targets_, publisher_, now);
    const auto count = messages.size();
    const auto stored = co_await store_.finish_run(std::move(record), std::move(messages));
    if (stored)
        messages_ += count;
    else
        fail(stored.error(),
             "how the run ended is not recorded: whoever starts next on this state ends it as interrupted",
             ", and calls its webhooks");
    fault_point("after-commit");
}

void Notifier::fail(store::StoreError error, const std::string& what, const std::string& who_is_told) {
    error.message += "; " + what + (targets_.empty() ? "" : who_is_told);
    error_ = std::move(error);
}

}  // namespace ringback::webhook
