#include "harness/webrtc/link/network_namespace.hpp"

#include "harness/webrtc/link/packet.hpp"
#include "harness/webrtc/link/rtnetlink.hpp"

#include <boost/throw_exception.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <stdexcept>

namespace ringback::harness::link {
namespace {

/// Namespaces take milliseconds; the bound is for a machine that hangs.
constexpr int kPatienceMs = 10'000;
constexpr int kLoopbackDevice = 1;
constexpr std::uint32_t kProbeNetworks = ipv4(198, 19, 0, 0), kLoopback = ipv4(127, 0, 0, 0);

/// What a child process tried last: where it failed, that is what cannot be done.
enum class Stage : int { make, map_user, open_device, make_device, configure, listen, hand_over, done };

std::string_view sentence(Stage stage) {
    switch (stage) {
        case Stage::make:
            return "a network namespace cannot be made";
        case Stage::map_user:
            return "a user namespace cannot be set up";
        case Stage::open_device:
            return "/dev/net/tun cannot be opened";
        case Stage::make_device:
            return "a TUN device cannot be made";
        case Stage::configure:
            return "the network of a namespace cannot be set up";
        case Stage::listen:
            return "a namespace cannot listen";
        case Stage::hand_over:
        case Stage::done:
            break;
    }
    return "a namespace cannot be handed over";
}

struct Report {
    Stage stage = Stage::make;
    int error = 0;
    std::uint16_t port = 0;
    bool own_user = false, listens = false;
};
constexpr std::size_t kMostFds = 4;

// ---- In the child, between fork and exit: only calls that are safe there
// ---------------------------------------------

bool write_file(const char* path, const char* text, std::size_t size) {
    const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0) return false;
    const bool written = ::write(fd, text, size) == static_cast<ssize_t>(size);
    const int error = errno;
    ::close(fd);
    errno = error;
    return written;
}

/// "1000 1000 1": the same number inside and outside, so that a browser does not think that it is root.
bool write_map(const char* path, unsigned id) {
    std::array<char, 64> text{};
    auto* at = text.data();
    auto* const end = at + text.size();
    at = std::to_chars(at, end, id).ptr;
    *at++ = ' ';
    at = std::to_chars(at, end, id).ptr;
    *at++ = ' ';
    *at++ = '1';
    return write_file(path, text.data(), static_cast<std::size_t>(at - text.data()));
}

/// Asks for the cheaper right first: a user namespace only where network namespaces need one.
bool unshare_network(Report& report) {
    if (::unshare(CLONE_NEWNET) == 0) return true;
    if (errno != EPERM) return false;
    const auto user = ::geteuid();
    const auto group = ::getegid();
    if (::unshare(CLONE_NEWUSER | CLONE_NEWNET) != 0) return false;
    report.own_user = true;
    report.stage = Stage::map_user;
    constexpr std::string_view deny = "deny";
    return write_map("/proc/self/uid_map", user) &&
           write_file("/proc/self/setgroups", deny.data(), deny.size()) &&
           write_map("/proc/self/gid_map", group);
}

struct Device {
    int fd = -1, index = 0;
};

bool open_device(Device& device, Report& report) {
    report.stage = Stage::open_device;
    device.fd = ::open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (device.fd < 0) return false;
    report.stage = Stage::make_device;
    ifreq request{};
    std::memcpy(request.ifr_name, "link0", 6);
    request.ifr_flags = IFF_TUN | IFF_NO_PI;
    if (::ioctl(device.fd, TUNSETIFF, &request) != 0) return false;
    device.index = static_cast<int>(::if_nametoindex("link0"));
    return device.index > 0;
}

/// The first step that fails sets errno.
bool well(int error) {
    errno = error;
    return error == 0;
}

bool configure_probe(const Device& device, std::uint32_t address, Report& report) {
    report.stage = Stage::configure;
    RouteSocket route;
    route.disable_ipv6_addresses(device.index);  // fails where the kernel has no IPv6: just as well
    if (!well(route.bring_up(kLoopbackDevice))) return false;
    // The kernel gives it when the device comes up; without it 127.0.0.1 is the machine's, below.
    const auto removed = route.remove_address(kLoopbackDevice, kLoopback + 1, 8);
    if (removed != EADDRNOTAVAIL && !well(removed)) return false;
    return well(route.allow_loopback_addresses(device.index)) &&
           well(route.add_address(device.index, address, 32)) && well(route.bring_up(device.index)) &&
           well(route.add_route(device.index, kLoopback, 8, address)) &&
           well(route.add_route(device.index, 0, 0, address));
}

bool configure_gateway(const Device& device, std::uint32_t address, Report& report) {
    report.stage = Stage::configure;
    RouteSocket route;
    route.disable_ipv6_addresses(device.index);
    return well(route.add_address(device.index, address, 32)) && well(route.bring_up(device.index)) &&
           well(route.add_route(device.index, kProbeNetworks, 16, address));
}

int listen_at(std::uint32_t address, Report& report) {
    report.stage = Stage::listen;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(address);
    socklen_t size = sizeof name;
    auto* const general = reinterpret_cast<sockaddr*>(&name);
    if (::bind(fd, general, size) != 0 || ::listen(fd, 512) != 0 || ::getsockname(fd, general, &size) != 0)
        return -1;
    report.port = ntohs(name.sin_port);
    report.listens = true;
    return fd;
}

void tell(int channel, const Report& report, const int* fds, std::size_t count) {
    iovec part{const_cast<Report*>(&report), sizeof report};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostFds * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    if (count > 0) {
        message.msg_control = control.data();
        message.msg_controllen = CMSG_SPACE(count * sizeof(int));
        auto* head = CMSG_FIRSTHDR(&message);
        head->cmsg_level = SOL_SOCKET;
        head->cmsg_type = SCM_RIGHTS;
        head->cmsg_len = CMSG_LEN(count * sizeof(int));
        std::memcpy(CMSG_DATA(head), fds, count * sizeof(int));
    }
    (void)::sendmsg(channel, &message, MSG_NOSIGNAL);
}

/// What the child does; false leaves the reason in errno.
bool build(bool gateway, std::uint32_t address, int channel, Report& report) {
    if (!unshare_network(report)) return false;
    Device device;
    if (!open_device(device, report)) return false;
    const bool configured =
        gateway ? configure_gateway(device, address, report) : configure_probe(device, address, report);
    if (!configured) return false;
    const int listener = gateway ? listen_at(address, report) : -1;
    if (gateway && listener < 0) return false;
    report.stage = Stage::hand_over;
    std::array<int, kMostFds> fds{device.fd, ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC), -1, -1};
    if (fds[1] < 0) return false;
    std::size_t count = 2;
    if (report.listens) fds[count++] = listener;
    if (report.own_user) {
        fds[count] = ::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
        if (fds[count++] < 0) return false;
    }
    report.stage = Stage::done;
    tell(channel, report, fds.data(), count);
    return true;
}

