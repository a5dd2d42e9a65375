// Sends the datagrams of probes from sockets of this machine, and gives the answers back as packets. Like the
// NAT of a good home router: one socket per address and port of a probe, whatever it talks to (RFC 4787:
// endpoint-independent mapping and filtering).
#pragma once

#include "harness/webrtc/link/packet.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/udp.hpp>

#include <array>
#include <chrono>
#include <functional>
#include <map>
#include <memory>

namespace ringback::harness::link {

using LinkId = std::uint32_t;
/// Takes a packet that is on its way to a probe.
using Deliver = std::function<void(LinkId, Packet)>;

class UdpNat {
  public:
    UdpNat(boost::asio::io_context& io, Deliver deliver) : io_(io), deliver_(std::move(deliver)) {}

    void send(LinkId link, const PacketFacts& facts, Bytes payload);
    void forget(LinkId link);
    /// Closes what was not used for minutes. To be called now and then.
    void sweep();

  private:
    struct Mapping {
        Mapping(boost::asio::io_context& io, LinkId of, Endpoint from) : link(of), inner(from), socket(io) {}
        LinkId link;
        Endpoint inner;
        boost::asio::ip::udp::socket socket;
        std::chrono::steady_clock::time_point used;
    };
    std::shared_ptr<Mapping> mapping(LinkId link, Endpoint inner);
    void await(const std::shared_ptr<Mapping>& mapping);
    void receive(const std::shared_ptr<Mapping>& mapping);

    boost::asio::io_context& io_;
    Deliver deliver_;
    std::map<std::pair<LinkId, Endpoint>, std::shared_ptr<Mapping>> mappings_;
    std::array<std::uint8_t, 65536> buffer_{};
};

}  // namespace ringback::harness::link
