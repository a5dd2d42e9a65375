#include "monitors/service.hpp"

#include "harness/report/terminal.hpp"
#include "webhook/notifier.hpp"
#include "webhook/recovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/spdlog.h>

namespace ringback::monitors {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

constexpr auto kLookForInterrupted = 5s;
constexpr auto kClaimBeyondRun = 60s;
constexpr auto kClockDifference = 60s;  ///< between nodes
constexpr auto kLongestSleep = 60s;     ///< the system clock may be set: look again at least this often

std::vector<Planner::Entry> entries_of(const Configuration& configuration) {
    std::vector<Planner::Entry> entries;
    for (const auto& monitor : configuration.monitors)
        entries.push_back({monitor.name, monitor.schedule});
    return entries;
}

Time now() {
    return std::chrono::system_clock::now();
}

/// Waits on the timer; false when it was cancelled.
asio::awaitable<bool> wait(asio::steady_timer& timer) {
    boost::system::error_code error;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

}  // namespace

Service::Service(asio::io_context& io, store::Store& store, Configuration configuration,
                 ServiceOptions options)
    : io_(io),
      store_(store),
      configuration_(std::move(configuration)),
      options_(std::move(options)),
      delivery_(io.get_executor(), store_, options_.delivery),
      planner_(entries_of(configuration_), now()),
      runs_stop_(io.get_executor()),
      deliveries_stop_(io.get_executor()),
      leases_stop_(io.get_executor()),
      changed_(io, asio::steady_timer::time_point::max()) {}

asio::awaitable<void> Service::run(harness::Cancellation stop) {
    co_await end_interrupted_runs();
    asio::co_spawn(io_, look_for_interrupted_runs(leases_stop_), asio::detached);
    asio::co_spawn(
        io_, webhook::keep_leases(store_, options_.publisher.owner, options_.publisher.lease, leases_stop_),
        asio::detached);
    delivering_ = true;
    asio::co_spawn(io_, deliver(deliveries_stop_), asio::detached);
    for (std::size_t i = 0; i < configuration_.monitors.size(); ++i)
        spdlog::info("monitor '{}' is next due at {}", configuration_.monitors[i].name,
                     harness::iso8601(planner_.next_due(i)));

    co_await plan(stop);
    spdlog::info("stopping: {}; {} run(s) under way", stop.reason(), running_);
    co_await finish_runs();
    deliveries_stop_.request("the service stops");
    while (delivering_)
        co_await wait(changed_);
    leases_stop_.request("the service stops");
    const auto released = co_await store_.release_messages(options_.publisher.owner);
    if (!released) spdlog::error("{}", released.error().message);
    const auto left = co_await store_.next_due();
    if (left && *left)
        spdlog::warn("undelivered webhook calls stay in the outbox; they go out with the next start");
    spdlog::info("stopped");
}

asio::awaitable<void> Service::end_interrupted_runs() {
    const auto ended = co_await webhook::end_interrupted_runs(store_, options_.publisher.owner);
    if (!ended && !store_failing_) spdlog::error("{}", ended.error().message);
    store_failing_ = !ended;
    if (!ended || !*ended) co_return;
    spdlog::warn("ended {} earlier run(s) that were interrupted", *ended);
    delivery_.wake();
}

/// Others work on the same state: another service, or `ringback run`. They may die while this one lives.
asio::awaitable<void> Service::look_for_interrupted_runs(harness::Cancellation stop) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(io_);
    for (;;) {
        timer.expires_after(kLookForInterrupted);
        co_await (wait(timer) || stop.wait());
        if (stop.requested()) co_return;
        co_await end_interrupted_runs();
    }
}

asio::awaitable<void> Service::plan(harness::Cancellation stop) {
    using namespace asio::experimental::awaitable_operators;
    asio::steady_timer timer(io_);
    while (!stop.requested()) {
        const auto due = planner_.advance(now());
        for (const auto index : due.skipped)
            spdlog::warn("monitor '{}' is due while its last run is still under way: skipped",
                         configuration_.monitors[index].name);
        for (const auto index : due.start) {
            ++running_;
            asio::co_spawn(io_, run_monitor(index, planner_.started_for(index)),
                           [this, index](std::exception_ptr failure) {
                               if (failure)
                                   spdlog::error("monitor '{}': ringback itself failed",
                                                 configuration_.monitors[index].name);
                               planner_.ended(index);
                               --running_;
                               changed_.cancel();
                           });
        }
        auto sleep = due.again
                         ? std::chrono::duration_cast<std::chrono::milliseconds>(*due.again - now()) + 1ms
                         : 60000ms;
        timer.expires_after(std::clamp<std::chrono::milliseconds>(sleep, 1ms, kLongestSleep));
        co_await (wait(timer) || stop.wait());
    }
}

asio::awaitable<store::MonitorState> Service::state_of(const Monitor& monitor) {
    store::MonitorState state;
    state.name = monitor.name;
    const auto states = co_await store_.monitors();
    if (!states) {
        spdlog::error("monitor '{}': {}", monitor.name, states.error().message);
        co_return state;
    }
    for (const auto& known : *states)
        if (known.name == monitor.name) state = known;
    co_return state;
}

