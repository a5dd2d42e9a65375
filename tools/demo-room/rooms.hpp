// Who is in which room. No sockets: the signalling does the talking.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringback::demo_room {

struct Member {
    std::string id, name;
};

/// Why something is not done; `code` for programs, `message` for people.
struct Refusal {
    std::string code, message;
};

class Rooms {
  public:
    static constexpr std::size_t max_rooms = 1000, max_name = 64;

    explicit Rooms(std::size_t room_size) : room_size_(room_size) {}

    struct Joined {
        std::string id;              ///< new and unique as long as the program runs
        std::vector<Member> others;  ///< already there, in the order they came
    };
    /// Opens the room when it does not exist.
    [[nodiscard]] std::variant<Joined, Refusal> join(std::string_view room, std::string_view name);
    void leave(std::string_view room, std::string_view id);
    [[nodiscard]] std::vector<Member> members(std::string_view room) const;
    [[nodiscard]] bool has(std::string_view room, std::string_view id) const;

    [[nodiscard]] std::size_t room_size() const noexcept { return room_size_; }
    [[nodiscard]] std::size_t count() const noexcept { return rooms_.size(); }

  private:
    std::size_t room_size_;
    std::uint64_t last_id_ = 0;
    std::map<std::string, std::vector<Member>, std::less<>> rooms_;
};

}  // namespace ringback::demo_room
