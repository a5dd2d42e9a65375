// The two halves of an exchange that the HTTP and the WebSocket client share: getting a connection, and one
// request and response on it.
#pragma once

#include "net/connection.hpp"
#include "net/progress.hpp"
#include "net/request_head.hpp"
#include "net/target.hpp"

#include <memory>
#include <optional>
#include <string>

namespace ringback::net {

/// A request read, checked and turned into bytes.
struct Prepared {
    Target target;
    std::optional<Target> proxy;
    RequestBytes request;
    std::string method;
    bool websocket = false;
    /// Plain http goes to the proxy itself, everything else through a tunnel.
    [[nodiscard]] bool tunnel() const { return proxy && (target.secure || websocket); }
};

/// @return nullopt when the request cannot be sent at all; progress.exchange says why
[[nodiscard]] std::optional<Prepared> prepare(Progress& progress, const HttpRequest& request, bool websocket);

/// Resolves, judges, connects, asks the proxy for a tunnel and shakes hands, as far as each is needed.
/// @return null when it failed; progress.exchange says why
[[nodiscard]] asio::awaitable<std::unique_ptr<Connection>> open_connection(Progress& progress,
                                                                           const Prepared& prepared,
                                                                           std::string name_servers);

struct TalkOutcome {
    bool ok = false;
    bool got_some = false;  ///< a byte of a response came
    bool reusable = false;  ///< the connection may carry another exchange
    std::string leftover;   ///< bytes after the response (after a 101: of the other protocol)
};

/// Sends the request and reads the response, until the deadline.
[[nodiscard]] asio::awaitable<TalkOutcome> talk(Progress& progress, Connection& connection,
                                                const Prepared& prepared);

}  // namespace ringback::net
