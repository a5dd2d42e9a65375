// Who is behind the proxies: X-Forwarded-* and Forwarded (RFC 7239).
#pragma once

#include "net/http_server.hpp"

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace ringback::mock_bin {

struct Forwarded {
    std::vector<std::string> ips;  ///< the one that comes nearest to the user first
    std::vector<std::uint16_t> ports;
    std::vector<std::pair<std::string, std::uint16_t>> hops;  ///< address and port of each
    std::string proto, host, by;
};
/// What the headers claim; the connection's own address is always among it, last.
[[nodiscard]] Forwarded forwarded(const net::ServerRequest& request);

}  // namespace ringback::mock_bin
