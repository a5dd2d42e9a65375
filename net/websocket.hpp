// A WebSocket connection, of either side.
#pragma once

#include "net/deadline.hpp"
#include "net/error.hpp"
#include "net/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace ringback::net {

struct WebSocketMessage {
    std::string data;
    bool text = true;
};

class WebSocket {
  public:
    virtual ~WebSocket() = default;
    /// The next whole message. Errors: response_timeout (the deadline passed; the connection is unharmed and
    /// may be used on), connection_closed, body_too_large, malformed_response (a broken frame), canceled.
    [[nodiscard]] virtual asio::awaitable<boost::system::result<WebSocketMessage>> receive(
        Deadline deadline = {}) = 0;
    /// Messages go out in the order of the calls; calls may overlap.
    [[nodiscard]] virtual asio::awaitable<error_code> send(WebSocketMessage message) = 0;
    [[nodiscard]] virtual asio::awaitable<void> close(std::uint16_t code = 1000, std::string reason = {}) = 0;
    /// What the peer closed with (RFC 6455, 7.4): 0 as long as it has not; 1005 when it gave no code.
    [[nodiscard]] virtual std::uint16_t close_code() const noexcept = 0;
    [[nodiscard]] virtual std::string close_reason() const = 0;
};

/// Outcome of a client handshake; `socket` is set when `exchange.ok()` with status 101.
struct WebSocketConnection {
    Exchange exchange;
    std::unique_ptr<WebSocket> socket;
};

/// Opens a ws:// or wss:// URL. `request.headers` are added to the handshake.
[[nodiscard]] asio::awaitable<WebSocketConnection> connect_websocket(asio::any_io_executor executor,
                                                                     HttpRequest request,
                                                                     ExchangeOptions options);

}  // namespace ringback::net
