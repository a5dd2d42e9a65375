// Definitions of Connection, continued: the Responder's writing half.
#pragma once

#include "net/server/connection.ipp"
#include "net/websocket_stream.hpp"

#include <algorithm>
#include <cstdio>

namespace ringback::net::server {

template <class Stream>
template <std::size_t N>
asio::awaitable<error_code> Connection<Stream>::write_all(std::array<asio::const_buffer, N> buffers) {
    std::size_t left = asio::buffer_size(buffers);
    while (left != 0) {
        arm(limits().write_timeout);
        const auto [error, sent] = co_await stream_->async_write_some(buffers, with_error);
        if (error) {
            close_ = true;
            disarm();
            co_return expired_ ? make_error_code(Error::send_timeout) : error;
        }
        left -= sent;
        auto skip = sent;
        for (auto& buffer : buffers) {
            const auto step = std::min(skip, buffer.size());
            buffer += step;
            skip -= step;
        }
    }
    disarm();
    co_return error_code{};
}

/// Decides whether the connection goes on. @param framed the client can see where the response ends
template <class Stream>
bool Connection<Stream>::settle_keep_alive(const ServerResponse& response, const GivenFields& given,
                                           bool framed) {
    if (!framed || !request_.keep_alive || given.close || stopping() || response.status < 200) close_ = true;
    return !close_;
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::respond(ServerResponse response) {
    if (answer_ != Answer::none) co_return asio::error::already_started;
    answer_ = Answer::done;
    const GivenFields given(response.headers);
    const bool has_body = status_has_body(response.status), send_body = sends_body(response.status);
    HeadOptions options;
    options.request_version = request_.version;
    options.length = response.body.size();
    if (!has_body)
        options.framing = Framing::none;
    else if (given.content_length || given.transfer_encoding)
        options.framing = Framing::given;
    const bool framed = !send_body || (!given.transfer_encoding &&
                                       (!given.content_length || given.length == response.body.size()));
    options.keep_alive = settle_keep_alive(response, given, framed);

    out_.clear();
    append_head(out_, response, given, options);
    if (send_body && response.body.size() > joined_body) {
        const std::array<asio::const_buffer, 2> buffers{asio::buffer(out_), asio::buffer(response.body)};
        co_return co_await write_all(buffers);
    }
    if (send_body) out_ += response.body;
    const std::array<asio::const_buffer, 1> buffers{asio::buffer(out_)};
    co_return co_await write_all(buffers);
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::begin(ServerResponse head) {
    if (answer_ != Answer::none) co_return asio::error::already_started;
    answer_ = Answer::streaming;
    const GivenFields given(head.headers);
    muted_ = !sends_body(head.status);
    sized_ = given.content_length;
    remaining_ = given.length;
    const bool old = request_.version == 10 || head.version == 10;
    chunked_ = status_has_body(head.status) && !sized_ && !given.transfer_encoding && !old;
    HeadOptions options;
    options.request_version = request_.version;
    options.framing = chunked_                            ? Framing::chunked
                      : sized_ || given.transfer_encoding ? Framing::given
                                                          : Framing::none;
    options.keep_alive = settle_keep_alive(head, given, muted_ || chunked_ || sized_);
    out_.clear();
    append_head(out_, head, given, options);
    const std::array<asio::const_buffer, 1> buffers{asio::buffer(out_)};
    co_return co_await write_all(buffers);
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::write(std::string_view bytes) {
    if (answer_ != Answer::streaming) co_return asio::error::not_connected;
    if (bytes.empty() || muted_) co_return error_code{};
    if (sized_) {
        if (bytes.size() > remaining_) {  // more would be read as the next response
            close_ = true;
            co_return asio::error::message_size;
        }
        remaining_ -= bytes.size();
    }
    if (!chunked_) {
        const std::array<asio::const_buffer, 1> buffers{asio::buffer(bytes)};
        co_return co_await write_all(buffers);
    }
    std::array<char, 20> head{};
    const auto size = std::snprintf(head.data(), head.size(), "%zx\r\n", bytes.size());
    const std::array<asio::const_buffer, 3> buffers{asio::buffer(head.data(), static_cast<std::size_t>(size)),
                                                    asio::buffer(bytes), asio::buffer("\r\n", 2)};
    co_return co_await write_all(buffers);
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::finish() {
    if (answer_ != Answer::streaming) co_return asio::error::not_connected;
    answer_ = Answer::done;
    if (sized_ && remaining_ != 0 && !muted_) {
        close_ = true;
        co_return asio::error::message_size;
    }
    if (!chunked_ || muted_) co_return error_code{};
    const std::array<asio::const_buffer, 1> buffers{asio::buffer("0\r\n\r\n", 5)};
    co_return co_await write_all(buffers);
}

template <class Stream>
asio::awaitable<error_code> Connection<Stream>::write_raw(std::string_view bytes) {
    if (answer_ != Answer::none && answer_ != Answer::raw) co_return asio::error::already_started;
    answer_ = Answer::raw;
    close_ = true;
    const std::array<asio::const_buffer, 1> buffers{asio::buffer(bytes)};
    co_return co_await write_all(buffers);
}

template <class Stream>
void Connection<Stream>::close_after(bool reset) {
    close_ = close_asked_ = true;
    reset_ = reset_ || reset;
}

template <class Stream>
asio::awaitable<boost::system::result<std::unique_ptr<WebSocket>>> Connection<Stream>::accept_websocket() {
    using Result = boost::system::result<std::unique_ptr<WebSocket>>;
    namespace http = boost::beast::http;
    namespace websocket = boost::beast::websocket;
    if (answer_ != Answer::none || !stream_) co_return Result(error_code(asio::error::already_started));
    if (!request_.is_websocket_upgrade()) {
        auto response =
            json_error_response(426, "upgrade_required", "Only WebSocket connections are taken here.");
        response.headers.add("Upgrade", "websocket");
        response.headers.add("Connection", "Upgrade");
        (void)co_await respond(std::move(response));
        co_return Result(websocket::make_error_code(websocket::error::no_connection_upgrade));
    }
    if (buffer_.size() != 0) {  // RFC 6455, 4.1: the client waits for the answer before it sends
        Rejection early{400, "malformed_request", "Bytes were sent before the WebSocket handshake was over."};
        co_await refuse(early);
        co_return Result(websocket::make_error_code(websocket::error::bad_http_version));
    }
    http::request<http::empty_body> upgrade(http::verb::get, request_.target, request_.version);
    for (const auto& [name, value] : request_.headers)
        upgrade.insert(name, value);
    answer_ = Answer::upgraded;
    websocket::stream<Stream> socket(std::move(*stream_));
    stream_.reset();
    auto timeouts = websocket::stream_base::timeout::suggested(boost::beast::role_type::server);
    timeouts.handshake_timeout = limits().write_timeout;
    socket.set_option(timeouts);
    const auto [error] = co_await socket.async_accept(upgrade, with_error);
    if (error) co_return Result(error);
    co_return Result(make_websocket(std::move(socket)));
}

}  // namespace ringback::net::server
