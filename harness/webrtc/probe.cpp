#include "harness/webrtc/probe.hpp"

#include "embedded/harness_scripts.hpp"
#include "harness/webrtc/artifacts.hpp"
#include "harness/webrtc/command.hpp"
#include "harness/webrtc/diagnosis.hpp"
#include "harness/webrtc/judgement.hpp"
#include "harness/webrtc/probe_script.hpp"
#include "harness/webrtc/quality.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

// ---- Sampling
// ------------------------------------------------------------------------------------------------

/// Statistics of all documents of all windows, now.
asio::awaitable<void> take_sample(std::shared_ptr<ProbeState> probe, net::Deadline deadline) {
    std::vector<json::value> documents;
    const bool raw = probe->run.settings.options.getstats;
    for (std::size_t window = 0; window < probe->windows.size(); ++window) {
        auto& page = *probe->windows[window];
        if (page.dialog() || !page.gone().empty()) continue;
        for (const auto context : page.contexts()) {
            Page::Evaluation how;
            how.context = context;
            how.user_gesture = false;
            std::string expression =
                raw ? "globalThis.__ringback?.sample(true)" : "globalThis.__ringback?.sample(false)";
            auto sample = co_await page.evaluate(std::move(expression), how, deadline);
            if (sample.has_value() && sample->is_object()) documents.push_back(std::move(*sample));
            if (window >= probe->windows.size()) break;  // it was closed meanwhile
        }
    }
    if (documents.empty()) co_return;
    probe->statistics.add(probe->run.now(), documents);
    if (raw)
        for (const auto& document : documents)
            keep_raw_stats(*probe, document);
    ProbeSampled sampled;
    sampled.probe = probe->result.number;
    sampled.at_seconds = probe->run.now();
    sampled.audio_in_kbps = probe->statistics.latest("audio", "in", "bitrate");
    sampled.video_in_kbps = probe->statistics.latest("video", "in", "bitrate");
    probe->run.emit(sampled);
}

/// Every interval until the probe ends; the samples of all probes fall on the same moments.
asio::awaitable<void> sample_loop(std::shared_ptr<RunShared> run, std::shared_ptr<ProbeState> probe) {
    const auto interval = run->settings.options.sampling_interval();
    net::Deadline next(*run->first_browser);
    while (next.expired())
        next = net::Deadline(next.at() + interval);
    while (probe->sampling) {
        const bool go_on = co_await probe->changed.wait(next);
        if (!go_on || !probe->sampling) break;
        if (!next.expired()) continue;
        co_await take_sample(probe, net::Deadline::after(std::max<std::chrono::milliseconds>(interval, 3s)));
        if (!probe->windows.empty() && !probe->page().gone().empty()) probe->stop(probe->page().gone());
        // A late sample does not shift those that follow, and missed ones are not made up for.
        while (next.expired())
            next = net::Deadline(next.at() + interval);
    }
    probe->sampler_runs = false;
    probe->changed.notify();
}

void start_sampling(const std::shared_ptr<RunShared>& run, const std::shared_ptr<ProbeState>& probe) {
    probe->sampling = probe->sampler_runs = true;
    asio::co_spawn(run->executor, sample_loop(run, probe), asio::detached);
}

asio::awaitable<void> stop_sampling(std::shared_ptr<ProbeState> probe) {
    if (!probe->sampling) co_return;
    probe->sampling = false;
    probe->changed.notify();
    const auto deadline = net::Deadline::after(4s);
    while (probe->sampler_runs && !deadline.expired())
        co_await probe->changed.wait(deadline);
    if (!probe->windows.empty() && probe->page().gone().empty())
        co_await take_sample(probe, net::Deadline::after(3s));
}

// ---- The page
// ------------------------------------------------------------------------------------------------

void on_console(ProbeState& probe, ConsoleLine line) {
    const bool wrong = line.level == "error" || line.level == "assert";
    auto text = probe.run.variables.redact(line.text);
    add_console_line(probe, line, text);
    if (!wrong) return;
    const bool ignored = std::any_of(probe.ignored_errors.begin(), probe.ignored_errors.end(),
                                     [&](const auto& part) { return text.find(part) != std::string::npos; });
    probe.note(ignored ? Level::info : Level::error, text, "browser");
    if (ignored || text.find("/favicon.ico") != std::string::npos) return;
    if (probe.browser_errors++ == 0) probe.first_browser_error = std::move(text);
}

asio::awaitable<std::string> open_page(std::shared_ptr<ProbeState> probe, net::Deadline deadline) {
    auto& devtools = probe->browser->chromium->devtools();
    json::object own;
    own["disposeOnDetach"] = true;
    auto context =
        co_await devtools.call(std::string(), "Target.createBrowserContext", std::move(own), deadline);
    if (context.has_error()) co_return context.error().message;
    if (const auto* id = context->if_contains("browserContextId"); id && id->is_string())
        probe->browser_context = std::string(id->get_string());
    auto settings = page_settings(probe);
    settings.browser_context = probe->browser_context;
    auto page = co_await Page::open(devtools, std::move(settings), deadline);
    if (page.has_error()) co_return page.error().message;
    probe->windows.push_back(std::move(*page));
    co_return std::string{};
}

