// The signalling messages, as JSON text.
//
// Client to server:  {"type": "offer" | "answer" | "candidate", "to": ID, "data": {…}}
//                    {"type": "leave"}
// Server to client:  {"type": "joined", "id", "room", "size", "peers": [{"id", "name"}, …]}
//                    {"type": "peer-joined", "peer": {"id", "name"}}     {"type": "peer-left", "id"}
//                    {"type": "offer" | "answer" | "candidate", "from": ID, "data": {…}}
//                    {"type": "error", "code", "message"}
#pragma once

#include "tools/demo-room/rooms.hpp"

#include <string>
#include <string_view>
#include <variant>

namespace ringback::demo_room {

inline constexpr std::size_t max_message = 64u << 10;  ///< bytes; an offer with many codecs has about 10,000

struct Relay {
    std::string type, to;
    std::string data;  ///< JSON text
};
struct Leave {};

[[nodiscard]] std::variant<Relay, Leave, Refusal> read_message(std::string_view text);

[[nodiscard]] std::string joined_message(const Rooms::Joined& joined, std::string_view room,
                                         std::size_t size);
[[nodiscard]] std::string peer_joined_message(const Member& peer);
[[nodiscard]] std::string peer_left_message(std::string_view id);
[[nodiscard]] std::string relayed_message(const Relay& relay, std::string_view from);
[[nodiscard]] std::string error_message(const Refusal& refusal);

}  // namespace ringback::demo_room
