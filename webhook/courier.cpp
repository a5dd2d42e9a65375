#include "webhook/courier.hpp"

#include "run-options/redaction.hpp"
#include "webhook/fault_point.hpp"
#include "webhook/message.hpp"
#include "webhook/recovery.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <cstdio>

namespace ringback::webhook {
namespace {

namespace asio = boost::asio;
using store::Stored;

store::Attempt cut_off(const std::string& message_id, std::uint32_t number, const Outcome& outcome) {
    store::Attempt record;
    record.message_id = message_id;
    record.number = number;
    record.started_at = std::chrono::system_clock::now();
    record.outcome = to_string(outcome.verdict);
    record.error = outcome.reason;
    record.detail = attempt_detail(net::Exchange{}, outcome);
    return record;
}

Progress progress_of(const store::Message& message, Progress::Step step) {
    Progress progress;
    progress.step = step;
    progress.message_id = message.id;
    progress.url = redacted_url(message.url);
    progress.event = message.event;
    progress.attempt = message.attempts + 1;
    return progress;
}

Progress progress_of(const store::Message& message, const Decision& decision, const Outcome& outcome,
                     store::Time now) {
    auto progress = progress_of(message, Progress::Step::delivered);
    if (decision.state == store::MessageState::dead) {
        progress.step = Progress::Step::dead;
        progress.text = decision.reason;
    } else if (decision.state == store::MessageState::due) {
        progress.step = decision.parked ? Progress::Step::parked : Progress::Step::waiting;
        progress.text = outcome.reason + "; next try in " + human_wait(now, decision.due_at);
    }
    return progress;
}

}  // namespace

void Underway::cut() {
    // An attempt that ends removes itself from the list.
    for (auto at = signals_.begin(); at != signals_.end();) {
        const auto current = at++;
        current->emit(asio::cancellation_type::terminal);
    }
}

Courier::Courier(asio::any_io_executor executor, store::Store& store, DeliveryOptions options)
    : executor_(executor),
      store_(store),
      options_(std::move(options)),
      owner_(options_.owner + ":" + make_message_id().substr(20, 6)),
      client_(executor),
      engine_(std::random_device{}()) {
    if (!options_.name_servers.empty()) client_.use_name_servers(options_.name_servers);
}

asio::awaitable<AttemptResult> Courier::attempt(store::Message message, AttemptSettings settings,
                                                std::shared_ptr<Underway> underway) {
    const auto signal = underway->add();
    const auto number = message.attempts + 1;
    const auto message_id = message.id;
    auto trying = make_attempt(client_, message, number, std::move(settings));
    AttemptResult result;
    // Only the attempt is cancelled, not what follows from it: it must be recorded.
    try {
        result = co_await asio::co_spawn(executor_, std::move(trying),
                                         asio::bind_cancellation_slot(signal->slot(), asio::use_awaitable));
    } catch (const std::exception& cut) {
        // Cut before the first byte, or the client broke its word: either way this was an attempt that
        // failed.
        result.outcome.reason = std::string("the attempt was cut off: ") + cut.what();
        result.record = cut_off(message_id, number, result.outcome);
    }
    underway->remove(signal);
    co_return result;
}

asio::awaitable<ErrandResult> Courier::run(Errand errand) {
    if (errand.progress) errand.progress(progress_of(errand.message, Progress::Step::attempting));
    AttemptSettings settings;
    settings.version = options_.version;
    settings.policy = &options_.policy;
    settings.proxy = options_.proxy;
    settings.timeout = errand.timeout;
    settings.keep_alive = errand.keep_alive;
    settings.deadline = errand.deadline;
    auto attempted = co_await attempt(errand.message, std::move(settings), errand.underway);
    if (errand.called) errand.called(attempted.outcome);

    ErrandResult result;
    result.outcome = std::move(attempted.outcome);
    if (!result.outcome.connected)
        ++errand.standing.failed_connects;
    else
        errand.standing.failed_connects = 0;
    if (result.outcome.again()) {
        const auto steps = co_await long_steps(errand.message.id);
        if (steps) errand.standing.long_steps = *steps;
    }
    const auto now = std::chrono::system_clock::now();
    const Random random = [this] { return std::uniform_real_distribution<double>(0, 1)(engine_); };
    result.decision = decide(result.outcome, errand.standing, now, random);
    if (result.decision.takes_step)
        attempted.record.detail = attempt_detail(attempted.exchange, result.outcome, true);
    if (result.decision.state == store::MessageState::dead) attempted.record.error = result.decision.reason;
    const auto recorded = co_await store_.record_attempt(std::move(attempted.record), result.decision.state,
                                                         result.decision.due_at);
    if (!recorded) result.error = recorded.error();
    fault_point("after-record");
    if (errand.progress) errand.progress(progress_of(errand.message, result.decision, result.outcome, now));
    co_return result;
}

asio::awaitable<Stored<std::uint32_t>> Courier::long_steps(std::string message_id) {
    const auto attempts = co_await store_.attempts(std::move(message_id));
    if (!attempts) co_return attempts.error();
    co_return static_cast<std::uint32_t>(
        std::count_if(attempts->begin(), attempts->end(),
                      [](const auto& attempt) { return read_detail(attempt.detail).took_step; }));
}

asio::awaitable<Stored<std::optional<store::Time>>> Courier::not_before(std::string message_id) {
    const auto attempts = co_await store_.attempts(std::move(message_id));
    if (!attempts) co_return attempts.error();
    std::optional<store::Time> floor;
    if (!attempts->empty()) floor = read_detail(attempts->back().detail).not_before;
    co_return floor;
}

asio::awaitable<Stored<void>> Courier::release_dead_claims() {
    const auto owners = co_await store_.claim_owners();
    if (!owners) co_return owners.error();
    for (const auto& owner : *owners) {
        if (!owner_is_gone(owner)) continue;
        const auto released = co_await store_.release_messages(owner);
        if (!released) co_return released.error();
    }
    co_return Stored<void>();
}

std::string human_wait(store::Time from, store::Time to) {
    const auto ms =
        std::max<std::int64_t>(0, std::chrono::ceil<std::chrono::milliseconds>(to - from).count());
    char text[32];
    if (ms < 10'000)
        std::snprintf(text, sizeof text, "%.1f s", static_cast<double>(ms) / 1e3);
    else if (ms < 120'000)
        std::snprintf(text, sizeof text, "%lld s", static_cast<long long>((ms + 999) / 1000));
    else if (ms < 2 * 3'600'000)
        std::snprintf(text, sizeof text, "%lld min", static_cast<long long>((ms + 59'999) / 60'000));
    else
        std::snprintf(text, sizeof text, "%lld h", static_cast<long long>((ms + 1'800'000) / 3'600'000));
    return text;
}

asio::awaitable<void> sleep_until(store::Time at) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    timer.expires_after(std::max(std::chrono::nanoseconds(0),
                                 std::chrono::nanoseconds(at - std::chrono::system_clock::now())));
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

}  // namespace ringback::webhook
