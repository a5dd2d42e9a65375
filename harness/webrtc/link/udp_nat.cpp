#include "harness/webrtc/link/udp_nat.hpp"

#include <boost/asio/buffer.hpp>

namespace ringback::harness::link {

namespace asio = boost::asio;
using asio::ip::udp;

namespace {

constexpr std::size_t kMostMappings = 4096;
constexpr std::chrono::minutes kIdle{5};
/// So many at once, then others have their turn.
constexpr int kBatch = 64;

bool single_host(std::uint32_t address) {
    const bool multicast_or_above = address >= ipv4(224, 0, 0, 0);
    return address != 0 && !multicast_or_above;
}

}  // namespace

void UdpNat::send(LinkId link, const PacketFacts& facts, Bytes payload) {
    if (!single_host(facts.to.address) || facts.to.port == 0) return;
    const auto from = mapping(link, facts.from);
    if (!from) return;
    from->used = std::chrono::steady_clock::now();
    boost::system::error_code lost;  // a network loses packets
    from->socket.send_to(asio::buffer(payload.data(), payload.size()),
                         udp::endpoint(asio::ip::address_v4(facts.to.address), facts.to.port), 0, lost);
}

std::shared_ptr<UdpNat::Mapping> UdpNat::mapping(LinkId link, Endpoint inner) {
    auto& made = mappings_[{link, inner}];
    if (made) return made;
    boost::system::error_code error;
    auto fresh = std::make_shared<Mapping>(io_, link, inner);
    if (mappings_.size() <= kMostMappings) {
        fresh->socket.open(udp::v4(), error);
        if (!error) fresh->socket.non_blocking(true, error);
        if (!error) fresh->socket.bind(udp::endpoint(udp::v4(), 0), error);
    } else {
        error = asio::error::no_buffer_space;
    }
    if (error) {
        mappings_.erase({link, inner});
        return nullptr;
    }
    made = std::move(fresh);
    await(made);
    return made;
}

void UdpNat::await(const std::shared_ptr<Mapping>& mapping) {
    mapping->socket.async_wait(udp::socket::wait_read, [this, weak = std::weak_ptr<Mapping>(mapping)](
                                                           boost::system::error_code error) {
        const auto alive = weak.lock();
        if (!error && alive && alive->socket.is_open()) receive(alive);
    });
}

void UdpNat::receive(const std::shared_ptr<Mapping>& mapping) {
    for (int count = 0; count < kBatch; ++count) {
        udp::endpoint from;
        boost::system::error_code error;
        const auto size = mapping->socket.receive_from(asio::buffer(buffer_), from, 0, error);
        if (error == asio::error::would_block) break;
        if (error) continue;
        mapping->used = std::chrono::steady_clock::now();
        deliver_(mapping->link, make_udp({from.address().to_v4().to_uint(), from.port()}, mapping->inner,
                                         Bytes(buffer_).first(size)));
    }
    await(mapping);
}

void UdpNat::forget(LinkId link) {
    std::erase_if(mappings_, [link](const auto& item) { return item.first.first == link; });
}

void UdpNat::sweep() {
    const auto oldest = std::chrono::steady_clock::now() - kIdle;
    std::erase_if(mappings_, [oldest](const auto& item) { return item.second->used < oldest; });
}

}  // namespace ringback::harness::link
