// The thread that moves packets between the links, and between them and the machine's network.
#pragma once

#include "harness/webrtc/link/link_emulator.hpp"
#include "harness/webrtc/link/link_queue.hpp"
#include "harness/webrtc/link/tcp_gateway.hpp"
#include "harness/webrtc/link/udp_nat.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <mutex>
#include <thread>

namespace ringback::harness::link {

/// Address of a probe's end. 198.18.0.0/15 is for tests of networks (RFC 2544): nobody lives there.
[[nodiscard]] constexpr std::uint32_t probe_address(LinkId link) {
    return ipv4(198, 19, 0, 0) + (link / 250) * 256 + link % 250 + 2;
}
constexpr LinkId kMostLinks = 50'000;

class LinkHub {
  public:
    explicit LinkHub(NetworkNamespace gateway);
    ~LinkHub();
    LinkHub(const LinkHub&) = delete;
    LinkHub& operator=(const LinkHub&) = delete;

    // From other threads:
    void add(LinkId id, UniqueFd tun, const NetworkConditions& conditions, Firewall firewall);
    void remove(LinkId id);
    void set(LinkId id, const NetworkConditions& conditions);
    [[nodiscard]] LinkTraffic traffic(LinkId id);

  private:
    struct Link;

    void run();
    void sweep();
    void await_packets(Link& link);
    void take_packets(Link& link);
    void take(Link& link, Bytes bytes);
    void route(Link& from, Packet packet);
    void deliver(LinkId to, Packet packet);
    void move_on(Link& link);
    void arm(Link& link);
    Link* find(LinkId id);

    boost::asio::io_context io_{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
    std::map<LinkId, std::unique_ptr<Link>> links_;
    UdpNat udp_;
    TcpGateway tcp_;
    boost::asio::steady_timer sweeper_;
    std::array<std::uint8_t, 65536> buffer_{};
    std::mutex mutex_;  ///< guards what follows
    std::map<LinkId, LinkTraffic> traffic_;
    std::thread thread_;
};

}  // namespace ringback::harness::link
