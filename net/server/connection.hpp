// One connection of the server, over TCP or TLS: reads requests, calls the handler, and is its Responder.
#pragma once

#include "net/request_parser.hpp"
#include "net/server/response_head.hpp"
#include "net/server/shard.hpp"
#include "net/websocket.hpp"

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <array>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>

namespace ringback::net::server {

/// @tparam Stream asio::ip::tcp::socket or asio::ssl::stream<asio::ip::tcp::socket>
template <class Stream>
class Connection final : public Responder,
                         public Watched,
                         public std::enable_shared_from_this<Connection<Stream>> {
  public:
    Connection(CorePtr core, std::shared_ptr<Shard> shard, asio::ip::tcp::socket socket);
    ~Connection() override;
    /// To be called on the shard's executor.
    void start();

    asio::awaitable<error_code> respond(ServerResponse response) override;
    asio::awaitable<error_code> begin(ServerResponse head) override;
    asio::awaitable<error_code> write(std::string_view bytes) override;
    asio::awaitable<error_code> finish() override;
    asio::awaitable<error_code> write_raw(std::string_view bytes) override;
    void close_after(bool reset) override;
    asio::awaitable<boost::system::result<std::unique_ptr<WebSocket>>> accept_websocket() override;
    asio::awaitable<void> peer_gone() override;
    bool stopping() const noexcept override { return core_->stopping; }
    asio::any_io_executor executor() const override { return shard_->executor(); }

    void time_out() override;
    void end_when_idle() override;
    void cut() override;

  private:
    enum class Phase { idle, head, body, answer };
    enum class Answer {
        none,
        streaming,  ///< between begin and finish
        raw,
        done,
        upgraded,
    };
    static constexpr std::size_t head_read = 8u << 10, body_read = 64u << 10, joined_body = 16u << 10;

    asio::awaitable<void> serve();
    asio::awaitable<bool> read_request();
    asio::awaitable<bool> read_more(const RequestParser& parser);
    asio::awaitable<bool> answer_request();
    asio::awaitable<void> refuse(Rejection rejection);
    asio::awaitable<void> end();
    asio::awaitable<void> linger();
    template <std::size_t N>
    asio::awaitable<error_code> write_all(std::array<asio::const_buffer, N> buffers);
    asio::awaitable<void> watch_peer();
    asio::awaitable<void> wait_for_stop();

    void reset_request();
    bool parse_buffered(RequestParser& parser);
    bool settle_keep_alive(const ServerResponse& response, const GivenFields& given, bool framed);
    bool sends_body(unsigned status) const { return status_has_body(status) && request_.method != "HEAD"; }
    bool peer_closed();
    void arm(std::chrono::milliseconds span) { deadline = Clock::now() + span; }
    void disarm() { deadline = Clock::time_point::max(); }
    asio::ip::tcp::socket& socket();
    const ServerLimits& limits() const noexcept { return core_->options.limits; }

    CorePtr core_;
    std::shared_ptr<Shard> shard_;
    std::optional<Stream> stream_;  ///< empty once it was upgraded
    asio::cancellation_signal cancel_;
    boost::beast::flat_buffer buffer_;
    ServerRequest request_;
    std::string out_;
    std::uint64_t remaining_ = 0;  ///< of a streamed body with Content-Length
    Phase phase_ = Phase::idle;
    Answer answer_ = Answer::none;
    bool chunked_ = false, sized_ = false,
         muted_ = false;  ///< of the streamed body; muted: no body is sent (HEAD, 204)
    bool close_ = false, close_asked_ = false, reset_ = false, refused_ = false;
    bool expired_ = false, cut_ = false;
};

}  // namespace ringback::net::server
