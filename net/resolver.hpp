// Host names to addresses, by c-ares on Asio: with a deadline, cancellation and errors told apart.
#pragma once

#include "net/deadline.hpp"
#include "net/http_client.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <string>
#include <vector>

namespace ringback::net {

struct ResolveRequest {
    std::string host;                  ///< a name or an address
    std::string name_servers;          ///< "127.0.0.1:5353,[::1]:53"; empty: those of the system
    bool addresses = true;             ///< ask for A and AAAA
    bool name_server_records = false;  ///< ask for NS
    bool local = true;  ///< address literals, "localhost" and /etc/hosts are answered without a name server
};

struct Resolution {
    error_code error;    ///< resolve_timeout, name_not_found, no_address, resolve_failed, canceled
    std::string detail;  ///< for people: "nowhere.test: no such host name (NXDOMAIN)"
    std::vector<asio::ip::address> addresses;  ///< in the order to try them; without duplicates
    DnsRecords records;  ///< what name servers answered; empty for what was known without asking
    std::vector<std::string> ns;
    bool asked = false;  ///< a name server was asked
};

/// Never throws for anything that happens on the network. "localhost" and names under it are the loopback
/// addresses (RFC 6761, 6.3). The system's search list applies to names as with getaddrinfo, unless
/// `name_servers` is given.
[[nodiscard]] asio::awaitable<Resolution> resolve(asio::any_io_executor executor, ResolveRequest request,
                                                  Deadline deadline);

}  // namespace ringback::net
