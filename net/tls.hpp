// TLS for clients: contexts, the handshake, and what a certificate says.
#pragma once

#include "net/progress.hpp"
#include "net/target.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/result.hpp>

#include <memory>
#include <string>

namespace ringback::net {

using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;

/// TLS 1.2 or newer. Contexts are kept and shared by all threads, one for each set of options and state of
/// its files; the system's roots are read once. The error is a sentence for people.
[[nodiscard]] boost::system::result<std::shared_ptr<asio::ssl::context>, std::string> tls_context(
    const TlsOptions& options);

/// Shakes hands with SNI and the check of the host name; fills in exchange.tls, also when the certificate is
/// refused. The caller has armed the watchdog and keeps the time.
/// @return false when it failed; progress.exchange says why
[[nodiscard]] asio::awaitable<bool> tls_handshake(Progress& progress, const Target& target,
                                                  TlsStream& stream);

}  // namespace ringback::net