// ---- The script's commands
// -----------------------------------------------------------------------------------

/// A call as people wrote it, clipped: `click("#join")`.
std::string shown_call(const QueuedCommand& command) {
    if (command.name.front() == '(') return "perform(…)";
    std::string text = command.name + "(";
    for (const auto& argument : command.arguments) {
        if (text.back() != '(') text += ", ";
        const bool function = argument.is_object() && argument.get_object().contains("$function");
        text += function ? std::string("function") : json::serialize(argument);
        if (text.size() > 80) {
            text.resize(80);
            while (!text.empty() && (static_cast<unsigned char>(text.back()) & 0xc0) == 0x80)
                text.pop_back();
            text += "…";
            break;
        }
    }
    return text + ")";
}

/// @return false when the script is over
asio::awaitable<bool> run_command(std::shared_ptr<ProbeState> probe, QueuedCommand queued) {
    const auto place = place_of(queued.source, queued.line);
    const auto shown = shown_call(queued);
    probe->doing = probe->run.variables.redact(place.empty() ? shown : place + ": " + shown);
    const auto* command = find_command(queued.name);
    Call call;
    std::string error = command ? prepare_call(*command, std::move(queued), probe->strategy, call)
                                : unknown_command(queued.name);
    if (!error.empty()) {
        probe->fail(probe->doing + ": " + error);
        co_return false;
    }
    const auto run_end = probe->run.context ? probe->run.context->deadline : net::Deadline{};
    call.deadline = command->own_time ? run_end : run_end.within(kCommandLimit);
    auto outcome = co_await command->run(*probe, call);
    if (!outcome.error.empty()) {
        if (!probe->stop_reason.empty()) co_return false;  // that is why
        // A command's own time ends at the latest with the run's: then it is not the command that was slow.
        if (run_end.expired()) {
            probe->fail("the run was ended during " + probe->doing);
            co_return false;
        }
        probe->fail(probe->doing + ": " + probe->run.variables.redact(outcome.error));
        co_return outcome.goes_on;
    }
    if (call.callback) {
        auto failed = call_script(*probe, *call.callback, std::move(outcome.callback_values));
        if (!failed.empty()) {
            probe->fail("in the callback of " + shown + ": " + failed);
            co_return false;
        }
    }
    co_return true;
}

asio::awaitable<void> run_queue(std::shared_ptr<ProbeState> probe) {
    while (auto command = probe->queue.next()) {
        const bool go_on = co_await run_command(probe, std::move(*command));
        probe->queue.finished();
        if (!go_on) {
            probe->queue.clear();
            break;
        }
        // A script that queues without end must not starve the other probes.
        co_await asio::post(probe->run.executor, asio::use_awaitable);
    }
}

asio::awaitable<void> drive(std::shared_ptr<RunShared> run, std::shared_ptr<ProbeState> probe) {
    probe->doing = "waiting for its turn";
    const auto turn = run->first_browser.value_or(std::chrono::steady_clock::now()) +
                      start_delay(probe->result.number - 1, static_cast<std::uint32_t>(run->probes.size()));
    const bool go_on = co_await pause_for(run->executor, net::Deadline(turn));
    if (!go_on) co_return;
    probe->result.started_at = std::chrono::system_clock::now();
    probe->doing = "opening a page";
    const auto deadline = run->context->deadline.within(30s);
    auto error = co_await open_page(probe, deadline);
    if (!error.empty()) {
        if (probe->stop_reason.empty()) probe->fail("no page could be opened: " + error);
        co_return;
    }
    start_sampling(run, probe);
    co_await run_queue(probe);
    if (probe->when_done) {
        const auto function = *std::exchange(probe->when_done, std::nullopt);
        json::array prematurely;
        prematurely.emplace_back(!probe->failures.empty());
        auto failed = call_script(*probe, function, std::move(prematurely));
        if (!failed.empty()) probe->fail("in rtcCallWhenDone: " + failed);
        co_await run_queue(probe);
    }
}

// ---- Its end
// -------------------------------------------------------------------------------------------------

MetricSummary summary_of(const std::vector<double>& values) {
    MetricSummary summary;
    summary.average = std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
    summary.minimum = *std::min_element(values.begin(), values.end());
    summary.maximum = *std::max_element(values.begin(), values.end());
    summary.last = values.back();
    return summary;
}

