// Server-sent events over a Responder (WHATWG HTML, 9.2).
#pragma once

#include "net/http_server.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace ringback::net {

class EventStream {
  public:
    explicit EventStream(Responder& responder) : responder_(responder) {}
    /// Sends the response head (text/event-stream, no caching) and a first comment, so that proxies let it
    /// through.
    [[nodiscard]] asio::awaitable<error_code> begin(Headers extra = {});
    /// One event. `data` may hold line breaks.
    [[nodiscard]] asio::awaitable<error_code> send(std::string_view data, std::string_view event = {},
                                                   std::string_view id = {});
    /// A comment line that keeps the connection open.
    [[nodiscard]] asio::awaitable<error_code> ping();

  private:
    Responder& responder_;
};

/// The frame itself, for tests and for fan-out: "id: …\nevent: …\ndata: …\n\n".
[[nodiscard]] std::string event_frame(std::string_view data, std::string_view event = {},
                                      std::string_view id = {});

}  // namespace ringback::net
