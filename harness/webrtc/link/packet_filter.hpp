// Firewall profiles as a rule on single packets.
#pragma once

#include "harness/test/firewall.hpp"
#include "harness/webrtc/link/packet.hpp"

namespace ringback::harness::link {

enum class Direction { outgoing, incoming };

/// Whether it lets the probe connect to this port by TCP.
[[nodiscard]] bool lets_connect(Firewall firewall, std::uint16_t port);

/// Whether a firewall lets a packet of the probe's network through. Stateless: what comes in passes when it
/// comes from a port that may be reached, and opens no connection.
[[nodiscard]] bool passes(Firewall firewall, Direction direction, const PacketFacts& packet);

}  // namespace ringback::harness::link
