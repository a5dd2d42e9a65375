#include "harness/webrtc/link/tcp_gateway.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

namespace ringback::harness::link {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

constexpr std::size_t kMostFlows = 4096;
constexpr std::size_t kRelayBuffer = 32 * 1024;
constexpr std::chrono::seconds kConnectLimit{30};
/// The kernels on both sides may still have something to say to each other.
constexpr std::chrono::seconds kAfterlife{10};
constexpr int kBatch = 64;
constexpr std::uint32_t kLocalhost = ipv4(127, 0, 0, 1);

}  // namespace

struct TcpGateway::Flow {
    enum class State { connecting, open, closed };
    Flow(asio::io_context& io, LinkId of, Endpoint from, Endpoint to)
        : link(of), inner(from), outer(to), probe(io), service(io), timer(io) {}

    LinkId link;
    Endpoint inner, outer;   ///< as the probe sees them
    std::uint16_t port = 0;  ///< by which the gateway knows the probe's end
    State state = State::connecting;
    Packet syn;
    tcp::socket probe, service;
    asio::steady_timer timer;
    int relays = 2;
    std::chrono::steady_clock::time_point closed_at{};

    /// Both ends at once, as hard as one of them went.
    void abort() {
        boost::system::error_code ignored;
        for (auto* socket : {&probe, &service}) {
            socket->set_option(asio::socket_base::linger(true, 0), ignored);
            socket->close(ignored);
        }
        close();
    }
    void close() {
        boost::system::error_code ignored;
        probe.close(ignored);
        service.close(ignored);
        timer.cancel();
        state = State::closed;
        closed_at = std::chrono::steady_clock::now();
    }
};

TcpGateway::TcpGateway(asio::io_context& io, NetworkNamespace with, Deliver deliver)
    : io_(io),
      deliver_(std::move(deliver)),
      network_(std::move(with.network)),
      listens_at_(with.port),
      tun_(io, with.tun.release()),
      listener_(io, tcp::v4(), with.listener.release()) {
    await_packets();
    asio::co_spawn(io_, accept(this), asio::detached);
}

// ---- Packets
// ---------------------------------------------------------------------------------------------------------

void TcpGateway::send(LinkId link, Packet packet, const PacketFacts& facts) {
    const auto found = flows_.find({link, facts.from, facts.to});
    auto flow = found == flows_.end() ? nullptr : found->second;
    // The same ports again: the connection before has ended.
    if (flow && facts.opens() && flow->state == Flow::State::closed) {
        drop(flow);
        flow = nullptr;
    }
    if (!flow && facts.opens()) {
        open(link, std::move(packet), facts);
    } else if (!flow) {
        if (!facts.rst) deliver_(link, make_reset(facts));
    } else if (flow->state != Flow::State::connecting) {
        pass_on(*flow, std::move(packet), facts);
    }
}

TcpGateway::Ptr TcpGateway::open(LinkId link, Packet packet, const PacketFacts& facts) {
    const auto port = free_port();
    if (port == 0) return nullptr;  // the probe tries again
    auto flow = std::make_shared<Flow>(io_, link, facts.from, facts.to);
    flow->port = port;
    flow->syn = std::move(packet);
    flows_[{link, facts.from, facts.to}] = flow;
    by_port_[port] = flow;
    asio::co_spawn(io_, connect(this, flow), asio::detached);
    return flow;
}

std::uint16_t TcpGateway::free_port() {
    if (by_port_.size() >= kMostFlows) return 0;
    do
        last_port_ = last_port_ == 65535 ? 1024 : static_cast<std::uint16_t>(last_port_ + 1);
    while (by_port_.contains(last_port_));
    return last_port_;
}

void TcpGateway::pass_on(const Flow& flow, Packet packet, const PacketFacts& facts) {
    rewrite(packet, facts, {kGuestAddress, flow.port}, {kGatewayAddress, listens_at_});
    (void)!::write(tun_.native_handle(), packet.data(), packet.size());  // a full device loses it
}

void TcpGateway::await_packets() {
    tun_.async_wait(asio::posix::stream_descriptor::wait_read, [this](boost::system::error_code error) {
        if (error) return;
        take_packets();
        await_packets();
    });
}

void TcpGateway::take_packets() {
    for (int count = 0; count < kBatch; ++count) {
        const auto size = ::read(tun_.native_handle(), buffer_.data(), buffer_.size());
        if (size <= 0) return;
        const auto bytes = std::span(buffer_).first(static_cast<std::size_t>(size));
        const auto facts = read_packet(bytes);
        if (!facts || facts->protocol != Protocol::tcp) continue;
        const auto found = by_port_.find(facts->to.port);
        if (found == by_port_.end() || facts->to.address != kGuestAddress) continue;
        rewrite(bytes, *facts, found->second->outer, found->second->inner);
        deliver_(found->second->link, Packet(bytes.begin(), bytes.end()));
    }
}