[[noreturn]] void child(bool gateway, std::uint32_t address, int channel) {
    Report report;
    if (!build(gateway, address, channel, report)) {
        report.error = errno;
        tell(channel, report, nullptr, 0);
    }
    ::_exit(0);
}

// ---- In ringback
// -----------------------------------------------------------------------------------------------------

/// Receives the child's report and its descriptors; false when nothing came.
bool receive(int channel, Report& report, std::array<UniqueFd, kMostFds>& fds) {
    pollfd waiting{channel, POLLIN, 0};
    int ready = 0;
    while ((ready = ::poll(&waiting, 1, kPatienceMs)) < 0 && errno == EINTR) {
    }
    if (ready <= 0) return false;
    iovec part{&report, sizeof report};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(kMostFds * sizeof(int))> control{};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    if (::recvmsg(channel, &message, MSG_CMSG_CLOEXEC) != static_cast<ssize_t>(sizeof report)) return false;
    const auto* head = CMSG_FIRSTHDR(&message);
    if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS) return true;
    const auto count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count && i < fds.size(); ++i) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(head) + i * sizeof(int), sizeof fd);
        fds[i] = UniqueFd(fd);
    }
    return true;
}

boost::system::result<NetworkNamespace, NamespaceError> open_namespace(bool gateway, std::uint32_t address) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0)
        return NamespaceError{std::string("a namespace cannot be handed over: ") + std::strerror(errno)};
    const UniqueFd ours(ends[0]);
    UniqueFd theirs(ends[1]);
    const pid_t pid = ::fork();
    if (pid == 0) child(gateway, address, theirs.get());
    if (pid < 0) return NamespaceError{std::string("no process can be started: ") + std::strerror(errno)};
    theirs.reset();
    Report report;
    std::array<UniqueFd, kMostFds> fds;
    const bool told = receive(ours.get(), report, fds);
    if (!told) ::kill(pid, SIGKILL);
    while (::waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    if (!told) return NamespaceError{"a namespace was not ready in time"};
    if (report.stage != Stage::done)
        return NamespaceError{std::string(sentence(report.stage)) + ": " + std::strerror(report.error)};
    NetworkNamespace made;
    std::size_t next = 0;
    made.tun = std::move(fds[next++]);
    made.network = std::move(fds[next++]);
    if (report.listens) made.listener = std::move(fds[next++]);
    if (report.own_user) made.user = std::move(fds[next++]);
    made.port = report.port;
    return made;
}

}  // namespace

void throw_exception_from_error(const NamespaceError& error, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(error.message), where);
}

boost::system::result<NetworkNamespace, NamespaceError> open_probe_namespace(std::uint32_t address) {
    return open_namespace(false, address);
}

boost::system::result<NetworkNamespace, NamespaceError> open_gateway_namespace(std::uint32_t address) {
    return open_namespace(true, address);
}

}  // namespace ringback::harness::link
