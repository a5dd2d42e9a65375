// Makes the attempts for the messages in the store. What happens after each one is decided in
// retry_policy.hpp.
#pragma once

#include "harness/executor.hpp"
#include "net/address_policy.hpp"
#include "run-options/run_status.hpp"
#include "store/store.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringback::webhook {

struct DeliveryOptions {
    std::string owner;    ///< this process, from make_owner(); each Delivery adds its own suffix
    std::string version;  ///< for "User-Agent: ringback/VERSION"
    net::AddressPolicy policy = net::AddressPolicy::command_line();
    std::string proxy;             ///< "http://host:port", used only when set
    std::string name_servers;      ///< in place of the system's, "127.0.0.1:5353"; "": the system's
    std::size_t concurrency = 32;  ///< attempts at once
    /// Something a person must hear of, one sentence: a target that was disabled, a store that fails.
    std::function<void(const std::string&)> notice;
};

/// What one message is about to do or has just done, for a line on a terminal.
struct Progress {
    enum class Step { attempting, waiting, delivered, parked, dead } step = Step::attempting;
    std::string message_id;
    std::string url;  ///< shortened and redacted, for people
    RunStatus event = RunStatus::completed;
    std::uint32_t attempt = 1;  ///< number of the attempt made or about to be made
    std::string text;           ///< "HTTP 503", "next try in 1.4 s", …; may be empty
};
using OnProgress = std::function<void(const Progress&)>;

/// How one message stands at the end of an inline delivery.
struct TargetOutcome {
    store::MessageState state = store::MessageState::due;  ///< due: parked in the outbox
    std::string message_id, url;
    RunStatus event = RunStatus::completed;
    std::uint32_t attempts = 0;
    std::string reason;                 ///< why it was not delivered, one sentence; "" when delivered
    std::optional<store::Time> due_at;  ///< of a parked one: when it may be tried again
};

struct InlineOutcome {
    std::vector<TargetOutcome> targets;      ///< one per message of the run, start messages first
    std::optional<store::StoreError> error;  ///< the store failed: what is not delivered stays in the outbox
    [[nodiscard]] bool all_delivered() const;
};

class Delivery {
  public:
    Delivery(boost::asio::any_io_executor executor, store::Store& store, DeliveryOptions options);
    ~Delivery();
    Delivery(const Delivery&) = delete;
    Delivery& operator=(const Delivery&) = delete;

    /// The command line's way: every message of `run_id`, targets side by side, first in first out per target
    /// (an older message to the same target goes first), at most `budget` in all. What is not delivered by
    /// then stays parked. After `stop` is requested, attempts under way get 2 s more.
    /// @param was_due of messages (by id) that were made due before their time: when they were. Failing now
    ///        takes no step of their schedule
    [[nodiscard]] boost::asio::awaitable<InlineOutcome> deliver_inline(
        std::string run_id, std::chrono::milliseconds budget, OnProgress progress, harness::Cancellation stop,
        std::map<std::string, store::Time> was_due = {});

    /// Messages of earlier runs that are due, one attempt each (more only where a target has several), side
    /// by side. With `hurry`, those waiting for their next try are tried too, but never before a Retry-After.
    /// @return how many were delivered, and how many are still waiting or were given up
    struct Drained {
        std::size_t delivered = 0, parked = 0, dead = 0;
        std::optional<store::StoreError> error;
    };
    [[nodiscard]] boost::asio::awaitable<Drained> drain(std::chrono::milliseconds budget, bool hurry,
                                                        OnProgress progress, harness::Cancellation stop);

    /// The service's way: whatever is due, by the long schedule, until `stop`; then at most 10 s for what is
    /// under way.
    [[nodiscard]] boost::asio::awaitable<void> serve(harness::Cancellation stop);
    /// Tells serve() that there may be something new, so that it need not wait for its next look. Any thread.
    void wake();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

}  // namespace ringback::webhook
