#include "harness/webrtc/link/rtnetlink.hpp"

#include <arpa/inet.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ip.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ringback::harness::link {
namespace {

/// A netlink message in place: a header, a fixed part, attributes that may nest.
template <class Fixed>
struct Message {
    nlmsghdr head{};
    Fixed fixed{};
    unsigned char attributes[256]{};

    Message(int type, int flags) {
        head.nlmsg_len = static_cast<std::uint32_t>(NLMSG_LENGTH(sizeof(Fixed)));
        head.nlmsg_type = static_cast<std::uint16_t>(type);
        head.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    }
    rtattr* begin(int type) {
        auto* attribute =
            reinterpret_cast<rtattr*>(reinterpret_cast<char*>(&head) + NLMSG_ALIGN(head.nlmsg_len));
        attribute->rta_type = static_cast<unsigned short>(type);
        attribute->rta_len = static_cast<unsigned short>(RTA_LENGTH(0));
        head.nlmsg_len = NLMSG_ALIGN(head.nlmsg_len) + static_cast<std::uint32_t>(RTA_LENGTH(0));
        return attribute;
    }
    void end(rtattr* attribute) {
        attribute->rta_len = static_cast<unsigned short>(reinterpret_cast<char*>(&head) + head.nlmsg_len -
                                                         reinterpret_cast<char*>(attribute));
    }
    void add32(int type, std::uint32_t value) {
        auto* attribute = begin(type);
        std::memcpy(RTA_DATA(attribute), &value, sizeof value);
        head.nlmsg_len += static_cast<std::uint32_t>(sizeof value);
        end(attribute);
    }
    void add8(int type, std::uint8_t value) {
        auto* attribute = begin(type);
        std::memcpy(RTA_DATA(attribute), &value, sizeof value);
        head.nlmsg_len += static_cast<std::uint32_t>(sizeof value);
        end(attribute);
    }
};

}  // namespace

RouteSocket::RouteSocket() : fd_(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE)) {}
RouteSocket::~RouteSocket() {
    if (fd_ >= 0) ::close(fd_);
}

int RouteSocket::send(void* message) {
    if (fd_ < 0) return EBADF;
    const auto* head = static_cast<nlmsghdr*>(message);
    if (::send(fd_, message, head->nlmsg_len, 0) < 0) return errno;
    alignas(nlmsghdr) char answer[1024];
    const auto size = ::recv(fd_, answer, sizeof answer, 0);
    if (size < 0) return errno;
    const auto* answered = reinterpret_cast<const nlmsghdr*>(answer);
    if (static_cast<std::size_t>(size) < NLMSG_LENGTH(sizeof(nlmsgerr)) ||
        answered->nlmsg_type != NLMSG_ERROR)
        return EPROTO;
    return -static_cast<const nlmsgerr*>(NLMSG_DATA(answered))->error;
}

int RouteSocket::bring_up(int device) {
    Message<ifinfomsg> message(RTM_NEWLINK, 0);
    message.fixed.ifi_family = AF_UNSPEC;
    message.fixed.ifi_index = device;
    message.fixed.ifi_flags = message.fixed.ifi_change = IFF_UP;
    return send(&message.head);
}

int RouteSocket::allow_loopback_addresses(int device) {
    Message<ifinfomsg> message(RTM_NEWLINK, 0);
    message.fixed.ifi_family = AF_UNSPEC;
    message.fixed.ifi_index = device;
    auto* families = message.begin(IFLA_AF_SPEC);
    auto* ip = message.begin(AF_INET);
    auto* settings = message.begin(IFLA_INET_CONF);
    message.add32(IPV4_DEVCONF_ROUTE_LOCALNET, 1);
    message.end(settings);
    message.end(ip);
    message.end(families);
    return send(&message.head);
}

int RouteSocket::disable_ipv6_addresses(int device) {
    Message<ifinfomsg> message(RTM_NEWLINK, 0);
    message.fixed.ifi_family = AF_UNSPEC;
    message.fixed.ifi_index = device;
    auto* families = message.begin(IFLA_AF_SPEC);
    auto* ip = message.begin(AF_INET6);
    message.add8(IFLA_INET6_ADDR_GEN_MODE, IN6_ADDR_GEN_MODE_NONE);
    message.end(ip);
    message.end(families);
    return send(&message.head);
}

int RouteSocket::change_address(int type, int flags, int device, std::uint32_t address, unsigned prefix) {
    Message<ifaddrmsg> message(type, flags);
    message.fixed.ifa_family = AF_INET;
    message.fixed.ifa_prefixlen = static_cast<unsigned char>(prefix);
    message.fixed.ifa_index = static_cast<std::uint32_t>(device);
    message.add32(IFA_LOCAL, htonl(address));
    message.add32(IFA_ADDRESS, htonl(address));
    return send(&message.head);
}

int RouteSocket::add_address(int device, std::uint32_t address, unsigned prefix) {
    return change_address(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, device, address, prefix);
}

int RouteSocket::remove_address(int device, std::uint32_t address, unsigned prefix) {
    return change_address(RTM_DELADDR, 0, device, address, prefix);
}

int RouteSocket::add_route(int device, std::uint32_t destination, unsigned prefix, std::uint32_t source) {
    Message<rtmsg> message(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL);
    message.fixed.rtm_family = AF_INET;
    message.fixed.rtm_dst_len = static_cast<unsigned char>(prefix);
    message.fixed.rtm_table = RT_TABLE_MAIN;
    message.fixed.rtm_protocol = RTPROT_STATIC;
    message.fixed.rtm_scope = RT_SCOPE_LINK;
    message.fixed.rtm_type = RTN_UNICAST;
    if (prefix > 0) message.add32(RTA_DST, htonl(destination));
    message.add32(RTA_PREFSRC, htonl(source));
    message.add32(RTA_OIF, static_cast<std::uint32_t>(device));
    return send(&message.head);
}

}  // namespace ringback::harness::link
