#include "harness/endpoint/endpoint_engine.hpp"

#include "harness/endpoint/step_context.hpp"
#include "run-options/redaction.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ringback::harness {
namespace {

namespace asio = boost::asio;

std::string type_of(const Step& step) {
    switch (step.action.index()) {
        case 0:
            return "request";
        case 1:
            return "pause";
        default:
            return "condition";
    }
}

std::string title_of(const Step& step) {
    if (const auto* request = std::get_if<RequestStep>(&step.action))
        return request->method.source() + " " + without_user_info(request->url.source());
    if (const auto* pause = std::get_if<PauseStep>(&step.action))
        return "pause " + std::to_string(pause->duration.count()) + " ms";
    return "if " + std::get<ConditionStep>(step.action).condition.text();
}

StepResult blank(const Step& step, const std::string& path) {
    StepResult result;
    result.path = path;
    result.type = type_of(step);
    result.title = title_of(step);
    result.note = step.note;
    result.started_at = std::chrono::system_clock::now();
    return result;
}

void mask_secrets(StepResult& step, const Variables& variables) {
    const auto mask = [&](std::string& text) { text = without_user_info(variables.redact(text)); };
    mask(step.title);
    mask(step.url);
    for (auto& reason : step.reasons)
        mask(reason);
    for (auto& extraction : step.extractions)
        mask(extraction.value), mask(extraction.message);
    for (auto& assertion : step.assertions)
        for (auto* text : {&assertion.text, &assertion.found, &assertion.wanted, &assertion.message})
            mask(*text);
}

class EndpointEngine final : public Engine {
  public:
    EndpointEngine(const Test& test, EndpointSettings settings)
        : test_(test), settings_(std::move(settings)) {}

    asio::awaitable<void> execute(EngineContext& engine) override {
        net::HttpClient client(co_await asio::this_coro::executor);
        StepContext context{engine, client, FunctionEnvironment::system(run_context(engine.run)), {}, {}};
        if (!set_initial_variables(context)) co_return;
        co_await run_steps(std::get<EndpointTest>(test_.body).steps, "", context);
    }

  private:
    RunContext run_context(const Run& run) const {
        RunContext context;
        context.environment = settings_.environment;
        context.bucket_name = test_.project;
        context.test_uuid = run.test_id;
        context.test_name = run.test_name;
        context.region = settings_.location;
        context.run_id = run.id;
        context.service_url = test_.service_url;
        return context;
    }

    bool set_initial_variables(StepContext& context) const {
        Variables initial;
        initial.set("service_url", test_.service_url);
        for (const auto& [name, value] : test_.variables)
            initial.set(name, value);
        initial.merge(settings_.variables);
        auto rendered = render_initial(initial, context.functions);
        auto& run = context.engine.run;
        if (!rendered) {
            run.error = "initial variables: " + initial.redact(rendered.error().text());
            return false;
        }
        context.variables = std::move(*rendered);
        if (const auto* url = context.variables.find("service_url"))
            run.service_url = without_user_info(context.variables.redact(*url));
        run.initial_variables = shown_variables(context.variables);
        run.variables = run.initial_variables;
        return true;
    }

    static std::map<std::string, std::string> shown_variables(const Variables& variables) {
        std::map<std::string, std::string> shown;
        for (const auto& variable : variables) {
            if (variable.name == "service_url" && variable.value.empty()) continue;  // the test names none
            shown[variable.name] =
                variable.secret ? "***" : without_user_info(variables.redact(variable.value));
        }
        return shown;
    }

    asio::awaitable<void> run_steps(const std::vector<Step>& steps, std::string prefix,
                                    StepContext& context) {
        for (std::size_t i = 0; i < steps.size(); ++i) {
            const auto path = prefix + std::to_string(i + 1);
            const auto at = context.engine.run.steps.size();
            try {
                co_await run_step(steps[i], path, context);
                // What was awaited may have taken the cancellation as an ordinary failure; the run still ends
                // here.
                const auto cancelled = co_await asio::this_coro::cancellation_state;
                if (cancelled.cancelled() != asio::cancellation_type::none)
                    throw boost::system::system_error(asio::error::operation_aborted);
            } catch (...) {
                auto& step = context.engine.run.steps[at];
                if (step.cut_off && step.duration.count() == 0)
                    step.duration = std::chrono::duration_cast<std::chrono::microseconds>(
                        std::chrono::system_clock::now() - step.started_at);
                skip_from(steps, i + 1, prefix, context);
                throw;
            }
        }
    }

