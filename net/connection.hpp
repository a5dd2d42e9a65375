// A byte stream to a peer, plain or under TLS.
#pragma once

#include "net/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <string_view>
#include <utility>

namespace ringback::net {

class Connection {
  public:
    struct Read {
        error_code error;
        std::size_t size = 0;
    };

    explicit Connection(asio::ip::tcp::socket socket) : plain_(std::move(socket)) {}

    /// From here on under TLS. The handshake is the caller's.
    TlsStream& start_tls(asio::ssl::context& context) {
        tls_ = std::make_unique<TlsStream>(std::move(plain_), context);
        return *tls_;
    }
    [[nodiscard]] bool secure() const noexcept { return tls_ != nullptr; }
    [[nodiscard]] asio::ip::tcp::socket& socket() noexcept { return tls_ ? tls_->next_layer() : plain_; }
    [[nodiscard]] TlsStream& tls() noexcept { return *tls_; }

    [[nodiscard]] asio::awaitable<Read> read_some(asio::mutable_buffer into) {
        Read read;
        if (tls_)
            std::tie(read.error, read.size) =
                co_await tls_->async_read_some(into, asio::as_tuple(asio::use_awaitable));
        else
            std::tie(read.error, read.size) =
                co_await plain_.async_read_some(into, asio::as_tuple(asio::use_awaitable));
        co_return read;
    }

    /// Writes all of both parts.
    [[nodiscard]] asio::awaitable<error_code> write(std::string_view head, std::string_view body) {
        const std::array<asio::const_buffer, 2> parts{asio::buffer(head), asio::buffer(body)};
        std::tuple<error_code, std::size_t> result;
        if (tls_)
            result = co_await asio::async_write(*tls_, parts, asio::as_tuple(asio::use_awaitable));
        else
            result = co_await asio::async_write(plain_, parts, asio::as_tuple(asio::use_awaitable));
        co_return std::get<0>(result);
    }

    void close() {
        error_code ignored;
        socket().close(ignored);
    }

    // What a later exchange on the same connection reports of it.
    asio::ip::address address, local_address;
    std::optional<TlsInfo> tls_info;

  private:
    asio::ip::tcp::socket plain_;
    std::unique_ptr<TlsStream> tls_;
};

}  // namespace ringback::net
