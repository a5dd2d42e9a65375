#include "net/http_server.hpp"

#include "net/server/shard.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/rfc7230.hpp>

namespace ringback::net {

using asio::ip::tcp;
using server::Shard;

namespace {

constexpr auto with_error = asio::as_tuple(asio::use_awaitable);

std::string to_text(const std::string& host, std::uint16_t port) {
    const bool literal_v6 = host.find(':') != std::string::npos;
    return (literal_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

boost::system::result<std::shared_ptr<asio::ssl::context>, std::string> make_tls(
    const ServerOptions& options) {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    error_code error;
    context->set_options(asio::ssl::context::default_workarounds | asio::ssl::context::no_tlsv1 |
                             asio::ssl::context::no_tlsv1_1 | SSL_OP_NO_RENEGOTIATION |
                             SSL_OP_IGNORE_UNEXPECTED_EOF,
                         error);
    context->use_certificate_chain_file(options.certificate, error);
    if (error) return "certificate " + options.certificate + ": " + error.message();
    context->use_private_key_file(options.key, asio::ssl::context::pem, error);
    if (error) return "key " + options.key + ": " + error.message();
    return context;
}

/// The process or the machine is out of something that other connections will give back.
bool passes(const error_code& error) {
    return error == boost::system::errc::too_many_files_open ||
           error == boost::system::errc::too_many_files_open_in_system ||
           error == boost::system::errc::no_buffer_space || error == boost::system::errc::not_enough_memory;
}

}  // namespace

struct HttpServer::Impl : server::Core, std::enable_shared_from_this<HttpServer::Impl> {
    Impl(std::vector<asio::any_io_executor> executors, ServerOptions given, Handler callback)
        : accept_executor(executors.at(0)), acceptor(accept_executor), pause(accept_executor) {
        options = std::move(given);
        handler = std::move(callback);
        on_connection_end = [this] { connection_ended(); };
        for (auto& executor : executors)
            shards.push_back(std::make_shared<Shard>(std::move(executor),
                                                     server::sweep_interval(options.limits), stopping));
    }

    boost::system::result<void, std::string> listen();
    boost::system::result<void, std::string> open(const tcp::endpoint& endpoint);
    static asio::awaitable<void> accept_loop(std::shared_ptr<Impl> self);
    asio::awaitable<void> wait_for_room();
    void connection_ended();
    void begin_stop();
    void on_each_shard(void (Shard::*what)());

    asio::any_io_executor accept_executor;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    std::atomic<bool> full{false};  ///< the accept loop waits for a connection to end
    std::vector<std::shared_ptr<Shard>> shards;
    tcp::endpoint local;
    bool started = false;
};

boost::system::result<void, std::string> HttpServer::Impl::open(const tcp::endpoint& endpoint) {
    const auto failed = [&](const error_code& error) {
        return to_text(options.host, options.port) + ": " + error.message();
    };
    error_code error;
    acceptor.open(endpoint.protocol(), error);
    if (error) return failed(error);
    acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) local = acceptor.local_endpoint(error);
    if (error) {
        error_code ignored;
        acceptor.close(ignored);
        return failed(error);
    }
    return {};
}

boost::system::result<void, std::string> HttpServer::Impl::listen() {
    if (!options.certificate.empty() || !options.key.empty()) {
        auto made = make_tls(options);
        if (!made) return made.error();
        tls = std::move(*made);
    }
    error_code error;
    tcp::resolver resolver(accept_executor);
    const auto found = resolver.resolve(options.host, std::to_string(options.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return to_text(options.host, options.port) + ": " + error.message();
    return open(found.begin()->endpoint());
}

asio::awaitable<void> HttpServer::Impl::wait_for_room() {
    full = true;
    if (connections < options.limits.max_connections) co_return;
    pause.expires_at(server::Clock::time_point::max());
    (void)co_await pause.async_wait(with_error);
}

void HttpServer::Impl::connection_ended() {
    if (!full.exchange(false)) return;
    asio::post(accept_executor, [self = shared_from_this()] { self->pause.cancel(); });
}

asio::awaitable<void> HttpServer::Impl::accept_loop(std::shared_ptr<Impl> self) {
    const auto serve = self->tls ? &server::serve_tls : &server::serve_plain;
    for (std::size_t next = 0; !self->stopping; ++next) {
        while (!self->stopping && self->connections >= self->options.limits.max_connections)
            co_await self->wait_for_room();
        const auto& shard = self->shards[next % self->shards.size()];
        auto [error, socket] = co_await self->acceptor.async_accept(shard->executor(), with_error);
        if (self->stopping) co_return;
        if (!error) {
            serve(self, shard, std::move(socket));
            continue;
        }
        if (!self->acceptor.is_open()) co_return;
        if (passes(error)) {
            self->pause.expires_after(std::chrono::milliseconds(100));
            (void)co_await self->pause.async_wait(with_error);
        }
    }
}

void HttpServer::Impl::on_each_shard(void (Shard::*what)()) {
    for (auto& shard : shards)
        asio::post(shard->executor(), [self = shared_from_this(), shard, what] { (*shard.*what)(); });
}

void HttpServer::Impl::begin_stop() {
    stopping = true;
    asio::post(accept_executor, [self = shared_from_this()] {
        error_code ignored;
        self->acceptor.close(ignored);
        self->pause.cancel();
    });
    on_each_shard(&Shard::end_idle);
}

HttpServer::HttpServer(std::vector<asio::any_io_executor> executors, ServerOptions options, Handler handler)
    : impl_(std::make_shared<Impl>(std::move(executors), std::move(options), std::move(handler))) {}

HttpServer::~HttpServer() {
    if (!impl_->started) return;
    impl_->begin_stop();
    impl_->on_each_shard(&Shard::cut_all);
}

boost::system::result<void, std::string> HttpServer::start() {
    auto listening = impl_->listen();
    if (!listening) return listening;
    impl_->started = true;
    impl_->on_each_shard(&Shard::start);
    asio::co_spawn(impl_->accept_executor, Impl::accept_loop(impl_), asio::detached);
    return {};
}

tcp::endpoint HttpServer::endpoint() const {
    return impl_->local;
}

std::string HttpServer::origin() const {
    return (impl_->tls ? "https://" : "http://") +
           to_text(impl_->local.address().to_string(), impl_->local.port());
}

std::size_t HttpServer::connections() const noexcept {
    return impl_->connections;
}

asio::awaitable<void> HttpServer::stop(Deadline deadline) {
    const auto impl = impl_;
    if (!impl->started) co_return;
    impl->begin_stop();
    asio::steady_timer tick(co_await asio::this_coro::executor);
    const auto wait_until = [](const Deadline& end, const std::shared_ptr<Impl>& server) {
        return server->connections != 0 && !end.expired();
    };
    while (wait_until(deadline, impl)) {
        tick.expires_after(std::chrono::milliseconds(5));
        (void)co_await tick.async_wait(with_error);
    }
    impl->on_each_shard(&Shard::cut_all);
    const auto cut = Deadline::after(std::chrono::seconds(1));
    while (wait_until(cut, impl)) {
        tick.expires_after(std::chrono::milliseconds(5));
        (void)co_await tick.async_wait(with_error);
    }
}

bool ServerRequest::is_websocket_upgrade() const {
    using boost::beast::http::token_list;
    const auto lists = [this](std::string_view name, std::string_view token) {
        for (const auto value : headers.all(name))
            if (token_list(value).exists(token)) return true;
        return false;
    };
    return method == "GET" && version == 11 && lists("Upgrade", "websocket") &&
           lists("Connection", "upgrade") && headers.contains("Sec-WebSocket-Key");
}

}  // namespace ringback::net
