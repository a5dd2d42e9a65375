#include "net/server/shard.hpp"

#include <algorithm>

namespace ringback::net::server {

Shard::Shard(asio::any_io_executor executor, CorePtr core)
    : executor_(std::move(executor)),
      core_(std::move(core)),
      interval_(sweep_interval(core_->options.limits)),
      sweep_timer_(executor_),
      stop_signal_(executor_, Clock::time_point::max()) {}

void Shard::start() {
    sweep_later();
}

void Shard::add(Watched& connection) {
    connection.place = connections_.size();
    connections_.push_back(&connection);
}

void Shard::remove(Watched& connection) noexcept {
    if (connection.place >= connections_.size()) return;
    connections_.back()->place = connection.place;
    connections_[connection.place] = connections_.back();
    connections_.pop_back();
    if (core_->stopping && connections_.empty()) sweep_timer_.cancel();
}

void Shard::sweep_later() {
    if (core_->stopping && connections_.empty()) return;
    sweep_timer_.expires_after(interval_);
    sweep_timer_.async_wait([self = shared_from_this()](const error_code& error) {
        if (error && self->core_->stopping && self->connections_.empty()) return;
        self->sweep();
        self->sweep_later();
    });
}

void Shard::sweep() {
    const auto now = Clock::now();
    for (auto* connection : connections_) {
        if (connection->deadline > now) continue;
        connection->deadline = Clock::time_point::max();
        connection->time_out();
    }
}

void Shard::end_idle() {
    stop_signal_.cancel();
    for (auto* connection : connections_)
        connection->end_when_idle();
    if (connections_.empty()) sweep_timer_.cancel();
}

void Shard::cut_all() {
    const auto connections = connections_;  // a cut may end one at once
    for (auto* connection : connections)
        if (std::find(connections_.begin(), connections_.end(), connection) != connections_.end())
            connection->cut();
    sweep_timer_.cancel();
}

std::chrono::milliseconds sweep_interval(const ServerLimits& limits) noexcept {
    const auto shortest =
        std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout, limits.write_timeout});
    return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(1000));
}

}  // namespace ringback::net::server
