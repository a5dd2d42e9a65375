// The WebSocket of both sides, over any open Beast stream. Included by the client and the server half of this
// room only: it pulls in Beast. Make it with make_websocket() once the opening handshake is over.
#pragma once

#include "net/watchdog.hpp"
#include "net/websocket.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <deque>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace ringback::net {

struct WebSocketLimits {
    std::size_t max_message = 16u << 20;  ///< bytes; a longer one ends the connection with close code 1009
    std::size_t inbox_messages = 1024;    ///< received and not yet fetched; when full, nothing more is read
    std::size_t inbox_bytes = 32u << 20;
    std::chrono::milliseconds send_timeout{60000};  ///< for one message to be taken by the peer
    std::chrono::milliseconds close_timeout{5000};  ///< for the peer to answer a close
    std::chrono::milliseconds idle_timeout{
        120000};  ///< pings go out at half of it; silence ends the connection
};

/// Beast's and the system's errors as those of this room.
[[nodiscard]] inline error_code websocket_error(error_code ec) {
    namespace websocket = boost::beast::websocket;
    if (!ec) return ec;
    if (ec == websocket::error::closed || ec == asio::error::eof || ec == asio::error::connection_reset ||
        ec == asio::error::broken_pipe || ec == asio::error::bad_descriptor ||
        ec == asio::error::operation_aborted || ec == asio::ssl::error::stream_truncated ||
        ec == boost::beast::error::timeout)
        return Error::connection_closed;
    if (ec == websocket::error::message_too_big || ec == websocket::error::buffer_overflow)
        return Error::body_too_large;
    if (ec.category() == make_error_code(websocket::error::closed).category())
        return Error::malformed_response;
    return ec;
}

/// Reads ahead into a bounded inbox, so that a receive() may time out without harm to the connection, and so
/// that pings and closes are answered while nobody receives. Everything happens on the executor of the
/// stream.
template <class Stream>
class WebSocketOver final : public WebSocket {
  public:
    using BeastStream = boost::beast::websocket::stream<Stream>;

    WebSocketOver(BeastStream stream, WebSocketLimits limits)
        : state_(std::make_shared<State>(std::move(stream), limits)) {
        asio::co_spawn(state_->stream.get_executor(), read_ahead(state_), asio::detached);
    }
    /// Cuts the connection when it was not closed.
    ~WebSocketOver() override {
        state_->closing = true;
        state_->wake(state_->reader);
        state_->cut();
    }

    asio::awaitable<boost::system::result<WebSocketMessage>> receive(Deadline deadline) override {
        return receive_from(state_, deadline);
    }
    asio::awaitable<error_code> send(WebSocketMessage message) override {
        return send_to(state_, std::move(message));
    }
    asio::awaitable<void> close(std::uint16_t code, std::string reason) override {
        return close_on(state_, code, std::move(reason));
    }
    std::uint16_t close_code() const noexcept override { return state_->close_code; }
    std::string close_reason() const override { return state_->close_reason; }

  private:
    /// One suspended coroutine in a queue of them.
    struct Waiter {
        Waiter(const asio::any_io_executor& executor, std::list<Waiter*>& in)
            : timer(executor), queue(in), place(in.insert(in.end(), this)) {}
        ~Waiter() { queue.erase(place); }
        Waiter(const Waiter&) = delete;
        Waiter& operator=(const Waiter&) = delete;
        void wake() {
            woken = true;
            timer.cancel();
        }
        asio::steady_timer timer;
        std::list<Waiter*>& queue;
        typename std::list<Waiter*>::iterator place;
        bool woken = false;
    };

    /// Outlives the WebSocket for as long as an operation holds on to it.
    struct State {
        State(BeastStream s, WebSocketLimits l) : stream(std::move(s)), limits(l) {
            namespace websocket = boost::beast::websocket;
            stream.read_message_max(limits.max_message);
            stream.auto_fragment(false);
            websocket::stream_base::timeout timeouts{};
            timeouts.handshake_timeout = limits.close_timeout;
            timeouts.idle_timeout = limits.idle_timeout;
            timeouts.keep_alive_pings = true;
            stream.set_option(timeouts);
            // Called as soon as the frame is read; the read itself ends only when the TCP connection is over.
            stream.control_callback([this](websocket::frame_type kind, boost::beast::string_view) {
                if (kind == websocket::frame_type::close) take_close();
            });
        }

        void take_close() {
            close_code = stream.reason().code;
            close_reason.assign(stream.reason().reason.data(), stream.reason().reason.size());
            ended = Error::connection_closed;
            wake(receivers);
        }

        void cut() {
            error_code ignored;
            boost::beast::get_lowest_layer(stream).close(ignored);
        }
        static void wake(std::list<Waiter*>& queue) {
            for (auto* waiter : queue)
                waiter->wake();
        }
        [[nodiscard]] bool inbox_full() const {
            return inbox.size() >= limits.inbox_messages || inbox_size >= limits.inbox_bytes;
        }

        BeastStream stream;
        WebSocketLimits limits;
        std::deque<WebSocketMessage> inbox;
        std::size_t inbox_size = 0;
        std::list<Waiter*> receivers;  ///< waiting for the inbox to fill
        std::list<Waiter*> reader;     ///< waiting for the inbox to have room
        std::list<Waiter*> senders;    ///< waiting for their turn, first in, first out
        bool sending = false;
        bool closing = false;
        error_code ended;  ///< why no more messages will come
        std::uint16_t close_code = 0;
        std::string close_reason;
    };
    using StatePtr = std::shared_ptr<State>;

