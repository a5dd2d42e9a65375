// What one probe knows while it runs, and what the probes of a run share. Insides of the WebRTC engine:
// commands work on this.
#pragma once

#include "harness/expression/expectation.hpp"
#include "harness/run/engine.hpp"
#include "harness/run/run.hpp"
#include "harness/script/engine.hpp"
#include "harness/test/firewall.hpp"
#include "harness/test/network_conditions.hpp"
#include "harness/test/test.hpp"
#include "harness/webrtc/chromium.hpp"
#include "harness/webrtc/client_queue.hpp"
#include "harness/webrtc/command.hpp"
#include "harness/webrtc/link/link_emulator.hpp"
#include "harness/webrtc/media.hpp"
#include "harness/webrtc/notifier.hpp"
#include "harness/webrtc/page.hpp"
#include "harness/webrtc/resource_usage.hpp"
#include "harness/webrtc/session_values.hpp"
#include "harness/webrtc/statistics.hpp"
#include "harness/webrtc/webrtc_engine.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ringback::harness {

struct ProbeState;

/// One browser process and the probes in it.
struct SharedBrowser {
    std::unique_ptr<link::EmulatedLink> link;  ///< its network, when that is emulated here; outlives it
    std::unique_ptr<Chromium> chromium;
    ChromiumSettings settings;
    MediaSource media;
    std::vector<ProbeState*> probes;
    std::unique_ptr<ResourceMeter> meter;
};

/// What all probes of a run share.
struct RunShared {
    RunShared(boost::asio::any_io_executor on, const Test& of, WebrtcSettings with)
        : executor(on), test(of), settings(std::move(with)), values(on) {}

    boost::asio::any_io_executor executor;
    const Test& test;
    WebrtcSettings settings;
    std::string service_url;
    Variables variables;               ///< the test's own and those of the execution, rendered
    EngineContext* context = nullptr;  ///< null once the engine is gone: then nobody may be told
    std::chrono::steady_clock::time_point began = std::chrono::steady_clock::now();
    double began_epoch_ms = 0;
    SessionValues values;
    std::unique_ptr<link::LinkEmulator> links;  ///< null: networks are emulated by DevTools, or not at all
    std::optional<std::chrono::steady_clock::time_point> first_browser;  ///< when it was ready
    std::vector<std::unique_ptr<SharedBrowser>> browsers;                ///< outlive the probes in them
    std::vector<std::shared_ptr<ProbeState>> probes;
    std::vector<double> machine_cpu;  ///< share of all cores, per sample

    [[nodiscard]] const WebrtcTest& webrtc() const { return std::get<WebrtcTest>(test.body); }
    /// Seconds since the run began.
    [[nodiscard]] double now() const;
    void emit(const RunEvent& event) const {
        if (context) context->emit(event);
    }
};

/// An expectation that a script has set, to be judged at the end.
struct PendingExpectation {
    Expectation expectation;
    std::string message;
    bool warning = false;
    std::string from_event, to_event;  ///< empty: the whole run
};
/// A script of the user's that judges each channel.
struct PendingJudge {
    std::string file;
    std::string from_event, to_event;
};
struct ThresholdMetric {
    std::string key, event;
    Expectation criteria;
};

struct ProbeState : std::enable_shared_from_this<ProbeState> {
    ProbeState(RunShared& with, std::uint32_t index);

    // ---- Who

    RunShared& run;
    ProbeResult result;  ///< its own copy; published to the run when it ends
    Profile profile;
    std::map<std::string, std::string> env;  ///< RTC_… and the test's variables

    // ---- The browser

    SharedBrowser* browser = nullptr;
    std::string browser_context;
    std::vector<std::unique_ptr<Page>> windows;
    std::size_t window = 0;
    MediaSource media;
    NetworkConditions network;  ///< of its profile
    Firewall firewall = Firewall::none;
    Point pointer;  ///< where the mouse is
    [[nodiscard]] Page& page() { return *windows[window]; }

    // ---- The script

    std::unique_ptr<ScriptContext> script;
    ClientQueue queue;
    std::string strategy = "css selector";
    std::set<std::string> included;  ///< files
    std::optional<ScriptFunction> when_done;
    std::set<std::int64_t> done_functions;  ///< of perform(), called so far
    std::int64_t last_done = 0;

    // ---- What it measures and expects

    Statistics statistics;
    std::map<std::string, std::chrono::steady_clock::time_point> timers;
    std::map<std::string, double> timer_values;  ///< ms, when last read
    std::vector<PendingExpectation> expectations;
    std::vector<PendingJudge> judges;
    std::vector<ThresholdMetric> thresholds;
    std::set<std::string> summed_metrics;  ///< the run's is their sum, not their mean
    std::vector<std::string> ignored_errors;
    std::size_t browser_errors = 0;
    std::string first_browser_error;
    std::size_t dropped_notifications = 0;
    std::size_t raw_stats_bytes = 0;  ///< written so far, with #getstats

    // ---- Its end

    boost::asio::cancellation_signal cancel;
    std::string stop_reason;  ///< why it was ended from outside
    std::string doing;        ///< the command that runs, for people
    std::vector<std::string> failures, warnings;
    bool sampling = false, sampler_runs = false;
    Notifier changed;  ///< of the sampler: it must stop, or has

    struct Usage {
        std::vector<double> browser_cpu, browser_memory, machine_cpu, machine_memory;
    };
    Usage usage;
    bool network_armed = false;  ///< its network can be changed: it is emulated

    void fail(std::string reason);
    void warn(std::string reason);
    void note(Level level, std::string text, std::string source = "script");
    void progress(std::string text);
    /// Ends the script from outside; the first reason counts.
    void stop(std::string reason);
    /// Saves what the page shows. @return the file's name below the artifacts, "" when there is none
    boost::asio::awaitable<std::string> take_screenshot(std::string name, bool at_failure,
                                                        net::Deadline deadline);
    void add_event(std::string name, bool global);
    /// A file name of this probe below the artifact directory: "probe-2-console.log".
    [[nodiscard]] std::string artifact(std::string_view suffix) const;
    bool write_artifact(const std::string& name, std::string_view bytes) const;
};

/// Waits, and nothing else. False when the caller was cancelled.
[[nodiscard]] boost::asio::awaitable<bool> pause_for(boost::asio::any_io_executor executor,
                                                     net::Deadline deadline);

/// Sets a network mid-call, as well as this machine can.
/// @return a sentence on what could not be done, "" when all was
[[nodiscard]] boost::asio::awaitable<std::string> apply_network(ProbeState& probe,
                                                                NetworkConditions conditions,
                                                                net::Deadline deadline);
[[nodiscard]] DevToolsNetwork devtools_network(const NetworkConditions& conditions);

}  // namespace ringback::harness
