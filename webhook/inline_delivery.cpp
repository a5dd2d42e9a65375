#include "webhook/inline_delivery.hpp"

#include "run-options/redaction.hpp"
#include "webhook/fault_point.hpp"
#include "webhook/recovery.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

namespace ringback::webhook {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using store::Message;
using store::MessageState;
using store::Stored;

constexpr auto kLeaseBeyondBudget = 30s;
constexpr auto kLookAgain = 250ms;       // while somebody else holds what comes first
constexpr std::uint32_t kBacklog = 256;  // of one target, looked through to find its first message

/// What all lanes of one inline delivery share.
struct Sitting {
    std::shared_ptr<Courier> courier;
    std::shared_ptr<Budget> budget;
    std::shared_ptr<Underway> underway = std::make_shared<Underway>();
    OnProgress progress;
    std::string run_id;
    std::multimap<std::string, Message> claimed;  // by target key: claims come for several lanes at once
    std::set<std::string> undelivered;            // ids of the run's messages that are not settled
    std::map<std::string, std::string> lane_of;   // id to target key
    std::map<std::string, std::string> parked;    // target key to why it goes no further
    std::map<std::string, store::Time> was_due;   // of hurried messages
    std::optional<store::StoreError> error;

    [[nodiscard]] bool wanted(const std::string& key) const {
        return std::any_of(undelivered.begin(), undelivered.end(),
                           [&](const auto& id) { return lane_of.at(id) == key; });
    }
};

/// What a lane does next.
struct Next {
    std::optional<Message> message;       ///< attempt it
    std::optional<store::Time> again_at;  ///< or look again then
    std::string parked;                   ///< or stop, for this reason
};

std::optional<Message> take(Sitting& sitting, const std::string& key) {
    const auto found = sitting.claimed.find(key);
    if (found == sitting.claimed.end()) return std::nullopt;
    auto message = std::move(found->second);
    sitting.claimed.erase(found);
    return message;
}

asio::awaitable<Stored<void>> claim(std::shared_ptr<Sitting> sitting, std::string run_id) {
    fault_point("before-claim");
    const auto now = system_clock::now();
    auto claimed = co_await sitting->courier->store().claim_messages(
        sitting->courier->owner(), now, sitting->budget->end() + kLeaseBeyondBudget, kBacklog,
        std::move(run_id));
    fault_point("after-claim");
    if (!claimed) co_return claimed.error();
    for (auto& message : *claimed) {
        const auto key = message.target_key;
        sitting->claimed.emplace(key, std::move(message));
    }
    co_return Stored<void>();
}

/// The first undelivered message of a target, whoever's it is.
asio::awaitable<Stored<std::optional<Message>>> head_of(std::shared_ptr<Sitting> sitting, std::string key) {
    store::MessageFilter filter;
    filter.target_key = key;
    filter.state = MessageState::due;
    filter.limit = kBacklog;
    auto due = co_await sitting->courier->store().messages(std::move(filter));
    if (!due) co_return due.error();
    std::optional<Message> head;
    for (auto& message : *due)
        if (!head || message.seq < head->seq) head = std::move(message);
    co_return head;
}

/// Makes a message that waits for a later try due now, unless its receiver asked for the wait.
asio::awaitable<Stored<bool>> hurry(std::shared_ptr<Sitting> sitting, Message head) {
    const auto now = system_clock::now();
    const auto floor = co_await sitting->courier->not_before(head.id);
    if (!floor) co_return floor.error();
    if (*floor && **floor > now) co_return false;
    const auto made_due = co_await sitting->courier->store().redeliver(head.id, now);
    if (!made_due) co_return made_due.error();
    sitting->was_due.emplace(head.id, head.due_at);
    co_return true;
}

/// When a lane's own message is not to be had: what stands before it.
asio::awaitable<Stored<Next>> look_ahead(std::shared_ptr<Sitting> sitting, std::string key,
                                         std::set<std::string> tried) {
    Next next;
    auto head = co_await head_of(sitting, key);
    if (!head) co_return head.error();
    if (!*head) {  // somebody else has settled all of it
        std::erase_if(sitting->undelivered, [&](const auto& id) { return sitting->lane_of.at(id) == key; });
        next.again_at = system_clock::now();
        co_return next;
    }
    const auto now = system_clock::now();
    Message first = std::move(**head);
    if (!first.claimed_by.empty() && first.claimed_until > now) {
        if (owner_is_gone(first.claimed_by))
            static_cast<void>(co_await sitting->courier->store().release_messages(first.claimed_by));
        next.again_at = now + kLookAgain;
        co_return next;
    }
    if (first.due_at > now && !tried.contains(first.id)) {
        const auto hurried = co_await hurry(sitting, first);
        if (!hurried) co_return hurried.error();
        if (*hurried) first.due_at = now;
    }
    if (first.due_at > now) {
        if (first.due_at < sitting->budget->end())
            next.again_at = first.due_at;
        else
            next.parked = "an earlier message to this target waits: its receiver asked for " +
                          human_wait(now, first.due_at) + " (Retry-After)";
        co_return next;
    }
    const auto claimed = co_await claim(sitting, first.run_id);
    if (!claimed) co_return claimed.error();
    next.message = take(*sitting, key);
    if (!next.message) next.again_at = system_clock::now() + kLookAgain;
    co_return next;
}

asio::awaitable<Stored<Next>> next_of(std::shared_ptr<Sitting> sitting, std::string key,
                                      std::set<std::string> tried) {
    Next next;
    next.message = take(*sitting, key);
    if (next.message) co_return next;
    const auto claimed = co_await claim(sitting, sitting->run_id);
    if (!claimed) co_return claimed.error();
    next.message = take(*sitting, key);
    if (next.message) co_return next;
    co_return co_await look_ahead(sitting, key, std::move(tried));
}

Errand errand_for(const Sitting& sitting, Message message, std::uint32_t tries,
                  std::uint32_t failed_connects) {
    Errand errand;
    errand.standing.inline_tries = tries;
    errand.standing.failed_connects = failed_connects;
    errand.standing.inline_end = sitting.budget->end();
    if (const auto was = sitting.was_due.find(message.id);
        was != sitting.was_due.end() && was->second > system_clock::now())
        errand.standing.was_due = was->second;
    errand.deadline = sitting.budget->deadline();
    errand.progress = sitting.progress;
    errand.underway = sitting.underway;
    errand.message = std::move(message);
    return errand;
}

/// Waits until `at`, but no longer than the budget, even when that is shortened meanwhile.
asio::awaitable<void> wait_until(std::shared_ptr<Sitting> sitting, store::Time at) {
    const auto signal = sitting->underway->add();
    auto sleeping = sleep_until(std::min(at, sitting->budget->end()));
    co_await asio::co_spawn(sitting->courier->executor(), std::move(sleeping),
                            asio::bind_cancellation_slot(signal->slot(), asio::use_awaitable));
    sitting->underway->remove(signal);
}

/// Delivers to one target until its messages of this run are settled, or it is parked, or time is up.
asio::awaitable<void> lane(std::shared_ptr<Sitting> sitting, std::string key) {
    std::map<std::string, std::uint32_t> tries;
    std::uint32_t failed_connects = 0;
    while (sitting->wanted(key) && !sitting->budget->over() && !sitting->error) {
        std::set<std::string> tried;
        for (const auto& [id, count] : tries)
            tried.insert(id);
        auto next = co_await next_of(sitting, key, std::move(tried));
        if (!next) {
            sitting->error = next.error();
            co_return;
        }
        if (!next->parked.empty()) {
            sitting->parked[key] = next->parked;
            co_return;
        }
        if (!next->message) {
            co_await wait_until(sitting, next->again_at.value_or(system_clock::now()));
            continue;
        }
        const auto id = next->message->id;
        auto errand = errand_for(*sitting, std::move(*next->message), ++tries[id], failed_connects);
        const auto done = co_await sitting->courier->run(std::move(errand));
        if (done.error) {
            sitting->error = done.error;
            co_return;
        }
        failed_connects = done.outcome.connected ? 0 : failed_connects + 1;
        if (done.decision.state != MessageState::due) sitting->undelivered.erase(id);
        if (done.decision.parked) {
            sitting->parked[key] = done.outcome.reason;
            co_return;
        }
        if (done.decision.state == MessageState::due) co_await wait_until(sitting, done.decision.due_at);
    }
}

asio::awaitable<Stored<std::vector<Message>>> messages_of(std::shared_ptr<Courier> courier,
                                                          std::string run_id) {
    store::MessageFilter filter;
    filter.run_id = std::move(run_id);
    filter.limit = 10'000;
    auto messages = co_await courier->store().messages(std::move(filter));
    if (messages) std::reverse(messages->begin(), messages->end());
    co_return messages;
}

TargetOutcome outcome_of(const Message& message, const Sitting& sitting) {
    TargetOutcome outcome;
    outcome.state = message.state;
    outcome.message_id = message.id;
    outcome.url = redacted_url(message.url);
    outcome.event = message.event;
    outcome.attempts = message.attempts;
    if (message.state == MessageState::delivered) return outcome;
    outcome.reason = message.last_error;
    if (message.state == MessageState::dead) return outcome;
    outcome.due_at = message.due_at;
    const auto parked = sitting.parked.find(message.target_key);
    if (outcome.reason.empty() && parked != sitting.parked.end())
        outcome.reason = "waits behind an earlier message: " + parked->second;
    if (outcome.reason.empty()) outcome.reason = "there was no time left to try";
    return outcome;
}

}  // namespace

