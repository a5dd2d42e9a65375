#include "tools/demo-room/rooms.hpp"

#include <algorithm>

namespace ringback::demo_room {

std::variant<Rooms::Joined, Refusal> Rooms::join(std::string_view room, std::string_view name) {
    if (room.empty()) return Refusal{"no_room", "A room needs a name."};
    if (room.size() > max_name || name.size() > max_name)
        return Refusal{"name_too_long", "Names of rooms and people have at most 64 bytes."};
    auto place = rooms_.find(room);
    if (place == rooms_.end()) {
        if (rooms_.size() >= max_rooms)
            return Refusal{"too_many_rooms", "All rooms are taken; try again later."};
        place = rooms_.emplace(std::string(room), std::vector<Member>()).first;
    }
    auto& members = place->second;
    if (members.size() >= room_size_)
        return Refusal{"room_full", "The room is full: it holds " + std::to_string(room_size_) + "."};
    Joined joined{"p" + std::to_string(++last_id_), members};
    members.push_back({joined.id, std::string(name)});
    return joined;
}

void Rooms::leave(std::string_view room, std::string_view id) {
    const auto place = rooms_.find(room);
    if (place == rooms_.end()) return;
    std::erase_if(place->second, [&](const Member& member) { return member.id == id; });
    if (place->second.empty()) rooms_.erase(place);
}

std::vector<Member> Rooms::members(std::string_view room) const {
    const auto place = rooms_.find(room);
    return place == rooms_.end() ? std::vector<Member>() : place->second;
}

bool Rooms::has(std::string_view room, std::string_view id) const {
    const auto place = rooms_.find(room);
    return place != rooms_.end() && std::any_of(place->second.begin(), place->second.end(),
                                                [&](const Member& member) { return member.id == id; });
}

}  // namespace ringback::demo_room
