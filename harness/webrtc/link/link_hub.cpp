#include "harness/webrtc/link/link_hub.hpp"

#include "harness/webrtc/link/packet_filter.hpp"

#include <boost/asio/post.hpp>

#include <signal.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <algorithm>

namespace ringback::harness::link {

namespace asio = boost::asio;

namespace {

constexpr int kBatch = 64;
constexpr std::chrono::seconds kSweep{2};

std::uint64_t random_seed() {
    std::random_device device;
    return std::uint64_t{device()} << 32 | device();
}

/// The link whose address this is, if any.
std::optional<LinkId> link_at(std::uint32_t address) {
    const auto offset = address - ipv4(198, 19, 0, 0);
    const auto last = offset & 0xff;
    if (offset >= (std::uint32_t{250} << 8) || last < 2 || last > 251) return std::nullopt;
    return (offset >> 8) * 250 + last - 2;
}

}  // namespace

struct LinkHub::Link {
    Link(asio::io_context& io, LinkId number, UniqueFd device, Firewall with)
        : id(number),
          tun(io, device.release()),
          timer(io),
          firewall(with),
          out(random_seed()),
          in(random_seed()) {}

    LinkId id;
    asio::posix::stream_descriptor tun;
    asio::steady_timer timer;
    LinkQueue::Time armed_for = LinkQueue::Time::max();
    Firewall firewall;
    LinkQueue out, in;
    LinkTraffic traffic;

