#include "net/http_server.hpp"

#include "net/event_stream.hpp"
#include "net/json_error.hpp"
#include "net/websocket.hpp"
#include "tests/unit/net/raw_client.hpp"
#include "tests/unit/net/self_signed.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>

#include <sys/resource.h>

#include <deque>
#include <fstream>
#include <future>
#include <thread>

using namespace ringback::net;
using namespace std::chrono_literals;
using test::RawClient;

namespace {

std::atomic<int> gone{0}, waiting{0}, finished{0};

asio::awaitable<void> stream_three(Responder& out, ServerResponse head) {
    (void)co_await out.begin(std::move(head));
    (void)co_await out.write("one,");
    (void)co_await out.write("");
    (void)co_await out.write("two,");
    (void)co_await out.write("three");
    (void)co_await out.finish();
}

asio::awaitable<void> echo_messages(Responder& out) {
    auto socket = co_await out.accept_websocket();
    if (!socket) co_return;
    for (;;) {
        auto message = co_await (*socket)->receive();
        if (!message) break;
        (void)co_await (*socket)->send(std::move(*message));
    }
}

asio::awaitable<void> sleep_for(std::chrono::milliseconds span) {
    asio::steady_timer timer(co_await asio::this_coro::executor, span);
    (void)co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

/// What the tests' server does, by path.
asio::awaitable<void> handle(const ServerRequest& request, Responder& out) {
    ServerResponse response;
    if (request.path == "/throw") throw std::runtime_error("a fault of the handler");
    if (request.path == "/nothing") co_return;
    if (request.path == "/empty") co_return out.close_after();
    if (request.path == "/reset") co_return out.close_after(true);
    if (request.path == "/raw") {
        (void)co_await out.write_raw("not HTTP");
        co_return;
    }
    if (request.path == "/half") {
        (void)co_await out.begin(response);
        (void)co_await out.write("half");
        throw std::runtime_error("in the middle");
    }
    if (request.path == "/stream") co_return co_await stream_three(out, response);
    if (request.path == "/sized") {
        response.headers.add("Content-Length", "13");
        co_return co_await stream_three(out, response);
    }
    if (request.path == "/too-much") {
        response.headers.add("Content-Length", "5");
        co_return co_await stream_three(out, response);
    }
    if (request.path == "/events") {
        EventStream events(out);
        (void)co_await events.begin();
        (void)co_await events.send("hello", "greeting", "1");
        (void)co_await events.ping();
        (void)co_await out.finish();
        co_return;
    }
    if (request.path == "/gone") {
        ++waiting;
        co_await out.peer_gone();
        ++gone;
        if (!out.stopping()) co_return;
        response.body = "stopping";
        (void)co_await out.respond(response);
        co_return;
    }
    if (request.path == "/slow") {
        ++waiting;
        co_await sleep_for(300ms);
        ++finished;
        response.body = "slow";
    }
    if (request.path == "/forever") {
        ++waiting;
        co_await sleep_for(1h);
        ++finished;
    }
    if (request.path == "/websocket") co_return co_await echo_messages(out);
    if (request.path == "/204") response.status = 204;
    if (request.path == "/304") response.status = 304;
    if (request.path == "/close") response.headers.add("Connection", "close");
    if (request.path == "/old") response.version = 10;
    if (request.path == "/split") {
        response.reason = "Fine\r\nX-Forged: 1";
        response.headers.add("X-Value", std::string("a\r\nX-Forged: 2\0", 15));
        response.headers.add("X Forged: 3\r\nX", "b");
    }
    if (request.path == "/echo") response.body = request.body;
    if (request.path == "/size") response.body = std::to_string(request.body.size());
    if (request.path == "/hello" || request.path == "/old" || request.path == "/204") response.body = "hello";
    if (request.path == "/big") response.body.assign(20'000'000, 'b');
    (void)co_await out.respond(std::move(response));
}

/// A server on its own thread(s).
class Server {
  public:
    explicit Server(ServerOptions options = {}, std::size_t threads = 1, Handler handler = handle) {
        std::vector<asio::any_io_executor> executors;
        for (std::size_t i = 0; i < threads; ++i) {
            contexts_.emplace_back(1);
            guards_.push_back(asio::make_work_guard(contexts_.back()));
            executors.push_back(contexts_.back().get_executor());
        }
        server_ = std::make_unique<HttpServer>(std::move(executors), std::move(options), std::move(handler));
        started = server_->start();
        for (auto& context : contexts_)
            threads_.emplace_back([&context] { context.run(); });
    }
    ~Server() {
        stop(100ms);
        guards_.clear();
        server_.reset();
        for (auto& thread : threads_)
            thread.join();
    }
    void stop(std::chrono::milliseconds span) {
        asio::co_spawn(contexts_.front(), server_->stop(Deadline::after(span)), asio::use_future).get();
    }
    HttpServer& operator*() { return *server_; }
    HttpServer* operator->() { return server_.get(); }
    RawClient connect() { return RawClient(server_->endpoint()); }
    boost::system::result<void, std::string> started;

  private:
    std::deque<asio::io_context> contexts_;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards_;
    std::unique_ptr<HttpServer> server_;
    std::vector<std::thread> threads_;
};

ServerOptions quick() {
    ServerOptions options;
    options.limits.max_header = 2048;
    options.limits.max_body = 100'000;
    options.limits.header_timeout = 150ms;
    options.limits.body_timeout = 200ms;
    options.limits.idle_timeout = 250ms;
    options.limits.write_timeout = 300ms;
    return options;
}

bool eventually(const std::function<bool()>& holds, std::chrono::milliseconds within = 3000ms) {
    const auto end = std::chrono::steady_clock::now() + within;
    while (std::chrono::steady_clock::now() < end) {
        if (holds()) return true;
        std::this_thread::sleep_for(2ms);
    }
    return holds();
}

std::string without_date(std::string text) {
    const auto at = text.find("Date: ");
    if (at != std::string::npos) text.erase(at, text.find("\r\n", at) + 2 - at);
    return text;
}

const std::string get = "GET /hello HTTP/1.1\r\nHost: h\r\n\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(http_server)

BOOST_AUTO_TEST_CASE(bytes_in_and_bytes_out) {
    Server server(quick());
    BOOST_TEST_REQUIRE(server.started.has_value());
    const struct {
        std::string in, out;
    } rows[] = {
        {"GET /hello HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"},
        {"HEAD /hello HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"},
        {"GET /hello HTTP/1.0\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"},
        {"GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"},
        {"GET /old HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello"},
        {"GET /hello HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"},
        {"GET /close HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"},
        {"GET /204 HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 204 No Content\r\n\r\n"},
        {"GET /304 HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 304 Not Modified\r\n\r\n"},
        {"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"},
        {"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n1\r\nc\r\n0\r\nX: "
         "y\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc"},
        {"GET /split HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 Fine  X-Forged: 1\r\nX-Value: a  X-Forged: 2 \r\nContent-Length: 0\r\n\r\n"},
        {"GET /stream HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: "
         "chunked\r\n\r\n4\r\none,\r\n4\r\ntwo,\r\n5\r\nthree\r\n0\r\n\r\n"},
        {"HEAD /stream HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"},
        {"GET /stream HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
         "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\none,two,three"},
        {"GET /sized HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\none,two,three"},
        {"GET /too-much HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\none,"},
        {"GET /raw HTTP/1.1\r\nHost: h\r\n\r\n", "not HTTP"},
        {"GET /empty HTTP/1.1\r\nHost: h\r\n\r\n", ""},
        {"GET /half HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"},
        {"GET /events HTTP/1.1\r\nHost: h\r\n\r\n",
         "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: "
         "no-store\r\nX-Accel-Buffering: no\r\n"
         "Transfer-Encoding: chunked\r\n\r\n"
         "e\r\n: here we go\n\n\r\n23\r\nid: 1\nevent: greeting\ndata: hello\n\n\r\n8\r\n: "
         "ping\n\n\r\n0\r\n\r\n"},
        {"", ""},  // only comes and goes
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.in) {
            auto client = server.connect();
            client.send(row.in);
            client.shutdown_send();  // half-closed: the answer comes all the same
            BOOST_TEST(without_date(client.read_all()) == row.out);
            BOOST_TEST(client.closed());
        }
}

BOOST_AUTO_TEST_CASE(refusals_are_json_and_close_the_connection) {
    Server server(quick());
    const struct {
        std::string in, status, code;
    } rows[] = {
        {"GET\r\n\r\n", "HTTP/1.1 400 Bad Request", "malformed_request"},
        {"GET / HTTP/1.1\r\n\r\n", "HTTP/1.1 400 Bad Request", "malformed_request"},
        {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
         "HTTP/1.1 400 Bad Request", "malformed_request"},
        {"GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 100001\r\n\r\n", "HTTP/1.1 413 Payload Too Large",
         "body_too_large"},
        {"GET /" + std::string(3000, 'x'), "HTTP/1.1 414 URI Too Long", "target_too_long"},
        {"GET / HTTP/1.1\r\nHost: h\r\nExpect: cake\r\n\r\n", "HTTP/1.1 417 Expectation Failed",
         "expectation_failed"},
        {"GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(3000, 'x'),
         "HTTP/1.1 431 Request Header Fields Too Large", "header_too_large"},
        {"GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n", "HTTP/1.1 501 Not Implemented",
         "not_implemented"},
        {"GET / HTTP/3.0\r\nHost: h\r\n\r\n", "HTTP/1.1 505 HTTP Version Not Supported",
         "version_not_supported"},
        {"GET / HT", "HTTP/1.1 408 Request Timeout", "request_timeout"},
        {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab", "HTTP/1.1 408 Request Timeout",
         "request_timeout"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.in.substr(0, 80)) {
            auto client = server.connect();
            client.send(row.in);
            BOOST_TEST(client.status_line() == row.status);
            const auto rest = client.read_all();
            BOOST_TEST(rest.find("\r\nConnection: close\r\n") != std::string::npos);
            BOOST_TEST(rest.find("Content-Type: application/json\r\n") != std::string::npos);
            BOOST_TEST(rest.find("\r\n\r\n{\"error\":{\"code\":\"" + row.code + "\",\"message\":\"") !=
                       std::string::npos);
            BOOST_TEST(client.closed());
        }
    BOOST_TEST(eventually([&] { return server->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_client_that_ends_early_is_told_so) {
    Server server(quick());
    auto client = server.connect();
    client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab");
    client.shutdown_send();
    BOOST_TEST(client.status_line() == "HTTP/1.1 400 Bad Request");
    BOOST_TEST(client.read_all().find("The connection ended before the request was whole.") !=
               std::string::npos);
}

BOOST_AUTO_TEST_CASE(an_error_in_json_has_code_message_and_details) {
    const auto response = json_error_response(404, "no_bin", "There is no bin \"x\".");
    BOOST_TEST(response.status == 404u);
    BOOST_TEST(
        response.body ==
        "{\"error\":{\"code\":\"no_bin\",\"message\":\"There is no bin \\\"x\\\".\",\"details\":null}}\n");
}

BOOST_AUTO_TEST_CASE(requests_in_one_write_are_answered_in_order) {
    Server server(quick());
    auto client = server.connect();
    std::string burst;
    for (int i = 0; i < 50; ++i) {
        const auto text = std::to_string(i);
        burst += "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: " + std::to_string(text.size()) +
                 "\r\n\r\n" + text;
    }
    client.send(burst);
    for (int i = 0; i < 50; ++i) {
        BOOST_TEST(client.status_line() == "HTTP/1.1 200 OK");
        client.read_until("\r\n\r\n");
        const auto text = std::to_string(i);
        BOOST_TEST_REQUIRE(client.read_until(text) == text);
    }
}

BOOST_AUTO_TEST_CASE(a_failing_handler_is_a_500_and_the_connection_lives) {
    Server server(quick());
    auto client = server.connect();
    for (const auto* path : {"/throw", "/nothing", "/throw"}) {
        client.send(std::string("GET ") + path + " HTTP/1.1\r\nHost: h\r\n\r\n");
        BOOST_TEST(client.status_line() == "HTTP/1.1 500 Internal Server Error");
        BOOST_TEST(client.read_until("}}\n").find("\"internal_error\"") != std::string::npos);
    }
    client.send(get);
    BOOST_TEST(client.status_line() == "HTTP/1.1 200 OK");
}

BOOST_AUTO_TEST_CASE(a_client_that_expects_to_be_asked_is_asked) {
    Server server(quick());
    const std::string head = "POST /echo HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: ";
    auto client = server.connect();
    client.send(head + "3\r\n\r\n");
    BOOST_TEST(client.read_until("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
    client.send("abc");
    BOOST_TEST(client.status_line() == "HTTP/1.1 200 OK");
    client.read_until("abc");
    client.send(head + "3\r\n\r\nabc");  // did not wait
    BOOST_TEST(client.status_line() == "HTTP/1.1 200 OK");
    client.read_until("abc");
    client.send(head + "100001\r\n\r\n");  // not asked for what will not be taken
    BOOST_TEST(client.status_line() == "HTTP/1.1 413 Payload Too Large");
}

BOOST_AUTO_TEST_CASE(a_body_of_20_megabytes) {
    Server server;
    auto client = server.connect();
    client.send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n" +
                std::string(20'000'000, 'x'));
    client.read_until("\r\n\r\n");
    BOOST_TEST(client.read_until("20000000") == "20000000");
    client.send("GET /big HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
    BOOST_TEST(client.read_all().size() > 20'000'000u);
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_body_that_is_too_large_is_answered_before_it_is_sent_and_not_with_a_reset) {
    Server server(quick());
    auto client = server.connect();
    client.send("POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 20000000\r\n\r\n");
    for (int i = 0; i < 100; ++i)
        client.send(std::string(50'000, 'x'));
    BOOST_TEST(client.status_line() == "HTTP/1.1 413 Payload Too Large");
    client.read_all();
    BOOST_TEST(client.closed());
}

BOOST_AUTO_TEST_CASE(a_reset_is_a_reset) {
    Server server(quick());
    auto client = server.connect();
    client.send("GET /reset HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(client.read_all() == "");
    BOOST_TEST(client.reset());
}

BOOST_AUTO_TEST_CASE(a_slow_client_does_not_hold_a_connection) {
    Server server(quick());
    auto client = server.connect();
    const auto began = std::chrono::steady_clock::now();
    for (const char c : std::string("GET / HTTP/1.1\r\nHost: h\r\nX-Slow: 1")) {
        client.send(std::string(1, c));
        std::this_thread::sleep_for(20ms);
        if (std::chrono::steady_clock::now() - began > 400ms) break;
    }
    BOOST_TEST(client.status_line() == "HTTP/1.1 408 Request Timeout");
    auto silent = server.connect();
    BOOST_TEST(silent.read_all() == "");
    BOOST_TEST(silent.closed());
}

BOOST_AUTO_TEST_CASE(a_client_that_does_not_read_does_not_hold_a_connection) {
    Server server(quick());
    auto client = server.connect();
    client.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(eventually([&] { return server->connections() == 1; }));
    BOOST_TEST(eventually([&] { return server->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(a_waiting_handler_hears_that_its_client_left) {
    Server server;
    waiting = gone = 0;
    auto client = server.connect();
    client.send("GET /gone HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST_REQUIRE(eventually([] { return waiting == 1; }));
    auto second = server.connect();  // with its next request behind the first
    second.send("GET /gone HTTP/1.1\r\nHost: h\r\n\r\n" + get);
    BOOST_TEST_REQUIRE(eventually([] { return waiting == 2; }));
    std::this_thread::sleep_for(50ms);
    BOOST_TEST(gone == 0);
    client.close();
    BOOST_TEST(eventually([] { return gone == 1; }));
    second.close();
    BOOST_TEST(eventually([] { return gone == 2; }));
}

BOOST_AUTO_TEST_CASE(a_stop_lets_requests_finish_and_closes_idle_connections) {
    Server server;
    waiting = gone = finished = 0;
    auto idle = server.connect(), slow = server.connect(), watching = server.connect();
    idle.send(get);
    idle.read_until("hello");
    slow.send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
    watching.send("GET /gone HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST_REQUIRE(eventually([] { return waiting == 2; }));
    server.stop(5s);
    BOOST_TEST(server->connections() == 0u);
    BOOST_TEST(finished == 1);
    BOOST_TEST(gone == 1);
    BOOST_TEST(idle.read_all() == "");
    BOOST_TEST(idle.closed());
    const auto answer = slow.read_all();
    BOOST_TEST(answer.find("\r\nConnection: close\r\n") != std::string::npos);
    BOOST_TEST(answer.ends_with("slow"));
    BOOST_TEST(watching.read_all().ends_with("stopping"));
    BOOST_CHECK_THROW(server.connect(), boost::system::system_error);
}

BOOST_AUTO_TEST_CASE(a_stop_cuts_what_does_not_end) {
    Server server;
    waiting = finished = 0;
    auto client = server.connect();
    client.send("GET /forever HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST_REQUIRE(eventually([] { return waiting == 1; }));
    const auto began = std::chrono::steady_clock::now();
    server.stop(100ms);
    BOOST_TEST((std::chrono::steady_clock::now() - began < 900ms));
    BOOST_TEST(server->connections() == 0u);
    BOOST_TEST(client.read_all() == "");
}

BOOST_AUTO_TEST_CASE(connections_over_the_limit_wait_their_turn) {
    auto options = quick();
    options.limits.idle_timeout = 5s;
    options.limits.max_connections = 2;
    Server server(options);
    auto first = server.connect(), second = server.connect();
    for (auto* client : {&first, &second}) {
        client->send(get);
        BOOST_TEST(client->read_until("hello").ends_with("hello"));
    }
    auto third = server.connect();
    third.send(get);
    std::this_thread::sleep_for(100ms);
    BOOST_TEST(server->connections() == 2u);
    first.close();
    BOOST_TEST(third.read_until("hello").ends_with("hello"));
}

BOOST_AUTO_TEST_CASE(the_server_outlives_a_lack_of_descriptors) {
    Server server(quick());
    auto before = server.connect();
    before.send(get);
    BOOST_TEST(before.read_until("hello").ends_with("hello"));
    auto late = asio::io_context();
    asio::ip::tcp::socket waiter(late);
    waiter.open(asio::ip::tcp::v4());
    rlimit limit{};
    ::getrlimit(RLIMIT_NOFILE, &limit);
    auto none = limit;
    none.rlim_cur = 3;  // every accept() fails from here on
    ::setrlimit(RLIMIT_NOFILE, &none);
    waiter.connect(server->endpoint());
    std::this_thread::sleep_for(150ms);
    ::setrlimit(RLIMIT_NOFILE, &limit);
    asio::write(waiter, asio::buffer(get));
    std::string answer(15, ' ');
    asio::read(waiter, asio::buffer(answer));
    BOOST_TEST(answer == "HTTP/1.1 200 OK");
}

BOOST_AUTO_TEST_CASE(many_clients_over_several_threads) {
    Server server({}, 3);
    std::vector<std::future<int>> clients;
    for (int i = 0; i < 12; ++i)
        clients.push_back(std::async(std::launch::async, [&server] {
            auto client = server.connect();
            int answers = 0;
            for (int n = 0; n < 100; ++n) {
                client.send(get);
                if (client.read_until("hello").ends_with("hello")) ++answers;
            }
            return answers;
        }));
    for (auto& client : clients)
        BOOST_TEST(client.get() == 100);
}

BOOST_AUTO_TEST_CASE(a_start_that_fails_says_why) {
    Server first;
    BOOST_TEST_REQUIRE(first.started.has_value());
    BOOST_TEST(first->origin() == "http://127.0.0.1:" + std::to_string(first->endpoint().port()));
    const auto outcome = [](ServerOptions options) {
        asio::io_context io;
        HttpServer server({io.get_executor()}, std::move(options), handle);
        const auto started = server.start();
        return started ? std::string("started") : started.error();
    };
    ServerOptions taken;
    taken.port = first->endpoint().port();
    BOOST_TEST(outcome(taken) == "127.0.0.1:" + std::to_string(taken.port) + ": Address already in use");
    ServerOptions elsewhere;
    elsewhere.host = "192.0.2.1";
    BOOST_TEST(outcome(elsewhere) == "192.0.2.1:0: Cannot assign requested address");
    ServerOptions uncertified;
    uncertified.certificate = "/nonexistent/cert.pem";
    uncertified.key = "/nonexistent/key.pem";
    BOOST_TEST(outcome(uncertified) == "certificate /nonexistent/cert.pem: No such file or directory");
    ServerOptions v6;
    v6.host = "::1";
    asio::io_context io;
    HttpServer server({io.get_executor()}, v6, handle);
    if (server.start())
        BOOST_TEST(server.origin() == "http://[::1]:" + std::to_string(server.endpoint().port()));
}

BOOST_AUTO_TEST_CASE(a_websocket_handshake_and_an_echo) {
    Server server(quick());
    auto client = server.connect();
    client.send("GET /websocket HTTP/1.1\r\nHost: h\r\n\r\n");
    BOOST_TEST(client.status_line() == "HTTP/1.1 426 Upgrade Required");
    BOOST_TEST(client.read_until("}}\n").find("\r\nUpgrade: websocket\r\n") != std::string::npos);
    // The key and its answer are those of RFC 6455, 1.3; the frame "Hello" and its answer those of 5.7.
    client.send(
        "GET /websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    BOOST_TEST(client.status_line() == "HTTP/1.1 101 Switching Protocols");
    BOOST_TEST(client.read_until("\r\n\r\n").find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") !=
               std::string::npos);
    client.send(std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11));
    BOOST_TEST(client.read_until("Hello") == "\x81\x05Hello");
    client.send(std::string("\x88\x80\x00\x00\x00\x00", 6));
    BOOST_TEST(client.read_all().starts_with("\x88"));
    BOOST_TEST(client.closed());
    client.close();
    BOOST_TEST(eventually([&] { return server->connections() == 0; }));
}

BOOST_AUTO_TEST_CASE(with_a_certificate_it_speaks_tls) {
    const test::SelfSigned certificate("localhost");
    auto options = quick();
    options.certificate = certificate.certificate_file();
    options.key = certificate.key_file();
    Server server(options);
    BOOST_TEST_REQUIRE(server.started.has_value(), server.started.error());
    BOOST_TEST(server->origin() == "https://127.0.0.1:" + std::to_string(server->endpoint().port()));
    asio::io_context io;
    asio::ssl::context context(asio::ssl::context::tls_client);
    asio::ssl::stream<asio::ip::tcp::socket> client(io, context);
    client.next_layer().connect(server->endpoint());
    client.handshake(asio::ssl::stream_base::client);
    std::string answer;
    for (const auto& [request, end] :
         {std::pair(get, std::string("hello")),
          {"POST /size HTTP/1.1\r\nHost: h\r\nContent-Length: 90000\r\n\r\n" + std::string(90'000, 'x'),
           "90000"},
          {"GET /stream HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", "0\r\n\r\n"}}) {
        answer.clear();
        asio::write(client, asio::buffer(request));
        asio::read_until(client, asio::dynamic_buffer(answer),
                         "\r\n\r\n" + std::string(end == "0\r\n\r\n" ? "" : end));
        BOOST_TEST(answer.starts_with("HTTP/1.1 200 OK\r\n"));
    }
    error_code error;
    answer.clear();
    asio::read(client, asio::dynamic_buffer(answer), error);
    BOOST_TEST((error == asio::error::eof));  // not cut off: the end of the TLS stream was told
    client.next_layer().close();

    auto plain = server.connect();  // a client that does not speak TLS
    plain.send(get);
    BOOST_TEST(plain.read_all().find("HTTP") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_stop_ends_websockets_too) {
    Server server;
    auto client = server.connect();
    client.send(
        "GET /websocket HTTP/1.1\r\nHost: h\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n");
    client.read_until("\r\n\r\n");
    server.stop(50ms);
    BOOST_TEST(server->connections() == 0u);
    client.read_all();
    BOOST_TEST(!client.socket().available());
}

BOOST_AUTO_TEST_SUITE_END()
