#include "harness/webrtc/link/packet_filter.hpp"

namespace ringback::harness::link {
namespace {

constexpr std::uint16_t kDns = 53, kHttp = 80, kHttps = 443;

bool open_port(Firewall firewall, std::uint16_t port) {
    return port == kDns || (port == kHttps && firewall != Firewall::dns) ||
           (port == kHttp && firewall == Firewall::http_and_https);
}

}  // namespace

bool lets_connect(Firewall firewall, std::uint16_t port) {
    return firewall == Firewall::none || open_port(firewall, port);
}

bool passes(Firewall firewall, Direction direction, const PacketFacts& packet) {
    if (firewall == Firewall::none) return true;
    const bool in = direction == Direction::incoming;
    const auto port = in ? packet.from.port : packet.to.port;
    if (packet.protocol == Protocol::udp) return port == kDns;
    return packet.protocol == Protocol::tcp && open_port(firewall, port) && !(in && packet.opens());
}

}  // namespace ringback::harness::link
