// A proxy that answers CONNECT and passes bytes on, wherever the request said, to one port on this machine.
#pragma once

#include "world.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <memory>
#include <string>

namespace ringback::net {

class Tunnel {
  public:
    Tunnel(World& world, std::uint16_t to) : state_(std::make_shared<State>(world.io, to)) {
        asio::co_spawn(world.io, serve(state_), asio::detached);
    }
    ~Tunnel() {
        error_code ignored;
        state_->acceptor.close(ignored);
    }
    [[nodiscard]] std::uint16_t port() const { return state_->acceptor.local_endpoint().port(); }
    [[nodiscard]] const std::string& request() const { return state_->request; }

  private:
    using tcp = asio::ip::tcp;
    struct State {
        State(asio::io_context& io, std::uint16_t to)
            : acceptor(io, {asio::ip::address_v4::loopback(), 0}), target(to) {}
        tcp::acceptor acceptor;
        std::uint16_t target;
        std::string request;
    };

    static asio::awaitable<void> serve(std::shared_ptr<State> state) {
        auto [ec, socket] = co_await state->acceptor.async_accept(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        const auto near = std::make_shared<tcp::socket>(std::move(socket));
        const auto far = std::make_shared<tcp::socket>(near->get_executor());
        const auto [failed, size] = co_await asio::async_read_until(
            *near, asio::dynamic_buffer(state->request), "\r\n\r\n", asio::as_tuple(asio::use_awaitable));
        if (failed) co_return;
        const tcp::endpoint target(asio::ip::address_v4::loopback(), state->target);
        co_await far->async_connect(target, asio::as_tuple(asio::use_awaitable));
        const std::string answer = "HTTP/1.1 200 Connection established\r\n\r\n";
        co_await asio::async_write(*near, asio::buffer(answer), asio::as_tuple(asio::use_awaitable));
        asio::co_spawn(near->get_executor(), pass_on(near, far), asio::detached);
        asio::co_spawn(near->get_executor(), pass_on(far, near), asio::detached);
    }

    static asio::awaitable<void> pass_on(std::shared_ptr<tcp::socket> from, std::shared_ptr<tcp::socket> to) {
        std::array<char, 4096> buffer;
        for (;;) {
            const auto [ec, size] =
                co_await from->async_read_some(asio::buffer(buffer), asio::as_tuple(asio::use_awaitable));
            if (ec) break;
            const auto [failed, written] = co_await asio::async_write(*to, asio::buffer(buffer.data(), size),
                                                                      asio::as_tuple(asio::use_awaitable));
            if (failed) break;
        }
        error_code ignored;
        to->close(ignored);
    }

    std::shared_ptr<State> state_;
};

}  // namespace ringback::net
