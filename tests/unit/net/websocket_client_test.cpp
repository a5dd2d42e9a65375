#include "certificates.hpp"
#include "net/opened_stream.hpp"
#include "net/websocket.hpp"
#include "net/websocket_stream.hpp"
#include "scripted_server.hpp"

#include <boost/beast/websocket/ssl.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback::net;
using namespace std::chrono_literals;

namespace {

using tcp = asio::ip::tcp;
namespace websocket = boost::beast::websocket;

/// Accepts one WebSocket by Beast and hands it to the test's coroutine.
template <class Stream>
class Peer {
  public:
    using Serve = asio::awaitable<void> (*)(std::unique_ptr<WebSocket>);

    Peer(World& world, Serve serve, std::shared_ptr<asio::ssl::context> context = nullptr)
        : context_(std::move(context)),
          acceptor_(
              std::make_shared<tcp::acceptor>(world.io, tcp::endpoint(asio::ip::address_v4::loopback(), 0))) {
        asio::co_spawn(world.io, run(acceptor_, context_, serve), asio::detached);
    }
    ~Peer() {
        error_code ignored;
        acceptor_->close(ignored);
    }
    [[nodiscard]] std::string url(const char* scheme = "ws") const {
        return std::string(scheme) + "://localhost:" + std::to_string(acceptor_->local_endpoint().port()) +
               "/chat?x=1";
    }

  private:
    static asio::awaitable<void> run(std::shared_ptr<tcp::acceptor> acceptor,
                                     std::shared_ptr<asio::ssl::context> context, Serve serve) {
        auto [ec, socket] = co_await acceptor->async_accept(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        if constexpr (std::is_same_v<Stream, tcp::socket>) {
            websocket::stream<Stream> stream(std::move(socket));
            co_await go_on(std::move(stream), serve);
        } else {
            asio::ssl::stream<tcp::socket> secure(std::move(socket), *context);
            const auto [failed] = co_await secure.async_handshake(asio::ssl::stream_base::server,
                                                                  asio::as_tuple(asio::use_awaitable));
            if (failed) co_return;
            websocket::stream<Stream> stream(std::move(secure));
            co_await go_on(std::move(stream), serve);
        }
    }
    static asio::awaitable<void> go_on(websocket::stream<Stream> stream, Serve serve) {
        const auto [ec] = co_await stream.async_accept(asio::as_tuple(asio::use_awaitable));
        if (ec) co_return;
        WebSocketLimits limits;
        limits.max_message = 64u << 20;
        limits.inbox_bytes = 128u << 20;
        auto socket = make_websocket(std::move(stream), limits);
        co_await serve(std::move(socket));
    }

    std::shared_ptr<asio::ssl::context> context_;
    std::shared_ptr<tcp::acceptor> acceptor_;
};

/// Sends every message back until the peer closes.
asio::awaitable<void> echo(std::unique_ptr<WebSocket> socket) {
    for (;;) {
        auto message = co_await socket->receive(Deadline::after(10s));
        if (!message) break;
        const auto ec = co_await socket->send(std::move(*message));
        if (ec) break;
    }
}

asio::awaitable<void> say_goodbye(std::unique_ptr<WebSocket> socket) {
    co_await socket->close(4001, "no time");
}

asio::awaitable<void> hang_up(std::unique_ptr<WebSocket> socket) {
    socket.reset();
    co_return;
}

/// One message every 50 ms.
asio::awaitable<void> tick(std::unique_ptr<WebSocket> socket) {
    asio::steady_timer timer(co_await asio::this_coro::executor);
    for (int i = 0; i < 100; ++i) {
        timer.expires_after(50ms);
        co_await timer.async_wait(asio::use_awaitable);
        WebSocketMessage message;
        message.data = std::to_string(i);
        const auto ec = co_await socket->send(std::move(message));
        if (ec) break;
    }
}

asio::awaitable<void> count_and_tell(std::unique_ptr<WebSocket> socket) {
    std::string order;
    for (int i = 0; i < 20; ++i) {
        auto message = co_await socket->receive(Deadline::after(5s));
        if (!message) break;
        order += message->data.substr(0, 1);
    }
    WebSocketMessage answer;
    answer.data = order;
    (void)co_await socket->send(std::move(answer));
    (void)co_await socket->receive(Deadline::after(5s));
}

HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return request;
}

WebSocketConnection connect(World& world, HttpRequest request, ExchangeOptions options = {}) {
    if (options.deadline.never()) options.deadline = Deadline::after(5s);
    return world.run(connect_websocket(world.io.get_executor(), std::move(request), std::move(options)));
}

std::string send(World& world, WebSocket& socket, std::string data, bool text = true) {
    WebSocketMessage message;
    message.data = std::move(data);
    message.text = text;
    return world.run(socket.send(std::move(message))).message();
}

/// "text data", "binary data", or the error.
std::string receive(World& world, WebSocket& socket, std::chrono::milliseconds limit = 5s) {
    const auto message = world.run(socket.receive(Deadline::after(limit)));
    if (!message) return message.error().message();
    return (message->text ? "text " : "binary ") + message->data;
}

asio::awaitable<bool> close(WebSocket* socket, std::uint16_t code, std::string reason) {
    co_await socket->close(code, std::move(reason));
    co_return true;
}

const std::string well = error_code().message();
const std::string closed = make_error_code(Error::connection_closed).message();

}  // namespace

