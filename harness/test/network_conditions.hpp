// What a network does to packets: testRTC's named profiles, and what a script sets.
#pragma once

#include "run-options/parse_error.hpp"

#include <boost/json/object.hpp>

#include <optional>
#include <span>
#include <string_view>

namespace ringback::harness {

/// What makes networks: our own link emulator where this machine allows it and DevTools elsewhere, or one of
/// the two.
enum class NetworkEmulation { automatic, link, devtools };
/// "auto", "link" or "devtools".
[[nodiscard]] Parsed<NetworkEmulation> parse_network_emulation(std::string_view name);

/// One direction. Zero means: as it comes.
struct LinkConditions {
    double bitrate_kbps = 0;  ///< 0: not limited
    double latency_ms = 0;    ///< added to each packet
    double jitter_ms = 0;     ///< each packet's latency differs by up to this much, either way
    double loss = 0;          ///< share of packets, 0 to 1
    [[nodiscard]] bool operator==(const LinkConditions&) const = default;
};

struct NetworkConditions {
    LinkConditions outgoing, incoming;
    [[nodiscard]] bool operator==(const NetworkConditions&) const = default;
    /// True when nothing is changed.
    [[nodiscard]] bool open() const { return *this == NetworkConditions{}; }
};

struct NetworkProfile {
    std::string_view name;
    LinkConditions each_way;
    [[nodiscard]] NetworkConditions conditions() const { return {each_way, each_way}; }
};
[[nodiscard]] std::span<const NetworkProfile> all_network_profiles() noexcept;
/// By name, in any case and with any punctuation ("wifi-high-packet-loss"); "" is "No throttling". An error
/// names the nearest profile.
[[nodiscard]] Parsed<NetworkConditions> find_network_profile(std::string_view name);

/// The argument of `rtcSetNetwork`: {outgoing: {packetloss, jitter, latency, bitrate}, incoming: {…}};
/// packetloss is a share from 0 to 1, jitter and latency are milliseconds, bitrate is kbit/s.
[[nodiscard]] Parsed<NetworkConditions> parse_network_conditions(const boost::json::object& text);

}  // namespace ringback::harness
