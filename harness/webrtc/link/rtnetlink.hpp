// The few requests to the kernel that give a network namespace its device, address and routes. Safe between
// fork and exec: nothing is allocated.
#pragma once

#include <cstdint>

namespace ringback::harness::link {

/// A socket for requests about the namespace of the calling process. Each request returns 0, or an errno.
class RouteSocket {
  public:
    RouteSocket();
    ~RouteSocket();
    RouteSocket(const RouteSocket&) = delete;
    RouteSocket& operator=(const RouteSocket&) = delete;

    [[nodiscard]] int bring_up(int device);
    /// Lets packets from and to 127.0.0.0/8 pass the device.
    [[nodiscard]] int allow_loopback_addresses(int device);
    /// No link-local address, and with it none of IPv6 at all.
    int disable_ipv6_addresses(int device);
    [[nodiscard]] int add_address(int device, std::uint32_t address, unsigned prefix);
    [[nodiscard]] int remove_address(int device, std::uint32_t address, unsigned prefix);
    /// @param source address of packets that have none yet
    [[nodiscard]] int add_route(int device, std::uint32_t destination, unsigned prefix, std::uint32_t source);

  private:
    int change_address(int type, int flags, int device, std::uint32_t address, unsigned prefix);
    int send(void* message);
    int fd_;
};

}  // namespace ringback::harness::link
