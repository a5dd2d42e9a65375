// One event loop for the client under test and the servers that the tests write by hand.
#pragma once

#include "net/http_client.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include <chrono>
#include <exception>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace ringback::net {

/// Declare it before any server, so that it outlives them.
struct World {
    asio::io_context io{1};

    /// Runs the loop until the coroutine is over. A test that hangs fails here.
    template <class T>
    T run(asio::awaitable<T> coroutine,
          std::chrono::milliseconds cancel_after = std::chrono::milliseconds(-1)) {
        std::optional<T> result;
        std::exception_ptr thrown;
        asio::cancellation_signal signal;
        asio::steady_timer timer(io);
        asio::co_spawn(io, std::move(coroutine),
                       asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e, T value) {
                           thrown = e;
                           result.emplace(std::move(value));
                       }));
        if (cancel_after.count() >= 0) {
            timer.expires_after(cancel_after);
            timer.async_wait([&](error_code ec) {
                if (!ec) signal.emit(asio::cancellation_type::terminal);
            });
        }
        const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        io.restart();
        while (!result && std::chrono::steady_clock::now() < limit)
            io.run_one_for(std::chrono::milliseconds(100));
        if (thrown) std::rethrow_exception(thrown);
        if (!result) throw std::runtime_error("the coroutine did not end within 20 s");
        return std::move(*result);
    }
};

/// One exchange by a client of its own.
inline asio::awaitable<Exchange> exchange_once(HttpRequest request, ExchangeOptions options,
                                               std::string name_servers) {
    const auto executor = co_await asio::this_coro::executor;
    HttpClient client(executor);
    if (!name_servers.empty()) client.use_name_servers(std::move(name_servers));
    auto exchange = co_await client.send(std::move(request), std::move(options));
    co_return exchange;
}

inline Exchange exchange(World& world, HttpRequest request, ExchangeOptions options = {},
                         std::string name_servers = {},
                         std::chrono::milliseconds cancel_after = std::chrono::milliseconds(-1)) {
    if (options.deadline.never()) options.deadline = Deadline::after(std::chrono::seconds(10));
    return world.run(exchange_once(std::move(request), std::move(options), std::move(name_servers)),
                     cancel_after);
}

/// "error, in phase: detail", or "200: body" when well.
inline std::string shown(const Exchange& exchange) {
    if (!exchange.error) return std::to_string(exchange.response->status) + ": " + exchange.response->body;
    return exchange.error.message() + ", in " + to_string(exchange.phase) + ": " + exchange.error_detail;
}

}  // namespace ringback::net
