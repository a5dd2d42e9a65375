#include "harness/executor.hpp"

#include "harness/endpoint/endpoint_engine.hpp"
#include "harness/report/json.hpp"
#include "harness/run/engine.hpp"
#include "harness/webrtc/webrtc_engine.hpp"
#include "run-options/redaction.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cerrno>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace ringback::harness {

namespace asio = boost::asio;

// ---- Cancellation
// -------------------------------------------------------------------------------------------------

struct Cancellation::State {
    explicit State(asio::any_io_executor executor)
        : signal(executor, asio::steady_timer::time_point::max()) {}
    asio::steady_timer signal;  // never fires; cancelled when the request comes
    std::string reason;
    bool requested = false;
};

Cancellation::Cancellation(asio::any_io_executor executor)
    : state_(std::make_shared<State>(std::move(executor))) {}

void Cancellation::request(std::string reason) {
    if (state_->requested) return;
    state_->requested = true;
    state_->reason = std::move(reason);
    state_->signal.cancel();
}

bool Cancellation::requested() const noexcept {
    return state_->requested;
}
const std::string& Cancellation::reason() const noexcept {
    return state_->reason;
}

asio::awaitable<void> Cancellation::wait() const {
    const auto state = state_;
    while (!state->requested) {
        boost::system::error_code error;
        co_await state->signal.async_wait(asio::redirect_error(asio::use_awaitable, error));
        const auto cancelled = co_await asio::this_coro::cancellation_state;
        if (cancelled.cancelled() != asio::cancellation_type::none) co_return;
    }
}

// ---- Verdict
// ------------------------------------------------------------------------------------------------------

namespace {

std::string human(std::chrono::milliseconds span) {
    const auto ms = span.count();
    if (ms % 60000 == 0) return std::to_string(ms / 60000) + (ms == 60000 ? " minute" : " minutes");
    if (ms % 1000 == 0) return std::to_string(ms / 1000) + (ms == 1000 ? " second" : " seconds");
    return std::to_string(ms) + " ms";
}

void add_reasons(std::vector<std::string>& to, const std::string& prefix,
                 const std::vector<std::string>& reasons, const char* otherwise) {
    if (reasons.empty()) to.push_back(prefix + otherwise);
    for (const auto& reason : reasons)
        to.push_back(prefix + reason);
}

/// The run's status from what its parts say.
RunStatus judge(Run& run) {
    bool failed = run.error.has_value(), warned = !run.warnings.empty();
    if (run.error) run.failure_reasons.insert(run.failure_reasons.begin(), *run.error);
    for (const auto& step : run.steps) {
        const auto prefix = "step " + step.path + " (" + step.title + "): ";
        if (step.verdict == Verdict::failed)
            failed = true, add_reasons(run.failure_reasons, prefix, step.reasons, "failed");
        if (step.verdict == Verdict::warned)
            warned = true, add_reasons(run.warnings, prefix, step.reasons, "warned");
    }
    for (const auto& probe : run.probes) {
        const auto prefix = "probe " + std::to_string(probe.number) + ": ";
        if (probe.verdict == Verdict::failed)
            failed = true, add_reasons(run.failure_reasons, prefix, probe.reasons, "failed");
        if (probe.verdict == Verdict::warned)
            warned = true, add_reasons(run.warnings, prefix, probe.reasons, "warned");
    }
    return failed ? RunStatus::failure : warned ? RunStatus::warnings : RunStatus::completed;
}

/// What somebody's Ctrl-C cut off has neither passed nor failed.
void leave_unjudged(Run& run) {
    for (auto& step : run.steps)
        if (step.cut_off) {
            step.verdict = Verdict::skipped;
            step.reasons = {"was under way when the run was canceled"};
        }
}

void summarise_probes(Run& run) {
    double score = 0, mos = 0;
    std::size_t scores = 0, moses = 0;
    for (const auto& probe : run.probes) {
        if (probe.score) score += *probe.score, ++scores;
        if (probe.mos) mos += *probe.mos, ++moses;
        if (run.additional_info.empty()) run.additional_info = probe.additional_info;
        for (const auto& shot : probe.screenshots)
            if (shot.at_failure && !run.failure_screenshot) run.failure_screenshot = shot.file;
    }
    const auto one_decimal = [](double value) { return std::round(value * 10) / 10; };
    if (scores) run.score = one_decimal(score / static_cast<double>(scores));
    if (moses) run.mos = one_decimal(mos / static_cast<double>(moses));
}

std::unique_ptr<Engine> make_engine(const Test& test, const Execution& execution) {
    if (std::holds_alternative<EndpointTest>(test.body)) {
        EndpointSettings settings;
        settings.variables = execution.variables;
        settings.environment = execution.environment;
        settings.location = execution.location;
        return make_endpoint_engine(test, std::move(settings));
    }
    WebrtcSettings settings;
    settings.options = execution.options;
    settings.variables = execution.variables;
    settings.chromium = execution.chromium;
    settings.location = execution.location;
    settings.network_emulation = execution.network_emulation;
    settings.external_values = execution.external_values;
    return make_webrtc_engine(test, std::move(settings));
}

enum class Ended { by_itself, by_deadline, by_request };

/// The engine's exception as a value: "||" below waits for the first success, and a throw is none.
asio::awaitable<std::exception_ptr> guarded(Engine& engine, EngineContext& context) {
    std::exception_ptr failure;
    try {
        co_await engine.execute(context);
    } catch (...) {
        failure = std::current_exception();
    }
    co_return failure;
}

/// Runs the engine until it is through, the deadline passes or somebody asks for the end; whichever is first
/// cancels the rest.
asio::awaitable<Ended> run_engine(Engine& engine, EngineContext& context, Cancellation cancellation) {
    using namespace asio::experimental::awaitable_operators;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer timer(executor);
    timer.expires_at(context.deadline.at());
    if (cancellation.requested()) co_return Ended::by_request;
    const auto first =
        co_await (guarded(engine, context) || timer.async_wait(asio::use_awaitable) || cancellation.wait());
    if (const auto* failure = std::get_if<0>(&first); failure && *failure) std::rethrow_exception(*failure);
    co_return first.index() == 0 ? Ended::by_itself
    : first.index() == 1         ? Ended::by_deadline
                                 : Ended::by_request;
}

void make_artifact_directory(const std::string& root, Run& run) {
    if (root.empty()) return;
    std::error_code error;
    const auto directory = std::filesystem::path(root) / run.id;
    std::filesystem::create_directories(directory, error);
    if (!error)
        run.artifacts = directory.string();
    else
        run.log.push_back({Level::warning, std::chrono::system_clock::now(),
                           "no artifacts are kept: " + directory.string() + ": " + error.message(),
                           "ringback"});
}

/// The run's own report, beside its pictures: with it the directory tells the whole of a call.
void write_run_document(Run& run) {
    if (run.artifacts.empty() || run.kind != "webrtc") return;
    const auto path = run.artifacts + "/run.json";
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << json_report({&run, 1});
    file.close();
    if (!file)
        run.log.push_back(
            {Level::warning, std::chrono::system_clock::now(), path + " could not be written", "ringback"});
}

}  // namespace

