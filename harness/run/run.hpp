// What a run is: everything that is known of one execution of one test. Filled in by an engine, read by
// everybody else.
#pragma once

#include "net/http_client.hpp"
#include "run-options/run_status.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace ringback::harness {

using SystemTime = std::chrono::system_clock::time_point;

/// One judged statement: an assertion of a step or an expectation of a call.
struct AssertionResult {
    std::string text;  ///< as written, variables replaced: "response_status equal_number 201"
    bool passed = false;
    bool warning = false;  ///< when it fails it is a warning, not a failure
    std::string found;     ///< value found, as shown to people; "" when there was none
    std::string wanted;    ///< value wanted
    std::string
        source;  ///< "response_status", "response_headers", … or "expectation": groups results for payloads
    std::string channel;  ///< expectations: the channel judged, e.g. "video.in #2"; else ""
    std::string
        message;  ///< the author's own words for a failure, or why it could not be judged; may be empty
    std::optional<double> failed_at;  ///< of what held before: seconds into the run when it first did not
};

struct ExtractionResult {
    std::string variable, source;
    bool passed = false;
    std::string value;    ///< redacted when the variable is secret
    std::string message;  ///< why it failed
};

struct ScriptResult {
    std::string name;
    bool passed = false;
    std::string message;
};

enum class Verdict { passed, warned, failed, skipped };
[[nodiscard]] std::string_view to_string(Verdict verdict) noexcept;

/// One executed (or skipped) step of an endpoint test, nested steps flattened in the order of execution.
struct StepResult {
    std::string path;   ///< "3" or "3.1" for a nested one
    std::string type;   ///< "request", "pause", "condition", …
    std::string title;  ///< "POST http://127.0.0.1/cart"
    std::string note;   ///< the author's words
    Verdict verdict = Verdict::passed;
    std::vector<std::string> reasons;  ///< why it failed or warned, one sentence each
    SystemTime started_at{};
    std::chrono::microseconds duration{0};
    // Of a request; empty otherwise.
    std::string method, url;
    std::optional<net::Exchange> exchange;  ///< with secrets redacted in head and header values
    std::vector<AssertionResult> assertions;
    std::vector<ExtractionResult> extractions;
    std::vector<ScriptResult> scripts;
    bool slower_than_wanted = false;  ///< took longer than the step's slow-after
    bool cut_off = false;             ///< was under way when the run was ended from outside
};

enum class Level { info, warning, error };

/// A line that a script or the browser had to say.
struct Notification {
    Level level = Level::info;
    SystemTime at{};
    std::string text;
    std::string source;  ///< "script", "browser", "ringback"
};

/// avg, min and max of one metric over the time it was sampled.
struct MetricSummary {
    double average = 0, minimum = 0, maximum = 0, last = 0;
};

/// One RTP stream of one probe.
struct ChannelResult {
    std::string media;      ///< "audio" or "video"
    std::string direction;  ///< "in" or "out"
    std::string id;         ///< stable within the probe: "video.in #1"
    std::string codec;
    /// By metric name as in expectations ("bitrate" kbit/s, "packetloss" %, "jitter" ms, "rtt" ms, "fps", …).
    std::map<std::string, MetricSummary> metrics;
    /// Samples by metric name, aligned with ProbeResult::sample_times; NaN where there was none.
    std::map<std::string, std::vector<double>, std::less<>> samples;
};

/// Why connections did not come about, or ended.
enum class CallFaultKind {
    no_media,          ///< the page got no camera or microphone
    no_signalling,     ///< the other side's description never came
    no_candidates,     ///< one side found no address, or the other did not hear of it
    turn_unreachable,  ///< a TURN server gave no answer
    turn_refused,      ///< a TURN server answered, and gave no relay
    relay_refused,     ///< a TURN server gave a relay, and relayed nothing
    ice_failed,        ///< candidates on both sides, and no path between them
    dtls_failed,       ///< a path, and no keys
    lost,              ///< connected, and failed later
};
/// "turn-unreachable"
[[nodiscard]] std::string_view to_string(CallFaultKind kind) noexcept;

struct CallFault {
    CallFaultKind kind = CallFaultKind::ice_failed;
    std::vector<std::string> connections;  ///< names; empty when the page made none
    std::string text;                      ///< a sentence for people
};

/// One peer connection of a probe.
struct ConnectionResult {
    std::string name;            ///< "1", "2", … in the order they were made
    std::string state;           ///< its last connectionState; "new" when it never had another
    std::string candidate_pair;  ///< "host/udp ↔ host/udp"; "" while there was none
    std::optional<double> setup_ms;
    std::map<std::string, double> phases_ms;  ///< as ProbeResult::setup_phases_ms
};

