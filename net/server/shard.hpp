// What the connections of one server share, and the part of them that lives on one executor.
#pragma once

#include "net/http_server.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

namespace boost::asio::ssl {
class context;
}

namespace ringback::net::server {

using Clock = std::chrono::steady_clock;

/// One per server; outlives every connection. Holds nothing that belongs to an executor: its last owner may
/// be a connection on one execution context that ends after another context is gone.
struct Core {
    ServerOptions options;
    Handler handler;
    std::shared_ptr<asio::ssl::context> tls;  ///< null: plain
    std::atomic<bool> stopping{false};
    std::atomic<std::size_t> connections{0};
    std::function<void()> on_connection_end;  ///< called on any thread
};
using CorePtr = std::shared_ptr<Core>;

/// A connection as the sweep and the stop see it. Everything happens on the shard's executor.
class Watched {
  public:
    virtual ~Watched() = default;
    virtual void time_out() = 0;       ///< `deadline` has passed
    virtual void end_when_idle() = 0;  ///< the server stops
    virtual void cut() = 0;            ///< the server stops and will not wait longer
    Clock::time_point deadline = Clock::time_point::max();
    std::size_t place = std::numeric_limits<std::size_t>::max();  ///< in the shard's list
};

/// The connections of one executor. One coarse sweep stands in for a timer per connection: re-arming a timer
/// for each read and write costs more than answering a small request.
class Shard : public std::enable_shared_from_this<Shard> {
  public:
    Shard(asio::any_io_executor executor, CorePtr core);

    [[nodiscard]] const asio::any_io_executor& executor() const noexcept { return executor_; }
    /// Expires when the server stops: to be waited for, never to be set.
    [[nodiscard]] asio::steady_timer& stop_signal() noexcept { return stop_signal_; }

    void start();
    void add(Watched& connection);
    void remove(Watched& connection) noexcept;
    void end_idle();
    void cut_all();

  private:
    void sweep_later();
    void sweep();

    asio::any_io_executor executor_;
    CorePtr core_;
    std::chrono::milliseconds interval_;
    asio::steady_timer sweep_timer_, stop_signal_;
    std::vector<Watched*> connections_;
};

/// The sweep's rhythm: a second, or a quarter of the shortest limit when that is sooner.
[[nodiscard]] std::chrono::milliseconds sweep_interval(const ServerLimits& limits) noexcept;

/// Serves one accepted connection on the shard's executor until it ends.
void serve_plain(CorePtr core, std::shared_ptr<Shard> shard, asio::ip::tcp::socket socket);
void serve_tls(CorePtr core, std::shared_ptr<Shard> shard, asio::ip::tcp::socket socket);

}  // namespace ringback::net::server
