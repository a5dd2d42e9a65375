// The emulator with a real kernel on both sides: sockets in a probe's namespace talk to servers of this
// machine.
#include "harness/webrtc/link/link_emulator.hpp"

#include <boost/test/unit_test.hpp>

#include <arpa/inet.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>
#include <vector>

using namespace ringback::harness;
using namespace ringback::harness::link;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

double ms_since(Clock::time_point when) {
    return std::chrono::duration<double, std::milli>(Clock::now() - when).count();
}

sockaddr_in name(const char* address, std::uint16_t port) {
    sockaddr_in made{};
    made.sin_family = AF_INET;
    made.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &made.sin_addr);
    return made;
}

/// A socket belongs to the namespace where it was made, whoever uses it: a child makes it there and hands it
/// over.
UniqueFd socket_behind(const EmulatedLink& link, int type) {
    std::array<int, 2> ends{};
    BOOST_REQUIRE_EQUAL(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends.data()), 0);
    const UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    const pid_t pid = ::fork();
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
    char byte = 0;
    iovec part{&byte, 1};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (pid == 0) {
        if (link.user_namespace() >= 0 && ::setns(link.user_namespace(), CLONE_NEWUSER) != 0) ::_exit(1);
        if (::setns(link.network_namespace(), CLONE_NEWNET) != 0) ::_exit(1);
        const int fd = ::socket(AF_INET, type, 0);
        auto* head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(sizeof(int));
        std::memcpy(CMSG_DATA(head), &fd, sizeof fd);
        ::_exit(fd >= 0 && ::sendmsg(theirs.get(), &message, 0) == 1 ? 0 : 1);
    }
    theirs.reset();
    int status = -1;
    ::waitpid(pid, &status, 0);
    BOOST_REQUIRE_EQUAL(status, 0);
    BOOST_REQUIRE_EQUAL(::recvmsg(ours.get(), &message, 0), 1);
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return UniqueFd(fd);
}

/// A server on this machine's loopback interface; its thread ends with it.
struct Server {
    UniqueFd fd;
    sockaddr_in at{};
    std::atomic<bool> stop{false};
    std::atomic<std::size_t> packets{0}, bytes{0};
    std::thread thread;

    Server(int type, const char* address = "127.0.0.1", std::uint16_t port = 0)
        : fd(::socket(AF_INET, type, 0)) {
        at = name(address, port);
        socklen_t size = sizeof at;
        const int on = 1;
        ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&at), size) != 0) {
            fd.reset();
            return;
        }
        ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&at), &size);
        if (type == SOCK_STREAM) ::listen(fd.get(), 16);
        thread = std::thread([this, type] { type == SOCK_STREAM ? serve_streams() : serve_datagrams(); });
    }
    ~Server() {
        stop = true;
        if (thread.joinable()) thread.join();
    }
    [[nodiscard]] std::uint16_t port() const { return ntohs(at.sin_port); }

    /// Sends everything back.
    void serve_datagrams() {
        std::array<char, 2000> buffer{};
        while (!stop) {
            pollfd ready{fd.get(), POLLIN, 0};
            if (::poll(&ready, 1, 20) <= 0) continue;
            sockaddr_in from{};
            socklen_t size = sizeof from;
            const auto got = ::recvfrom(fd.get(), buffer.data(), buffer.size(), 0,
                                        reinterpret_cast<sockaddr*>(&from), &size);
            if (got <= 0) continue;
            ++packets;
            bytes += static_cast<std::size_t>(got);
            ::sendto(fd.get(), buffer.data(), static_cast<std::size_t>(got), 0,
                     reinterpret_cast<sockaddr*>(&from), size);
        }
    }
    /// One connection after the other, each until its other side has said all.
    void serve_streams() {
        std::array<char, 65536> buffer{};
        while (!stop) {
            pollfd ready{fd.get(), POLLIN, 0};
            if (::poll(&ready, 1, 20) <= 0) continue;
            const UniqueFd one(::accept(fd.get(), nullptr, nullptr));
            ssize_t got = 0;
            while ((got = ::recv(one.get(), buffer.data(), buffer.size(), 0)) > 0)
                ::send(one.get(), buffer.data(), static_cast<std::size_t>(got), MSG_NOSIGNAL);
        }
    }
};