/// What one direction of an emulated link did to packets of the probe.
struct LinkWay {
    std::uint64_t packets = 0, bytes = 0;  ///< that came through, IP headers included
    std::uint64_t lost = 0;                ///< by the loss that was set
    std::uint64_t overflowed = 0;          ///< for want of room in the queue of a limited rate
    std::uint64_t refused = 0;             ///< by the firewall
};
struct LinkTraffic {
    LinkWay outgoing, incoming;
};

struct ProbeEvent {
    std::string name;
    bool global = false;
    double at_seconds = 0;  ///< since the run began
};

struct Screenshot {
    std::string name, file;  ///< file: path of a JPEG below the run's artifact directory
    bool at_failure = false;
};

/// One browser of a WebRTC run.
struct ProbeResult {
    std::uint32_t number = 1, session = 1, in_session = 1;  ///< all from 1
    std::string name;                                       ///< RTC_AGENT_NAME
    std::string browser, network, firewall, media;
    std::string network_emulation;  ///< "link emulator" or "DevTools"; "" when its network is the machine's
    std::optional<LinkTraffic> link_traffic;  ///< what the link emulator did to its packets
    Verdict verdict = Verdict::passed;
    std::vector<std::string> reasons;
    std::vector<Notification> notifications;
    std::vector<AssertionResult> expectations;
    std::vector<ChannelResult> channels;
    std::vector<double> sample_times;  ///< seconds since the run began
    std::vector<ProbeEvent> events;
    std::map<std::string, double> custom_metrics;
    std::map<std::string, MetricSummary>
        performance;                      ///< "browser.cpu" (1 = one core), "browser.memory" (MB, PSS), …
    std::optional<double> call_setup_ms;  ///< first setLocalDescription() to first "connected"
    std::map<std::string, double>
        setup_phases_ms;         ///< "gathering", "ice", "dtls", "first-packet", "first-frame"
    std::string candidate_pair;  ///< "host/udp ↔ host/udp"
    std::vector<ConnectionResult> connections;
    std::vector<CallFault> call_faults;
    std::optional<double> mos, score, rtt_ms;
    std::string additional_info;
    std::vector<Screenshot> screenshots;
    std::vector<std::string> console;  ///< browser console lines, bounded
    SystemTime started_at{};           ///< when its turn had come and its page was about to open
    std::chrono::microseconds duration{0};
};

struct Run {
    std::string id;    ///< UUID version 7
    std::string name;  ///< random and speakable: "brave-otter"
    RunType type = RunType::test;
    std::string kind;                           ///< "endpoint" or "webrtc"
    std::string test_name, test_file, test_id;  ///< test_id: stable UUID of name and file
    std::string service_url, project = "default", description;
    RunStatus status = RunStatus::started;
    std::optional<std::string>
        error;  ///< why the run could not be judged: time-out, browser gone, interrupted
    bool engine_unavailable = false;  ///< `error` is about this machine, not about the tested service
    std::vector<std::string> failure_reasons;  ///< the sentences that decide, most telling first
    std::vector<std::string> warnings;
    std::string additional_info;
    std::optional<double> score, mos;
    std::optional<std::string> failure_screenshot;  ///< file below artifacts
    std::uint32_t concurrent_users = 1;
    SystemTime started_at{}, finished_at{};
    std::chrono::microseconds duration{0};
    std::string location = "local", environment, monitor;
    std::uint32_t try_number = 1;
    std::map<std::string, std::string> initial_variables, variables;  ///< secrets redacted
    std::vector<StepResult> steps;                                    ///< endpoint
    std::vector<ProbeResult> probes;                                  ///< webrtc
    std::map<std::string, double> custom_metrics;  ///< webrtc: sums or means of the probes'
    std::vector<Notification> log;                 ///< of the run as a whole
    std::string
        network_emulation;  ///< of probes that have one: "link emulator" or "DevTools"; "" when none has
    std::string network_emulation_reason;  ///< why it is not the link emulator
    std::string artifacts;                 ///< directory, "" when none was kept

    /// Counts for reports and payloads: assertions, extractions and scripts (endpoint), expectations
    /// (webrtc).
    struct Counts {
        std::size_t total = 0, passed = 0, failed = 0, skipped = 0;
    };
    [[nodiscard]] Counts checks() const;
    [[nodiscard]] Counts step_counts() const;
    /// True when another try could end otherwise: it failed or timed out, and not for want of a browser.
    [[nodiscard]] bool worth_retrying() const {
        return (status == RunStatus::failure || status == RunStatus::timeout) && !engine_unavailable;
    }
};

/// A fresh UUID version 7 (RFC 9562) from the system clock and a cryptographic random source.
[[nodiscard]] std::string make_run_id();
/// Two random words, e.g. "brave-otter".
[[nodiscard]] std::string make_run_name();
/// UUID version 8 from SHA-256 of the text: the same text gives the same id.
[[nodiscard]] std::string stable_uuid(std::string_view text);
/// "2026-01-31T12:00:00.123Z"
[[nodiscard]] std::string iso8601(SystemTime time);

}  // namespace ringback::harness
