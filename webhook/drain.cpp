#include "webhook/fault_point.hpp"
#include "webhook/inline_delivery.hpp"

#include <algorithm>
#include <map>
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
constexpr std::uint32_t kLookedThrough = 1000;

struct Draining {
    std::shared_ptr<Courier> courier;
    std::shared_ptr<Budget> budget;
    std::shared_ptr<Underway> underway = std::make_shared<Underway>();
    OnProgress progress;
    std::map<std::string, store::Time> was_due;  // of hurried messages
    Delivery::Drained result;
};

asio::awaitable<Stored<std::vector<Message>>> due_messages(std::shared_ptr<Draining> draining) {
    store::MessageFilter filter;
    filter.state = MessageState::due;
    filter.limit = kLookedThrough;
    return draining->courier->store().messages(std::move(filter));
}

/// Makes the first message of each target due now, unless its receiver asked for the wait.
asio::awaitable<Stored<void>> hurry_all(std::shared_ptr<Draining> draining) {
    const auto now = system_clock::now();
    auto due = co_await due_messages(draining);
    if (!due) co_return due.error();
    std::map<std::string, Message> heads;
    for (auto& message : *due) {
        auto [at, fresh] = heads.try_emplace(message.target_key, message);
        if (!fresh && message.seq < at->second.seq) at->second = std::move(message);
    }
    for (const auto& [key, head] : heads) {
        if (head.due_at <= now || !head.claimed_by.empty()) continue;
        const auto floor = co_await draining->courier->not_before(head.id);
        if (!floor) co_return floor.error();
        if (*floor && **floor > now) continue;
        const auto made_due = co_await draining->courier->store().redeliver(head.id, now);
        if (!made_due) co_return made_due.error();
        draining->was_due.emplace(head.id, head.due_at);
    }
    co_return Stored<void>();
}

asio::awaitable<void> try_once(std::shared_ptr<Draining> draining, Message message) {
    if (draining->budget->over()) co_return;
    Errand errand;
    if (const auto was = draining->was_due.find(message.id); was != draining->was_due.end())
        errand.standing.was_due = was->second;
    errand.deadline = draining->budget->deadline();
    errand.progress = draining->progress;
    errand.underway = draining->underway;
    errand.message = std::move(message);
    const auto done = co_await draining->courier->run(std::move(errand));
    auto& result = draining->result;
    if (done.error) result.error = done.error;
    switch (done.decision.state) {
        case MessageState::delivered:
            ++result.delivered;
            break;
        case MessageState::dead:
            ++result.dead;
            break;
        case MessageState::due:
            break;  // counted at the end, with those that were not tried
    }
}

}  // namespace

asio::awaitable<Delivery::Drained> drain(std::shared_ptr<Courier> courier, std::chrono::milliseconds budget,
                                         bool with_hurry, OnProgress progress, harness::Cancellation stop,
                                         std::size_t concurrency) {
    const auto draining = std::make_shared<Draining>();
    draining->courier = courier;
    draining->budget = std::make_shared<Budget>(budget);
    draining->progress = std::move(progress);
    auto prepared = co_await courier->release_dead_claims();
    if (prepared && with_hurry) prepared = co_await hurry_all(draining);
    if (!prepared) draining->result.error = prepared.error();
    while (!draining->result.error && !draining->budget->over() && !stop.requested()) {
        const auto now = system_clock::now();
        auto claimed = co_await courier->store().claim_messages(
            courier->owner(), now, draining->budget->end() + kLeaseBeyondBudget,
            static_cast<std::uint32_t>(concurrency), std::string());
        if (claimed && !claimed->empty()) fault_point("after-claim");
        if (!claimed) {
            draining->result.error = claimed.error();
            break;
        }
        if (claimed->empty()) break;
        std::vector<asio::awaitable<void>> workers;
        for (auto& message : *claimed)
            workers.push_back(try_once(draining, std::move(message)));
        co_await run_within(draining->budget, draining->underway, stop, std::move(workers), concurrency);
    }
    static_cast<void>(co_await courier->store().release_messages(courier->owner()));
    if (const auto left = co_await due_messages(draining); left) draining->result.parked = left->size();
    co_return draining->result;
}

}  // namespace ringback::webhook
