// testRTC's firewall profiles: what a network lets through at all.
#pragma once

#include "run-options/parse_error.hpp"

#include <string_view>

namespace ringback::harness {

enum class Firewall {
    none,            ///< everything passes
    http_and_https,  ///< TCP to ports 80 and 443, and DNS
    https,           ///< TCP to port 443, and DNS
    dns,             ///< UDP and TCP to port 53
};

/// The name that find_firewall() knows and people are shown: "HTTP and HTTPS only".
[[nodiscard]] std::string_view to_string(Firewall firewall) noexcept;
/// By name, in any case and with any punctuation, with or without "FW_" before and "only" behind; "" and
/// "FW_NO_FW" are none. An error names the nearest profile.
[[nodiscard]] Parsed<Firewall> find_firewall(std::string_view name);

}  // namespace ringback::harness
