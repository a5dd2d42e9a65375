// The link emulator: networks of testRTC's profiles in user space, for every protocol and for firewalls.
//
// Each probe's browser lives in a network namespace whose only way out is a TUN device. A thread moves the
// packets between these devices and the machine's network: it loses, delays and paces them on the way
// (link_queue.hpp), passes those for another probe straight on, and the others through a NAT for UDP and a
// gateway for TCP.
//
//   browser ─ TUN ─ firewall ─ LinkQueue ─┬─ LinkQueue ─ firewall ─ TUN ─ another probe's browser
//                                         ├─ UdpNat ───── sockets of this machine
//                                         └─ TcpGateway ─ TUN ─ kernel of a second namespace ─ sockets of
//                                         this machine
//
// All of it is gone with the process, however that ends. IPv4 only.
#pragma once

#include "harness/run/run.hpp"
#include "harness/test/firewall.hpp"
#include "harness/test/network_conditions.hpp"
#include "harness/webrtc/link/network_namespace.hpp"

#include <memory>
#include <optional>

namespace ringback::harness::link {

class LinkHub;

/// One probe's link; destroyed, it is taken down. Its functions may be called from any one thread.
class EmulatedLink {
  public:
    EmulatedLink(std::shared_ptr<LinkHub> hub, std::uint32_t id, UniqueFd user, UniqueFd network);
    ~EmulatedLink();
    EmulatedLink(const EmulatedLink&) = delete;
    EmulatedLink& operator=(const EmulatedLink&) = delete;

    /// For setns(), the first one before the other; -1: there is none to join.
    [[nodiscard]] int user_namespace() const noexcept { return user_.get(); }
    [[nodiscard]] int network_namespace() const noexcept { return network_.get(); }
    /// From now on, for packets that are sent from now on.
    void set(const NetworkConditions& conditions);
    [[nodiscard]] LinkTraffic traffic() const;

  private:
    std::shared_ptr<LinkHub> hub_;
    std::uint32_t id_;
    UniqueFd user_, network_;
};

class LinkEmulator {
  public:
    /// An error says what this machine does not allow.
    [[nodiscard]] static boost::system::result<std::unique_ptr<LinkEmulator>, NamespaceError> create();

    /// Takes some milliseconds, in which the caller's thread waits.
    [[nodiscard]] boost::system::result<std::unique_ptr<EmulatedLink>, NamespaceError> open_link(
        const NetworkConditions& conditions, Firewall firewall);

  private:
    explicit LinkEmulator(std::shared_ptr<LinkHub> hub) : hub_(std::move(hub)) {}
    std::shared_ptr<LinkHub> hub_;
    std::uint32_t links_ = 0;
};

}  // namespace ringback::harness::link
