// The one HTTP/1.1 and WebSocket server of the house: mock-bin, demo-room and the service all use it.
#pragma once

#include "net/deadline.hpp"
#include "net/error.hpp"
#include "net/headers.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::net {

namespace asio = boost::asio;

struct ServerLimits {
    std::uint32_t max_header =
        64u << 10;  ///< bytes of request line and fields; more is 431 (414 for the target)
    std::uint64_t max_body = 100ull << 20;  ///< more is 413
    std::chrono::milliseconds header_timeout{
        15000};  ///< to receive a whole request head once begun (slow-loris)
    std::chrono::milliseconds body_timeout{120000};  ///< to receive a whole body
    std::chrono::milliseconds idle_timeout{75000};   ///< between requests of a kept-alive connection
    std::chrono::milliseconds write_timeout{60000};  ///< for one write to make progress
    std::size_t max_connections = 10000;             ///< more wait in the listen queue
};

struct ServerOptions {
    std::string host = "127.0.0.1";
    std::uint16_t port = 0;  ///< 0: a free one
    ServerLimits limits;
    std::string certificate, key;  ///< PEM files; both set: TLS
};

/// A request as received. Header order, case and duplicates are those of the wire.
struct ServerRequest {
    std::string method;
    std::string target;  ///< as received, "/bin/1?x=y"
    std::string path;    ///< of the target, percent-encoding kept
    std::string query;   ///< without "?", percent-encoding kept
    unsigned version = 11;
    Headers headers;
    Headers trailers;             ///< of a chunked body
    std::string body;             ///< after transfer decoding
    std::uint32_t head_size = 0;  ///< bytes of request line and fields, with the empty line
    asio::ip::tcp::endpoint peer, local;
    bool secure = false;
    std::chrono::system_clock::time_point received_at;              ///< first byte
    std::chrono::steady_clock::time_point began, head_at, body_at;  ///< first byte, whole head, whole body
    bool keep_alive = true;
    [[nodiscard]] bool is_websocket_upgrade() const;
};

struct ServerResponse {
    unsigned status = 200;
    std::string reason;  ///< empty: the standard one
    Headers headers;     ///< Content-Length, Date and Connection are added when absent
    std::string body;
    unsigned version = 11;  ///< 10 or 11, in the status line
};

class WebSocket;  // net/websocket.hpp

/// How a handler answers. Exactly one of respond, begin…finish, accept_websocket, write_raw/close is used per
/// request. A handler that returns without answering gets a 500 written for it.
class Responder {
  public:
    virtual ~Responder() = default;
    /// Sends a whole response. HEAD gets the fields without the body.
    [[nodiscard]] virtual asio::awaitable<error_code> respond(ServerResponse response) = 0;
    /// Streams: head now (chunked, unless Content-Length is given), then any number of writes, then finish().
    [[nodiscard]] virtual asio::awaitable<error_code> begin(ServerResponse head) = 0;
    [[nodiscard]] virtual asio::awaitable<error_code> write(std::string_view bytes) = 0;
    [[nodiscard]] virtual asio::awaitable<error_code> finish() = 0;
    /// Bytes straight onto the connection, no framing; the connection is closed after the handler.
    [[nodiscard]] virtual asio::awaitable<error_code> write_raw(std::string_view bytes) = 0;
    /// Close after the handler: in order, or with a TCP reset.
    virtual void close_after(bool reset = false) = 0;
    /// Completes the WebSocket handshake. Null with an error set when it fails.
    [[nodiscard]] virtual asio::awaitable<boost::system::result<std::unique_ptr<WebSocket>>>
    accept_websocket() = 0;
    /// Completes when the peer has gone away (a half-closed one counts as gone) or the server stops; for long
    /// waits. After accept_websocket(): only when the server stops, since the socket itself tells of its
    /// peer.
    [[nodiscard]] virtual asio::awaitable<void> peer_gone() = 0;
    /// True once the server is asked to stop: streams should end soon.
    [[nodiscard]] virtual bool stopping() const noexcept = 0;
    [[nodiscard]] virtual asio::any_io_executor executor() const = 0;
};

/// Called once per whole request, on the connection's own strand or thread. May suspend as long as it likes.
using Handler = std::function<asio::awaitable<void>(const ServerRequest&, Responder&)>;

class HttpServer {
  public:
    /// @param executors connections are dealt round-robin; each lives on its executor from start to end. Each
    /// is a
    ///        strand or runs on one thread. The server must be destroyed before their contexts.
    HttpServer(std::vector<asio::any_io_executor> executors, ServerOptions options, Handler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Binds and listens, or says why not ("127.0.0.1:80: Permission denied").
    [[nodiscard]] boost::system::result<void, std::string> start();
    [[nodiscard]] asio::ip::tcp::endpoint endpoint() const;
    /// "http://127.0.0.1:8090"
    [[nodiscard]] std::string origin() const;
    /// No new connections; idle ones close; requests under way may finish until the deadline, then are cut.
    [[nodiscard]] asio::awaitable<void> stop(Deadline deadline);
    [[nodiscard]] std::size_t connections() const noexcept;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

/// Percent-decodes; "+" is a space when `plus`. A malformed escape stays as it is.
[[nodiscard]] std::string percent_decode(std::string_view text, bool plus = false);
/// "a=1&b=2" to pairs, decoded, in order, duplicates kept.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_query(std::string_view query);

}  // namespace ringback::net