void write_performance(ProbeState& probe) {
    const auto put = [&](const char* name, const std::vector<double>& values) {
        if (!values.empty()) probe.result.performance[name] = summary_of(values);
    };
    put("browser.cpu", probe.usage.browser_cpu);
    put("browser.memory", probe.usage.browser_memory);
    put("probe.cpu", probe.usage.machine_cpu);
    put("probe.memory", probe.usage.machine_memory);
}

/// Why a call did not come about: the reason before all others when there was no call at all.
void tell_call_faults(ProbeState& probe) {
    CallCircumstances circumstances;
    circumstances.ended_seconds = probe.result.sample_times.empty() ? 0 : probe.result.sample_times.back();
    for (const auto& line : probe.result.notifications)
        if (line.source == "browser" && line.level == Level::error)
            circumstances.page_errors.push_back(line.text);
    auto& faults = probe.result.call_faults;
    faults = diagnose_call(probe.statistics.events(), circumstances);
    const bool in_a_call = probe.result.call_setup_ms.has_value();
    std::vector<std::string> told;
    for (auto& fault : faults) {
        fault.text = probe.run.variables.redact(fault.text);
        probe.note(Level::warning, fault.text, "ringback");
        // A page may try out what it can, and a test may be about a refusal: that fails nothing that passed.
        if (probe.failures.empty() && !in_a_call && !fault.connections.empty()) probe.warn(fault.text);
        told.push_back(fault.text);
    }
    if (!probe.failures.empty())
        probe.failures.insert(in_a_call ? probe.failures.end() : probe.failures.begin(), told.begin(),
                              told.end());
}

void settle_verdict(ProbeState& probe) {
    if (probe.browser_errors > 0)
        probe.warn(probe.browser_errors == 1 ? "the page reported an error: " + probe.first_browser_error
                                             : fmt::format("the page reported {} errors, the first: {}",
                                                           probe.browser_errors, probe.first_browser_error));
    auto& result = probe.result;
    result.verdict = !probe.failures.empty()   ? Verdict::failed
                     : !probe.warnings.empty() ? Verdict::warned
                                               : Verdict::passed;
    result.reasons = probe.failures.empty() ? probe.warnings : probe.failures;
}

void publish(ProbeState& probe) {
    auto& result = probe.result;
    result.duration = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now() -
                                                                            result.started_at);
    if (!probe.run.context) return;
    auto& published = probe.run.context->run.probes[result.number - 1];
    published = result;
    probe.run.emit(ProbeFinished{&published});
}

asio::awaitable<void> finish(std::shared_ptr<ProbeState> probe) {
    const bool alive = !probe->windows.empty() && probe->page().gone().empty() &&
                       !probe->browser->chromium->devtools().closed();
    if (alive && !probe->failures.empty())
        co_await probe->take_screenshot("failure", true, net::Deadline::after(3s));
    co_await stop_sampling(probe);
    if (probe->browser->link) probe->result.link_traffic = probe->browser->link->traffic();
    probe->statistics.write(probe->result);
    probe->result.score = score_of(probe->result);
    write_performance(*probe);
    judge_probe(*probe);
    tell_call_faults(*probe);
    settle_verdict(*probe);
    write_probe_artifacts(*probe);
    publish(*probe);
    if (alive && !probe->browser_context.empty()) {
        json::object params;
        params["browserContextId"] = probe->browser_context;
        co_await probe->browser->chromium->devtools().call(std::string(), "Target.disposeBrowserContext",
                                                           std::move(params), net::Deadline::after(2s));
    }
    probe->windows.clear();
}

}  // namespace

asio::awaitable<void> run_probe(std::shared_ptr<RunShared> run, std::shared_ptr<ProbeState> probe) {
    try {
        co_await drive(run, probe);
    } catch (const boost::system::system_error& ended) {
        if (ended.code() != asio::error::operation_aborted)
            probe->fail(std::string("ringback itself failed: ") + ended.what());
    } catch (const std::exception& broken) {
        probe->fail(std::string("ringback itself failed: ") + broken.what());
    }
    co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
    if (!probe->stop_reason.empty()) probe->fail(probe->stop_reason);
    try {
        co_await finish(probe);
    } catch (const std::exception& broken) {
        probe->fail(std::string("ringback itself failed: ") + broken.what());
        settle_verdict(*probe);
        publish(*probe);
    }
}

PageSettings page_settings(const std::shared_ptr<ProbeState>& probe) {
    PageSettings settings;
    settings.scripts.emplace_back(scripts::observe_js());
    if (probe->network_armed && !probe->browser->link) settings.network = devtools_network(probe->network);
    settings.on_console = [weak = std::weak_ptr<ProbeState>(probe)](ConsoleLine line) {
        if (const auto alive = weak.lock()) on_console(*alive, std::move(line));
    };
    return settings;
}

void finish_unstarted(ProbeState& probe) {
    settle_verdict(probe);
    publish(probe);
}

}  // namespace ringback::harness
