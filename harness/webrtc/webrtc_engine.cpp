#include "harness/webrtc/webrtc_engine.hpp"

#include "harness/expression/template.hpp"
#include "harness/test/option_use.hpp"
#include "harness/webrtc/bottleneck.hpp"
#include "harness/webrtc/environment.hpp"
#include "harness/webrtc/extension.hpp"
#include "harness/webrtc/external_values.hpp"
#include "harness/webrtc/network_emulation.hpp"
#include "harness/webrtc/probe.hpp"
#include "harness/webrtc/probe_script.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>

#include <fmt/format.h>
#include <openssl/rand.h>

#include <algorithm>

namespace ringback::harness {

namespace asio = boost::asio;
using namespace std::chrono_literals;

namespace {

/// Chromium refuses the 17th microphone of a process.
constexpr std::size_t kMaxProbesPerBrowser = 16;

unsigned random_below(std::size_t limit) {
    unsigned value = 0;
    RAND_bytes(reinterpret_cast<unsigned char*>(&value), sizeof value);
    return static_cast<unsigned>(value % limit);
}

/// Counts down what runs side by side.
class Join {
  public:
    explicit Join(asio::any_io_executor executor) : done_(std::move(executor)) {}
    void begin() { ++running_; }
    void end() {
        --running_;
        done_.notify();
    }
    [[nodiscard]] bool all_done() const { return running_ == 0; }
    /// False when the caller was cancelled before.
    asio::awaitable<bool> wait() {
        while (!all_done()) {
            const bool go_on = co_await done_.wait(net::Deadline{});
            if (!go_on) co_return false;
        }
        co_return true;
    }
    /// Until one more is done, or the deadline.
    asio::awaitable<void> wait_until(net::Deadline deadline) { co_await done_.wait(deadline); }

  private:
    std::size_t running_ = 0;
    Notifier done_;
};

class WebrtcEngine final : public Engine {
  public:
    WebrtcEngine(const Test& test, WebrtcSettings settings) : test_(test), settings_(std::move(settings)) {}
    ~WebrtcEngine() override {
        if (!shared_) return;
        shared_->context = nullptr;
        if (settings_.external_values)
            for (const auto& probe : shared_->probes)
                settings_.external_values->close(probe->env["RTC_SESSION_NAME"]);
        for (const auto& browser : shared_->browsers)
            browser->chromium.reset();
    }

    asio::awaitable<void> execute(EngineContext& context) override {
        const auto executor = co_await asio::this_coro::executor;
        prepare(executor, context);
        const bool ready = set_variables(context) && make_probes();
        if (!ready) co_return;
        run_script_bodies();
        make_browsers();
        co_await run_all(executor);
        if (!launch_error_.empty() && !any_browser_) throw EngineUnavailable(launch_error_);
        summarise_metrics();
        tell_bottleneck();
        shared_->context = nullptr;
    }

  private:
    // ---- Before anything is started ----------------------------------------------------------------------

    void prepare(const asio::any_io_executor& executor, EngineContext& context) {
        auto found = find_chromium(settings_.chromium);
        if (found.has_error()) throw EngineUnavailable(found.error().message);
        chromium_ = *found;
        std::string why;
        if (!ScriptContext::create({}, &why)) throw EngineUnavailable(why);
        shared_ = std::make_shared<RunShared>(executor, test_, settings_);
        shared_->context = &context;
        shared_->began_epoch_ms =
            std::chrono::duration<double, std::milli>(std::chrono::system_clock::now().time_since_epoch())
                .count();
    }

    bool set_variables(EngineContext& context) {
        Variables initial;
        initial.set("service_url", test_.service_url);
        for (const auto& [name, value] : test_.variables)
            initial.set(name, value);
        initial.merge(settings_.variables);
        RunContext named;
        named.bucket_name = test_.project;
        named.test_uuid = context.run.test_id;
        named.test_name = context.run.test_name;
        named.region = settings_.location;
        named.run_id = context.run.id;
        named.service_url = test_.service_url;
        auto rendered = render_initial(initial, FunctionEnvironment::system(named));
        if (!rendered) {
            context.run.error = "initial variables: " + initial.redact(rendered.error().text());
            return false;
        }
        shared_->variables = std::move(*rendered);
        if (const auto* url = shared_->variables.find("service_url")) shared_->service_url = *url;
        context.run.service_url = without_user_info(shared_->variables.redact(shared_->service_url));
        for (const auto& variable : shared_->variables)
            context.run.initial_variables[variable.name] =
                variable.secret ? "***" : without_user_info(shared_->variables.redact(variable.value));
        context.run.variables = context.run.initial_variables;
        for (const auto& remark : test_.remarks)
            context.run.log.push_back({Level::info, std::chrono::system_clock::now(), remark, "ringback"});
        return true;
    }

