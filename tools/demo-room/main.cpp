// demo-room: a small page where people meet by WebRTC, with its signalling. For trying ringback out and for
// its tests.
#include "tools/demo-room/options.hpp"
#include "tools/demo-room/signalling.hpp"
#include "tools/demo-room/site.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <iostream>

namespace {

using namespace ringback;
namespace asio = net::asio;

asio::awaitable<void> answer(demo_room::Signalling* signalling, const net::ServerRequest& request,
                             net::Responder& responder) {
    if (request.path == "/signal") {
        co_await signalling->serve(request, responder);
        co_return;
    }
    auto response = demo_room::page_response(request);
    (void)co_await responder.respond(std::move(response));
}

asio::awaitable<void> stop(net::HttpServer* server, asio::io_context* context) {
    co_await server->stop(net::Deadline::after(std::chrono::seconds(2)));
    context->stop();
}

int serve(const demo_room::Options& options) {
    asio::io_context context(1);
    demo_room::Signalling signalling(options.room_size);
    net::ServerOptions server_options;
    server_options.host = options.host;
    server_options.port = options.port;
    server_options.limits.max_body = 64u << 10;
    server_options.limits.max_connections = 2000;
    net::HttpServer server({context.get_executor()}, std::move(server_options),
                           [&](const net::ServerRequest& request, net::Responder& responder) {
                               return answer(&signalling, request, responder);
                           });
    if (const auto started = server.start(); !started) {
        std::cerr << "demo-room: " << started.error() << "\n";
        return 3;
    }
    asio::signal_set signals(context, SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (!error) asio::co_spawn(context, stop(&server, &context), asio::detached);
    });
    std::cout << "demo-room listening on " << server.origin() << std::endl;
    context.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = demo_room::read_options(argc, argv, std::cout, std::cerr);
    if (const auto* code = std::get_if<int>(&options)) return *code;
    return serve(std::get<demo_room::Options>(options));
}
