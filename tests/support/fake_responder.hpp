// A Responder without a socket: what a handler would have sent is kept for the test to look at.
#pragma once

#include "net/http_server.hpp"
#include "net/request_parser.hpp"
#include "net/websocket.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <string>
#include <utility>

namespace ringback::test {

namespace asio = boost::asio;

class FakeResponder final : public net::Responder {
  public:
    explicit FakeResponder(asio::io_context& context) : context_(context) {}

    net::ServerResponse head;
    std::string body;  ///< of respond(), or the pieces of write() one after the other
    std::string raw;
    unsigned answers = 0, pieces = 0;
    bool streamed = false, finished = false, closed = false, reset = false;
    bool stop = false;  ///< what stopping() says: long waits end at once

    asio::awaitable<net::error_code> respond(net::ServerResponse response) override {
        ++answers;
        body = std::move(response.body);
        head = std::move(response);
        co_return net::error_code();
    }
    asio::awaitable<net::error_code> begin(net::ServerResponse response) override {
        ++answers;
        streamed = true;
        head = std::move(response);
        co_return net::error_code();
    }
    asio::awaitable<net::error_code> write(std::string_view bytes) override {
        body += bytes;
        ++pieces;
        co_return net::error_code();
    }
    asio::awaitable<net::error_code> finish() override {
        finished = true;
        co_return net::error_code();
    }
    asio::awaitable<net::error_code> write_raw(std::string_view bytes) override {
        raw += bytes;
        co_return net::error_code();
    }
    void close_after(bool hard) override {
        closed = true;
        reset = hard;
    }
    asio::awaitable<boost::system::result<std::unique_ptr<net::WebSocket>>> accept_websocket() override {
        co_return boost::system::result<std::unique_ptr<net::WebSocket>>(
            boost::system::errc::make_error_code(boost::system::errc::not_supported));
    }
    asio::awaitable<void> peer_gone() override {
        asio::steady_timer never(context_, asio::steady_timer::time_point::max());
        net::error_code ignored;
        co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    [[nodiscard]] bool stopping() const noexcept override { return stop; }
    [[nodiscard]] asio::any_io_executor executor() const override { return context_.get_executor(); }

  private:
    asio::io_context& context_;
};

/// A request as the server would hand it over.
inline net::ServerRequest make_request(std::string method, std::string target, net::Headers headers = {},
                                       std::string body = {}) {
    net::ServerRequest request;
    request.method = std::move(method);
    request.target = std::move(target);
    const auto parts = net::split_target(request.target);
    request.path = std::string(parts.path);
    request.query = std::string(parts.query);
    request.headers = std::move(headers);
    request.body = std::move(body);
    request.head_size = 100;
    request.peer = {asio::ip::make_address("127.0.0.1"), 54321};
    request.local = {asio::ip::make_address("127.0.0.1"), 8090};
    request.received_at = std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000));
    request.began = request.head_at = request.body_at = std::chrono::steady_clock::now();
    return request;
}

/// Lets `handler` answer one request to its end. An exception that it lets out is thrown on.
template <class Handler>
FakeResponder answer(asio::io_context& context, const net::ServerRequest& request, Handler handler) {
    FakeResponder responder(context);
    std::exception_ptr thrown;
    asio::co_spawn(context, handler(request, responder), [&](std::exception_ptr error) { thrown = error; });
    context.restart();
    context.run();
    if (thrown) std::rethrow_exception(thrown);
    return responder;
}

}  // namespace ringback::test