asio::awaitable<bool> Service::claim(const Monitor& monitor) {
    const auto& owner = options_.publisher.owner;
    for (int attempt = 1; attempt <= 2; ++attempt) {
        const auto until = now() + monitor.options.run_timeout() + kClaimBeyondRun;
        const auto claimed = co_await store_.claim_monitor(monitor.name, owner, now(), until);
        if (!claimed) spdlog::error("monitor '{}': {}", monitor.name, claimed.error().message);
        if (!claimed || *claimed) co_return claimed.has_value();
        // Held by another. One that died without a word would keep it until its claim runs out.
        const auto state = co_await state_of(monitor);
        if (attempt == 2 || !webhook::owner_is_gone(state.claimed_by)) break;
        static_cast<void>(co_await store_.release_monitor(monitor.name, state.claimed_by));
    }
    co_return false;
}

asio::awaitable<void> Service::run_monitor(std::size_t index, Time due) {
    const auto& monitor = configuration_.monitors[index];
    const bool claimed = co_await claim(monitor);
    if (!claimed) co_return;
    const auto state = co_await state_of(monitor);
    // Another node may have run this instant already, start to end. A clock that was set back must not keep
    // the monitor from running, so that an instant of the future does not count.
    const bool done =
        state.last_started && *state.last_started >= due && *state.last_started <= now() + kClockDifference;
    if (!done) co_await run_tries(index, due, state);
    const auto released = co_await store_.release_monitor(monitor.name, options_.publisher.owner);
    if (!released) spdlog::error("monitor '{}': {}", monitor.name, released.error().message);
}

asio::awaitable<void> Service::run_tries(std::size_t index, Time due, store::MonitorState state) {
    const auto& monitor = configuration_.monitors[index];
    const std::uint32_t tries =
        std::max<std::uint32_t>(monitor.options.max_tries(), monitor.retry_on_failure ? 2 : 1);
    bool passed = false, again = true;
    auto publisher = options_.publisher;
    for (std::uint32_t number = 1; number <= tries && again && !runs_stop_.requested(); ++number) {
        if (number > 1) static_cast<void>(co_await claim(monitor));  // for as long as another run may take
        publisher.more_tries = number < tries;
        const auto run = co_await run_once(monitor, number, publisher);
        for (auto& check : webhook::failed_checks(run))
            publisher.failed_before.push_back(std::move(check));
        passed = is_pass(run.status);
        again = run.worth_retrying();
        const auto text = fmt::format("monitor '{}' {} in {} ({})", monitor.name, to_string(run.status),
                                      harness::human_duration(run.duration), run.id);
        if (passed)
            spdlog::info("{}", text);
        else
            spdlog::warn("{}: {}", text, run.failure_reasons.empty() ? "" : run.failure_reasons.front());
    }
    state.last_started = due;
    state.next_due = planner_.next_due(index);
    state.consecutive_failures = passed ? 0 : state.consecutive_failures + 1;
    const auto saved = co_await store_.save_monitor(std::move(state));
    if (!saved) spdlog::error("monitor '{}': {}", monitor.name, saved.error().message);
}

asio::awaitable<harness::Run> Service::run_once(const Monitor& monitor, std::uint32_t try_number,
                                                webhook::Publisher publisher) {
    harness::Execution execution;
    execution.options = monitor.options;
    execution.type = RunType::monitor;
    execution.location = configuration_.location;
    execution.environment = monitor.environment;
    execution.monitor = monitor.name;
    for (const auto& [name, value] : monitor.variables)
        execution.variables.set(name, value);
    execution.artifacts = configuration_.artifacts;
    execution.chromium = configuration_.chromium;
    execution.external_values = options_.external_values;
    execution.try_number = try_number;
    webhook::Notifier notifier(store_, monitor.options.webhooks, std::move(publisher));
    std::vector<harness::Observer*> observers{&notifier};
    auto run =
        co_await harness::execute(*monitor.test, std::move(execution), std::move(observers), runs_stop_);
    if (notifier.error()) spdlog::error("monitor '{}': {}", monitor.name, notifier.error()->message);
    if (notifier.messages()) delivery_.wake();
    co_return run;
}

asio::awaitable<void> Service::finish_runs() {
    asio::steady_timer grace(io_);
    grace.expires_after(options_.grace);
    asio::co_spawn(
        io_,
        [](asio::steady_timer& timer, harness::Cancellation runs) -> asio::awaitable<void> {
            if (co_await wait(timer)) runs.request("the service was stopped");
        }(grace, runs_stop_),
        asio::detached);
    while (running_)
        co_await wait(changed_);
    grace.cancel();
}

asio::awaitable<void> Service::deliver(harness::Cancellation stop) {
    co_await delivery_.serve(stop);
    delivering_ = false;
    changed_.cancel();
}

}  // namespace ringback::monitors
