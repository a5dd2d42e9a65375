// Lets probes connect to wherever this machine can. No TCP of our own: the kernel of a second namespace ends
// the probe's connections, behind the emulated link, so that loss and delay meet a real TCP on both sides.
// What it accepts is passed on over a connection from this machine.
//
// A probe's SYN is held back until that connection stands: one that is refused is refused to the probe, too.
#pragma once

#include "harness/webrtc/link/network_namespace.hpp"
#include "harness/webrtc/link/udp_nat.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <tuple>

namespace ringback::harness::link {

/// Of the gateway's namespace, and of the probes as it sees them.
constexpr std::uint32_t kGatewayAddress = ipv4(198, 19, 255, 1), kGuestAddress = ipv4(198, 19, 254, 1);

class TcpGateway {
  public:
    TcpGateway(boost::asio::io_context& io, NetworkNamespace with, Deliver deliver);

    /// A packet of TCP that has come through a probe's link.
    void send(LinkId link, Packet packet, const PacketFacts& facts);
    void forget(LinkId link);
    /// Lets go of connections that ended a while ago. To be called now and then.
    void sweep();

  private:
    struct Flow;
    using Ptr = std::shared_ptr<Flow>;
    using Key = std::tuple<LinkId, Endpoint, Endpoint>;

    Ptr open(LinkId link, Packet packet, const PacketFacts& facts);
    std::uint16_t free_port();
    void pass_on(const Flow& flow, Packet packet, const PacketFacts& facts);
    void drop(const Ptr& flow);
    void await_packets();
    void take_packets();
    static boost::asio::awaitable<void> connect(TcpGateway* gateway, Ptr flow);
    static boost::asio::awaitable<void> accept(TcpGateway* gateway);
    static boost::asio::awaitable<void> relay(Ptr flow, bool outgoing);

    boost::asio::io_context& io_;
    Deliver deliver_;
    UniqueFd network_;
    std::uint16_t listens_at_;
    boost::asio::posix::stream_descriptor tun_;
    boost::asio::ip::tcp::acceptor listener_;
    std::map<Key, Ptr> flows_;
    std::map<std::uint16_t, Ptr> by_port_;
    std::uint16_t last_port_ = 1023;
    std::array<std::uint8_t, 65536> buffer_{};
};

}  // namespace ringback::harness::link
