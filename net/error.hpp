// What can go wrong on the network, told apart.
#pragma once

#include <boost/system/error_code.hpp>

namespace ringback::net {

using boost::system::error_code;

/// Distinct conditions of this room; errors of the system and of TLS keep their own categories.
enum class Error {
    resolve_timeout = 1,  ///< no answer from a name server in time
    name_not_found,       ///< NXDOMAIN
    no_address,           ///< the name exists, without an A or AAAA record
    resolve_failed,       ///< SERVFAIL, refused, malformed answer
    address_denied,       ///< the address policy forbids an address of the target
    connect_timeout,
    tls_timeout,     ///< TLS handshake not over in time
    tls_untrusted,   ///< certificate not trusted (unknown issuer, self-signed)
    tls_expired,     ///< certificate expired or not yet valid
    tls_wrong_host,  ///< certificate is for another name
    tls_failed,      ///< any other handshake failure (protocol version, cipher, client certificate)
    send_timeout,
    response_timeout,   ///< request sent, response not whole in time
    connection_closed,  ///< closed by the peer before a whole response
    malformed_response,
    header_too_large,
    body_too_large,
    bad_certificate_file,  ///< a CA, certificate or key file that cannot be read
    proxy_refused,         ///< the proxy answered CONNECT with something else than 2xx
    invalid_url,
    canceled,
    invalid_request,  ///< method, header fields or proxy that cannot be sent
};
[[nodiscard]] const boost::system::error_category& error_category() noexcept;
[[nodiscard]] inline error_code make_error_code(Error e) noexcept {
    return {static_cast<int>(e), error_category()};
}

/// Where in an exchange something happened.
enum class Phase { none, resolve, connect, tls, send, wait, receive, done };
[[nodiscard]] const char* to_string(Phase phase) noexcept;

}  // namespace ringback::net

template <>
struct boost::system::is_error_code_enum<ringback::net::Error> : std::true_type {};
