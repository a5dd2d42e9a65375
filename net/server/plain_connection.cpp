#include "net/server/answers.ipp"

#include <boost/asio/dispatch.hpp>

namespace ringback::net::server {

void serve_plain(CorePtr core, std::shared_ptr<Shard> shard, asio::ip::tcp::socket socket) {
    const auto executor = shard->executor();
    auto connection = std::make_shared<Connection<asio::ip::tcp::socket>>(std::move(core), std::move(shard),
                                                                          std::move(socket));
    asio::dispatch(executor, [connection] { connection->start(); });
}

}  // namespace ringback::net::server
