#include "harness/webrtc/diagnosis.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>

namespace ringback::harness {

namespace json = boost::json;

namespace {

/// A connection that had less time than this may only have been cut short.
constexpr double kFairChanceSeconds = 3;
/// Candidate pairs that nobody answers are given up after 15 s and more; those whose relay says no, at once.
constexpr double kAtOnceSeconds = 5;
/// What browsers report of a server that gives no answer.
/// https://www.w3.org/TR/webrtc/#rtcpeerconnectioniceerrorevent
constexpr int kNotReachable = 701;

struct ServerError {
    int code = 0;
    std::string text;  ///< "701 Failed to establish connection"
    std::string url;
};

/// What happened to one connection.
struct Course {
    std::string name;
    bool relay_only = false;
    std::vector<std::string> turn_servers;
    std::optional<double> local, remote, checking, ice_connected, connected, failed, closed;
    bool gathered = false;
    std::set<std::string> own, theirs;  ///< types of candidates
    std::vector<ServerError> errors;
};

/// "host" of "candidate:1 1 udp 2122 127.0.0.1 5 typ host …"
std::string type_of(std::string_view candidate) {
    const auto at = candidate.find(" typ ");
    if (at == std::string_view::npos) return {};
    const auto type = candidate.substr(at + 5);
    return std::string(type.substr(0, type.find_first_of(" \r\n")));
}

/// Candidates that came with a description, not one by one.
void take_description(std::set<std::string>& types, std::string_view text) {
    for (auto at = text.find("a=candidate:"); at != std::string_view::npos;
         at = text.find("a=candidate:", at + 1)) {
        const auto line = text.substr(at, text.find('\n', at) - at);
        if (auto type = type_of(line); !type.empty()) types.insert(std::move(type));
    }
}

void take_url(Course& course, const json::value& url) {
    if (!url.is_string()) return;
    std::string text(url.get_string());
    if (text.starts_with("turn:") || text.starts_with("turns:"))
        course.turn_servers.push_back(std::move(text));
}

/// The page's RTCConfiguration.
void take_configuration(Course& course, const std::string& text) {
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    const auto* configuration = error ? nullptr : parsed.if_object();
    if (!configuration) return;
    course.relay_only = stat_text(*configuration, "iceTransportPolicy") == "relay";
    course.turn_servers.clear();
    const auto* servers = configuration->if_contains("iceServers");
    if (!servers || !servers->is_array()) return;
    for (const auto& entry : servers->get_array()) {
        const auto* server = entry.if_object();
        const auto* urls = server ? server->if_contains("urls") : nullptr;
        if (!urls) continue;
        if (!urls->is_array()) take_url(course, *urls);
        if (urls->is_array())
            for (const auto& url : urls->get_array())
                take_url(course, url);
    }
}

/// "701 Failed to establish connection (turn:127.0.0.1:3478?transport=tcp)"
ServerError server_error(const std::string& value) {
    ServerError error;
    std::from_chars(value.data(), value.data() + value.size(), error.code);
    const auto bracket = value.rfind(" (");
    error.text = value.substr(0, bracket);
    if (bracket != std::string::npos && value.back() == ')')
        error.url = value.substr(bracket + 2, value.size() - bracket - 3);
    while (!error.text.empty() && (error.text.back() == '.' || error.text.back() == ' '))
        error.text.pop_back();
    return error;
}

void take_state(Course& course, const ConnectionEvent& event) {
    const auto first = [&](std::optional<double>& at) {
        if (!at) at = event.at_seconds;
    };
    if (event.type == "icegatheringstatechange")
        course.gathered = course.gathered || event.value == "complete";
    if (event.type == "iceconnectionstatechange") {
        if (event.value == "checking") first(course.checking);
        if (event.value == "connected" || event.value == "completed") first(course.ice_connected);
    }
    if (event.type != "connectionstatechange") return;
    if (event.value == "connected") {
        first(course.connected);
        course.failed.reset();  // it came back
    }
    if (event.value == "failed") first(course.failed);
}

void take(Course& course, const ConnectionEvent& event) {
    const auto first = [&](std::optional<double>& at) {
        if (!at) at = event.at_seconds;
    };
    if (event.type == "created" || event.type == "setConfiguration") {
        take_configuration(course, event.value);
    } else if (event.type == "setLocalDescription") {
        first(course.local);
    } else if (event.type == "setRemoteDescription") {
        first(course.remote);
        take_description(course.theirs, event.value);
    } else if (event.type == "icecandidate" || event.type == "addIceCandidate") {
        auto& types = event.type == "icecandidate" ? course.own : course.theirs;
        if (auto type = type_of(event.value); !type.empty()) types.insert(std::move(type));
    } else if (event.type == "icecandidateerror") {
        course.errors.push_back(server_error(event.value));
    } else if (event.type == "close") {
        first(course.closed);
    } else {
        take_state(course, event);
    }
}

std::string servers(const std::vector<std::string>& urls) {
    const std::set<std::string> distinct(urls.begin(), urls.end());
    return fmt::format("{} {}", distinct.size() == 1 ? "the TURN server" : "the TURN servers",
                       fmt::join(distinct, ", "));
}

/// Why there is no relay, of a connection that has TURN servers.
CallFault without_relay(const Course& course, double seconds) {
    CallFault fault;
    const auto refusal =
        std::find_if(course.errors.begin(), course.errors.end(), [](const ServerError& error) {
            return error.url.starts_with("turn") && error.code >= 300 && error.code < kNotReachable;
        });
    if (refusal != course.errors.end()) {
        fault.kind = CallFaultKind::turn_refused;
        const char* hint = refusal->code == 401 || refusal->code == 441 ? ": wrong user name or password"
                           : refusal->code == 438                       ? ": its credentials have expired"
                           : refusal->code == 486 ? ": the user has too many relays already"
                           : refusal->code == 508 ? ": it has no free port"
                                                  : "";
        fault.text = fmt::format("the TURN server {} refused: {}{}", refusal->url, refusal->text, hint);
        return fault;
    }
    fault.kind = CallFaultKind::turn_unreachable;
    std::set<std::string> said;
    for (const auto& error : course.errors)
        if (error.url.starts_with("turn")) said.insert(error.text);
    fault.text = fmt::format("TURN unreachable: {} gave no answer", servers(course.turn_servers));
    fault.text +=
        said.empty() ? fmt::format(" within {:.0f} s", seconds) : fmt::format(" ({})", fmt::join(said, "; "));
    return fault;
}

CallFault without_own_candidates(const Course& course, double seconds) {
    if (course.relay_only && !course.turn_servers.empty()) {
        auto fault = without_relay(course, seconds);
        fault.text += "; the page allows nothing but relays";
        return fault;
    }
    CallFault fault;
    fault.kind = CallFaultKind::no_candidates;
    fault.text = course.relay_only ? "the page allows nothing but relays, and names no TURN server"
                                   : "no candidates: this side found no address of its own to offer";
    return fault;
}

/// Both sides had candidates, and no pair of them worked.
CallFault without_path(const Course& course, double seconds) {
    CallFault fault;
    const bool relay = course.own.contains("relay");
    if (relay && course.own.size() == 1) {
        fault.kind = CallFaultKind::relay_refused;
        const bool at_once =
            course.failed && course.checking && *course.failed - *course.checking < kAtOnceSeconds;
        fault.text = fmt::format(
            "relay refused: {} gave a relay, but {}", servers(course.turn_servers),
            at_once ? "would not relay to the other side (its configuration forbids the peer's address)"
                    : "nothing came through it: it may not relay to the other side, or cannot reach it");
        return fault;
    }
    const auto had = fmt::format("no path between the candidates of this side ({}) and the other ({}) worked",
                                 fmt::join(course.own, ", "), fmt::join(course.theirs, ", "));
    if (!relay && !course.turn_servers.empty()) {
        fault = without_relay(course, seconds);
        fault.text = had + ", and there was no relay: " + fault.text;
        return fault;
    }
    fault.kind = CallFaultKind::ice_failed;
    fault.text =
        "ICE failed: " + had +
        (relay ? ", not even through the TURN server" : ", and no TURN server is named to fall back on");
    return fault;
}

CallFault without_signalling(const Course& course, const CallCircumstances& circumstances) {
    CallFault fault;
    fault.kind = CallFaultKind::no_signalling;
    fault.text =
        course.local
            ? "no answer came to this side's offer: the signalling did not get through, or nobody was there"
            : "the page took the other side's offer and never answered it";
    const auto said = std::find_if(
        circumstances.page_errors.begin(), circumstances.page_errors.end(), [](const auto& line) {
            return line.find("WebSocket") != std::string::npos || line.find("'ws") != std::string::npos;
        });
    if (said != circumstances.page_errors.end()) fault.text += "; the browser says: " + *said;
    return fault;
}

CallFault diagnose(const Course& course, double seconds, const CallCircumstances& circumstances) {
    CallFault fault;
    if (course.connected) {
        fault.kind = CallFaultKind::lost;
        fault.text =
            fmt::format("its path broke {:.0f} s after it was connected", *course.failed - *course.connected);
    } else if (course.ice_connected) {
        fault.kind = CallFaultKind::dtls_failed;
        fault.text = fmt::format(
            "ICE found a path, but the DTLS handshake {}: a certificate that is not the one of the "
            "description, or large packets that get lost",
            course.failed ? "failed" : fmt::format("did not end within {:.0f} s", seconds));
    } else if (!course.remote || !course.local) {
        fault = without_signalling(course, circumstances);
    } else if (course.own.empty()) {
        fault = without_own_candidates(course, seconds);
    } else if (course.theirs.empty()) {
        fault.kind = CallFaultKind::no_candidates;
        fault.text = "no candidates came from the other side: it found none, or the signalling lost them";
    } else {
        fault = without_path(course, seconds);
    }
    return fault;
}

bool in_trouble(const Course& course, double seconds) {
    if (course.failed) return true;
    return !course.connected && (course.local || course.remote) && seconds >= kFairChanceSeconds;
}

/// Of a page that never came as far as a connection.
std::optional<CallFault> before_any_connection(const std::vector<ConnectionEvent>& events,
                                               const CallCircumstances& circumstances) {
    const auto last = [&](std::string_view type) {
        return std::find_if(events.rbegin(), events.rend(),
                            [&](const auto& event) { return event.type == type; });
    };
    CallFault fault;
    const auto refused = last("getusermediaerror"), given = last("getusermedia"),
               insecure = last("insecurecontext");
    if (refused != events.rend()) {
        fault.kind = CallFaultKind::no_media;
        fault.text = "the page got no camera or microphone: " + refused->value;
        if (refused->value.starts_with("NotAllowedError"))
            fault.text +=
                " (ringback allows every page; a Permissions-Policy header, or an iframe without "
                "allow=\"camera; microphone\", forbids)";
        return fault;
    }
    if (insecure != events.rend() && given == events.rend()) {
        fault.kind = CallFaultKind::no_media;
        fault.text = fmt::format(
            "{} is no secure context: browsers give a camera or microphone to https pages, to "
            "localhost, and here to the test's service-url",
            insecure->value);
        return fault;
    }
    if (given == events.rend()) return std::nullopt;
    fault = without_signalling({}, circumstances);
    const auto said = fault.text.find("; the browser says: ");
    fault.text =
        "the page has a camera or microphone, but made no connection: nobody to call was there, or the "
        "signalling "
        "did not get through" +
        (said == std::string::npos ? std::string{} : fault.text.substr(said));
    return fault;
}

/// "connections 1, 2 and 4"
std::string named(const std::vector<std::string>& names) {
    std::string text = names.size() == 1 ? "connection " : "connections ";
    for (std::size_t i = 0; i < names.size(); ++i)
        text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
    return text;
}

}  // namespace

std::vector<CallFault> diagnose_call(const std::vector<ConnectionEvent>& events,
                                     const CallCircumstances& circumstances) {
    std::vector<Course> courses;  // in the order of their first events
    std::map<std::string, std::size_t> by_name;
    for (const auto& event : events) {
        if (event.connection.empty()) continue;
        const auto [found, fresh] = by_name.try_emplace(event.connection, courses.size());
        if (fresh) courses.emplace_back().name = event.connection;
        take(courses[found->second], event);
    }
    std::vector<CallFault> faults;
    for (const auto& course : courses) {
        const double ended = course.closed.value_or(circumstances.ended_seconds);
        const double seconds = ended - course.local.value_or(course.remote.value_or(ended));
        if (!in_trouble(course, seconds)) continue;
        auto fault = diagnose(course, seconds, circumstances);
        const auto same = std::find_if(faults.begin(), faults.end(), [&](const CallFault& other) {
            return other.kind == fault.kind && other.text == fault.text;
        });
        auto& kept = same == faults.end() ? faults.emplace_back(std::move(fault)) : *same;
        kept.connections.push_back(course.name);
    }
    for (auto& fault : faults)
        fault.text =
            fmt::format("{} {}: {}", named(fault.connections),
                        fault.kind == CallFaultKind::lost ? "failed" : "never connected", fault.text);
    const bool tried = std::any_of(courses.begin(), courses.end(),
                                   [](const Course& course) { return course.local || course.remote; });
    if (!tried)
        if (auto fault = before_any_connection(events, circumstances)) faults.push_back(std::move(*fault));
    return faults;
}

}  // namespace ringback::harness
