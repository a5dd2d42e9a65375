// How long each phase of one HTTP exchange took.
#pragma once

#include <chrono>
#include <optional>

namespace ringback::net {

/// Phases of one exchange, in the order they happen. A phase that did not happen (address literal, kept-alive
/// connection, plain http) or was not reached is empty. Definitions agree with curl's:
/// dns = time_namelookup; connect = time_connect - time_namelookup; tls = time_appconnect - time_connect;
/// send = until the last request byte is written; wait = until the first response byte; receive = until the
/// last one.
struct Timings {
    using Span = std::optional<std::chrono::microseconds>;
    Span dns, connect, tls, send, wait, receive;
    std::chrono::microseconds total{0};  ///< from the call to its end, whatever the outcome
};

}  // namespace ringback::net
