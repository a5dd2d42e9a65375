// The command line of demo-room.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <variant>

namespace ringback::demo_room {

struct Options {
    std::string host = "127.0.0.1";
    std::uint16_t port = 8091;
    std::size_t room_size = 2;
};

/// The options, or the exit code when there is nothing more to do: 0 after --help and --version, 2 after a
/// mistake, which was told on `err`.
[[nodiscard]] std::variant<Options, int> read_options(int argc, const char* const* argv, std::ostream& out,
                                                      std::ostream& err);

}  // namespace ringback::demo_room
