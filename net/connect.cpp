#include "net/connect.hpp"

#include "net/resolver.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ringback::net {
namespace {

using tcp = asio::ip::tcp;

asio::awaitable<bool> find_addresses(Progress& progress, const Target& target, std::string name_servers) {
    Exchange& exchange = progress.exchange;
    if (target.literal) {
        exchange.resolved = {*target.literal};
        co_return true;
    }
    progress.enter(Phase::resolve);
    progress.note("resolve " + target.host);
    ResolveRequest request;
    request.host = target.host;
    request.name_servers = std::move(name_servers);
    const auto deadline = progress.options.deadline.within(progress.options.dns_timeout);
    auto found = co_await resolve(progress.executor, std::move(request), deadline);
    exchange.timings.dns = progress.since(progress.phase_began);
    exchange.resolved = std::move(found.addresses);
    exchange.dns_records = std::move(found.records);
    if (progress.canceled())
        co_return progress.fail(Error::canceled, "resolve " + target.host + ": canceled");
    if (found.error) co_return progress.fail(found.error, std::move(found.detail));
    for (const auto& address : exchange.resolved)
        progress.note("  address " + address.to_string());
    co_return true;
}

/// One address of several may use half of the time that is left, so that a dead one does not starve the
/// others.
Deadline share(Deadline whole, std::size_t still_to_come) {
    if (still_to_come == 0 || whole.never()) return whole;
    return whole.within(whole.remaining() / 2);
}

/// The peer as the system reports it must be the one that was judged and asked for.
bool check_peer(Progress& progress, const tcp::socket& socket, const tcp::endpoint& wanted) {
    error_code ec;
    const auto peer = socket.remote_endpoint(ec);
    const bool denied =
        !ec && progress.options.policy && !progress.options.policy->allowed(peer.address(), peer.port());
    if (!ec && peer == wanted && !denied) return true;
    if (ec)
        return progress.fail(Error::connection_closed,
                             "connect to " + to_text(wanted.address(), wanted.port()) + ": " + ec.message());
    return progress.fail(Error::address_denied, "connected to " + to_text(peer.address(), peer.port()) +
                                                    " in place of " +
                                                    to_text(wanted.address(), wanted.port()));
}

asio::awaitable<error_code> connect_to(Progress& progress, tcp::endpoint endpoint, Deadline deadline,
                                       tcp::socket& socket) {
    error_code ec;
    socket.close(ec);
    socket.open(endpoint.protocol(), ec);
    if (ec) co_return ec;
    progress.watchdog.arm(deadline, [&socket] {
        error_code ignored;
        socket.close(ignored);
    });
    const auto [failed] = co_await socket.async_connect(endpoint, asio::as_tuple(asio::use_awaitable));
    progress.watchdog.disarm();
    if (progress.watchdog.fired()) co_return make_error_code(Error::connect_timeout);
    co_return failed;
}

}  // namespace

std::string to_text(const asio::ip::address& address, std::uint16_t port) {
    const auto text = address.to_string();
    return (address.is_v6() ? "[" + text + "]" : text) + ":" + std::to_string(port);
}

bool judge(Progress& progress, const std::string& host, std::uint16_t port) {
    if (!progress.options.policy) return true;
    for (const auto& address : progress.exchange.resolved) {
        if (progress.options.policy->allowed(address, port)) continue;
        const auto shown = to_text(address, port);
        const bool literal = host == address.to_string();
        return progress.fail(Error::address_denied,
                             literal ? shown + " is not an allowed address"
                                     : host + " leads to " + shown + ", which is not an allowed address");
    }
    return true;
}

asio::awaitable<bool> connect(Progress& progress, const Target& target, std::string name_servers,
                              tcp::socket& socket) {
    Exchange& exchange = progress.exchange;
    exchange.port = target.port;
    const bool found = co_await find_addresses(progress, target, std::move(name_servers));
    if (!found) co_return false;

    progress.enter(Phase::connect);
    if (!judge(progress, target.host, target.port)) co_return false;
    const auto began = progress.phase_began;
    const auto whole = progress.options.deadline.within(progress.options.connect_timeout);
    error_code last;
    for (std::size_t i = 0; i < exchange.resolved.size(); ++i) {
        const tcp::endpoint endpoint(exchange.resolved[i], target.port);
        exchange.address = endpoint.address();
        progress.note("connect to " + to_text(endpoint.address(), endpoint.port()));
        const auto deadline = share(whole, exchange.resolved.size() - i - 1);
        last = co_await connect_to(progress, endpoint, deadline, socket);
        exchange.timings.connect = progress.since(began);
        const auto shown = "connect to " + to_text(endpoint.address(), endpoint.port());
        if (progress.canceled()) co_return progress.fail(Error::canceled, shown + ": canceled");
        if (!last) {
            if (!check_peer(progress, socket, endpoint)) co_return false;
            error_code ec;
            exchange.local_address = socket.local_endpoint(ec).address();
            socket.set_option(tcp::no_delay(true), ec);
            progress.note("connected from " +
                          to_text(*exchange.local_address, socket.local_endpoint(ec).port()));
            co_return true;
        }
        progress.note("  " + last.message());
        if (whole.expired()) break;
        if (i + 1 < exchange.resolved.size()) ++exchange.connect_retries;
    }
    const auto shown = "connect to " + to_text(*exchange.address, target.port);
    if (last == make_error_code(Error::connect_timeout))
        co_return progress.fail(
            last, shown + ": no answer within " + std::to_string(progress.elapsed_ms(began)) + " ms");
    co_return progress.fail(last, shown + ": " + last.message());
}

}  // namespace ringback::net
