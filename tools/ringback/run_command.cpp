// `ringback run`: loads every test, runs them, prints and writes what came out, and calls their webhooks.
#include "harness/executor.hpp"
#include "harness/report/html.hpp"
#include "harness/report/json.hpp"
#include "harness/report/junit.hpp"
#include "harness/report/terminal.hpp"
#include "harness/webrtc/external_values.hpp"
#include "store/store.hpp"
#include "tools/ringback/run_settings.hpp"
#include "tools/version.hpp"
#include "webhook/delivery.hpp"
#include "webhook/notifier.hpp"
#include "webhook/recovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iostream>

namespace ringback {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto kInlineBudget = 30s;
constexpr auto kDrainBudget = 5s;
constexpr std::size_t kOldRunsAtOnce = 100;

/// Everything printed while tests run goes through here, so that the live line and the results never mix.
class Console {
  public:
    Console(const RunSettings& settings, bool one_at_a_time)
        : settings_(settings),
          out_style_{color_on(STDOUT_FILENO), columns_of(STDOUT_FILENO)},
          results_to_stdout_(std::none_of(settings.reports.begin(), settings.reports.end(),
                                          [](const auto& r) { return r.path == "-"; })),
          live_(isatty(STDERR_FILENO) && one_at_a_time),
          progress_([](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); },
                    {color_on(STDERR_FILENO), columns_of(STDERR_FILENO)}) {}

    [[nodiscard]] harness::ProgressLine* progress() { return live_ ? &progress_ : nullptr; }
    [[nodiscard]] bool live() const { return live_; }

    /// Results: standard output, unless a report was asked for there.
    void result(const std::string& text) {
        progress_.clear();
        auto* stream = results_to_stdout_ ? stdout : stderr;
        std::fwrite(text.data(), 1, text.size(), stream);
        std::fflush(stream);
    }
    /// Everything else: standard error.
    void say(const std::string& text) {
        progress_.clear();
        std::fprintf(stderr, "%s\n", text.c_str());
    }
    void tick() {
        if (live_) progress_.tick();
    }
    void note(const std::string& text) {
        if (live_) progress_.note(text);
    }
    [[nodiscard]] const harness::TerminalStyle& style() const { return out_style_; }

  private:
    const RunSettings& settings_;
    harness::TerminalStyle out_style_;
    bool results_to_stdout_, live_;
    harness::ProgressLine progress_;
};

/// Prints what scripts and browsers log, for --verbose.
class LogPrinter : public harness::Observer {
  public:
    explicit LogPrinter(Console& console) : console_(console) {}
    void on_event(const harness::Run&, const harness::RunEvent& event) override {
        const auto* line = std::get_if<harness::Logged>(&event);
        if (line)
            console_.say("  " +
                         (line->probe ? "probe " + std::to_string(line->probe) + ": " : std::string{}) +
                         line->line.text);
    }

  private:
    Console& console_;
};

/// Calls webhooks that asked to hear of the start, while the run goes on.
class StartCaller : public harness::Observer {
  public:
    StartCaller(asio::io_context& io, webhook::Delivery& delivery, const webhook::Notifier& notifier)
        : io_(io), delivery_(delivery), notifier_(notifier), stop_(io.get_executor()), ended_(io) {
        ended_.expires_at(asio::steady_timer::time_point::max());
    }

    asio::awaitable<void> on_started(const harness::Run& run) override {
        if (notifier_.error() || notifier_.messages() == 0) co_return;
        calling_ = true;
        auto calls = delivery_.deliver_inline(run.id, kInlineBudget, webhook::OnProgress(), stop_);
        asio::co_spawn(io_, std::move(calls), [this](std::exception_ptr failure, webhook::InlineOutcome) {
            failure_ = failure;
            calling_ = false;
            ended_.cancel();
        });
    }
    /// The run is over: what is not delivered soon is left to the calls of its end.
    void hurry() { stop_.request("the run is over"); }
    asio::awaitable<void> finish() {
        boost::system::error_code ignored;
        while (calling_)
            co_await ended_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (failure_) std::rethrow_exception(failure_);
    }