std::optional<std::string> unusable_artifacts(const std::string& root) {
    if (root.empty()) return std::nullopt;
    std::error_code error;
    std::filesystem::create_directories(root, error);
    auto trial = (std::filesystem::path(root) / "trial-XXXXXX").string();
    if (!error && !mkdtemp(trial.data())) error.assign(errno, std::generic_category());
    if (error) return "no directory can be made in '" + root + "': " + error.message();
    std::filesystem::remove(trial, error);
    return std::nullopt;
}

asio::awaitable<Run> execute(const Test& test, Execution execution, std::vector<Observer*> observers,
                             Cancellation cancellation) {
    Run run;
    run.id = execution.run_id.empty() ? make_run_id() : execution.run_id;
    run.name = execution.run_name.empty() ? make_run_name() : execution.run_name;
    run.type = execution.type;
    run.kind = test.kind();
    run.test_name = test.name;
    run.test_file = test.file;
    run.test_id = stable_uuid(test.project + '\n' + test.name);
    run.service_url = without_user_info(test.service_url);
    run.project = test.project;
    run.description = test.description;
    run.location = execution.location;
    run.environment = execution.environment;
    run.monitor = execution.monitor;
    run.try_number = execution.try_number;
    run.concurrent_users = run.kind == "webrtc" ? execution.options.probe_count() : 1;
    run.started_at = std::chrono::system_clock::now();
    make_artifact_directory(execution.artifacts, run);
    const auto began = std::chrono::steady_clock::now();

    for (auto* observer : observers)
        co_await observer->on_started(run);

    const auto limit = execution.options.run_timeout();
    EngineContext context{run,
                          [&](const RunEvent& event) {
                              for (auto* observer : observers)
                                  observer->on_event(run, event);
                          },
                          net::Deadline::after(limit), run.artifacts};
    std::optional<RunStatus> status;
    try {
        const auto engine = make_engine(test, execution);
        const auto ended = co_await run_engine(*engine, context, cancellation);
        if (ended == Ended::by_deadline) {
            status = RunStatus::timeout;
            run.error = "the run did not end within its time-out of " + human(limit) + " (#timeout)";
        } else if (ended == Ended::by_request) {
            status = RunStatus::canceled;
            run.error = cancellation.reason();
            leave_unjudged(run);
        }
    } catch (const EngineUnavailable& unavailable) {
        run.error = unavailable.what();
        run.engine_unavailable = true;
    } catch (const std::exception& broken) {
        run.error = std::string("ringback itself failed: ") + broken.what();
    }
    summarise_probes(run);
    const auto judged = judge(run);
    run.status = status.value_or(judged);
    run.finished_at = std::chrono::system_clock::now();
    run.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
    write_run_document(run);
    if (!run.artifacts.empty()) {
        std::error_code ignored;
        if (std::filesystem::is_empty(run.artifacts, ignored)) {
            std::filesystem::remove(run.artifacts, ignored);
            run.artifacts.clear();
        }
    }
    for (auto* observer : observers)
        co_await observer->on_finished(run);
    co_return run;
}

}  // namespace ringback::harness