    bool make_probes() {
        auto& run = shared_->context->run;
        const auto& options = settings_.options;
        const auto& profiles = shared_->webrtc().profiles;
        const auto count = options.probe_count(), size = options.session_size();
        for (std::uint32_t i = 0; i < count; ++i) {
            auto probe = std::make_shared<ProbeState>(*shared_, i);
            if (!profiles.empty())
                probe->profile =
                    profiles[options.random ? random_below(profiles.size()) : i % profiles.size()];
            auto& result = probe->result;
            result.session = i / size + 1;
            result.in_session = i % size + 1;
            result.name = fmt::format("{}-{}", run.name, result.number);
            result.browser = probe->profile.browser;
            result.network = probe->profile.network;
            result.firewall = probe->profile.firewall;
            result.media = probe->profile.media;
            result.started_at = std::chrono::system_clock::now();  // until its turn has come
            auto network = find_network_profile(probe->profile.network);
            auto firewall = find_firewall(probe->profile.firewall);
            auto media = parse_media(probe->profile.media, folder_of(test_.file));
            if (network.has_error() || firewall.has_error() || media.has_error()) {
                const auto& error = network.has_error()    ? network.error()
                                    : firewall.has_error() ? firewall.error()
                                                           : media.error();
                run.error = error.hint.empty() ? error.message : error.message + " (" + error.hint + ")";
                return false;
            }
            probe->network = *network;
            probe->firewall = *firewall;
            probe->media = std::move(*media);
            // What was not armed before the first page can never be changed.
            probe->network_armed = !network->open() || probe->firewall != Firewall::none ||
                                   shared_->webrtc().script.find("rtcSetNetwork") != std::string::npos;
            shared_->probes.push_back(std::move(probe));
        }
        if (!choose_network_emulation(*shared_)) return false;
        // Until it ends a probe has not passed: a run that is ended from outside shows so.
        for (const auto& probe : shared_->probes) {
            run.probes.push_back(probe->result);
            run.probes.back().verdict = Verdict::failed;
            run.probes.back().reasons = {"was under way when the run was ended"};
        }
        return true;
    }

    void run_script_bodies() {
        for (const auto& probe : shared_->probes) {
            probe->env = probe_environment(*probe);
            if (settings_.external_values) settings_.external_values->open(probe->env["RTC_SESSION_NAME"]);
            shared_->emit(ProbeStarted{probe->result.number, probe->result.name});
            if (auto error = run_script_body(*probe); !error.empty()) {
                probe->note(Level::error, error);
                probe->fail(std::move(error));
                finish_unstarted(*probe);
            }
        }
    }

    void make_browsers() {
        for (const auto& probe : shared_->probes) {
            if (!probe->failures.empty()) continue;
            auto& browsers = shared_->browsers;
            auto fits = std::find_if(browsers.begin(), browsers.end(), [&](const auto& browser) {
                const auto& first = *browser->probes.front();
                return browser->probes.size() < kMaxProbesPerBrowser && !own_link(first) &&
                       !own_link(*probe) && first.profile.media == probe->profile.media;
            });
            if (fits == browsers.end()) {
                auto browser = std::make_unique<SharedBrowser>();
                browser->settings.path = chromium_;
                browser->settings.service_url = shared_->service_url;
                browser->settings.switches = settings_.options.chrome_cli;
                browser->settings.headed = settings_.options.vnc;
                browser->settings.extensions = !settings_.options.extensions.empty();
                browser->media = probe->media;
                browsers.push_back(std::move(browser));
                fits = browsers.end() - 1;
            }
            (*fits)->probes.push_back(probe.get());
            probe->browser = fits->get();
        }
    }

    // ---- All side by side --------------------------------------------------------------------------------

    asio::awaitable<void> run_all(asio::any_io_executor executor) {
        Join join(executor);
        const auto ended = [&join](const std::exception_ptr&) { join.end(); };
        for (const auto& browser : shared_->browsers) {
            join.begin();
            asio::co_spawn(executor, run_browser(*browser), ended);
        }
        const bool undisturbed = co_await join.wait();
        if (undisturbed) co_return;
        // Ended from outside: every probe ends in its own way, with what it knows, and that is waited for.
        co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
        for (const auto& probe : shared_->probes)
            probe->stop(probe->doing.empty() ? "the run was ended"
                                             : "the run was ended during " + probe->doing);
        co_await join.wait();
    }