    /// Suspends until a wake() or the deadline; returns false when the coroutine was cancelled meanwhile.
    static asio::awaitable<bool> wait_in(StatePtr state, std::list<Waiter*>* queue, Deadline deadline) {
        Waiter waiter(state->stream.get_executor(), *queue);
        waiter.timer.expires_at(deadline.at());
        co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        co_return cancellation.cancelled() == asio::cancellation_type::none;
    }

    static asio::awaitable<void> read_ahead(StatePtr state) {
        boost::beast::flat_buffer buffer;
        for (;;) {
            while (state->inbox_full() && !state->closing && state->stream.is_open()) {
                co_await wait_in(state, &state->reader, Deadline());
            }
            const auto [ec, size] =
                co_await state->stream.async_read(buffer, asio::as_tuple(asio::use_awaitable));
            if (ec) {
                if (!state->ended) state->ended = websocket_error(ec);
                break;
            }
            if (state->closing) {  // nobody will fetch it, but the peer's close frame comes after it
                buffer.consume(buffer.size());
                continue;
            }
            WebSocketMessage message;
            message.data.assign(static_cast<const char*>(buffer.data().data()), buffer.size());
            message.text = state->stream.got_text();
            buffer.consume(buffer.size());
            state->inbox_size += size;
            state->inbox.push_back(std::move(message));
            state->wake(state->receivers);
        }
        state->wake(state->receivers);
    }

    static asio::awaitable<boost::system::result<WebSocketMessage>> receive_from(StatePtr state,
                                                                                 Deadline deadline) {
        for (;;) {
            if (!state->inbox.empty()) {
                auto message = std::move(state->inbox.front());
                state->inbox.pop_front();
                state->inbox_size -= message.data.size();
                state->wake(state->reader);
                co_return message;
            }
            if (state->ended) co_return state->ended;
            if (deadline.expired()) co_return make_error_code(Error::response_timeout);
            const bool go_on = co_await wait_in(state, &state->receivers, deadline);
            if (!go_on) co_return make_error_code(Error::canceled);
        }
    }

    /// The right to write, dealt first come, first served; given back when it goes out of scope.
    class Turn {
      public:
        explicit Turn(StatePtr state) : state_(std::move(state)) {}
        ~Turn() {
            if (held_) pass_on();
        }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;

        /// False when cancelled while waiting.
        asio::awaitable<bool> take() {
            if (!state_->sending) {
                held_ = state_->sending = true;
                co_return true;
            }
            Waiter waiter(state_->stream.get_executor(), state_->senders);
            waiter.timer.expires_at(Deadline().at());
            co_await waiter.timer.async_wait(asio::as_tuple(asio::use_awaitable));
            held_ =
                waiter.woken;  // also when a cancellation came at the same moment: the turn must not get lost
            const auto cancellation = co_await asio::this_coro::cancellation_state;
            co_return held_&& cancellation.cancelled() == asio::cancellation_type::none;
        }

      private:
        /// Straight to the next one in line, so that nobody slips in between.
        void pass_on() {
            for (auto* waiter : state_->senders) {
                if (waiter->woken) continue;
                waiter->wake();
                return;
            }
            state_->sending = false;
        }
        StatePtr state_;
        bool held_ = false;
    };

    static asio::awaitable<error_code> send_to(StatePtr state, WebSocketMessage message) {
        Turn turn(state);
        const bool mine = co_await turn.take();
        if (!mine) co_return make_error_code(Error::canceled);
        if (!state->stream.is_open()) co_return make_error_code(Error::connection_closed);
        Watchdog watchdog(state->stream.get_executor());
        watchdog.arm(Deadline::after(state->limits.send_timeout), [state] { state->cut(); });
        state->stream.text(message.text);
        const auto [ec, size] = co_await state->stream.async_write(asio::buffer(message.data),
                                                                   asio::as_tuple(asio::use_awaitable));
        if (!ec) co_return ec;
        state->cut();  // half a frame may be out: nothing sensible can follow
        if (watchdog.fired()) co_return make_error_code(Error::send_timeout);
        const auto cancellation = co_await asio::this_coro::cancellation_state;
        if (cancellation.cancelled() != asio::cancellation_type::none)
            co_return make_error_code(Error::canceled);
        co_return websocket_error(ec);
    }

    static asio::awaitable<void> close_on(StatePtr state, std::uint16_t code, std::string reason) {
        if (state->closing || !state->stream.is_open()) co_return;
        state->closing = true;
        Watchdog watchdog(state->stream.get_executor());
        watchdog.arm(Deadline::after(state->limits.close_timeout), [state] { state->cut(); });
        Turn turn(state);
        const bool mine = co_await turn.take();
        if (mine && state->stream.is_open()) {
            boost::beast::websocket::close_reason why;
            why.code = code;
            why.reason.assign(reason.data(), std::min(reason.size(), why.reason.max_size()));
            state->wake(state->reader);
            co_await state->stream.async_close(why, asio::as_tuple(asio::use_awaitable));
        }
        state->cut();
    }

    StatePtr state_;
};

/// @param stream open: its handshake is over
template <class Stream>
[[nodiscard]] std::unique_ptr<WebSocket> make_websocket(boost::beast::websocket::stream<Stream> stream,
                                                        WebSocketLimits limits = {}) {
    return std::make_unique<WebSocketOver<Stream>>(std::move(stream), limits);
}

}  // namespace ringback::net