/// 0, or the errno of a connection that did not come about.
int connect_to(const UniqueFd& socket, const sockaddr_in& to) {
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0 ? 0 : errno;
}
bool send_to(const UniqueFd& socket, const sockaddr_in& to, const void* bytes, std::size_t size) {
    return ::sendto(socket.get(), bytes, size, 0, reinterpret_cast<const sockaddr*>(&to), sizeof to) ==
           static_cast<ssize_t>(size);
}
/// Bytes that came within `limit` ms, -1: nothing.
ssize_t receive(const UniqueFd& socket, void* bytes, std::size_t size, int limit) {
    pollfd ready{socket.get(), POLLIN, 0};
    return ::poll(&ready, 1, limit) > 0 ? ::recv(socket.get(), bytes, size, 0) : -1;
}

std::unique_ptr<LinkEmulator> emulator() {
    auto made = LinkEmulator::create();
    if (made.has_error()) {
        BOOST_TEST_MESSAGE("skipped: " << made.error().message);
        return nullptr;
    }
    return std::move(*made);
}
std::unique_ptr<EmulatedLink> open(LinkEmulator& with, const LinkConditions& out, const LinkConditions& in,
                                   Firewall firewall = Firewall::none) {
    auto made = with.open_link({out, in}, firewall);
    BOOST_REQUIRE_MESSAGE(made.has_value(), (made.has_error() ? made.error().message : ""));
    return std::move(*made);
}

