// A stream whose WebSocket handshake is already made. Beast opens a client stream only by a handshake of its
// own, which knows neither our limits nor our timings and reorders header fields; so the HTTP client makes
// the real one, and Beast gets the answer it expects from here, without a byte on the wire.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/role.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/system/error_code.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace ringback::net {

/// What a server must answer to a Sec-WebSocket-Key (RFC 6455, 4.2.2).
[[nodiscard]] std::string websocket_accept(std::string_view key);
/// The answer to a handshake request, to be read by Beast.
[[nodiscard]] std::string canned_answer(const std::string& request);

template <class Next>
class OpenedStream {
  public:
    using next_layer_type = Next;
    using executor_type = typename Next::executor_type;

    /// @param received bytes that came after the real handshake's answer
    OpenedStream(Next next, std::string received) : next_(std::move(next)), received_(std::move(received)) {}

    executor_type get_executor() noexcept { return next_.get_executor(); }
    next_layer_type& next_layer() noexcept { return next_; }
    const next_layer_type& next_layer() const noexcept { return next_; }

    template <class Buffers, class Token>
    auto async_read_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const Buffers& into) {
                if (!answered_) {
                    answered_ = true;
                    const auto answer = canned_answer(request_);
                    answer_left_ = answer.size();
                    received_.insert(0, answer);
                }
                if (received_.empty()) return next_.async_read_some(into, std::move(handler));
                // Not a byte more than the answer at first: what follows it belongs to the frames.
                const auto limit = answer_left_ > 0 ? answer_left_ : received_.size();
                const auto size =
                    boost::asio::buffer_copy(into, boost::asio::buffer(received_.data(), limit));
                received_.erase(0, size);
                if (answer_left_ > 0) answer_left_ -= size;
                complete(std::move(handler), size);
            },
            token, buffers);
    }

    template <class Buffers, class Token>
    auto async_write_some(const Buffers& buffers, Token&& token) {
        return boost::asio::async_initiate<Token, void(boost::system::error_code, std::size_t)>(
            [this](auto handler, const Buffers& from) {
                if (answered_) return next_.async_write_some(from, std::move(handler));
                const auto size = boost::asio::buffer_size(from);
                const auto before = request_.size();
                request_.resize(before + size);
                boost::asio::buffer_copy(boost::asio::buffer(request_.data() + before, size), from);
                complete(std::move(handler), size);
            },
            token, buffers);
    }

    // Found by Beast through the argument's namespace. Its own version waits for the peer to close the TCP
    // connection, and only then says why the WebSocket ended. Here the WebSocket is over by now, whatever TCP
    // may still do.
    template <class Handler>
    friend void async_teardown(boost::beast::role_type, OpenedStream& stream, Handler&& handler) {
        boost::system::error_code ignored;
        boost::beast::get_lowest_layer(stream).shutdown(boost::asio::socket_base::shutdown_send, ignored);
        boost::asio::post(
            stream.get_executor(),
            boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code()));
    }

  private:
    template <class Handler>
    void complete(Handler handler, std::size_t size) {
        boost::asio::post(next_.get_executor(), boost::beast::bind_front_handler(
                                                    std::move(handler), boost::system::error_code(), size));
    }

    Next next_;
    std::string received_, request_;
    std::size_t answer_left_ = 0;
    bool answered_ = false;
};

}  // namespace ringback::net
