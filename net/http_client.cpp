#include "net/http_client.hpp"

#include "net/connect.hpp"
#include "net/exchange.hpp"

#include <boost/asio/this_coro.hpp>

#include <sys/socket.h>

#include <deque>
#include <map>

namespace ringback::net {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t max_idle_per_origin = 64, max_idle = 256;
constexpr auto max_idle_time = 60s;

using ConnectionPtr = std::unique_ptr<Connection>;

/// Nothing may have arrived on an idle connection but TLS records (session tickets); an end of stream least
/// of all.
bool still_good(Connection& connection) {
    char byte;
    const auto size = ::recv(connection.socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    return size > 0 && connection.secure();
}

/// Connections that wait for their next exchange. Bounded; those that wait too long are dropped at the next
/// look.
class IdleConnections {
  public:
    ConnectionPtr take(const std::string& key) {
        drop_old();
        auto& list = waiting_[key];
        while (!list.empty()) {
            auto connection = std::move(list.back().connection);  // the latest is the likeliest to be alive
            list.pop_back();
            --count_;
            if (still_good(*connection)) return connection;
        }
        waiting_.erase(key);
        return nullptr;
    }

    void put(const std::string& key, ConnectionPtr connection) {
        drop_old();
        auto& list = waiting_[key];
        if (list.size() >= max_idle_per_origin || count_ >= max_idle) return;
        list.push_back({std::move(connection), Progress::Clock::now()});
        ++count_;
    }

  private:
    struct Idle {
        ConnectionPtr connection;
        Progress::Clock::time_point since;
    };

    void drop_old() {
        const auto oldest = Progress::Clock::now() - max_idle_time;
        for (auto entry = waiting_.begin(); entry != waiting_.end();) {
            auto& list = entry->second;
            while (!list.empty() && list.front().since < oldest) {
                list.pop_front();
                --count_;
            }
            entry = list.empty() ? waiting_.erase(entry) : std::next(entry);
        }
    }

    std::map<std::string, std::deque<Idle>> waiting_;
    std::size_t count_ = 0;
};

/// What two exchanges must share to share a connection.
std::string pool_key(const Prepared& prepared, const ExchangeOptions& options) {
    std::string key = prepared.target.origin() + '\n' + options.proxy;
    if (prepared.target.secure)
        key += '\n' + options.tls.ca + '\n' + options.tls.certificate + '\n' + options.tls.key + '\n' +
               (options.tls.verify ? "1" : "0");
    return key;
}

/// A kept connection is judged anew: this exchange may be under another policy than the one that made it.
bool adopt(Progress& progress, const Connection& connection, std::uint16_t port) {
    Exchange& exchange = progress.exchange;
    exchange.address = connection.address;
    exchange.port = port;
    exchange.local_address = connection.local_address;
    exchange.resolved = {connection.address};
    exchange.tls = connection.tls_info;
    exchange.reused_connection = true;
    progress.enter(Phase::connect);
    progress.note("use the open connection to " + to_text(connection.address, port));
    return judge(progress, connection.address.to_string(), port);
}

}  // namespace

struct HttpClient::Impl {
    explicit Impl(asio::any_io_executor e) : executor(std::move(e)) {}

    asio::awaitable<void> run(Progress& progress, HttpRequest request) {
        const auto prepared = prepare(progress, request, false);
        if (!prepared) co_return;
        const auto key = pool_key(*prepared, progress.options);
        if (progress.options.keep_alive) {
            const bool over = co_await try_kept(progress, *prepared, key);
            if (over) co_return;
        }
        auto connection = co_await open_connection(progress, *prepared, name_servers);
        if (!connection) co_return;
        const auto outcome = co_await talk(progress, *connection, *prepared);
        keep(key, progress, std::move(connection), outcome);
    }

    /// False: there is no kept connection, or the peer had closed it before it answered: a fresh one is
    /// needed. That happens once per exchange.
    asio::awaitable<bool> try_kept(Progress& progress, const Prepared& prepared, std::string key) {
        auto connection = idle.take(key);
        if (!connection) co_return false;
        const auto& peer = prepared.proxy ? *prepared.proxy : prepared.target;
        if (!adopt(progress, *connection, peer.port)) co_return true;
        const auto outcome = co_await talk(progress, *connection, prepared);
        const bool stale = !outcome.ok && !outcome.got_some &&
                           progress.exchange.error == make_error_code(Error::connection_closed);
        if (!stale) {
            keep(key, progress, std::move(connection), outcome);
            co_return true;
        }
        auto transcript = std::move(progress.exchange.transcript);
        progress.exchange = Exchange();
        progress.exchange.transcript = std::move(transcript);
        progress.note("the open connection was closed meanwhile: once more on a fresh one");
        co_return false;
    }

    void keep(const std::string& key, const Progress& progress, ConnectionPtr connection,
              const TalkOutcome& outcome) {
        if (outcome.ok && outcome.reusable && progress.options.keep_alive)
            idle.put(key, std::move(connection));
    }

    asio::any_io_executor executor;
    std::string name_servers;
    IdleConnections idle;
};

HttpClient::HttpClient(asio::any_io_executor executor) : impl_(std::make_unique<Impl>(std::move(executor))) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

void HttpClient::use_name_servers(std::string csv) {
    impl_->name_servers = std::move(csv);
}

asio::awaitable<Exchange> HttpClient::send(HttpRequest request, ExchangeOptions options) {
    const auto began = Progress::Clock::now();
    Impl* const impl = impl_.get();
    // A cancellation shall end the exchange with a value; by default Asio throws at the next co_await after
    // one.
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    Progress progress(impl->executor, options, cancellation);
    co_await impl->run(progress, std::move(request));
    progress.exchange.timings.total = Progress::since(began);
    co_await asio::this_coro::throw_if_cancelled(throwing);
    co_return std::move(progress.exchange);
}

}  // namespace ringback::net
