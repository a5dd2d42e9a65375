// Definitions of Connection, instantiated in plain_connection.cpp and tls_connection.cpp: reading,
// waiting and ending. The answers are in answers.ipp.
#pragma once

#include "net/json_error.hpp"
#include "net/server/connection.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <poll.h>

namespace ringback::net::server {

inline constexpr auto with_error = asio::as_tuple(asio::use_awaitable);

template <class Stream>
inline constexpr bool is_tls = !std::is_same_v<Stream, asio::ip::tcp::socket>;

template <class Stream>
Connection<Stream>::Connection(CorePtr core, std::shared_ptr<Shard> shard, asio::ip::tcp::socket socket)
    : core_(std::move(core)), shard_(std::move(shard)) {
    ++core_->connections;
    error_code ignored;
    socket.set_option(asio::ip::tcp::no_delay(true), ignored);
    request_.peer = socket.remote_endpoint(ignored);
    request_.local = socket.local_endpoint(ignored);
    request_.secure = is_tls<Stream>;
    if constexpr (is_tls<Stream>)
        stream_.emplace(std::move(socket), *core_->tls);
    else
        stream_.emplace(std::move(socket));
}

template <class Stream>
Connection<Stream>::~Connection() {
    shard_->remove(*this);
    stream_.reset();
    --core_->connections;
    core_->on_connection_end();
}

template <class Stream>
void Connection<Stream>::start() {
    shard_->add(*this);
    auto self = this->shared_from_this();
    // The coroutine's last frame still refers to the cancellation signal when it completes: let go after it.
    auto release = [self](const std::exception_ptr&) { asio::post(self->executor(), [self] {}); };
    asio::co_spawn(shard_->executor(), serve(),
                   asio::bind_cancellation_slot(cancel_.slot(), std::move(release)));
}

template <class Stream>
asio::ip::tcp::socket& Connection<Stream>::socket() {
    if constexpr (is_tls<Stream>)
        return stream_->next_layer();
    else
        return *stream_;
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::serve() {
    if constexpr (is_tls<Stream>) {
        arm(limits().header_timeout);
        const auto [error] = co_await stream_->async_handshake(asio::ssl::stream_base::server, with_error);
        if (error) co_return;
    }
    while (!stopping()) {
        const bool received = co_await read_request();
        if (!received) break;
        const bool again = co_await answer_request();
        if (!again) break;
    }
    if (!cut_ && stream_) co_await end();
}

// ---- requests ----

template <class Stream>
void Connection<Stream>::reset_request() {
    request_.headers.clear();
    request_.trailers.clear();
    request_.path.clear();
    request_.query.clear();
    request_.method.clear();
    request_.target.clear();
    request_.version = 11;
    if (request_.body.capacity() > body_read)
        request_.body = {};
    else
        request_.body.clear();
    if (buffer_.size() == 0 && buffer_.capacity() > head_read) buffer_.shrink_to_fit();
    answer_ = Answer::none;
    expired_ = false;
}

/// False when nothing is to be answered: the connection is over, or the request was refused.
template <class Stream>
asio::awaitable<bool> Connection<Stream>::read_request() {
    reset_request();
    RequestParser parser(request_, limits());
    phase_ = Phase::idle;
    arm(limits().idle_timeout);
    for (;;) {
        const bool settled = parse_buffered(parser);
        if (settled) break;
        if (phase_ == Phase::body && parser.take_expectation() && buffer_.size() == 0 &&
            request_.body.empty()) {
            const std::array<asio::const_buffer, 1> go_on{asio::buffer("HTTP/1.1 100 Continue\r\n\r\n", 25)};
            const auto error = co_await write_all(go_on);
            if (error) co_return false;
            arm(limits().body_timeout);
        }
        const bool more = co_await read_more(parser);
        if (!more) co_return false;
    }
    if (parser.state() == RequestParser::State::rejected) {
        co_await refuse(parser.rejection());
        co_return false;
    }
    co_return true;
}

/// True when the parser has come to an end, well or not.
template <class Stream>
bool Connection<Stream>::parse_buffered(RequestParser& parser) {
    using State = RequestParser::State;
    for (std::size_t used = 1; used != 0 && buffer_.size() != 0;) {
        if (phase_ == Phase::idle) {
            request_.began = Clock::now();
            request_.received_at = std::chrono::system_clock::now();
        }
        used = parser.parse({static_cast<const char*>(buffer_.data().data()), buffer_.size()});
        buffer_.consume(used);
        if (parser.state() == State::rejected) return true;
        if (phase_ == Phase::idle && parser.begun()) {
            phase_ = Phase::head;
            deadline = request_.began + limits().header_timeout;
        }
        if (phase_ != Phase::body && parser.state() != State::head) {
            phase_ = Phase::body;
            request_.head_at = Clock::now();
            deadline = request_.head_at + limits().body_timeout;
        }
        if (parser.state() == State::done) {
            request_.body_at = request_.body.empty() ? request_.head_at : Clock::now();
            return true;
        }
    }
    return false;
}

template <class Stream>
asio::awaitable<bool> Connection<Stream>::read_more(const RequestParser& parser) {
    error_code error = asio::error::operation_aborted;
    if (!expired_) {
        const auto space = buffer_.prepare(phase_ == Phase::body ? body_read : head_read);
        const auto [failed, size] = co_await stream_->async_read_some(space, with_error);
        buffer_.commit(size);
        error = failed;
    }
    if (!error) co_return true;
    if (cut_ || !parser.begun()) co_return false;
    Rejection rejection;
    if (expired_)
        rejection = {408, "request_timeout", "The request did not arrive in time."};
    else if (error == asio::error::eof)  // a half-closed client still reads
        rejection = {400, "malformed_request", "The connection ended before the request was whole."};
    if (rejection.status != 0) co_await refuse(rejection);
    co_return false;
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::refuse(Rejection rejection) {
    refused_ = close_ = true;
    expired_ = false;
    answer_ = Answer::none;
    auto response = json_error_response(rejection.status, rejection.code, rejection.message);
    (void)co_await respond(std::move(response));
}

/// True when the connection can take another request.
template <class Stream>
asio::awaitable<bool> Connection<Stream>::answer_request() {
    phase_ = Phase::answer;
    disarm();
    bool threw = false;
    try {
        co_await core_->handler(request_, *this);
    } catch (...) {  // nobody to tell but the client
        threw = true;
    }
    if (cut_ || !stream_) co_return false;
    if (answer_ == Answer::none && !close_asked_) {
        auto response =
            json_error_response(500, "internal_error", "The server failed to answer this request.");
        const auto error = co_await respond(std::move(response));
        if (error) co_return false;
    }
    if (answer_ == Answer::streaming) {
        close_ = true;  // the missing end tells the client that the body is not whole
        if (threw && !chunked_ && !sized_) reset_ = true;
    }
    co_return !close_;
}

// ---- waiting and ending ----

template <class Stream>
asio::awaitable<void> Connection<Stream>::peer_gone() {
    if (stopping()) co_return;
    if (!stream_) {
        co_await wait_for_stop();
        co_return;
    }
    using namespace asio::experimental::awaitable_operators;
    co_await (watch_peer() || wait_for_stop());
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::wait_for_stop() {
    if (stopping()) co_return;
    (void)co_await shard_->stop_signal().async_wait(with_error);
}

template <class Stream>
bool Connection<Stream>::peer_closed() {
    pollfd poll_for{socket().native_handle(), POLLRDHUP, 0};
    return ::poll(&poll_for, 1, 0) != 0;  // POLLHUP, POLLERR and POLLNVAL are always told
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::watch_peer() {
    const auto [error] = co_await socket().async_wait(asio::ip::tcp::socket::wait_read, with_error);
    if (error) co_return;
    // Readable without being closed: the next request is already there. It is not read before its turn, so
    // that readability says nothing more; look now and then.
    asio::steady_timer pause(shard_->executor());
    while (stream_ && !peer_closed()) {
        pause.expires_after(std::chrono::milliseconds(250));
        const auto [canceled] = co_await pause.async_wait(with_error);
        if (canceled) co_return;
    }
}

template <class Stream>
void Connection<Stream>::time_out() {
    expired_ = true;
    error_code ignored;
    if (stream_) socket().cancel(ignored);
}

template <class Stream>
void Connection<Stream>::end_when_idle() {
    error_code ignored;
    if (phase_ == Phase::idle && stream_) socket().cancel(ignored);
}

template <class Stream>
void Connection<Stream>::cut() {
    cut_ = true;
    cancel_.emit(asio::cancellation_type::terminal);
    error_code ignored;
    if (stream_) socket().close(ignored);
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::end() {
    error_code ignored;
    if (reset_) {
        socket().set_option(asio::socket_base::linger(true, 0), ignored);
        socket().close(ignored);
        co_return;
    }
    if constexpr (is_tls<Stream>) {
        arm(std::chrono::seconds(1));
        (void)co_await stream_->async_shutdown(with_error);
        disarm();
    }
    // Closing with bytes unread resets the connection, and the client may never see the answer.
    if (refused_ || buffer_.size() != 0 || socket().available(ignored) != 0) co_await linger();
    if (!cut_) socket().close(ignored);
}

template <class Stream>
asio::awaitable<void> Connection<Stream>::linger() {
    error_code ignored;
    socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    buffer_.clear();
    expired_ = false;
    const auto last = Clock::now() + std::chrono::seconds(10);
    while (!expired_ && !cut_ && Clock::now() < last) {
        arm(std::chrono::seconds(2));
        const auto [error, size] = co_await socket().async_read_some(buffer_.prepare(body_read), with_error);
        if (error) co_return;
    }
}

}  // namespace ringback::net::server