bool InlineOutcome::all_delivered() const {
    return !error && std::all_of(targets.begin(), targets.end(),
                                 [](const auto& target) { return target.state == MessageState::delivered; });
}

asio::awaitable<InlineOutcome> deliver_inline(std::shared_ptr<Courier> courier, std::string run_id,
                                              std::chrono::milliseconds budget, OnProgress progress,
                                              harness::Cancellation stop,
                                              std::map<std::string, store::Time> was_due, std::size_t lanes) {
    InlineOutcome result;
    const auto sitting = std::make_shared<Sitting>();
    sitting->courier = courier;
    sitting->budget = std::make_shared<Budget>(budget);
    sitting->progress = std::move(progress);
    sitting->run_id = run_id;
    sitting->was_due = std::move(was_due);
    const auto before = co_await messages_of(courier, run_id);
    if (!before) {
        result.error = before.error();
        co_return result;
    }
    std::vector<std::string> keys;
    for (const auto& message : *before) {
        if (message.state != MessageState::due) continue;
        sitting->undelivered.insert(message.id);
        sitting->lane_of.emplace(message.id, message.target_key);
        if (std::find(keys.begin(), keys.end(), message.target_key) == keys.end())
            keys.push_back(message.target_key);
    }
    if (!keys.empty()) {
        const auto released = co_await courier->release_dead_claims();
        if (!released) sitting->error = released.error();
        std::vector<asio::awaitable<void>> workers;
        for (const auto& key : keys)
            workers.push_back(lane(sitting, key));
        co_await run_within(sitting->budget, sitting->underway, stop, std::move(workers), lanes);
        static_cast<void>(co_await courier->store().release_messages(courier->owner()));
    }
    result.error = sitting->error;
    const auto after = co_await messages_of(courier, run_id);
    const auto& known = after ? *after : *before;
    if (!after && !result.error) result.error = after.error();
    for (const auto& message : known)
        result.targets.push_back(outcome_of(message, *sitting));
    fault_point("before-exit");
    co_return result;
}

}  // namespace ringback::webhook