std::size_t open_descriptors() {
    std::size_t count = 0;
    for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd"))
        ++count;
    return count;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(link_emulator)

BOOST_AUTO_TEST_CASE(datagrams_reach_this_machine_and_are_delayed_and_lost_as_told) {
    const auto links = emulator();
    if (!links) return;
    Server echo(SOCK_DGRAM);
    LinkConditions out, in;
    out.latency_ms = 50;
    in.latency_ms = 30;
    const auto link = open(*links, out, in);
    const auto socket = socket_behind(*link, SOCK_DGRAM);
    std::vector<double> trips;
    char answer = 0;
    for (char i = 0; i < 20; ++i) {
        const auto began = Clock::now();
        BOOST_REQUIRE(send_to(socket, echo.at, &i, 1));
        BOOST_REQUIRE_EQUAL(receive(socket, &answer, 1, 5000), 1);
        BOOST_CHECK_EQUAL(answer, i);
        trips.push_back(ms_since(began));
    }
    std::sort(trips.begin(), trips.end());
    BOOST_CHECK_GE(trips.front(), 79.9);  // never too early, however busy the machine is
    BOOST_CHECK_LE(trips[10], 100);

    LinkConditions lossy;
    lossy.loss = 0.1;
    link->set({lossy, {}});
    const auto before = echo.packets.load();
    std::array<char, 100> small{};
    for (int i = 0; i < 5000; ++i) {
        send_to(socket, echo.at, small.data(), small.size());
        if (i % 20 == 19) std::this_thread::sleep_for(5ms);
        while (receive(socket, small.data(), small.size(), 0) > 0) {
        }
    }
    std::this_thread::sleep_for(300ms);
    const double arrived = static_cast<double>(echo.packets - before) / 5000;
    BOOST_CHECK(arrived > 0.87 && arrived < 0.93);  // five standard deviations
    BOOST_CHECK(link->traffic().outgoing.lost > 350);
}

BOOST_AUTO_TEST_CASE(a_rate_is_used_and_never_exceeded) {
    const auto links = emulator();
    if (!links) return;
    Server sink(SOCK_DGRAM);
    LinkConditions slow;
    slow.bitrate_kbps = 1000;
    const auto link = open(*links, slow, {});
    const auto socket = socket_behind(*link, SOCK_DGRAM);
    const std::array<char, 972> datagram{};  // 1000 bytes with its headers
    const auto began = Clock::now();
    std::size_t at_start = 0;
    while (ms_since(began) < 3000) {
        for (int i = 0; i < 5; ++i)
            send_to(socket, sink.at, datagram.data(), datagram.size());
        std::this_thread::sleep_for(10ms);
        if (ms_since(began) < 1000) at_start = sink.packets;
    }
    const double kbps = static_cast<double>(sink.packets - at_start) * 8 / (ms_since(began) - 1000) * 1000;
    BOOST_CHECK(kbps > 900 && kbps < 1050);  // a packet or two at the edges of the window
    BOOST_CHECK(link->traffic().outgoing.overflowed > 0);
}

BOOST_AUTO_TEST_CASE(connections_reach_this_machine_whole_and_refusals_too) {
    const auto links = emulator();
    if (!links) return;
    Server echo(SOCK_STREAM);
    LinkConditions way;
    way.latency_ms = 20;
    way.loss = 0.01;  // the kernels on both sides make good for it
    const auto link = open(*links, way, way);
    const auto socket = socket_behind(*link, SOCK_STREAM);
    const auto began = Clock::now();
    BOOST_REQUIRE_EQUAL(connect_to(socket, echo.at), 0);
    BOOST_CHECK_GE(ms_since(began), 39.9);
    std::vector<char> sent(200'000), got;
    for (std::size_t i = 0; i < sent.size(); ++i)
        sent[i] = static_cast<char>(i * 7 + i / 251);
    std::thread sender([&] {
        for (std::size_t at = 0; at < sent.size();) {
            const auto size = ::send(socket.get(), sent.data() + at, sent.size() - at, MSG_NOSIGNAL);
            if (size <= 0) return;
            at += static_cast<std::size_t>(size);
        }
        ::shutdown(socket.get(), SHUT_WR);
    });
    std::array<char, 65536> buffer{};
    ssize_t size = 0;
    while ((size = receive(socket, buffer.data(), buffer.size(), 20'000)) > 0)
        got.insert(got.end(), buffer.begin(), buffer.begin() + size);
    sender.join();
    BOOST_CHECK_EQUAL(size, 0);  // its end comes through, too
    BOOST_CHECK(got == sent);

    const auto refused = socket_behind(*link, SOCK_STREAM);
    const UniqueFd nobody(::socket(AF_INET, SOCK_STREAM, 0));  // bound, and does not listen
    auto closed = name("127.0.0.1", 0);
    socklen_t length = sizeof closed;
    ::bind(nobody.get(), reinterpret_cast<sockaddr*>(&closed), length);
    ::getsockname(nobody.get(), reinterpret_cast<sockaddr*>(&closed), &length);
    BOOST_CHECK_EQUAL(connect_to(refused, closed), ECONNREFUSED);
}

BOOST_AUTO_TEST_CASE(a_firewall_lets_through_what_its_profile_says) {
    const auto links = emulator();
    if (!links) return;
    Server web(SOCK_STREAM, "127.83.7.1", 443), other(SOCK_STREAM, "127.83.7.1", 0), media(SOCK_DGRAM);
    const auto link = open(*links, {}, {}, Firewall::https);
    BOOST_CHECK_EQUAL(connect_to(socket_behind(*link, SOCK_STREAM), other.at), ECONNREFUSED);
    if (web.fd.get() >= 0)  // ports below 1024 are not for everybody
        BOOST_CHECK_EQUAL(connect_to(socket_behind(*link, SOCK_STREAM), web.at), 0);
    const auto socket = socket_behind(*link, SOCK_DGRAM);
    char byte = 1;
    BOOST_CHECK(send_to(socket, media.at, &byte, 1));
    BOOST_CHECK_EQUAL(receive(socket, &byte, 1, 300), -1);
    BOOST_CHECK_EQUAL(media.packets, 0);
    BOOST_CHECK_EQUAL(link->traffic().outgoing.refused, 2);
}

BOOST_AUTO_TEST_CASE(links_reach_each_other_through_both) {
    const auto links = emulator();
    if (!links) return;
    LinkConditions far;
    far.latency_ms = 25;
    const auto one = open(*links, far, {}), two = open(*links, {}, far);
    const auto from = socket_behind(*one, SOCK_DGRAM), to = socket_behind(*two, SOCK_DGRAM);
    auto there = name("198.19.0.3", 0);
    socklen_t size = sizeof there;
    BOOST_REQUIRE_EQUAL(::bind(to.get(), reinterpret_cast<sockaddr*>(&there), size), 0);
    ::getsockname(to.get(), reinterpret_cast<sockaddr*>(&there), &size);
    const auto began = Clock::now();
    char byte = 7;
    BOOST_REQUIRE(send_to(from, there, &byte, 1));
    BOOST_CHECK_EQUAL(receive(to, &byte, 1, 5000), 1);
    BOOST_CHECK_GE(ms_since(began), 49.9);
}

BOOST_AUTO_TEST_CASE(nothing_is_left_behind) {
    if (!emulator()) return;
    const auto before = open_descriptors();
    for (int i = 0; i < 5; ++i) {
        const auto links = emulator();
        const auto link = open(*links, {}, {}), second = open(*links, {}, {});
        Server echo(SOCK_DGRAM);
        const auto socket = socket_behind(*link, SOCK_DGRAM);
        char byte = 1;
        BOOST_CHECK(send_to(socket, echo.at, &byte, 1));
        BOOST_CHECK_EQUAL(receive(socket, &byte, 1, 5000), 1);
    }
    BOOST_CHECK_EQUAL(open_descriptors(), before);
    BOOST_CHECK_EQUAL(::waitpid(-1, nullptr, WNOHANG), -1);  // no child
}

BOOST_AUTO_TEST_SUITE_END()