    void push(LinkQueue& queue, LinkWay& way, Packet packet) {
        const auto fate = queue.push(std::move(packet), LinkQueue::Clock::now());
        way.lost += fate == LinkQueue::Fate::lost;
        way.overflowed += fate == LinkQueue::Fate::overflowed;
    }
};

LinkHub::LinkHub(NetworkNamespace gateway)
    : work_(io_.get_executor()),
      udp_(io_, [this](LinkId to, Packet packet) { deliver(to, std::move(packet)); }),
      tcp_(io_, std::move(gateway), [this](LinkId to, Packet packet) { deliver(to, std::move(packet)); }),
      sweeper_(io_) {
    thread_ = std::thread([this] { run(); });
}

LinkHub::~LinkHub() {
    io_.stop();
    thread_.join();
}

void LinkHub::run() {
    // Signals are for the main thread.
    sigset_t all;
    ::sigfillset(&all);
    ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
    // What this thread is late, the emulated network is late: before the encoders, where that is allowed.
    ::setpriority(PRIO_PROCESS, static_cast<id_t>(::syscall(SYS_gettid)), -10);
    sweep();
    io_.run();
}

void LinkHub::sweep() {
    udp_.sweep();
    tcp_.sweep();
    sweeper_.expires_after(kSweep);
    sweeper_.async_wait([this](boost::system::error_code error) {
        if (!error) sweep();
    });
}

// ---- From other threads
// ----------------------------------------------------------------------------------------------

void LinkHub::add(LinkId id, UniqueFd tun, const NetworkConditions& conditions, Firewall firewall) {
    auto link = std::make_unique<Link>(io_, id, std::move(tun), firewall);
    const auto now = LinkQueue::Clock::now();
    link->out.set(conditions.outgoing, now);
    link->in.set(conditions.incoming, now);
    asio::post(io_, [this, made = std::move(link)]() mutable {
        auto& added = *(links_[made->id] = std::move(made));
        await_packets(added);
    });
}

void LinkHub::remove(LinkId id) {
    asio::post(io_, [this, id] {
        udp_.forget(id);
        tcp_.forget(id);
        links_.erase(id);
    });
    const std::lock_guard lock(mutex_);
    traffic_.erase(id);
}

void LinkHub::set(LinkId id, const NetworkConditions& conditions) {
    asio::post(io_, [this, id, conditions] {
        auto* link = find(id);
        if (!link) return;
        const auto now = LinkQueue::Clock::now();
        link->out.set(conditions.outgoing, now);
        link->in.set(conditions.incoming, now);
        arm(*link);
    });
}

LinkTraffic LinkHub::traffic(LinkId id) {
    const std::lock_guard lock(mutex_);
    const auto found = traffic_.find(id);
    return found == traffic_.end() ? LinkTraffic{} : found->second;
}

// ---- On the thread
// ---------------------------------------------------------------------------------------------------

LinkHub::Link* LinkHub::find(LinkId id) {
    const auto found = links_.find(id);
    return found == links_.end() ? nullptr : found->second.get();
}

void LinkHub::await_packets(Link& link) {
    link.tun.async_wait(asio::posix::stream_descriptor::wait_read,
                        [this, id = link.id](boost::system::error_code error) {
                            auto* alive = find(id);
                            if (error || !alive) return;
                            take_packets(*alive);
                            await_packets(*alive);
                        });
}

void LinkHub::take_packets(Link& link) {
    for (int count = 0; count < kBatch; ++count) {
        const auto size = ::read(link.tun.native_handle(), buffer_.data(), buffer_.size());
        if (size <= 0) break;
        take(link, Bytes(buffer_).first(static_cast<std::size_t>(size)));
    }
    move_on(link);
}

void LinkHub::take(Link& link, Bytes bytes) {
    const auto facts = read_packet(bytes);
    if (!facts) return;
    if (passes(link.firewall, Direction::outgoing, *facts)) {
        link.push(link.out, link.traffic.outgoing, Packet(bytes.begin(), bytes.end()));
        return;
    }
    ++link.traffic.outgoing.refused;
    // Said at once, as firewalls in offices do: who waits for TCP to give up waits for minutes.
    if (facts->opens()) link.push(link.in, link.traffic.incoming, make_reset(*facts));
}

void LinkHub::route(Link& from, Packet packet) {
    ++from.traffic.outgoing.packets;
    from.traffic.outgoing.bytes += packet.size();
    const auto facts = read_packet(packet);
    if (!facts) return;
    if (const auto probe = link_at(facts->to.address); probe && find(*probe))
        deliver(*probe, std::move(packet));
    else if (facts->protocol == Protocol::udp)
        udp_.send(from.id, *facts, Bytes(packet).subspan(facts->payload_at, facts->size - facts->payload_at));
    else if (facts->protocol == Protocol::tcp)
        tcp_.send(from.id, std::move(packet), *facts);
}

void LinkHub::deliver(LinkId to, Packet packet) {
    auto* link = find(to);
    const auto facts = read_packet(packet);
    if (!link || !facts) return;
    if (passes(link->firewall, Direction::incoming, *facts))
        link->push(link->in, link->traffic.incoming, std::move(packet));
    else
        ++link->traffic.incoming.refused;
    arm(*link);
}

/// Whatever is due, on both ways; what is not waits for its time.
void LinkHub::move_on(Link& link) {
    const auto now = LinkQueue::Clock::now();
    while (auto packet = link.out.pop(now))
        route(link, std::move(*packet));
    while (auto packet = link.in.pop(now)) {
        const auto written = ::write(link.tun.native_handle(), packet->data(), packet->size());
        if (written < 0) continue;  // a full device loses it
        ++link.traffic.incoming.packets;
        link.traffic.incoming.bytes += packet->size();
    }
    {
        const std::lock_guard lock(mutex_);
        traffic_[link.id] = link.traffic;
    }
    arm(link);
}

void LinkHub::arm(Link& link) {
    const auto out = link.out.next(), in = link.in.next();
    const auto never = LinkQueue::Time::max();
    const auto due = std::min(out.value_or(never), in.value_or(never));
    if (due == link.armed_for) return;
    link.armed_for = due;
    if (due == never) return;
    link.timer.expires_at(due);
    link.timer.async_wait([this, id = link.id](boost::system::error_code error) {
        auto* alive = find(id);
        if (error || !alive) return;
        alive->armed_for = LinkQueue::Time::max();
        move_on(*alive);
    });
}

}  // namespace ringback::harness::link
