// The WebSocket side of the rooms: /signal?room=NAME&name=NAME. Single-threaded.
#pragma once

#include "net/http_server.hpp"
#include "tools/demo-room/rooms.hpp"

#include <map>
#include <memory>
#include <string>

namespace ringback::demo_room {

class Signalling {
  public:
    explicit Signalling(std::size_t room_size) : rooms_(room_size) {}
    ~Signalling();

    /// Serves one peer until it leaves.
    [[nodiscard]] net::asio::awaitable<void> serve(const net::ServerRequest& request,
                                                   net::Responder& responder);

  private:
    struct Peer;
    using PeerPtr = std::shared_ptr<Peer>;

    net::asio::awaitable<void> listen(PeerPtr peer);
    void tell(const std::string& id, const std::string& text);
    static void send(const PeerPtr& peer, std::string text);
    static net::asio::awaitable<void> send_now(PeerPtr peer, std::string text);
    void leave(const PeerPtr& peer);

    Rooms rooms_;
    std::map<std::string, PeerPtr> peers_;  ///< by ID
};

}  // namespace ringback::demo_room