BOOST_AUTO_TEST_SUITE(websocket_client)

BOOST_AUTO_TEST_CASE(makes_the_accept_value_of_the_rfc) {
    BOOST_TEST(websocket_accept("dGhlIHNhbXBsZSBub25jZQ==") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

BOOST_AUTO_TEST_CASE(exchanges_messages) {
    World world;
    Peer<tcp::socket> peer(world, echo);
    auto request = get(peer.url());
    request.headers.add("X-Mine", "1");
    const auto made = connect(world, request);
    BOOST_TEST(made.exchange.ok());
    BOOST_TEST(made.exchange.response->status == 101u);
    BOOST_TEST(made.exchange.request_head.starts_with("GET /chat?x=1 HTTP/1.1\r\nHost: localhost:"));
    BOOST_TEST(made.exchange.request_head.find("\r\nX-Mine: 1\r\n") != std::string::npos);
    BOOST_TEST(made.exchange.timings.wait.has_value());
    BOOST_TEST_REQUIRE(made.socket);

    BOOST_TEST(send(world, *made.socket, "hello") == well);
    BOOST_TEST(receive(world, *made.socket) == "text hello");
    BOOST_TEST(send(world, *made.socket, std::string("\0\xff", 2), false) == well);
    BOOST_TEST(receive(world, *made.socket) == "binary " + std::string("\0\xff", 2));
    BOOST_TEST(send(world, *made.socket, "") == well);
    BOOST_TEST(receive(world, *made.socket) == "text ");
    const std::string large(1u << 20, 'x');
    BOOST_TEST(send(world, *made.socket, large) == well);
    BOOST_TEST((receive(world, *made.socket) == "text " + large));

    BOOST_TEST(world.run(close(made.socket.get(), 1000, "done")));
    BOOST_TEST(receive(world, *made.socket) == closed);
    BOOST_TEST(send(world, *made.socket, "late") == closed);
}

BOOST_AUTO_TEST_CASE(speaks_under_tls) {
    World world;
    CertificateFolder folder;
    const auto certificate =
        folder.make({.common_name = "x", .alternative_names = "DNS:localhost", .authority = true});
    Peer<asio::ssl::stream<tcp::socket>> peer(world, echo, server_context(certificate));
    BOOST_TEST(connect(world, get(peer.url("wss"))).exchange.error == make_error_code(Error::tls_untrusted));
    Peer<asio::ssl::stream<tcp::socket>> again(world, echo, server_context(certificate));
    ExchangeOptions options;
    options.tls.ca = certificate.certificate_file;
    const auto made = connect(world, get(again.url("wss")), options);
    BOOST_TEST_REQUIRE(made.socket);
    BOOST_TEST(made.exchange.tls->subject == "CN=x");
    BOOST_TEST(send(world, *made.socket, "hello") == well);
    BOOST_TEST(receive(world, *made.socket) == "text hello");
    BOOST_TEST(world.run(close(made.socket.get(), 1000, "")));
}

BOOST_AUTO_TEST_CASE(hears_how_the_peer_closed) {
    World world;
    Peer<tcp::socket> polite(world, say_goodbye);
    auto made = connect(world, get(polite.url()));
    BOOST_TEST(receive(world, *made.socket) == closed);
    BOOST_TEST(made.socket->close_code() == 4001u);
    BOOST_TEST(made.socket->close_reason() == "no time");

    Peer<tcp::socket> rude(world, hang_up);
    made = connect(world, get(rude.url()));
    BOOST_TEST(receive(world, *made.socket) == closed);
    BOOST_TEST(made.socket->close_code() == 0u);
}

BOOST_AUTO_TEST_CASE(survives_a_receive_that_timed_out) {
    World world;
    Peer<tcp::socket> peer(world, tick);
    const auto made = connect(world, get(peer.url()));
    BOOST_TEST(receive(world, *made.socket, 10ms) == "no whole response in time");
    BOOST_TEST(receive(world, *made.socket) == "text 0");
    BOOST_TEST(world.run(made.socket->receive(Deadline()), 10ms).error() == make_error_code(Error::canceled));
    BOOST_TEST(receive(world, *made.socket) == "text 1");
}

BOOST_AUTO_TEST_CASE(sends_in_the_order_of_the_calls) {
    World world;
    Peer<tcp::socket> peer(world, count_and_tell);
    const auto made = connect(world, get(peer.url()));
    int sent = 0;
    std::string wanted;
    for (int i = 0; i < 20; ++i) {
        WebSocketMessage message;
        message.data = std::string(300000, static_cast<char>('a' + i));
        wanted += static_cast<char>('a' + i);
        asio::co_spawn(world.io, made.socket->send(std::move(message)),
                       [&](std::exception_ptr, error_code ec) { sent += !ec; });
    }
    BOOST_TEST(receive(world, *made.socket) == "text " + wanted);
    BOOST_TEST(sent == 20);
}

BOOST_AUTO_TEST_CASE(may_be_dropped_while_it_is_used) {
    World world;
    Peer<tcp::socket> peer(world, tick);
    auto made = connect(world, get(peer.url()));
    std::string ended;
    asio::co_spawn(world.io, made.socket->receive(Deadline()),
                   [&](std::exception_ptr, boost::system::result<WebSocketMessage> m) {
                       ended = m ? m->data : m.error().message();
                   });
    world.io.run_for(1ms);
    made.socket.reset();
    world.io.run_for(20ms);
    BOOST_TEST(ended == closed);
}

BOOST_AUTO_TEST_CASE(says_why_there_is_no_websocket) {
    const std::string upgraded =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    const std::string key = "dGhlIHNhbXBsZSBub25jZQ==",
                      accept = "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
    struct Row {
        const char* what;
        Script script;
        std::string shown;
    };
    const std::string malformed = "the response is malformed, in receive: the answer to the handshake has ";
    const Row rows[] = {
        {"refused", answer("HTTP/1.1 401 Unauthorized\r\nContent-Length: 4\r\n\r\nwho?"), "401: who?"},
        {"plain page", answer("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), "200: ok"},
        {"no upgrade", answer("HTTP/1.1 101 S\r\nConnection: Upgrade\r\n" + accept + "\r\n"),
         malformed + "no 'Upgrade: websocket'"},
        {"no connection", answer("HTTP/1.1 101 S\r\nUpgrade: WebSocket\r\n" + accept + "\r\n"),
         malformed + "no 'Connection: Upgrade'"},
        {"no accept", answer(upgraded + "\r\n"), malformed + "a wrong Sec-WebSocket-Accept"},
        {"wrong accept", answer(upgraded + "Sec-WebSocket-Accept: x\r\n\r\n"),
         malformed + "a wrong Sec-WebSocket-Accept"},
        {"extension", answer(upgraded + accept + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
         malformed + "an extension that was not offered"},
        {"protocol", answer(upgraded + accept + "Sec-WebSocket-Protocol: soap\r\n\r\n"),
         malformed + "the protocol 'soap', which was not offered"},
        {"closed",
         {read_request()},
         "the connection was closed before a whole response, in wait: 127.0.0.1:PORT closed the connection "
         "before a response came"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            World world;
            ScriptedServer server(world, {row.script});
            auto request = get(server.url("/", "ws"));
            request.headers.add("Sec-WebSocket-Key", key);
            const auto made = connect(world, request);
            auto text = shown(made.exchange);
            const auto port = std::to_string(server.port());
            if (const auto at = text.find(port); at != text.npos) text.replace(at, port.size(), "PORT");
            BOOST_TEST(text == row.shown);
            BOOST_TEST(!made.socket);
        }
}

BOOST_AUTO_TEST_CASE(reads_frames_that_came_with_the_answer) {
    World world;
    ScriptedServer server(world, {{read_request(),
                                   send("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: keep-alive, "
                                        "Upgrade\r\nSec-WebSocket-Protocol: chat\r\n"
                                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n\x81\x05"
                                        "early\x82\x03"
                                        "bin"),
                                   pause(20ms),
                                   send("\x81\x04"
                                        "late\x88\x02\x03\xe9"),
                                   pause(5s)}});
    auto request = get(server.url("/", "ws"));
    request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    request.headers.add("Sec-WebSocket-Protocol", "chat, soap");
    const auto made = connect(world, request);
    BOOST_TEST_REQUIRE(made.socket);
    BOOST_TEST(receive(world, *made.socket) == "text early");
    BOOST_TEST(receive(world, *made.socket) == "binary bin");
    BOOST_TEST(receive(world, *made.socket) == "text late");
    BOOST_TEST(receive(world, *made.socket) == closed);
    BOOST_TEST(made.socket->close_code() == 1001u);
}

BOOST_AUTO_TEST_CASE(ends_on_frames_out_of_bounds) {
    const std::string open =
        "HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
        "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
    struct Row {
        const char* what;
        std::string frames;
        Error error;
    };
    const Row rows[] = {
        {"reserved opcode", "\x83\x01x", Error::malformed_response},
        {"masked by the server", std::string("\x81\x81\0\0\0\0x", 7), Error::malformed_response},
        {"text that is not UTF-8", "\x81\x01\xff", Error::malformed_response},
        {"a message of 2^40 bytes", std::string("\x82\x7f\0\0\x01\0\0\0\0\0", 10), Error::body_too_large},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            World world;
            ScriptedServer server(world, {{read_request(), send(open + row.frames), pause(5s)}});
            auto request = get(server.url("/", "ws"));
            request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
            const auto made = connect(world, request);
            BOOST_TEST_REQUIRE(made.socket);
            BOOST_TEST(receive(world, *made.socket) == make_error_code(row.error).message());
        }
}

BOOST_AUTO_TEST_CASE(closes_in_bounded_time_although_the_peer_does_not_answer) {
    World world;
    ScriptedServer server(world, {{read_request(),
                                   send("HTTP/1.1 101 S\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"),
                                   pause(15s)}});
    auto request = get(server.url("/", "ws"));
    request.headers.add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
    const auto made = connect(world, request);
    const auto began = Deadline::Clock::now();
    BOOST_TEST(world.run(close(made.socket.get(), 1000, std::string(500, 'x'))));
    const auto took = Deadline::Clock::now() - began;
    BOOST_TEST((took >= 4s && took < 7s));
    BOOST_TEST(receive(world, *made.socket) == closed);
}

BOOST_AUTO_TEST_SUITE_END()