  private:
    asio::io_context& io_;
    webhook::Delivery& delivery_;
    const webhook::Notifier& notifier_;
    harness::Cancellation stop_;
    asio::steady_timer ended_;
    std::exception_ptr failure_;
    bool calling_ = false;
};

std::string report_text(const std::string& format, const std::vector<harness::Run>& runs) {
    return format == "html"    ? harness::html_report(runs)
           : format == "json"  ? harness::json_report(runs)
           : format == "junit" ? harness::junit_report(runs)
                               : harness::tap_report(runs);
}

/// To a file, or with the path "-" to standard output. Gives why that cannot be.
std::optional<std::string> write_whole(const std::string& path, const std::string& text) {
    const bool to_stdout = path == "-";
    std::FILE* stream = to_stdout ? stdout : std::fopen(path.c_str(), "wb");
    if (!stream) return std::strerror(errno);
    const bool written =
        std::fwrite(text.data(), 1, text.size(), stream) == text.size() && std::fflush(stream) == 0;
    const int reason = errno;
    if (!to_stdout) std::fclose(stream);
    return written ? std::nullopt : std::optional<std::string>(std::strerror(reason));
}

class Session {
  public:
    Session(asio::io_context& io, RunSettings settings, std::unique_ptr<store::Store> store)
        : io_(io),
          settings_(std::move(settings)),
          store_(std::move(store)),
          console_(settings_, settings_.jobs == 1 || settings_.tests.size() == 1),
          owner_(webhook::make_owner()),
          runs_stop_(io.get_executor()),
          calls_stop_(io.get_executor()),
          leases_stop_(io.get_executor()),
          delivery_(io.get_executor(), *store_, delivery_options()) {}

    asio::awaitable<int> run() {
        asio::co_spawn(io_, watch_signals(), asio::detached);
        asio::co_spawn(io_, tick(), asio::detached);
        asio::co_spawn(io_, webhook::keep_leases(*store_, owner_, webhook::Publisher{}.lease, leases_stop_),
                       asio::detached);
        const bool listening = take_external_values();
        if (listening) co_await settle_earlier_runs();
        results_.resize(settings_.tests.size());
        if (!listening) next_ = settings_.tests.size();
        unsigned workers = 0;
        asio::steady_timer all_done(io_, asio::steady_timer::time_point::max());
        for (unsigned i = 0; i < std::min<std::size_t>(settings_.jobs, settings_.tests.size()); ++i) {
            ++workers;
            asio::co_spawn(io_, work(), [&](std::exception_ptr failure) {
                if (failure && !failure_) failure_ = failure;
                if (--workers == 0) all_done.cancel();
            });
        }
        while (workers) {
            boost::system::error_code ignored;
            co_await all_done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        }
        if (failure_) std::rethrow_exception(failure_);
        leases_stop_.request("done");
        finished_ = true;
        if (values_server_) co_await values_server_->stop();
        signals_.cancel();
        ticker_.cancel();
        co_return conclude();
    }

  private:
    webhook::DeliveryOptions delivery_options() {
        auto options = settings_.delivery;
        options.owner = owner_;
        options.version = kVersion;
        options.notice = [this](const std::string& text) { console_.say("ringback: " + text); };
        return options;
    }

    /// Runs that a crash cut short are ended, and what is still in the outbox is tried once more.
    asio::awaitable<void> settle_earlier_runs() {
        const auto ended = co_await webhook::end_interrupted_runs(*store_, owner_);
        if (!ended) {
            trouble(ended.error().message);
        } else if (*ended) {
            console_.say(
                "ringback: ended " + std::to_string(*ended) +
                (*ended == 1 ? " earlier run that was interrupted" : " earlier runs that were interrupted"));
        }
        const auto drained =
            co_await delivery_.drain(kDrainBudget, false, webhook::OnProgress{}, calls_stop_);
        if (drained.error) trouble(drained.error->message);
        static_cast<void>(co_await webhook::remove_old_runs(
            *store_, settings_.keep, std::chrono::system_clock::now(), kOldRunsAtOnce));
        if (drained.delivered)
            console_.say("ringback: delivered " + std::to_string(drained.delivered) +
                         (drained.delivered == 1 ? " webhook call" : " webhook calls") + " of earlier runs");
    }

