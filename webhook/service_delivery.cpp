#include "webhook/service_delivery.hpp"

#include "net/target.hpp"
#include "run-options/redaction.hpp"
#include "webhook/breaker.hpp"
#include "webhook/fault_point.hpp"
#include "webhook/target_health.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <iterator>
#include <map>
#include <utility>

namespace ringback::webhook {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using store::Message;
using store::MessageState;
using store::Stored;

constexpr auto kAttempt = 20s;
constexpr auto kReady = 10s;  // claimed and not begun; then others may have it
constexpr auto kHold = 45s;   // behind an open breaker; then the claim runs out and anybody may look again
constexpr auto kClaim = kReady + kHold + kAttempt + 25s;
constexpr auto kSpare = 5s;  // to record what came of it
constexpr auto kLook = 1s;   // for what other processes wrote
constexpr auto kAfterError = 2s;
constexpr auto kLookForDead = 2s;           // for claims of processes that are gone
constexpr auto kDrain = 10s;                // after stop
constexpr std::size_t kReceivers = 10'000;  // breakers kept
constexpr std::size_t kTargets = 100'000;   // remembered
constexpr std::uint32_t kArrived = 5;
constexpr std::uint32_t kRecent = 50;  // messages that tell how a target is

/// What is remembered of a target between its messages.
struct Known {
    bool judge = true;     // its health must be looked at before the next message
    bool told = false;     // that it is disabled
    bool failing = false;  // said of its last call
};

/// What a message takes up: it counts in one place at a time.
class Place {
  public:
    explicit Place(std::size_t& count) : count_(&count) { ++*count_; }
    Place(Place&& other) noexcept : count_(std::exchange(other.count_, nullptr)) {}
    Place& operator=(Place&&) = delete;
    ~Place() {
        if (count_) --*count_;
    }
    void move_to(std::size_t& next) {
        --*count_;
        count_ = &next;
        ++*count_;
    }

  private:
    std::size_t* count_;
};

struct Service {
    Service(std::shared_ptr<Courier> with, std::shared_ptr<WakeUp> waking, harness::Cancellation until)
        : courier(std::move(with)), wake(std::move(waking)), stop(std::move(until)) {}

    std::shared_ptr<Courier> courier;
    std::shared_ptr<WakeUp> wake;
    harness::Cancellation stop;
    std::shared_ptr<Underway> underway = std::make_shared<Underway>();
    std::map<std::string, Breaker> breakers;  // by origin
    std::map<std::string, Known> targets;     // by target key
    std::deque<Message> ready;                // claimed and not begun: claims come in numbers
    std::chrono::steady_clock::time_point looked_for_dead{};
    std::size_t calling = 0;    // attempts under way
    std::size_t held = 0;       // waiting for a breaker
    std::size_t recording = 0;  // attempts that are over and not yet on the disk: others may call meanwhile
    bool failing = false;       // the store, so that it is said once

