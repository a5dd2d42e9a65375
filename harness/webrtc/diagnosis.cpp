#include "harness/webrtc/diagnosis.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>

namespace ringback::harness {
namespace {

struct Course {
    bool local = false, remote = false;  ///< descriptions set
    bool connected = false, failed = false, closed = false, gathered = false, relay_only = false, has_servers = false;
    double began = 0, ended = 0;
    std::set<std::string> own, theirs;  ///< types of candidates
    std::set<std::string> server_errors;
};

/// "host" of "candidate:1 1 udp 2122 127.0.0.1 5 typ host …"
std::string type_of(const std::string& candidate) {
    const auto at = candidate.find(" typ ");
    if (at == std::string::npos) return {};
    const auto begin = at + 5;
    return candidate.substr(begin, candidate.find(' ', begin) - begin);
}

/// Candidates that came with a description, not one by one.
void take_description(std::set<std::string>& types, const std::string& text) {
    for (auto at = text.find("a=candidate:"); at != std::string::npos; at = text.find("a=candidate:", at + 1)) {
        const auto line = text.substr(at, text.find('\r', at) - at);
        if (auto type = type_of(line); !type.empty()) types.insert(std::move(type));
    }
}

void take(Course& course, const ConnectionEvent& event) {
    course.ended = event.at_seconds;
    if (event.type == "created") {
        course.began = event.at_seconds;
        course.relay_only = event.value.find("\"iceTransportPolicy\":\"relay\"") != std::string::npos;
        course.has_servers = event.value.find("turn") != std::string::npos || event.value.find("stun:") != std::string::npos;
    } else if (event.type == "setLocalDescription") {
        course.local = true;
    } else if (event.type == "setRemoteDescription") {
        course.remote = true;
        take_description(course.theirs, event.value);
    } else if (event.type == "icecandidate" || event.type == "addIceCandidate") {
        if (auto type = type_of(event.value); !type.empty())
            (event.type == "icecandidate" ? course.own : course.theirs).insert(std::move(type));
    } else if (event.type == "icecandidateerror") {
        course.server_errors.insert(event.value);
    } else if (event.type == "icegatheringstatechange") {
        course.gathered = course.gathered || event.value == "complete";
    } else if (event.type == "connectionstatechange") {
        course.connected = course.connected || event.value == "connected";
        course.failed = event.value == "failed";
    } else if (event.type == "close") {
        course.closed = true;
    }
}

std::string sentence(const std::string& name, const Course& course) {
    const auto errors = course.server_errors.empty()
                            ? std::string{}
                            : fmt::format(": {}", fmt::join(course.server_errors, "; "));
    if (course.connected)
        return fmt::format("connection {} was connected and failed at {:.1f} s", name, course.ended);
    if (!course.remote)
        return fmt::format("connection {} never got a description from the other side: the signalling did not come through",
                           name);
    if (course.own.empty() && course.relay_only)
        return fmt::format("connection {} may use relays only, and found none: the TURN server is unreachable or refused "
                           "the credentials{}", name, errors);
    if (course.own.empty())
        return fmt::format("connection {} found no address of its own to offer{}", name, errors);
    if (course.theirs.empty())
        return fmt::format("connection {} got no candidates from the other side", name);
    const bool relayed = course.own.contains("relay") && (course.relay_only || course.own.size() == 1);
    return fmt::format("connection {} had candidates ({}; the other side {}), but no path between them worked{}{}", name,
                       fmt::join(course.own, ", "), fmt::join(course.theirs, ", "),
                       relayed ? ": the TURN server answers, but does not relay" : "", errors);
}

}  // namespace

std::vector<std::string> diagnose_connections(const std::vector<ConnectionEvent>& events) {
    std::map<std::string, Course> courses;
    for (const auto& event : events) take(courses[event.connection], event);
    std::vector<std::string> sentences;
    for (const auto& [name, course] : courses)
        if (course.local && (course.failed || !course.connected)) sentences.push_back(sentence(name, course));
    return sentences;
}

}  // namespace ringback::harness
