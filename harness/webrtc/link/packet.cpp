#include "harness/webrtc/link/packet.hpp"

#include <algorithm>

namespace ringback::harness::link {
namespace {

constexpr std::size_t kIpHeader = 20, kUdpHeader = 8, kTcpHeader = 20;
constexpr std::uint8_t kFin = 1, kSyn = 2, kRst = 4, kAck = 16;

std::uint16_t get16(Bytes bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}
std::uint32_t get32(Bytes bytes, std::size_t at) {
    return std::uint32_t{get16(bytes, at)} << 16 | get16(bytes, at + 2);
}
void put16(std::span<std::uint8_t> bytes, std::size_t at, std::uint16_t value) {
    bytes[at] = static_cast<std::uint8_t>(value >> 8);
    bytes[at + 1] = static_cast<std::uint8_t>(value);
}
void put32(std::span<std::uint8_t> bytes, std::size_t at, std::uint32_t value) {
    put16(bytes, at, static_cast<std::uint16_t>(value >> 16));
    put16(bytes, at + 2, static_cast<std::uint16_t>(value));
}

std::uint16_t folded(std::uint32_t sum) {
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

/// The sum of what the checksums of TCP and UDP cover beside their own bytes.
std::uint32_t pseudo_header(Protocol protocol, Endpoint from, Endpoint to, std::size_t length) {
    return (from.address >> 16) + (from.address & 0xffff) + (to.address >> 16) + (to.address & 0xffff) +
           static_cast<std::uint32_t>(protocol) + static_cast<std::uint32_t>(length);
}

/// Room for a transport part of `length` bytes, with the IP header filled in.
Packet make_ip(Protocol protocol, Endpoint from, Endpoint to, std::size_t length) {
    Packet packet(kIpHeader + length);
    packet[0] = 0x45;
    put16(packet, 2, static_cast<std::uint16_t>(packet.size()));
    put16(packet, 6, 0x4000);  // not to be fragmented
    packet[8] = 64;
    packet[9] = static_cast<std::uint8_t>(protocol);
    put32(packet, 12, from.address);
    put32(packet, 16, to.address);
    put16(packet, 10, static_cast<std::uint16_t>(~checksum_sum(Bytes(packet).first(kIpHeader))));
    return packet;
}

/// RFC 1624, equation 3: a checksum after one 16 bit word under it has changed.
std::uint16_t updated(std::uint16_t checksum, std::uint16_t before, std::uint16_t after) {
    const std::uint32_t sum =
        static_cast<std::uint16_t>(~checksum) + static_cast<std::uint16_t>(~before) + std::uint32_t{after};
    return static_cast<std::uint16_t>(~folded(sum));
}
std::uint16_t updated32(std::uint16_t checksum, std::uint32_t before, std::uint32_t after) {
    checksum =
        updated(checksum, static_cast<std::uint16_t>(before >> 16), static_cast<std::uint16_t>(after >> 16));
    return updated(checksum, static_cast<std::uint16_t>(before), static_cast<std::uint16_t>(after));
}

bool read_tcp(Bytes packet, PacketFacts& facts) {
    const auto at = facts.transport_at;
    if (facts.size < at + kTcpHeader) return false;
    const std::size_t header = std::size_t{4} * (packet[at + 12] >> 4);
    if (header < kTcpHeader || at + header > facts.size) return false;
    facts.payload_at = at + header;
    facts.sequence = get32(packet, at + 4);
    facts.acknowledged = get32(packet, at + 8);
    const auto flags = packet[at + 13];
    facts.fin = (flags & kFin) != 0;
    facts.syn = (flags & kSyn) != 0;
    facts.rst = (flags & kRst) != 0;
    facts.ack = (flags & kAck) != 0;
    return true;
}

bool read_udp(Bytes packet, PacketFacts& facts) {
    const auto at = facts.transport_at;
    if (facts.size < at + kUdpHeader) return false;
    const auto length = get16(packet, at + 4);
    if (length < kUdpHeader || at + length > facts.size) return false;
    facts.payload_at = at + kUdpHeader;
    facts.size = at + length;
    return true;
}

}  // namespace

std::uint16_t checksum_sum(Bytes bytes, std::uint32_t start) {
    std::uint64_t sum = start;
    std::size_t at = 0;
    for (; at + 1 < bytes.size(); at += 2)
        sum += get16(bytes, at);
    if (at < bytes.size()) sum += std::uint32_t{bytes[at]} << 8;
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return static_cast<std::uint16_t>(sum);
}

std::optional<PacketFacts> read_packet(Bytes packet) {
    if (packet.size() < kIpHeader || packet[0] >> 4 != 4) return std::nullopt;
    PacketFacts facts;
    facts.transport_at = std::size_t{4} * (packet[0] & 0xf);
    facts.size = get16(packet, 2);
    if (facts.transport_at < kIpHeader || facts.size < facts.transport_at || facts.size > packet.size())
        return std::nullopt;
    constexpr std::uint16_t more_or_later = 0x3fff;
    if ((get16(packet, 6) & more_or_later) != 0) return std::nullopt;
    facts.protocol = static_cast<Protocol>(packet[9]);
    facts.from.address = get32(packet, 12);
    facts.to.address = get32(packet, 16);
    facts.payload_at = facts.transport_at;
    if (facts.protocol == Protocol::icmp) return facts;
    if (facts.protocol != Protocol::tcp && facts.protocol != Protocol::udp) return std::nullopt;
    const bool whole = facts.protocol == Protocol::tcp ? read_tcp(packet, facts) : read_udp(packet, facts);
    if (!whole) return std::nullopt;
    facts.from.port = get16(packet, facts.transport_at);
    facts.to.port = get16(packet, facts.transport_at + 2);
    return facts;
}

void rewrite(std::span<std::uint8_t> packet, const PacketFacts& facts, Endpoint from, Endpoint to) {
    auto ip = get16(packet, 10);
    ip = updated32(ip, facts.from.address, from.address);
    ip = updated32(ip, facts.to.address, to.address);
    put16(packet, 10, ip);
    const auto at = facts.transport_at;
    auto sum = get16(packet, at + 16);
    sum = updated32(sum, facts.from.address, from.address);
    sum = updated32(sum, facts.to.address, to.address);
    sum = updated(sum, facts.from.port, from.port);
    sum = updated(sum, facts.to.port, to.port);
    put16(packet, at + 16, sum);
    put32(packet, 12, from.address);
    put32(packet, 16, to.address);
    put16(packet, at, from.port);
    put16(packet, at + 2, to.port);
}

Packet make_udp(Endpoint from, Endpoint to, Bytes payload) {
    // More does not fit into a packet, and no socket gives more.
    payload = payload.first(std::min(payload.size(), std::size_t{65535} - kIpHeader - kUdpHeader));
    const auto length = kUdpHeader + payload.size();
    auto packet = make_ip(Protocol::udp, from, to, length);
    put16(packet, kIpHeader, from.port);
    put16(packet, kIpHeader + 2, to.port);
    put16(packet, kIpHeader + 4, static_cast<std::uint16_t>(length));
    std::copy(payload.begin(), payload.end(), packet.begin() + kIpHeader + kUdpHeader);
    auto sum = static_cast<std::uint16_t>(
        ~checksum_sum(Bytes(packet).subspan(kIpHeader), pseudo_header(Protocol::udp, from, to, length)));
    put16(packet, kIpHeader + 6, sum == 0 ? 0xffff : sum);  // 0 would say that there is none
    return packet;
}

Packet make_reset(const PacketFacts& of) {
    const auto from = of.to, to = of.from;
    auto packet = make_ip(Protocol::tcp, from, to, kTcpHeader);
    put16(packet, kIpHeader, from.port);
    put16(packet, kIpHeader + 2, to.port);
    const auto carried =
        static_cast<std::uint32_t>(of.size - of.payload_at) + (of.syn ? 1 : 0) + (of.fin ? 1 : 0);
    put32(packet, kIpHeader + 4, of.ack ? of.acknowledged : 0);
    put32(packet, kIpHeader + 8, of.ack ? 0 : of.sequence + carried);
    packet[kIpHeader + 12] = (kTcpHeader / 4) << 4;
    packet[kIpHeader + 13] = of.ack ? kRst : kRst | kAck;
    put16(packet, kIpHeader + 16,
          static_cast<std::uint16_t>(~checksum_sum(Bytes(packet).subspan(kIpHeader),
                                                   pseudo_header(Protocol::tcp, from, to, kTcpHeader))));
    return packet;
}

}  // namespace ringback::harness::link
