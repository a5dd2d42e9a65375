#include "tools/demo-room/options.hpp"

#include "tools/version.hpp"

#include <boost/program_options.hpp>

#include <charconv>
#include <optional>
#include <ostream>

namespace ringback::demo_room {
namespace {

namespace po = boost::program_options;

/// "127.0.0.1:8091", "[::1]:0"; nullopt when it is not HOST:PORT.
std::optional<std::pair<std::string, std::uint16_t>> read_listen(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon == 0) return std::nullopt;
    auto host = text.substr(0, colon);
    const auto digits = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || host.empty()) return std::nullopt;
    return std::pair(std::string(host), port);
}

}  // namespace

std::variant<Options, int> read_options(int argc, const char* const* argv, std::ostream& out,
                                        std::ostream& err) {
    Options options;
    std::string listen = "127.0.0.1:8091";
    po::options_description described(
        "demo-room [options]: a small page where people meet by WebRTC, with its signalling");
    described.add_options()  //
        ("listen", po::value(&listen)->value_name("HOST:PORT"),
         "where to listen; port 0 is a free one (127.0.0.1:8091)")(
            "room-size", po::value(&options.room_size)->value_name("N"),
            "how many fit into a room, 2 to 16 (2)")("version", "show the version")("help,h", "show this");
    po::variables_map given;
    try {
        po::store(po::command_line_parser(argc, argv)
                      .options(described)
                      .positional(po::positional_options_description())
                      .run(),
                  given);
        po::notify(given);
    } catch (const po::error& mistake) {
        err << "demo-room: " << mistake.what() << "; see demo-room --help\n";
        return 2;
    }
    if (given.contains("help")) {
        out << described;
        return 0;
    }
    if (given.contains("version")) {
        out << "demo-room " << kVersion << " (" << kCommit << ")\n";
        return 0;
    }
    const auto address = read_listen(listen);
    if (!address) {
        err << "demo-room: --listen takes HOST:PORT, as in 127.0.0.1:8091, not '" << listen << "'\n";
        return 2;
    }
    if (options.room_size < 2 || options.room_size > 16) {
        err << "demo-room: --room-size takes 2 to 16, not " << options.room_size << "\n";
        return 2;
    }
    options.host = address->first;
    options.port = address->second;
    return options;
}

}  // namespace ringback::demo_room
