// Which addresses may be connected to. Judged on binary addresses after resolution, never on host names.
#pragma once

#include "run-options/parse_error.hpp"

#include <boost/asio/ip/address.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::net {

class AddressPolicy {
  public:
    /// Everything is allowed (endpoint tests, local tools).
    [[nodiscard]] static AddressPolicy allow_all();
    /// Everything but cloud metadata addresses: what the command line applies to webhooks. docs/webhooks.md.
    [[nodiscard]] static AddressPolicy command_line();
    /// Only public addresses: what the service applies to webhooks.
    [[nodiscard]] static AddressPolicy service();

    /// Adds an exception, "CIDR:PORT" or "CIDR" for every port; IPv6 as "[::1/128]:8090". "/0" is refused.
    [[nodiscard]] Parsed<void> allow(std::string_view cidr_and_port);

    [[nodiscard]] bool allowed(const boost::asio::ip::address& address, std::uint16_t port) const;

  private:
    struct Network {
        boost::asio::ip::address_v6::bytes_type bytes{};  ///< IPv4 is kept as ::ffff:a.b.c.d
        unsigned prefix = 0;                              ///< in bits of the 128
        std::uint16_t port = 0;                           ///< 0: every port
    };
    enum class Base { all, command_line, service } base_ = Base::all;
    std::vector<Network> exceptions_;
};

}  // namespace ringback::net
