#include "tools/demo-room/signalling.hpp"

#include "net/json_error.hpp"
#include "net/websocket.hpp"
#include "tools/demo-room/messages.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>

namespace ringback::demo_room {

namespace asio = net::asio;

struct Signalling::Peer {
    std::string id, room;
    std::unique_ptr<net::WebSocket> socket;
    asio::any_io_executor executor;
    std::size_t unsent = 0;  ///< messages under way to this peer
    unsigned mistakes = 0;   ///< messages that were refused
};

namespace {

constexpr std::size_t max_unsent = 256;  ///< then the peer is too slow to be of use
constexpr unsigned max_mistakes = 20;
constexpr std::uint16_t policy_violation = 1008, too_big = 1009;

std::string parameter(const net::ServerRequest& request, std::string_view name) {
    for (auto& [key, value] : net::parse_query(request.query))
        if (key == name) return value;
    return {};
}

/// A page of another site must not walk into rooms with its visitor's network position.
bool same_origin(const net::ServerRequest& request) {
    const auto origin = request.headers.get("Origin");
    if (!origin) return true;  // no browser
    const auto host = request.headers.get("Host").value_or("");
    const auto scheme = origin->find("://");
    return scheme != std::string_view::npos && origin->substr(scheme + 3) == host;
}

}  // namespace

Signalling::~Signalling() = default;

asio::awaitable<void> Signalling::serve(const net::ServerRequest& request, net::Responder& responder) {
    if (request.is_websocket_upgrade() && !same_origin(request)) {
        auto refusal =
            net::json_error_response(403, "other_origin", "Only this server's own page may use its rooms.");
        (void)co_await responder.respond(std::move(refusal));
        co_return;
    }
    auto socket = co_await responder.accept_websocket();
    if (!socket) co_return;

    auto peer = std::make_shared<Peer>();
    peer->socket = std::move(*socket);
    peer->executor = responder.executor();
    peer->room = parameter(request, "room");
    const auto name = parameter(request, "name");
    const auto outcome = rooms_.join(peer->room, name);
    if (const auto* refusal = std::get_if<Refusal>(&outcome)) {
        co_await send_now(peer, error_message(*refusal));
        co_await peer->socket->close(policy_violation, refusal->code);
        co_return;
    }
    const auto& joined = std::get<Rooms::Joined>(outcome);
    peer->id = joined.id;
    peers_[peer->id] = peer;
    send(peer, joined_message(joined, peer->room, rooms_.room_size()));
    for (const auto& other : joined.others)
        tell(other.id, peer_joined_message({peer->id, name}));

    using namespace asio::experimental::awaitable_operators;
    co_await (listen(peer) || responder.peer_gone());  // after the upgrade, peer_gone() is the server's stop
    leave(peer);
    co_await peer->socket->close(responder.stopping() ? 1001 : 1000);
}

asio::awaitable<void> Signalling::listen(PeerPtr peer) {
    for (;;) {
        const auto received = co_await peer->socket->receive();
        if (!received) co_return;
        auto message = read_message(received->data);
        if (std::holds_alternative<Leave>(message)) co_return;
        if (const auto* relay = std::get_if<Relay>(&message)) {
            if (relay->to != peer->id && rooms_.has(peer->room, relay->to)) {
                tell(relay->to, relayed_message(*relay, peer->id));
                continue;
            }
            message = Refusal{"no_such_peer", "That peer is not in this room."};
        }
        const auto& refusal = std::get<Refusal>(message);
        send(peer, error_message(refusal));
        if (refusal.code == "message_too_large" || ++peer->mistakes > max_mistakes) {
            co_await peer->socket->close(refusal.code == "message_too_large" ? too_big : policy_violation,
                                         refusal.code);
            co_return;
        }
    }
}

void Signalling::tell(const std::string& id, const std::string& text) {
    if (const auto place = peers_.find(id); place != peers_.end()) send(place->second, text);
}

/// Does not wait: a slow peer must not hold up the one that talks to it.
void Signalling::send(const PeerPtr& peer, std::string text) {
    if (peer->unsent > max_unsent) return;  // its connection is being closed
    if (++peer->unsent > max_unsent) {
        asio::co_spawn(peer->executor, peer->socket->close(policy_violation, "too slow"), asio::detached);
        return;
    }
    asio::co_spawn(peer->executor, send_now(peer, std::move(text)), asio::detached);
}

asio::awaitable<void> Signalling::send_now(PeerPtr peer, std::string text) {
    net::WebSocketMessage message;
    message.data = std::move(text);
    (void)co_await peer->socket->send(std::move(message));
    if (peer->unsent > 0 && peer->unsent <= max_unsent) --peer->unsent;
}

void Signalling::leave(const PeerPtr& peer) {
    rooms_.leave(peer->room, peer->id);
    peers_.erase(peer->id);
    for (const auto& member : rooms_.members(peer->room))
        tell(member.id, peer_left_message(peer->id));
}

}  // namespace ringback::demo_room