    /// False when that cannot be: then nothing is run.
    bool take_external_values() {
        if (settings_.external_values.empty()) return true;
        external_values_ = std::make_shared<harness::ExternalValues>();
        values_server_ =
            std::make_unique<harness::ExternalValuesServer>(io_.get_executor(), external_values_);
        if (const auto wrong = values_server_->start(settings_.external_values); !wrong.empty()) {
            trouble("--external-values: " + wrong);
            return false;
        }
        console_.say("ringback: external values are taken at " + values_server_->url() + "{session name}");
        return true;
    }

    asio::awaitable<void> work() {
        while (next_ < settings_.tests.size() && !runs_stop_.requested()) {
            const auto index = next_++;
            co_await run_test(index);
        }
    }

    asio::awaitable<void> run_test(std::size_t index) {
        const auto& planned = settings_.tests[index];
        const auto tries = planned.options.max_tries();
        std::vector<std::string> failed_before;
        for (std::uint32_t number = 1; number <= tries; ++number) {
            harness::Execution execution;
            execution.options = planned.options;
            execution.location = settings_.location;
            execution.environment = settings_.environment;
            execution.variables = settings_.variables;
            execution.artifacts = settings_.artifacts;
            execution.chromium = settings_.chromium;
            execution.network_emulation = settings_.network_emulation;
            execution.external_values = external_values_;
            execution.try_number = number;
            webhook::Publisher publisher;
            publisher.version = kVersion;
            publisher.owner = owner_;
            publisher.base_url = settings_.base_url;
            publisher.more_tries = number < tries;
            publisher.failed_before = failed_before;
            if (planned.options.webhooks.size()) publisher.commit = webhook::read_commit(".");
            webhook::Notifier notifier(*store_, planned.options.webhooks, publisher);
            StartCaller start_caller(io_, delivery_, notifier);
            LogPrinter log(console_);
            std::vector<harness::Observer*> observers{&notifier, &start_caller};
            if (console_.progress()) observers.push_back(console_.progress());
            if (settings_.verbose) observers.push_back(&log);
            auto run = co_await harness::execute(planned.test, std::move(execution), std::move(observers),
                                                 runs_stop_);
            start_caller.hurry();
            if (notifier.error()) trouble(notifier.error()->message);
            if (!settings_.quiet || !is_pass(run.status))
                console_.result(harness::render_run(run, console_.style()));
            if (run.engine_unavailable) unable_ = true;
            const bool again =
                !is_pass(run.status) && number < tries && !runs_stop_.requested() && !run.engine_unavailable;
            for (auto& check : webhook::failed_checks(run))
                failed_before.push_back(std::move(check));
            const auto id = run.id;
            results_[index] = std::move(run);
            if (notifier.messages() && !notifier.error()) co_await call_webhooks(id);
            co_await start_caller.finish();
            if (!again) co_return;
        }
    }

    asio::awaitable<void> call_webhooks(std::string run_id) {
        webhook::OnProgress progress = [this](const webhook::Progress& p) {
            console_.note("webhook " + p.url + (p.text.empty() ? "" : ": " + p.text));
        };
        const auto outcome = co_await delivery_.deliver_inline(std::move(run_id), kInlineBudget,
                                                               std::move(progress), calls_stop_);
        console_.note("");
        if (outcome.error) trouble(outcome.error->message);
        std::string text;
        for (const auto& target : outcome.targets) {
            const bool delivered = target.state == store::MessageState::delivered;
            if (!delivered) undelivered_ = true;
            if (settings_.quiet && delivered) continue;
            text += std::string("  webhook ") +
                    (delivered                                  ? "delivered  "
                     : target.state == store::MessageState::due ? "parked     "
                                                                : "given up   ") +
                    target.url;
            if (!delivered) text += "  (" + target.reason + ")";
            text += "\n";
        }
        console_.result(text + (text.empty() ? "" : "\n"));
    }

