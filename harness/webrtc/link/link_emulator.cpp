#include "harness/webrtc/link/link_emulator.hpp"

#include "harness/webrtc/link/link_hub.hpp"

namespace ringback::harness::link {

EmulatedLink::EmulatedLink(std::shared_ptr<LinkHub> hub, std::uint32_t id, UniqueFd user, UniqueFd network)
    : hub_(std::move(hub)), id_(id), user_(std::move(user)), network_(std::move(network)) {}

EmulatedLink::~EmulatedLink() {
    hub_->remove(id_);
}

void EmulatedLink::set(const NetworkConditions& conditions) {
    hub_->set(id_, conditions);
}

LinkTraffic EmulatedLink::traffic() const {
    return hub_->traffic(id_);
}

boost::system::result<std::unique_ptr<LinkEmulator>, NamespaceError> LinkEmulator::create() {
    auto gateway = open_gateway_namespace(kGatewayAddress);
    if (gateway.has_error()) return gateway.error();
    return std::unique_ptr<LinkEmulator>(new LinkEmulator(std::make_shared<LinkHub>(std::move(*gateway))));
}

boost::system::result<std::unique_ptr<EmulatedLink>, NamespaceError> LinkEmulator::open_link(
    const NetworkConditions& conditions, Firewall firewall) {
    const auto id = links_;
    if (id >= kMostLinks) return NamespaceError{"there are too many links"};
    auto made = open_probe_namespace(probe_address(id));
    if (made.has_error()) return made.error();
    ++links_;
    hub_->add(id, std::move(made->tun), conditions, firewall);
    return std::make_unique<EmulatedLink>(hub_, id, std::move(made->user), std::move(made->network));
}

}  // namespace ringback::harness::link
