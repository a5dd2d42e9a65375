// From a host name to a TCP connection, by way of the address policy.
#pragma once

#include "net/progress.hpp"
#include "net/target.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <cstdint>
#include <string>

namespace ringback::net {

/// "127.0.0.1:80", "[::1]:80"
[[nodiscard]] std::string to_text(const asio::ip::address& address, std::uint16_t port);

/// Refuses when any of the addresses is denied: a name that mixes public and private ones is up to no good.
[[nodiscard]] bool judge(Progress& progress, const std::string& host, std::uint16_t port);

/// Resolves, judges every address, connects to the first that answers, and looks at whom it got. Fills in
/// `resolved`, `address`, `port`, `local_address`, `dns_records`, `connect_retries`, and the timings dns and
/// connect.
/// @return false when it failed; progress.exchange says why
[[nodiscard]] asio::awaitable<bool> connect(Progress& progress, const Target& target,
                                            std::string name_servers, asio::ip::tcp::socket& socket);

}  // namespace ringback::net