    [[nodiscard]] std::size_t underway_now() const { return calling + held + recording; }
    [[nodiscard]] bool has_room() const {
        const auto most = courier->options().concurrency;
        return calling < most && held < 4 * most && recording < 4 * most;
    }
    /// Enough is claimed for now.
    [[nodiscard]] bool has_stock() const { return ready.size() > courier->options().concurrency; }
    void notice(const std::string& text) const {
        if (courier->options().notice) courier->options().notice(text);
    }
};

std::string origin_of(const std::string& url) {
    const auto target = net::parse_target(url);
    return target ? target->origin() : url;
}

Breaker& breaker_for(Service& service, const std::string& origin) {
    if (service.breakers.size() >= kReceivers)
        std::erase_if(service.breakers, [](const auto& item) { return !item.second.open_until(); });
    return service.breakers[origin];
}

Known& known_target(Service& service, const std::string& key) {
    if (service.targets.size() >= kTargets && !service.targets.contains(key))
        std::erase_if(service.targets,
                      [](const auto& item) { return !item.second.told && !item.second.failing; });
    return service.targets[key];
}

void store_failed(Service& service, const store::StoreError& error) {
    if (!service.failing) service.notice("webhooks wait: the store fails: " + error.message);
    service.failing = true;
}

/// The attempts of a target's newest messages, and of the newest that arrived: that may be an older one, sent
/// again by hand.
asio::awaitable<Stored<std::vector<store::Attempt>>> recent_attempts(std::shared_ptr<Service> service,
                                                                     std::string key) {
    std::vector<store::Attempt> attempts;
    for (const bool delivered : {false, true}) {
        store::MessageFilter filter;
        filter.target_key = key;
        filter.limit = delivered ? kArrived : kRecent;
        if (delivered) filter.state = MessageState::delivered;
        const auto messages = co_await service->courier->store().messages(std::move(filter));
        if (!messages) co_return messages.error();
        for (const auto& message : *messages) {
            if (message.attempts == 0) continue;
            const auto made = co_await service->courier->store().attempts(message.id);
            if (!made) co_return made.error();
            attempts.insert(attempts.end(), made->begin(), made->end());
        }
    }
    co_return attempts;
}

/// How a target is by what the store knows. Says loudly when it is disabled or enabled again.
asio::awaitable<TargetHealth> judge(std::shared_ptr<Service> service, std::string key, std::string url) {
    TargetHealth health;
    auto attempts = co_await recent_attempts(service, key);
    if (!attempts) co_return health;
    const auto newest =
        std::max_element(attempts->begin(), attempts->end(),
                         [](const auto& a, const auto& b) { return a.started_at < b.started_at; });
    const std::string tried = newest == attempts->end() ? "MESSAGE" : newest->message_id;
    health = judge_target(std::move(*attempts));
    const auto reason = health.disabled(system_clock::now());
    auto& known = service->targets[key];
    if (!reason.empty() && !known.told)
        service->notice("WEBHOOK DISABLED: " + redacted_url(url) + ": " + reason +
                        "; messages to it are given up. Once it is mended, one that arrives enables it: "
                        "ringback webhook retry " +
                        tried);
    if (reason.empty() && known.told) service->notice("webhook enabled again: " + redacted_url(url));
    known.told = known.judge = !reason.empty();
    co_return health;
}

/// Gives a message up without a call. The record says again what disabled the target, so that it stays
/// disabled.
asio::awaitable<void> refuse(std::shared_ptr<Service> service, Message message, TargetHealth health) {
    const auto at = system_clock::now();
    auto attempt = refusal(message, health, at);
    const auto recorded =
        co_await service->courier->store().record_attempt(std::move(attempt), MessageState::dead, at);
    if (!recorded) store_failed(*service, recorded.error());
}

/// Waits until the breaker lets an attempt through. False: not in time.
asio::awaitable<bool> let_through(std::shared_ptr<Service> service, std::string origin, Place& place) {
    const auto give_up = system_clock::now() + kHold;
    while (!breaker_for(*service, origin).allow(system_clock::now())) {
        const auto open_until = breaker_for(*service, origin).open_until().value_or(system_clock::now());
        const auto next = std::max<store::Time>(open_until, system_clock::now() + 200ms);
        if (next > give_up || service->stop.requested()) co_return false;
        place.move_to(service->held);
        service->wake->notify();
        using namespace asio::experimental::awaitable_operators;
        co_await (sleep_until(next) || service->stop.wait());
        place.move_to(service->calling);
    }
    co_return true;
}

/// One answer of any kind but a server's own failure shows a receiver that works.
void tell_breaker(Breaker& breaker, const Outcome& outcome) {
    if (outcome.again())
        breaker.failed(system_clock::now());
    else
        breaker.succeeded();
}

/// Says when a target begins to fail and when it works again, not each call.
void tell_change(Service& service, const std::string& key, const std::string& url, const ErrandResult& done) {
    if (service.stop.requested()) return;  // what is cut at the end says nothing
    auto& known = known_target(service, key);
    if (done.outcome.again() && !std::exchange(known.failing, true))
        service.notice("webhook failing: " + redacted_url(url) + ": " + done.outcome.reason +
                       (done.decision.state == MessageState::due
                            ? "; next try in " + human_wait(system_clock::now(), done.decision.due_at)
                            : ""));
    if (done.decision.state == MessageState::delivered && std::exchange(known.failing, false))
        service.notice("webhook works again: " + redacted_url(url));
}

void start_ready(const std::shared_ptr<Service>& service);

asio::awaitable<void> handle(std::shared_ptr<Service> service, Message message, Place& place) {
    const auto key = message.target_key;
    const auto url = message.url;
    const auto origin = origin_of(url);
    // A message that was tried before is one that a person wants sent again: its delivery enables the target.
    const bool by_hand = message.attempts > 0 && !message.last_error.empty();
    if (known_target(*service, key).judge) {
        auto health = co_await judge(service, key, url);
        if (!by_hand && !health.disabled(system_clock::now()).empty()) {
            co_await refuse(service, std::move(message), health);
            co_return;
        }
    }
    const bool allowed = co_await let_through(service, origin, place);
    if (!allowed) co_return;
    Errand errand;
    errand.timeout = kAttempt;
    errand.keep_alive = true;
    // An attempt that outlasted its claim could be made twice at the same time.
    errand.deadline = net::Deadline::after(message.claimed_until - kSpare - system_clock::now());
    errand.underway = service->underway;
    errand.message = std::move(message);
    errand.called = [&](const Outcome& outcome) {
        tell_breaker(breaker_for(*service, origin), outcome);
        place.move_to(service->recording);
        start_ready(service);
        if (!service->has_stock()) service->wake->notify();
    };
    const auto done = co_await service->courier->run(std::move(errand));
    if (done.error)
        store_failed(*service, *done.error);
    else
        service->failing = false;
    tell_change(*service, key, url, done);
    if (done.decision.state == MessageState::dead && done.outcome.verdict != Verdict::gone)
        service->notice("webhook given up: " + redacted_url(url) + ": " + done.decision.reason);
    if (done.decision.state == MessageState::delivered && !known_target(*service, key).told) co_return;
    // Set before anything is awaited: the next message may be on its way.
    known_target(*service, key).judge = true;
    static_cast<void>(co_await judge(service, key, url));
}

asio::awaitable<void> handle_and_tell(std::shared_ptr<Service> service, Message message, Place started) {
    try {
        Place place = std::move(started);
        co_await handle(service, std::move(message), place);
    } catch (const std::exception& broken) {
        service->notice(std::string("a webhook call broke off: ") + broken.what());
    }
    start_ready(service);
    if (!service->has_stock() || service->stop.requested()) service->wake->notify();
}

/// Begins what is claimed, as far as there is room.
void start_ready(const std::shared_ptr<Service>& service) {
    while (!service->ready.empty() && service->has_room() && !service->stop.requested()) {
        auto message = std::move(service->ready.front());
        service->ready.pop_front();
        asio::co_spawn(service->courier->executor(),
                       handle_and_tell(service, std::move(message), Place(service->calling)), asio::detached);
    }
}

/// Lets go of what waits behind slow receivers: another process may have room.
asio::awaitable<void> let_go_of_waiting(std::shared_ptr<Service> service) {
    while (!service->ready.empty() &&
           service->ready.front().claimed_until - system_clock::now() < kClaim - kReady) {
        const auto id = service->ready.front().id;
        service->ready.pop_front();
        static_cast<void>(co_await service->courier->store().release_messages(service->courier->owner(), id));
    }
}

enum class Due { more, later, enough };

/// Claims and starts what is due: for every place one, and as many again to go on with.
asio::awaitable<Due> start_due(std::shared_ptr<Service> service) {
    co_await let_go_of_waiting(service);
    if (service->has_stock() || !service->has_room()) co_return Due::enough;
    const auto wanted =
        static_cast<std::uint32_t>(3 * service->courier->options().concurrency - service->ready.size());
    const auto now = system_clock::now();
    auto claimed = co_await service->courier->store().claim_messages(service->courier->owner(), now,
                                                                     now + kClaim, wanted, std::string());
    if (!claimed) {
        store_failed(*service, claimed.error());
        co_await service->wake->wait(kAfterError);
        co_return Due::later;
    }
    if (!claimed->empty()) fault_point("after-claim");
    service->failing = false;
    std::move(claimed->begin(), claimed->end(), std::back_inserter(service->ready));
    start_ready(service);
    co_return claimed->size() == wanted ? Due::more : Due::later;
}

/// A process that was killed beside this one leaves its claims behind.
asio::awaitable<void> look_for_dead(std::shared_ptr<Service> service) {
    const auto now = std::chrono::steady_clock::now();
    if (now - service->looked_for_dead < kLookForDead) co_return;
    service->looked_for_dead = now;
    static_cast<void>(co_await service->courier->release_dead_claims());
}

asio::awaitable<void> wait_for_work(std::shared_ptr<Service> service, bool enough) {
    co_await look_for_dead(service);
    std::chrono::nanoseconds wait = kLook;
    // With enough to do there is nothing to look for until some of it is done, which is told.
    const auto due = enough ? store::Stored<std::optional<store::Time>>(std::nullopt)
                            : co_await service->courier->store().next_due();
    if (due && *due) wait = std::clamp<std::chrono::nanoseconds>(**due - system_clock::now(), 5ms, kLook);
    using namespace asio::experimental::awaitable_operators;
    co_await (service->wake->wait(wait) || service->stop.wait());
}

asio::awaitable<void> finish(std::shared_ptr<Service> service) {
    const auto end = system_clock::now() + kDrain;
    while (service->underway_now() > 0 && system_clock::now() < end)
        co_await service->wake->wait(end - system_clock::now());
    service->underway->cut();
    // What was cut is recorded as a failed attempt; that takes a moment.
    const auto last = system_clock::now() + 2s;
    while (service->underway_now() > 0 && system_clock::now() < last)
        co_await service->wake->wait(last - system_clock::now());
    static_cast<void>(co_await service->courier->store().release_messages(service->courier->owner()));
}

}  // namespace

asio::awaitable<void> WakeUp::wait(std::chrono::nanoseconds at_most) {
    if (!pending_ && at_most > 0ns) {
        timer_.expires_after(at_most);
        co_await timer_.async_wait(asio::as_tuple(asio::use_awaitable));
    }
    pending_ = false;
}

asio::awaitable<void> serve(std::shared_ptr<Courier> courier, std::shared_ptr<WakeUp> wake,
                            harness::Cancellation stop) {
    const auto service = std::make_shared<Service>(courier, wake, stop);
    while (!stop.requested()) {
        const auto due = co_await start_due(service);
        if (due != Due::more && !stop.requested()) co_await wait_for_work(service, due == Due::enough);
    }
    co_await finish(service);
}

}  // namespace ringback::webhook