// ---- Connections
// -----------------------------------------------------------------------------------------------------

asio::awaitable<void> TcpGateway::connect(TcpGateway* gateway, Ptr flow) {
    flow->timer.expires_after(kConnectLimit);
    flow->timer.async_wait([weak = std::weak_ptr<Flow>(flow)](boost::system::error_code error) {
        boost::system::error_code ignored;
        if (const auto alive = weak.lock(); alive && !error && alive->state == Flow::State::connecting)
            alive->service.close(ignored);
    });
    tcp::endpoint service(asio::ip::address_v4(flow->outer.address), flow->outer.port);
    boost::system::error_code error;
    co_await flow->service.async_connect(service, asio::redirect_error(asio::use_awaitable, error));
    // "localhost" is both; a probe has IPv4 only.
    if (error == asio::error::connection_refused && flow->outer.address == kLocalhost) {
        boost::system::error_code ignored;
        flow->service.close(ignored);
        service = tcp::endpoint(asio::ip::address_v6::loopback(), flow->outer.port);
        co_await flow->service.async_connect(service, asio::redirect_error(asio::use_awaitable, error));
    }
    if (flow->state == Flow::State::closed) co_return;
    flow->timer.cancel();
    const auto facts = read_packet(flow->syn);
    if (error || !facts) {
        if (facts) gateway->deliver_(flow->link, make_reset(*facts));
        gateway->drop(flow);
        co_return;
    }
    flow->service.set_option(tcp::no_delay(true), error);
    flow->state = Flow::State::open;
    gateway->pass_on(*flow, std::move(flow->syn), *facts);
}

asio::awaitable<void> TcpGateway::accept(TcpGateway* gateway) {
    for (;;) {
        boost::system::error_code error;
        auto socket =
            co_await gateway->listener_.async_accept(asio::redirect_error(asio::use_awaitable, error));
        if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) co_return;
        if (error) {
            // No descriptors left, most likely: not at full speed.
            asio::steady_timer timer(gateway->io_, std::chrono::milliseconds(100));
            co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
            continue;
        }
        const auto peer = socket.remote_endpoint(error);
        const auto found = error ? gateway->by_port_.end() : gateway->by_port_.find(peer.port());
        if (found == gateway->by_port_.end() || found->second->state != Flow::State::open) continue;
        const auto flow = found->second;
        flow->probe = std::move(socket);
        flow->probe.set_option(tcp::no_delay(true), error);
        asio::co_spawn(gateway->io_, relay(flow, true), asio::detached);
        asio::co_spawn(gateway->io_, relay(flow, false), asio::detached);
    }
}

asio::awaitable<void> TcpGateway::relay(Ptr flow, bool outgoing) {
    auto& from = outgoing ? flow->probe : flow->service;
    auto& to = outgoing ? flow->service : flow->probe;
    std::vector<std::uint8_t> buffer(kRelayBuffer);
    boost::system::error_code error;
    for (;;) {
        const auto size = co_await from.async_read_some(asio::buffer(buffer),
                                                        asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
        co_await asio::async_write(to, asio::buffer(buffer.data(), size),
                                   asio::redirect_error(asio::use_awaitable, error));
        if (error) break;
    }
    if (flow->state == Flow::State::closed) co_return;
    if (error == asio::error::eof) {
        to.shutdown(tcp::socket::shutdown_send, error);
        if (--flow->relays == 0) flow->close();
    } else {
        flow->abort();
    }
}

void TcpGateway::drop(const Ptr& flow) {
    if (flow->state != Flow::State::closed) flow->abort();
    const auto found = flows_.find({flow->link, flow->inner, flow->outer});
    if (found != flows_.end() && found->second == flow) flows_.erase(found);
    by_port_.erase(flow->port);
}

void TcpGateway::forget(LinkId link) {
    std::vector<Ptr> gone;
    for (const auto& [port, flow] : by_port_)
        if (flow->link == link) gone.push_back(flow);
    for (const auto& flow : gone)
        drop(flow);
}

void TcpGateway::sweep() {
    const auto oldest = std::chrono::steady_clock::now() - kAfterlife;
    std::vector<Ptr> gone;
    for (const auto& [port, flow] : by_port_)
        if (flow->state == Flow::State::closed && flow->closed_at < oldest) gone.push_back(flow);
    for (const auto& flow : gone)
        drop(flow);
}

}  // namespace ringback::harness::link