    /// Steps that were not reached are listed, too.
    void skip_from(const std::vector<Step>& steps, std::size_t first, const std::string& prefix,
                   StepContext& context) {
        for (std::size_t i = first; i < steps.size(); ++i) {
            const auto at = context.engine.run.steps.size();
            context.engine.run.steps.push_back(blank(steps[i], prefix + std::to_string(i + 1)));
            skip(steps[i], at, context);
        }
    }

    asio::awaitable<void> run_step(const Step& step, std::string path, StepContext& context) {
        auto& run = context.engine.run;
        const auto at = run.steps.size();
        run.steps.push_back(blank(step, path));
        if (step.skipped || stopped_) {
            skip(step, at, context);
            co_return;
        }
        context.engine.emit(StepStarted{path, run.steps[at].type, run.steps[at].title});
        // Stands until the step is through: a run that is ended from outside shows where it was.
        run.steps[at].verdict = Verdict::failed;
        run.steps[at].reasons = {"was under way when the run was ended"};
        run.steps[at].cut_off = true;
        StepResult result = blank(step, path);
        const auto began = std::chrono::steady_clock::now();
        if (const auto* request = std::get_if<RequestStep>(&step.action)) {
            co_await run_http_step(*request, context, result);
        } else if (const auto* pause = std::get_if<PauseStep>(&step.action)) {
            co_await wait(*pause, path, context);
            result.duration = std::chrono::duration_cast<std::chrono::microseconds>(
                std::chrono::steady_clock::now() - began);
        } else {
            co_await run_condition(std::get<ConditionStep>(step.action), path, at, context);
            co_return;
        }
        const auto cancelled = co_await asio::this_coro::cancellation_state;
        result.cut_off =
            result.verdict == Verdict::failed && cancelled.cancelled() != asio::cancellation_type::none;
        run.steps[at] = std::move(result);
        finish(at, context);
    }

    /// Every step ends here: whatever its texts quote, secrets are masked.
    void finish(std::size_t at, StepContext& context) {
        auto& run = context.engine.run;
        context.hide_sensitive();
        mask_secrets(run.steps[at], context.variables);
        run.variables = shown_variables(context.variables);
        if (run.steps[at].verdict == Verdict::failed && std::get<EndpointTest>(test_.body).stop_on_failure)
            stopped_ = true;
        context.engine.emit(StepFinished{&run.steps[at]});
    }

    /// The step and those inside it are listed, so that a report shows what was left out.
    void skip(const Step& step, std::size_t at, StepContext& context) {
        auto& steps = context.engine.run.steps;
        steps[at].verdict = Verdict::skipped;
        const auto path = steps[at].path;
        if (const auto* condition = std::get_if<ConditionStep>(&step.action))
            skip_inside(*condition, path, context);
        finish(at, context);
    }

    void skip_inside(const ConditionStep& condition, const std::string& path, StepContext& context) {
        skip_from(condition.steps, 0, path + ".", context);
    }

    asio::awaitable<void> run_condition(const ConditionStep& condition, std::string path, std::size_t at,
                                        StepContext& context) {
        auto& run = context.engine.run;
        run.steps[at].reasons.clear();
        run.steps[at].cut_off = false;
        const auto outcome = condition.condition.evaluate(context.templates());
        if (!outcome) {
            run.steps[at].reasons.push_back(outcome.error().text());
            skip_inside(condition, path, context);
            finish(at, context);
            co_return;
        }
        run.steps[at].verdict = Verdict::passed;
        run.steps[at].title = "if " + outcome->text + (outcome->holds ? "" : "  (does not hold)");
        finish(at, context);
        if (outcome->holds)
            co_await run_steps(condition.steps, path + ".", context);
        else
            skip_inside(condition, path, context);
    }

    static asio::awaitable<void> wait(PauseStep pause, std::string path, StepContext& context) {
        asio::steady_timer timer(co_await asio::this_coro::executor);
        context.engine.emit(Waiting{path + " pause", pause.duration});
        timer.expires_after(pause.duration);
        co_await timer.async_wait(asio::use_awaitable);
        context.engine.emit(Waiting{{}, std::chrono::milliseconds(0)});
    }

    const Test& test_;
    EndpointSettings settings_;
    bool stopped_ = false;
};

}  // namespace

std::unique_ptr<Engine> make_endpoint_engine(const Test& test, EndpointSettings settings) {
    return std::make_unique<EndpointEngine>(test, std::move(settings));
}

}  // namespace ringback::harness
