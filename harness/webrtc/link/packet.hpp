// IPv4 packets as a TUN device gives and takes them: what stands in their headers, and how to change that.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace ringback::harness::link {

using Bytes = std::span<const std::uint8_t>;
/// From the first byte of the IP header on.
using Packet = std::vector<std::uint8_t>;

/// An IPv4 address (host byte order) and a port.
struct Endpoint {
    std::uint32_t address = 0;
    std::uint16_t port = 0;
    [[nodiscard]] auto operator<=>(const Endpoint&) const = default;
};
[[nodiscard]] constexpr std::uint32_t ipv4(unsigned a, unsigned b, unsigned c, unsigned d) {
    return a << 24 | b << 16 | c << 8 | d;
}

enum class Protocol : std::uint8_t { icmp = 1, tcp = 6, udp = 17 };

/// What the emulator needs to know of a packet. Ports are 0 where the protocol has none.
struct PacketFacts {
    Protocol protocol{};
    Endpoint from, to;
    std::size_t transport_at = 0;  ///< where the header of TCP or UDP begins
    std::size_t payload_at = 0;    ///< where its payload begins
    std::size_t size = 0;          ///< of the whole packet, by its own header
    std::uint32_t sequence = 0, acknowledged = 0;
    bool syn = false, ack = false, rst = false, fin = false;
    /// The first packet of a TCP connection.
    [[nodiscard]] bool opens() const { return protocol == Protocol::tcp && syn && !ack; }
};

/// nullopt for what is not a whole IPv4 packet of TCP, UDP or ICMP, and for fragments.
[[nodiscard]] std::optional<PacketFacts> read_packet(Bytes packet);

/// Gives a TCP packet other ends; both checksums stay right (or as wrong as they were).
void rewrite(std::span<std::uint8_t> packet, const PacketFacts& facts, Endpoint from, Endpoint to);

[[nodiscard]] Packet make_udp(Endpoint from, Endpoint to, Bytes payload);
/// The answer of a host where nobody listens (RFC 9293, 3.10.7.1).
[[nodiscard]] Packet make_reset(const PacketFacts& of);

/// One's complement sum of RFC 1071 over `bytes`, folded, not yet inverted. An odd last byte counts as high.
[[nodiscard]] std::uint16_t checksum_sum(Bytes bytes, std::uint32_t start = 0);

}  // namespace ringback::harness::link
