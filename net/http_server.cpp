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

namespace {

/// The listening socket and its loop. Only its own executor's objects live here, and the connections'
/// executors are held weakly, so that the contexts may be destroyed in any order.
class Listener : public std::enable_shared_from_this<Listener> {
  public:
    Listener(asio::any_io_executor executor, server::CorePtr core,
             const std::vector<std::shared_ptr<Shard>>& shards)
        : executor_(std::move(executor)),
          core_(std::move(core)),
          shards_(shards.begin(), shards.end()),
          acceptor_(executor_),
          pause_(executor_) {}

    boost::system::result<tcp::endpoint, std::string> listen();
    void start() { asio::co_spawn(executor_, accept_loop(shared_from_this()), asio::detached); }
    void stop();
    /// On any thread: a connection has ended.
    void room_again();

  private:
    boost::system::result<tcp::endpoint, std::string> open(const tcp::endpoint& endpoint);
    static asio::awaitable<void> accept_loop(std::shared_ptr<Listener> self);
    asio::awaitable<void> wait_for_room();
    error_code accept_one();
    [[nodiscard]] bool full() const { return core_->connections >= core_->options.limits.max_connections; }

    asio::any_io_executor executor_;
    server::CorePtr core_;
    std::vector<std::weak_ptr<Shard>> shards_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::atomic<bool> waiting_{false};  ///< for a connection to end
    std::size_t next_ = 0;
};

boost::system::result<tcp::endpoint, std::string> Listener::open(const tcp::endpoint& endpoint) {
    error_code error;
    acceptor_.open(endpoint.protocol(), error);
    if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint, error);
    if (!error) acceptor_.listen(tcp::acceptor::max_listen_connections, error);
    if (!error) acceptor_.non_blocking(true, error);
    tcp::endpoint local;
    if (!error) local = acceptor_.local_endpoint(error);
    if (!error) return local;
    error_code ignored;
    acceptor_.close(ignored);
    return to_text(core_->options.host, core_->options.port) + ": " + error.message();
}

boost::system::result<tcp::endpoint, std::string> Listener::listen() {
    const auto& options = core_->options;
    error_code error;
    tcp::resolver resolver(executor_);
    const auto found = resolver.resolve(options.host, std::to_string(options.port),
                                        tcp::resolver::passive | tcp::resolver::numeric_service, error);
    if (error) return to_text(options.host, options.port) + ": " + error.message();
    return open(found.begin()->endpoint());
}

asio::awaitable<void> Listener::wait_for_room() {
    waiting_ = true;
    if (!full()) co_return;
    pause_.expires_at(server::Clock::time_point::max());
    (void)co_await pause_.async_wait(with_error);
}

void Listener::room_again() {
    if (!waiting_.exchange(false)) return;
    asio::post(executor_, [self = shared_from_this()] { self->pause_.cancel(); });
}

void Listener::stop() {
    asio::post(executor_, [self = shared_from_this()] {
        error_code ignored;
        self->acceptor_.close(ignored);
        self->pause_.cancel();
    });
}

asio::awaitable<void> Listener::accept_loop(std::shared_ptr<Listener> self) {
    const auto& core = self->core_;
    while (!core->stopping) {
        if (self->full()) {
            co_await self->wait_for_room();
            continue;
        }
        // Not async_accept(): while it waits it holds a socket of the other context, which may be destroyed
        // first.
        const auto error = self->accept_one();
        if (!error || !self->acceptor_.is_open()) continue;
        if (error == asio::error::would_block) {
            (void)co_await self->acceptor_.async_wait(tcp::acceptor::wait_read, with_error);
        } else if (passes(error)) {
            self->pause_.expires_after(std::chrono::milliseconds(100));
            (void)co_await self->pause_.async_wait(with_error);
        }
    }
}

error_code Listener::accept_one() {
    const auto shard = shards_[next_ % shards_.size()].lock();
    if (!shard) return asio::error::would_block;  // the server is going down: its stop ends the wait
    error_code error;
    auto socket = acceptor_.accept(shard->executor(), error);
    if (error) return error;
    ++next_;
    const auto serve = core_->tls ? &server::serve_tls : &server::serve_plain;
    serve(core_, shard, std::move(socket));
    return error;
}

}  // namespace

struct HttpServer::Impl {
    Impl(std::vector<asio::any_io_executor> executors, ServerOptions options, Handler handler) {
        core->options = std::move(options);
        core->handler = std::move(handler);
        for (const auto& executor : executors)
            shards.push_back(std::make_shared<Shard>(executor, core));
        listener = std::make_shared<Listener>(executors.at(0), core, shards);
        core->on_connection_end = [weak = std::weak_ptr(listener)] {
            if (const auto strong = weak.lock()) strong->room_again();
        };
    }
    void begin_stop();
    void on_each_shard(void (Shard::*what)());

    server::CorePtr core = std::make_shared<server::Core>();
    std::vector<std::shared_ptr<Shard>> shards;
    std::shared_ptr<Listener> listener;
    tcp::endpoint local;
    bool started = false;
};

void HttpServer::Impl::on_each_shard(void (Shard::*what)()) {
    for (auto& shard : shards)
        asio::post(shard->executor(), [shard, what] { (*shard.*what)(); });
}

void HttpServer::Impl::begin_stop() {
    core->stopping = true;
    listener->stop();
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
    const auto& options = impl_->core->options;
    if (!options.certificate.empty() || !options.key.empty()) {
        auto made = make_tls(options);
        if (!made) return made.error();
        impl_->core->tls = std::move(*made);
    }
    const auto local = impl_->listener->listen();
    if (!local) return local.error();
    impl_->local = *local;
    impl_->started = true;
    impl_->on_each_shard(&Shard::start);
    impl_->listener->start();
    return {};
}

tcp::endpoint HttpServer::endpoint() const {
    return impl_->local;
}

std::string HttpServer::origin() const {
    return (impl_->core->tls ? "https://" : "http://") +
           to_text(impl_->local.address().to_string(), impl_->local.port());
}

std::size_t HttpServer::connections() const noexcept {
    return impl_->core->connections;
}

asio::awaitable<void> HttpServer::stop(Deadline deadline) {
    if (!impl_->started) co_return;
    impl_->begin_stop();
    const auto core = impl_->core;
    asio::steady_timer tick(co_await asio::this_coro::executor);
    while (core->connections != 0 && !deadline.expired()) {
        tick.expires_after(std::chrono::milliseconds(5));
        (void)co_await tick.async_wait(with_error);
    }
    impl_->on_each_shard(&Shard::cut_all);
    const auto cut = Deadline::after(std::chrono::seconds(1));
    while (core->connections != 0 && !cut.expired()) {
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
