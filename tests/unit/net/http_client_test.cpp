#include "net/http_client.hpp"

#include "compress.hpp"
#include "scripted_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;
using namespace std::chrono_literals;

namespace {

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return request;
}

HttpRequest post(std::string url, std::string body) {
    HttpRequest request = get(std::move(url));
    request.method = "POST";
    request.body = std::move(body);
    return request;
}

std::string with_body(const std::string& fields, const std::string& body) {
    return "HTTP/1.1 200 OK\r\n" + fields + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
           body;
}

/// "127.0.0.1:PORT" where the port is that of the server.
std::string replaced(std::string text, std::string_view what, std::string_view by) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + by.size()))
        text.replace(at, what.size(), by);
    return text;
}

double ms(const Timings::Span& span) {
    return span ? static_cast<double>(span->count()) / 1000 : -1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(http_client)

BOOST_AUTO_TEST_CASE(exchanges_a_request_for_a_response) {
    World world;
    ScriptedServer server(
        world, {answer("HTTP/1.1 201 Made\r\nb: 1\r\nA: 2\r\nB: 3\r\nContent-Length: 5\r\n\r\nhello")});
    auto request = post(server.url("/x?y=1"), "body");
    request.headers.add("X-Mine", "1");
    ExchangeOptions options;
    options.transcript = true;
    const auto done = exchange(world, request, options);

    BOOST_TEST(done.ok());
    BOOST_TEST(done.error_detail == "");
    BOOST_TEST(to_string(done.phase) == "done");
    BOOST_TEST(done.response->status == 201u);
    BOOST_TEST(done.response->reason == "Made");
    BOOST_TEST(done.response->version == 11u);
    BOOST_TEST(done.response->body == "hello");
    BOOST_TEST(done.response->body_size == 5u);
    BOOST_TEST(done.response->wire_body_size == 5u);
    BOOST_TEST(!done.response->truncated);
    BOOST_TEST(
        (done.response->headers == Headers{{"b", "1"}, {"A", "2"}, {"B", "3"}, {"Content-Length", "5"}}));
    const auto port = std::to_string(server.port());
    BOOST_TEST(server.requests().at(0) ==
               "POST /x?y=1 HTTP/1.1\r\nHost: 127.0.0.1:" + port +
                   "\r\nX-Mine: 1\r\nUser-Agent: ringback/0.1.0\r\nAccept-Encoding: gzip, "
                   "deflate\r\nContent-Length: 4\r\n\r\nbody");
    BOOST_TEST(done.request_head + "body" == server.requests().at(0));
    BOOST_TEST(done.request_sent);
    BOOST_TEST(done.address->to_string() == "127.0.0.1");
    BOOST_TEST(done.local_address->to_string() == "127.0.0.1");
    BOOST_TEST(done.port == server.port());
    BOOST_TEST(done.connect_retries == 0u);
    BOOST_TEST(done.dns_records.a.empty());
    BOOST_TEST(done.transcript.size() == 5u);
    BOOST_TEST(done.transcript.at(0) == "connect to 127.0.0.1:" + port);
    BOOST_TEST(done.transcript.at(2) == "> POST /x?y=1 HTTP/1.1");
    BOOST_TEST(done.transcript.at(3) == "< HTTP/1.1 201 Made");
    BOOST_TEST(done.transcript.at(4) == "received 5 bytes of body");
}

BOOST_AUTO_TEST_CASE(reads_every_kind_of_response) {
    const std::string text(100000, 'x');
    struct Row {
        const char* what;
        const char* method;
        Script script;
        std::string shown;
    };
    const Row rows[] = {
        {"chunked", "GET",
         answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nT: 1\r\n\r\n"),
         "200: abc"},
        {"until close", "GET", answer("HTTP/1.0 200 OK\r\n\r\nold style"), "200: old style"},
        {"interim responses", "POST",
         answer("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\n" + ok), "200: ok"},
        {"head", "HEAD", answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n"), "200: "},
        {"head of gzip", "HEAD",
         answer("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 100\r\n\r\n"), "200: "},
        {"204", "DELETE", answer("HTTP/1.1 204 No Content\r\n\r\n"), "204: "},
        {"304", "GET", answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"), "304: "},
        {"redirect", "GET", answer("HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"),
         "302: "},
        {"gzip", "GET", answer(with_body("Content-Encoding: gzip\r\n", compressed("packed", gzip_window))),
         "200: packed"},
        {"deflate", "GET",
         answer(with_body("Content-Encoding: deflate\r\n", compressed("packed", zlib_window))),
         "200: packed"},
        {"raw deflate", "GET",
         answer(with_body("Content-Encoding: deflate\r\n", compressed("packed", raw_window))), "200: packed"},
        {"byte by byte", "GET", {read_request(), drip(ok, 1ms)}, "200: ok"},
        {"large", "GET", answer(with_body("", text)), "200: " + text},
        {"error status with body", "GET", answer("HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nwait"),
         "503: wait"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            World world;
            ScriptedServer server(world, {row.script});
            auto request = get(server.url());
            request.method = row.method;
            BOOST_TEST(shown(exchange(world, request)) == row.shown);
        }
}

BOOST_AUTO_TEST_CASE(tells_failures_apart) {
    struct Row {
        const char* what;
        Script script;
        const char* shown;
    };
    const Row rows[] = {
        {"closed at once",
         {read_request()},
         "the connection was closed before a whole response, in wait: 127.0.0.1:PORT closed the connection "
         "before a response came"},
        {"closed in the head",
         {read_request(), send("HTTP/1.1 200 OK\r\nA: ")},
         "the connection was closed before a whole response, in receive: 127.0.0.1:PORT closed the "
         "connection in the middle of the response head"},
        {"closed in the body",
         {read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nfour")},
         "the connection was closed before a whole response, in receive: 127.0.0.1:PORT closed the "
         "connection after 4 bytes of the response body"},
        {"reset",
         {read_request(), reset()},
         "the connection was closed before a whole response, in wait: 127.0.0.1:PORT closed the connection "
         "before a response came (Connection reset by peer)"},
        {"not HTTP", answer("220 mail.test ESMTP\r\n"),
         "the response is malformed, in receive: the answer is not HTTP/1.x"},
        {"bad field", answer("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"),
         "the response is malformed, in receive: malformed response head: bad field"},
        {"bad chunk", answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n"),
         "the response is malformed, in receive: malformed response body: bad chunk"},
        {"not gzip", answer(with_body("Content-Encoding: gzip\r\n", "plain")),
         "the response is malformed, in receive: gzip body: incorrect header check"},
        {"gzip cut short",
         answer(with_body("Content-Encoding: gzip\r\n", compressed("packed", gzip_window).substr(0, 20))),
         "the response is malformed, in receive: gzip body: cut short"},
        {"large head", answer("HTTP/1.1 200 OK\r\nX: " + std::string(5000, 'x') + "\r\n\r\n"),
         "the response head is too large, in receive: the response head is larger than 4096 bytes"},
        {"silent",
         {read_request(), pause(5s)},
         "no whole response in time, in wait: 127.0.0.1:PORT sent no response within TIME ms"},
        {"drips",
         {read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
          drip(std::string(1000, 'x'), 5ms)},
         "no whole response in time, in receive: 127.0.0.1:PORT sent no whole response within TIME ms of its "
         "first byte"},
        {"drips its head",
         {read_request(), drip("HTTP/1.1 200 OK\r\n" + std::string(1000, 'x'), 5ms)},
         "no whole response in time, in receive: 127.0.0.1:PORT sent no whole response within TIME ms of its "
         "first byte"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            World world;
            ScriptedServer server(world, {row.script});
            ExchangeOptions options;
            options.max_header = 4096;
            options.deadline = Deadline::after(300ms);
            const auto began = Deadline::Clock::now();
            const auto done = exchange(world, get(server.url()), options);
            auto text = replaced(shown(done), ":" + std::to_string(server.port()), ":PORT");
            if (const auto at = text.find(" within "); at != text.npos)
                text.replace(at + 8, text.find(" ms", at) - at - 8, "TIME");
            BOOST_TEST(text == row.shown);
            BOOST_TEST(done.request_sent);
            BOOST_TEST((Deadline::Clock::now() - began < 600ms));
            BOOST_TEST(done.timings.total.count() > 0);
        }
}

BOOST_AUTO_TEST_CASE(fills_in_what_was_known_when_it_failed) {
    World world;
    ScriptedServer server(
        world,
        {{read_request(), send("HTTP/1.1 200 OK\r\nA: 1\r\nContent-Length: 9\r\n\r\nfour"), pause(5s)}});
    ExchangeOptions options;
    options.deadline = Deadline::after(100ms);
    const auto done = exchange(world, get(server.url()), options);
    BOOST_TEST(done.error == make_error_code(Error::response_timeout));
    BOOST_TEST(!done.timings.dns.has_value());
    BOOST_TEST(done.timings.connect.has_value());
    BOOST_TEST(!done.timings.tls.has_value());
    BOOST_TEST(done.timings.send.has_value());
    BOOST_TEST(done.timings.wait.has_value());
    BOOST_TEST(ms(done.timings.receive) > 50);
    BOOST_TEST_REQUIRE(done.response.has_value());
    BOOST_TEST(done.response->headers.get("A").value() == "1");
    BOOST_TEST(done.response->body == "four");
    BOOST_TEST(done.response->body_size == 4u);
}

BOOST_AUTO_TEST_CASE(measures_phases) {
    World world;
    ScriptedServer server(
        world, {{read_request(), pause(120ms), send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no"),
                 pause(80ms), send("k")}});
    const auto done = exchange(world, get(server.url("/", "http", "localhost")));
    BOOST_TEST(shown(done) == "200: ok");
    BOOST_TEST(ms(done.timings.dns) >= 0);
    BOOST_TEST(ms(done.timings.dns) < 20);
    BOOST_TEST(ms(done.timings.connect) < 20);
    BOOST_TEST(!done.timings.tls.has_value());
    BOOST_TEST(ms(done.timings.send) < 20);
    BOOST_TEST(ms(done.timings.wait) >= 119);
    BOOST_TEST(ms(done.timings.wait) < 150);
    BOOST_TEST(ms(done.timings.receive) >= 79);
    BOOST_TEST(ms(done.timings.receive) < 110);
    BOOST_TEST(ms(done.timings.total) >= 199);
    const auto sum = *done.timings.dns + *done.timings.connect + *done.timings.send + *done.timings.wait +
                     *done.timings.receive;
    BOOST_TEST((done.timings.total - sum < 5ms));
}

BOOST_AUTO_TEST_CASE(bounds_the_body_after_decompression) {
    struct Row {
        const char* what;
        std::string response;
        std::uint64_t max_body, keep_body;
        std::string shown;
        std::uint64_t body_size;
        bool truncated;
    };
    const std::string bomb =
        with_body("Content-Encoding: gzip\r\n", compressed(std::string(50u << 20, 'a'), gzip_window));
    const std::string too_large =
        "the response body is too large, in receive: the response body is larger than ";
    const Row rows[] = {
        {"at the limit", with_body("", "12345678"), 8, 100, "200: 12345678", 8, false},
        {"one more", with_body("", "123456789"), 8, 100, too_large + "8 bytes", 9, true},
        {"kept in part", with_body("", "123456789"), 100, 4, "200: 1234", 9, true},
        {"nothing kept", with_body("", "123456789"), 100, 0, "200: ", 9, true},
        {"compressed, kept in part",
         with_body("Content-Encoding: gzip\r\n", compressed(std::string(5000, 'a'), gzip_window)), 5000, 3,
         "200: aaa", 5000, true},
        {"bomb", bomb, 65536, 4096, too_large + "65536 bytes", 131072, true},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            World world;
            ScriptedServer server(world, {answer(row.response)});
            ExchangeOptions options;
            options.max_body = row.max_body;
            options.keep_body = row.keep_body;
            const auto done = exchange(world, get(server.url()), options);
            BOOST_TEST(shown(done) == row.shown);
            BOOST_TEST_REQUIRE(done.response.has_value());
            BOOST_TEST(done.response->status == 200u);
            BOOST_TEST(done.response->body_size <= row.body_size);
            BOOST_TEST(done.response->truncated == row.truncated);
            BOOST_TEST(done.response->body.size() <= row.keep_body);
        }
}

BOOST_AUTO_TEST_CASE(leaves_the_body_as_it_is_when_not_to_decompress) {
    World world;
    const auto packed = compressed("packed", gzip_window);
    ScriptedServer server(world, {answer(with_body("Content-Encoding: gzip\r\n", packed))});
    ExchangeOptions options;
    options.decompress = false;
    BOOST_TEST(shown(exchange(world, get(server.url()), options)) == "200: " + packed);
    BOOST_TEST(server.requests().at(0).find("Accept-Encoding") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(reports_both_sizes_of_a_compressed_body) {
    World world;
    const auto packed = compressed(std::string(5000, 'a'), gzip_window);
    ScriptedServer server(world, {answer(with_body("Content-Encoding: gzip\r\n", packed))});
    const auto done = exchange(world, get(server.url()));
    BOOST_TEST(done.response->body_size == 5000u);
    BOOST_TEST(done.response->wire_body_size == packed.size());
}

BOOST_AUTO_TEST_CASE(ends_when_canceled) {
    struct Row {
        const char* what;
        Script script;
        const char* phase;
    };
    const Row rows[] = {
        {"waiting", {read_request(), pause(5s)}, "wait"},
        {"receiving",
         {read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"), pause(5s)},
         "receive"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            World world;
            ScriptedServer server(world, {row.script});
            const auto began = Deadline::Clock::now();
            const auto done = exchange(world, get(server.url()), {}, {}, 60ms);
            BOOST_TEST(done.error == make_error_code(Error::canceled));
            BOOST_TEST(to_string(done.phase) == row.phase);
            BOOST_TEST(done.error_detail == "waiting for the response: canceled");
            BOOST_TEST((Deadline::Clock::now() - began < 2s));
        }
}

BOOST_AUTO_TEST_CASE(refuses_what_cannot_be_sent) {
    World world;
    auto done = exchange(world, get("http//h"));
    BOOST_TEST(
        shown(done) ==
        "the URL is not valid, in none: 'http//h': an absolute URL is needed, such as https://example.com/");
    done = exchange(world, get("ws://h/"));
    BOOST_TEST(shown(done) == "the URL is not valid, in none: 'ws://h/' is not an http or https URL");
    auto request = get("http://127.0.0.1/");
    request.headers.add("X", "a\nb");
    done = exchange(world, request);
    BOOST_TEST(
        shown(done) ==
        "the request is not valid, in none: the header field 'X' has a line break or NUL in its value");
    ExchangeOptions options;
    options.proxy = "socks5://h";
    done = exchange(world, get("http://127.0.0.1/"), options);
    BOOST_TEST(shown(done) ==
               "the request is not valid, in none: proxy 'socks5://h': 'socks5' is not http or https");
}

BOOST_AUTO_TEST_CASE(says_that_nobody_listens) {
    World world;
    std::uint16_t port = 0;
    {
        ScriptedServer gone(world, {answer(ok)});
        port = gone.port();
    }
    const auto url = "http://127.0.0.1:" + std::to_string(port) + "/";
    const auto done = exchange(world, get(url));
    BOOST_TEST(shown(done) == "Connection refused, in connect: connect to 127.0.0.1:" + std::to_string(port) +
                                  ": Connection refused");
    BOOST_TEST(done.error == boost::asio::error::connection_refused);
    BOOST_TEST(!done.request_sent);
    BOOST_TEST(done.timings.connect.has_value());
    BOOST_TEST(!done.timings.send.has_value());
}

BOOST_AUTO_TEST_CASE(gives_up_connecting_in_time) {
    World world;
    // A full listen queue: the kernel drops further SYNs, so that a connect neither succeeds nor fails.
    asio::ip::tcp::acceptor acceptor(world.io, {asio::ip::address_v4::loopback(), 0});
    acceptor.listen(0);
    std::vector<asio::ip::tcp::socket> fillers;
    for (int i = 0; i < 4; ++i) {
        fillers.emplace_back(world.io);
        fillers.back().async_connect(acceptor.local_endpoint(), [](error_code) {});
    }
    world.io.run_for(50ms);
    ExchangeOptions options;
    options.connect_timeout = 150ms;
    const auto text = "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
    const auto done = exchange(world, get("http://" + text + "/"), options);
    BOOST_TEST(done.error == make_error_code(Error::connect_timeout));
    BOOST_TEST(done.error_detail.starts_with("connect to " + text + ": no answer within 15"));
    BOOST_TEST(to_string(done.phase) == "connect");
    BOOST_TEST(ms(done.timings.connect) >= 149);
    BOOST_TEST(ms(done.timings.connect) < 400);
    BOOST_TEST(exchange(world, get("http://" + text + "/"), options, {}, 20ms).error ==
               make_error_code(Error::canceled));
}

BOOST_AUTO_TEST_CASE(gives_up_sending_in_time) {
    World world;
    ScriptedServer server(world, {{pause(5s)}});
    ExchangeOptions options;
    auto request = post(server.url(), std::string(50u << 20, 'x'));
    options.deadline = Deadline::after(200ms);
    const auto done = exchange(world, std::move(request), options);
    BOOST_TEST(done.error == make_error_code(Error::send_timeout));
    BOOST_TEST(to_string(done.phase) == "send");
    BOOST_TEST(!done.request_sent);
    BOOST_TEST(done.timings.send.has_value());
    BOOST_TEST(done.error_detail.find(": not over after ") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(reads_an_answer_that_came_before_the_request_was_whole) {
    World world;
    ScriptedServer server(
        world,
        {{send("HTTP/1.1 413 Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"), pause(50ms)}});
    const auto done = exchange(world, post(server.url(), std::string(50u << 20, 'x')));
    BOOST_TEST(shown(done) == "413: ");
    BOOST_TEST(!done.request_sent);
}

BOOST_AUTO_TEST_CASE(obeys_the_address_policy) {
    World world;
    ScriptedServer server(world, {answer(ok)});
    const auto port = std::to_string(server.port());
    const auto denied = AddressPolicy::service();
    ExchangeOptions options;
    options.policy = &denied;
    BOOST_TEST(shown(exchange(world, get(server.url()), options)) ==
               "the address is not allowed, in connect: 127.0.0.1:" + port + " is not an allowed address");
    auto done = exchange(world, get(server.url("/", "http", "localhost")), options);
    BOOST_TEST(shown(done) == "the address is not allowed, in connect: localhost leads to 127.0.0.1:" + port +
                                  ", which is not an allowed address");
    BOOST_TEST(done.resolved.size() >= 1u);
    BOOST_TEST(shown(exchange(world, get(server.url("/", "http", "[::ffff:127.0.0.1]")), options)) ==
               "the address is not allowed, in connect: [::ffff:127.0.0.1]:" + port +
                   " is not an allowed address");
    BOOST_TEST(server.connections() == 0u);

    auto excepted = AddressPolicy::service();
    BOOST_TEST(excepted.allow("127.0.0.1/32:" + port).has_value());
    options.policy = &excepted;
    BOOST_TEST(shown(exchange(world, get(server.url()), options)) == "200: ok");
}

namespace {

/// Exchanges one after the other by one client; each line is "status reused/fresh".
asio::awaitable<std::vector<std::string>> in_turn(std::vector<HttpRequest> requests, ExchangeOptions options,
                                                  World* world) {
    HttpClient client(world->io.get_executor());
    std::vector<std::string> lines;
    for (auto& request : requests) {
        options.deadline = Deadline::after(5s);
        const auto done = co_await client.send(request, options);
        lines.push_back(shown(done) + (done.reused_connection ? " reused" : " fresh"));
        asio::steady_timer timer(world->io, 20ms);  // lets the server close, where it is about to
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(reuses_connections_when_asked_to) {
    struct Row {
        const char* what;
        bool keep_alive;
        std::vector<Script> scripts;
        std::vector<std::string> lines;
        std::size_t connections;
    };
    const std::string closing = "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";
    const Script two{read_request(), send(ok), read_request(), send(ok), pause(5s)};
    const Row rows[] = {
        {"kept", true, {two}, {"200: ok fresh", "200: ok reused"}, 1},
        {"not asked to", false, {two}, {"200: ok fresh", "200: ok fresh"}, 2},
        {"the server says close",
         true,
         {{read_request(), send(closing), pause(5s)}},
         {"200: ok fresh", "200: ok fresh"},
         2},
        {"closed while idle", true, {answer(ok)}, {"200: ok fresh", "200: ok fresh"}, 2},
        {"bytes while idle",
         true,
         {{read_request(), send(ok), send("HTTP/1.1 408 T\r\n\r\n"), pause(5s)}},
         {"200: ok fresh", "200: ok fresh"},
         2},
        {"closed on the second request",
         true,
         {{read_request(), send(ok), read_request()}, two},
         {"200: ok fresh", "200: ok fresh"},
         2},
        {"reset on the second request",
         true,
         {{read_request(), send(ok), read_request(), reset()}, two},
         {"200: ok fresh", "200: ok fresh"},
         2},
        {"closed in the second response",
         true,
         {{read_request(), send(ok), read_request(), send("HTTP/1.1 2")}},
         {"200: ok fresh",
          "the connection was closed before a whole response, in receive: 127.0.0.1:PORT closed the "
          "connection in the middle of the response head reused"},
         1},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            World world;
            ScriptedServer server(world, row.scripts);
            ExchangeOptions options;
            options.keep_alive = row.keep_alive;
            auto lines =
                world.run(in_turn({get(server.url("/1")), post(server.url("/2"), "x")}, options, &world));
            for (auto& line : lines)
                line = replaced(line, ":" + std::to_string(server.port()), ":PORT");
            BOOST_TEST(lines == row.lines, boost::test_tools::per_element());
            BOOST_TEST(server.connections() == row.connections);
        }
}

BOOST_AUTO_TEST_CASE(judges_a_kept_connection_anew) {
    World world;
    ScriptedServer server(world, {{read_request(), send(ok), read_request(), send(ok)}});
    const auto denied = AddressPolicy::service();
    HttpClient client(world.io.get_executor());
    ExchangeOptions options;
    options.keep_alive = true;
    BOOST_TEST(shown(world.run(client.send(get(server.url()), options))) == "200: ok");
    options.policy = &denied;
    BOOST_TEST(world.run(client.send(get(server.url()), options)).error ==
               make_error_code(Error::address_denied));
    BOOST_TEST(server.requests().size() == 1u);
}

BOOST_AUTO_TEST_CASE(goes_through_a_proxy_when_told_to) {
    World world;
    ScriptedServer proxy(world, {answer(ok)});
    ExchangeOptions options;
    options.proxy = replaced(proxy.url(""), "://", "://u:p@");
    BOOST_TEST(shown(exchange(world, get("http://far.test:81/x"), options)) == "200: ok");
    BOOST_TEST(proxy.requests().at(0) ==
               "GET http://far.test:81/x HTTP/1.1\r\nHost: far.test:81\r\nProxy-Authorization: Basic dTpw\r\n"
               "User-Agent: ringback/0.1.0\r\nAccept-Encoding: gzip, deflate\r\n\r\n");

    ScriptedServer refusing(world,
                            {answer("HTTP/1.1 403 Not for you\r\nContent-Length: 9\r\n\r\nforbidden")});
    options.proxy = refusing.url("");
    auto text = replaced(shown(exchange(world, get("https://far.test/"), options)),
                         std::to_string(refusing.port()), "PORT");
    BOOST_TEST(text ==
               "the proxy refused to connect, in connect: proxy 127.0.0.1:PORT answered CONNECT with 403 Not "
               "for you");
    BOOST_TEST(refusing.requests().at(0) ==
               "CONNECT far.test:443 HTTP/1.1\r\nHost: far.test:443\r\nUser-Agent: ringback/0.1.0\r\n\r\n");

    options.proxy = "http://127.0.0.1:1";
    BOOST_TEST(exchange(world, get("http://127.0.0.1:2/"), options).error_detail ==
               "proxy: connect to 127.0.0.1:1: Connection refused");

    ScriptedServer silent(world, {{read_request(), pause(5s)}});
    options.proxy = silent.url("");
    options.deadline = Deadline::after(100ms);
    BOOST_TEST(exchange(world, get("https://far.test/"), options).error ==
               make_error_code(Error::connect_timeout));
}

BOOST_AUTO_TEST_CASE(judges_proxies_and_addresses_behind_them) {
    World world;
    ScriptedServer proxy(world, {answer(ok)});
    auto policy = AddressPolicy::service();
    ExchangeOptions options;
    options.policy = &policy;
    options.proxy = proxy.url("");
    BOOST_TEST(exchange(world, get("http://far.test/"), options).error ==
               make_error_code(Error::address_denied));
    BOOST_TEST(policy.allow("127.0.0.1:" + std::to_string(proxy.port())).has_value());
    BOOST_TEST(shown(exchange(world, get("http://far.test/"), options)) == "200: ok");
    BOOST_TEST(shown(exchange(world, get("http://169.254.169.254/"), options)) ==
               "the address is not allowed, in none: 169.254.169.254:80 is not an allowed address");
    BOOST_TEST(proxy.connections() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
