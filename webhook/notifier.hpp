// webhook: who is told of a run, and how. The notifier turns one run into history and messages, durable
// before any attempt: begin_run before the first action, then the final status and every message in one
// transaction.
#pragma once

#include "harness/run/observer.hpp"
#include "run-options/webhook_target.hpp"
#include "store/store.hpp"
#include "webhook/publisher.hpp"

#include <optional>
#include <vector>

namespace ringback::webhook {

/// One per run. Sends nothing: that is Delivery's work, after on_finished.
class Notifier : public harness::Observer {
  public:
    Notifier(store::Store& store, std::vector<WebhookTarget> targets, Publisher publisher);

    boost::asio::awaitable<void> on_started(const harness::Run& run) override;
    boost::asio::awaitable<void> on_finished(const harness::Run& run) override;

    /// The first thing the store could not do. With an error after on_finished, no message of the run will go
    /// out.
    [[nodiscard]] const std::optional<store::StoreError>& error() const noexcept { return error_; }
    /// Messages written so far, "start" ones included.
    [[nodiscard]] std::size_t messages() const noexcept { return messages_; }

  private:
    void fail(store::StoreError error, const std::string& what, const std::string& who_is_told);

    store::Store& store_;
    std::vector<WebhookTarget> targets_;
    Publisher publisher_;
    std::optional<store::StoreError> error_;
    std::size_t messages_ = 0;
};

}  // namespace ringback::webhook
