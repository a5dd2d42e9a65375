// A TCP server that does, connection by connection, exactly what a test wrote down.
#pragma once

#include "world.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::net {

struct Step {
    enum class Kind { request, send, drip, pause, reset } kind;
    std::string bytes{};
    std::chrono::milliseconds span{0};
};
using Script = std::vector<Step>;

/// Reads one request: its head, and a body of Content-Length bytes.
inline Step read_request() {
    return {Step::Kind::request};
}
inline Step send(std::string bytes) {
    return {Step::Kind::send, std::move(bytes)};
}
/// Byte by byte, with a pause after each.
inline Step drip(std::string bytes, std::chrono::milliseconds each) {
    return {Step::Kind::drip, std::move(bytes), each};
}
inline Step pause(std::chrono::milliseconds span) {
    return {Step::Kind::pause, {}, span};
}
/// Ends the connection with a TCP reset.
inline Step reset() {
    return {Step::Kind::reset};
}

/// A script that reads one request, answers it with these bytes, and closes.
inline Script answer(std::string bytes) {
    return {read_request(), send(std::move(bytes))};
}

class ScriptedServer {
  public:
    /// @param scripts one per connection; the last one serves all that follow
    /// @param tls when set, every connection begins with a handshake
    ScriptedServer(World& world, std::vector<Script> scripts,
                   std::shared_ptr<asio::ssl::context> tls = nullptr,
                   asio::ip::address address = asio::ip::address_v4::loopback(), std::uint16_t port = 0)
        : state_(std::make_shared<State>(world.io, std::move(scripts), std::move(tls))) {
        const asio::ip::tcp::endpoint endpoint(address, port);
        state_->acceptor.open(endpoint.protocol());
        state_->acceptor.set_option(asio::socket_base::reuse_address(true));
        state_->acceptor.bind(endpoint);
        state_->acceptor.listen();
        asio::co_spawn(world.io, accept(state_), asio::detached);
    }
    ~ScriptedServer() {
        error_code ignored;
        state_->acceptor.close(ignored);
    }

    [[nodiscard]] std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
    [[nodiscard]] std::string url(std::string_view path = "/", const char* scheme = "http",
                                  std::string_view host = "127.0.0.1") const {
        return std::string(scheme) + "://" + std::string(host) + ":" + std::to_string(port()) +
               std::string(path);
    }
    [[nodiscard]] std::size_t connections() const { return state_->connections; }
    /// All requests that were read, heads and bodies.
    [[nodiscard]] const std::vector<std::string>& requests() const { return state_->requests; }

  private:
    struct State {
        State(asio::io_context& io, std::vector<Script> s, std::shared_ptr<asio::ssl::context> t)
            : acceptor(io), scripts(std::move(s)), tls(std::move(t)) {}
        asio::ip::tcp::acceptor acceptor;
        std::vector<Script> scripts;
        std::shared_ptr<asio::ssl::context> tls;
        std::size_t connections = 0;
        std::vector<std::string> requests;
    };

    static asio::awaitable<void> accept(std::shared_ptr<State> state) {
        for (;;) {
            auto [ec, socket] = co_await state->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
            if (ec) co_return;
            const auto index = std::min(state->connections++, state->scripts.size() - 1);
            const auto executor = state->acceptor.get_executor();
            if (state->tls)
                asio::co_spawn(executor, serve_tls(state, std::move(socket), index), asio::detached);
            else
                asio::co_spawn(executor, serve(state, std::move(socket), index), asio::detached);
        }
    }

    static asio::awaitable<void> serve_tls(std::shared_ptr<State> state, asio::ip::tcp::socket socket,
                                           std::size_t index) {
        asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), *state->tls);
        const auto [ec] = co_await stream.async_handshake(asio::ssl::stream_base::server,
                                                          asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        co_await play(state, stream, index, 0);
        co_await stream.async_shutdown(asio::as_tuple(asio::use_awaitable));
    }

    static asio::awaitable<void> serve(std::shared_ptr<State> state, asio::ip::tcp::socket socket,
                                       std::size_t index) {
        const std::size_t at = co_await play(state, socket, index, 0);
        const Script& script = state->scripts[index];
        if (at == script.size() || script[at].kind != Step::Kind::reset) co_return;
        socket.set_option(asio::socket_base::linger(true, 0));
        socket.close();
    }

    /// @return the step at which it ended
    template <class Stream>
    static asio::awaitable<std::size_t> play(std::shared_ptr<State> state, Stream& stream, std::size_t index,
                                             std::size_t at) {
        std::string input;
        for (; at < state->scripts[index].size(); ++at) {
            const Step step = state->scripts[index][at];
            bool well = true;
            switch (step.kind) {
                case Step::Kind::request:
                    well = co_await read_one(state, stream, input);
                    break;
                case Step::Kind::send:
                    well = co_await write_all(stream, step.bytes);
                    break;
                case Step::Kind::drip:
                    well = co_await drip_all(stream, step.bytes, step.span);
                    break;
                case Step::Kind::pause:
                    co_await sleep(step.span);
                    break;
                default:
                    co_return at;
            }
            if (!well) co_return state->scripts[index].size();
        }
        co_return at;
    }

    template <class Stream>
    static asio::awaitable<bool> read_one(std::shared_ptr<State> state, Stream& stream, std::string& input) {
        const auto [ec, head] = co_await asio::async_read_until(
            stream, asio::dynamic_buffer(input), "\r\n\r\n", asio::as_tuple(asio::use_awaitable));
        if (ec) co_return false;
        std::size_t whole = head;
        if (const auto field = input.find("Content-Length: "); field < head)
            whole += std::stoul(input.substr(field + 16));
        if (input.size() < whole) {
            const auto missing = whole - input.size();
            const auto [failed, got] = co_await asio::async_read(stream, asio::dynamic_buffer(input),
                                                                 asio::transfer_exactly(missing),
                                                                 asio::as_tuple(asio::use_awaitable));
            if (failed) co_return false;
        }
        state->requests.push_back(input.substr(0, whole));
        input.erase(0, whole);
        co_return true;
    }

    template <class Stream>
    static asio::awaitable<bool> write_all(Stream& stream, std::string bytes) {
        const auto [ec, size] =
            co_await asio::async_write(stream, asio::buffer(bytes), asio::as_tuple(asio::use_awaitable));
        co_return !ec;
    }

    template <class Stream>
    static asio::awaitable<bool> drip_all(Stream& stream, std::string bytes, std::chrono::milliseconds each) {
        for (const char byte : bytes) {
            const bool well = co_await write_all(stream, std::string(1, byte));
            if (!well) co_return false;
            co_await sleep(each);
        }
        co_return true;
    }

    static asio::awaitable<void> sleep(std::chrono::milliseconds span) {
        const auto executor = co_await asio::this_coro::executor;
        asio::steady_timer timer(executor, span);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
    }

    std::shared_ptr<State> state_;
};

}  // namespace ringback::net