    /// @return what went wrong, "" when nothing did
    asio::awaitable<std::string> start_browser(SharedBrowser& browser) {
        auto source = browser.media;
        // Drawn once and kept: it may take longer than any browser does.
        const auto drawn = shared_->context->deadline.within(120s);
        auto files = co_await prepare_media(std::move(source), drawn);
        if (files.has_error()) co_return files.error().message;
        browser.settings.video_file = files->video;
        browser.settings.audio_file = files->audio;
        std::vector<std::string> locations;
        for (const auto& written : settings_.options.extensions)
            locations.push_back(extension_location(test_, written));
        const auto loaded = shared_->context->deadline.within(60s);
        const auto fetched = co_await fetch_extensions(std::move(locations), loaded);
        if (!fetched.error.empty()) co_return fetched.error;
        if (auto error = give_network(browser); !error.empty()) co_return error;
        auto settings = browser.settings;
        const auto ready = shared_->context->deadline.within(30s);
        auto launched = co_await Chromium::launch(std::move(settings), ready);
        if (launched.has_error()) {
            launch_error_ = launched.error().message;
            co_return launch_error_;
        }
        browser.chromium = std::move(*launched);
        if (!shared_->first_browser) shared_->first_browser = std::chrono::steady_clock::now();
        co_return co_await load_extensions(*browser.chromium, fetched.extensions, loaded);
    }

    asio::awaitable<void> run_browser(SharedBrowser& browser) {
        const auto executor = co_await asio::this_coro::executor;
        const auto shared = shared_;
        auto error = co_await start_browser(browser);
        if (!error.empty()) {
            for (auto* probe : browser.probes) {
                probe->fail(error);
                finish_unstarted(*probe);
            }
            co_return;
        }
        any_browser_ = true;
        browser.meter = std::make_unique<ResourceMeter>(browser.chromium->process());
        browser.chromium->devtools().on_closed([&browser] {
            const auto why = "the browser ended" + browser.chromium->diagnosis();
            for (auto* probe : browser.probes)
                probe->stop(why);
        });
        Join join(executor);
        for (auto* raw : browser.probes) {
            auto probe = raw->shared_from_this();
            if (!probe->stop_reason.empty()) {
                probe->fail(probe->stop_reason);
                finish_unstarted(*probe);
                continue;
            }
            join.begin();
            const auto slot = probe->cancel.slot();
            auto ended = [&join](const std::exception_ptr&) { join.end(); };
            asio::co_spawn(executor, run_probe(shared, std::move(probe)),
                           asio::bind_cancellation_slot(slot, ended));
        }
        co_await watch(browser, join);
        browser.chromium->devtools().on_closed(nullptr);
        co_await browser.chromium->close();
        browser.chromium.reset();
    }

    /// Measures the browser until its probes are through.
    asio::awaitable<void> watch(SharedBrowser& browser, Join& join) {
        const auto interval = settings_.options.sampling_interval();
        net::Deadline next(*shared_->first_browser + interval);
        while (!join.all_done()) {
            co_await join.wait_until(next);
            if (!next.expired()) continue;
            while (next.expired())
                next = net::Deadline(next.at() + interval);
            const auto usage = browser.meter->read();
            const auto share = static_cast<double>(browser.probes.size());
            shared_->machine_cpu.push_back(usage.machine_cpu);
            for (auto* probe : browser.probes) {
                if (!probe->sampling) continue;
                probe->usage.browser_cpu.push_back(usage.browser_cpu / share);
                probe->usage.browser_memory.push_back(usage.browser_memory_mb / share);
                probe->usage.machine_cpu.push_back(usage.machine_cpu);
                probe->usage.machine_memory.push_back(usage.machine_memory_mb);
            }
        }
    }

    /// A metric of several probes is their sum where one of them says so, else their mean.
    void summarise_metrics() {
        struct Values {
            double sum = 0, count = 0;
            bool summed = false;
        };
        std::map<std::string, Values> all;
        for (const auto& probe : shared_->probes)
            for (const auto& [key, value] : probe->result.custom_metrics) {
                auto& values = all[key];
                values.sum += value;
                ++values.count;
                values.summed = values.summed || probe->summed_metrics.contains(key);
            }
        for (const auto& [key, values] : all)
            shared_->context->run.custom_metrics[key] =
                values.summed ? values.sum : values.sum / values.count;
    }

    /// Says so when the machine, and not the service, was the bottleneck.
    void tell_bottleneck() {
        auto& run = shared_->context->run;
        const auto why = bottleneck(shared_->machine_cpu, run.probes);
        if (why.empty()) return;
        Notification line{
            Level::warning, std::chrono::system_clock::now(),
            "this machine was the bottleneck: " + why + "; figures may be worse than the service deserves",
            "ringback"};
        run.log.push_back(line);
        shared_->emit(Logged{std::move(line), 0});
    }

    const Test& test_;
    WebrtcSettings settings_;
    std::string chromium_;
    std::shared_ptr<RunShared> shared_;
    std::string launch_error_;
    bool any_browser_ = false;
};

}  // namespace

std::chrono::milliseconds start_delay(std::uint32_t index, std::uint32_t count) {
    constexpr std::chrono::milliseconds apart = 50ms, spread = 30s;
    return std::min<std::chrono::milliseconds>(apart, spread / std::max(count, 1u)) * index;
}

std::unique_ptr<Engine> make_webrtc_engine(const Test& test, WebrtcSettings settings) {
    return std::make_unique<WebrtcEngine>(test, std::move(settings));
}

}  // namespace ringback::harness
