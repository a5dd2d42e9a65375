// An absolute http, https, ws or wss URL, read once into what a client needs of it.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::net {

struct Target {
    bool secure = false;     ///< https or wss
    bool websocket = false;  ///< ws or wss
    std::string host;        ///< lower case, without brackets
    std::uint16_t port = 80;
    std::string path;  ///< request target: path and query, "/" at least; what a URL may not hold is escaped
    std::string host_header;                          ///< "example.com", "example.com:8080", "[::1]:8080"
    std::string user_info;                            ///< "user:password", decoded; empty when absent
    std::optional<boost::asio::ip::address> literal;  ///< set when the host is an address

    [[nodiscard]] std::string origin() const;  ///< "http://example.com:8080"
};

/// `text` as it stands in a request target: only what a request line cannot hold is percent-encoded.
[[nodiscard]] std::string escape_target(std::string_view text);

/// An IPv4 address is four decimal numbers. Every other host that ends in a number (127.1, 2130706433,
/// 0x7f.1) is refused as the WHATWG host parser would refuse or reinterpret it: such spellings only serve to
/// slip past a reader. The error is a sentence for people.
[[nodiscard]] boost::system::result<Target, std::string> parse_target(std::string_view url);

}  // namespace ringback::net