    void trouble(const std::string& message) {
        unable_ = true;
        console_.say("ringback: " + message);
    }

    /// First Ctrl-C: runs end as canceled, calls get 2 s. Second: out at once; the outbox has what is left.
    asio::awaitable<void> watch_signals() {
        boost::system::error_code error;
        co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (error || finished_) co_return;
        interrupted_ = true;
        console_.say(
            "ringback: interrupted; ending the run and calling its webhooks (again to leave at once)");
        runs_stop_.request("canceled by the user");
        calls_stop_.request("interrupted");
        co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (!error && !finished_) _exit(kInterrupted);
    }

    asio::awaitable<void> tick() {
        while (!finished_ && console_.live()) {
            ticker_.expires_after(250ms);
            boost::system::error_code error;
            co_await ticker_.async_wait(asio::redirect_error(asio::use_awaitable, error));
            if (!error) console_.tick();
        }
    }

    bool write_reports(const std::vector<harness::Run>& runs) {
        bool well = true;
        for (const auto& wish : settings_.reports)
            if (const auto why = write_whole(wish.path, report_text(wish.format, runs))) {
                console_.say("ringback: cannot write the report " +
                             (wish.path == "-" ? "to standard output" : wish.path) + ": " + *why);
                well = false;
            }
        return well;
    }

    int conclude() {
        std::vector<harness::Run> runs;
        std::string not_started;
        for (std::size_t i = 0; i < results_.size(); ++i)
            if (results_[i])
                runs.push_back(std::move(*results_[i]));
            else
                not_started += (not_started.empty() ? "" : ", ") + settings_.tests[i].test.name;
        if (!not_started.empty()) console_.say("ringback: not started: " + not_started);
        console_.result(harness::render_verdicts(runs, console_.style()));
        if (!write_reports(runs)) unable_ = true;
        const bool passed = std::all_of(runs.begin(), runs.end(),
                                        [](const harness::Run& run) { return is_pass(run.status); });
        if (interrupted_) return kInterrupted;
        if (unable_) return kUnable;
        if (!passed) return kFailed;
        return settings_.webhook_required && undelivered_ ? kUndelivered : kPassed;
    }

    asio::io_context& io_;
    RunSettings settings_;
    std::unique_ptr<store::Store> store_;
    Console console_;
    std::string owner_;
    harness::Cancellation runs_stop_, calls_stop_, leases_stop_;
    webhook::Delivery delivery_;
    asio::signal_set signals_{io_, SIGINT, SIGTERM};
    asio::steady_timer ticker_{io_};
    std::vector<std::optional<harness::Run>> results_;  ///< per test, its last try
    std::size_t next_ = 0;
    std::exception_ptr failure_;
    std::shared_ptr<harness::ExternalValues> external_values_;
    std::unique_ptr<harness::ExternalValuesServer> values_server_;
    bool interrupted_ = false, unable_ = false, undelivered_ = false, finished_ = false;
};

}  // namespace

int run_command(Arguments arguments) {
    auto read = read_run_settings(arguments);
    if (const auto* code = std::get_if<int>(&read)) return *code;
    auto settings = std::get<RunSettings>(std::move(read));
    auto store = store::open_sqlite(settings.state_directory);
    if (!store) {
        std::fprintf(stderr, "ringback: %s\n", store.error().message.c_str());
        return kUnable;
    }
    if (const auto why = harness::unusable_artifacts(settings.artifacts)) {
        std::fprintf(stderr, "ringback: --artifacts: %s\n", why->c_str());
        return kUnable;
    }
    asio::io_context io(1);
    Session session(io, std::move(settings), std::move(*store));
    int code = kUnable;
    std::exception_ptr failure;
    asio::co_spawn(io, session.run(), [&](std::exception_ptr error, int result) {
        failure = error;
        code = result;
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return code;
}

}  // namespace ringback
