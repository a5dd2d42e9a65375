#include "store/store.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <stdexcept>

namespace ringback::store {
namespace {

constexpr std::array<std::string_view, 3> kMessageStates{"due", "delivered", "dead"};

std::string environment(const char* name) {
    const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nobody here sets the environment
    return value == nullptr ? std::string() : value;
}

std::string home_directory() {
    if (std::string home = environment("HOME"); !home.empty()) return home;
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> buffer{};
    if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr)
        return entry.pw_dir;
    return {};
}

}  // namespace

void throw_exception_from_error(const StoreError& error, const boost::source_location&) {
    throw std::runtime_error(error.message);
}

std::string_view to_string(MessageState state) noexcept {
    return kMessageStates[static_cast<std::size_t>(state)];
}

std::optional<MessageState> parse_message_state(std::string_view word) noexcept {
    for (std::size_t i = 0; i < kMessageStates.size(); ++i)
        if (word == kMessageStates[i]) return static_cast<MessageState>(i);
    return std::nullopt;
}

std::string default_state_directory() {
    if (std::string given = environment("RINGBACK_STATE"); !given.empty()) return given;
    // A relative path is invalid there and to be ignored (XDG Base Directory Specification).
    if (std::string base = environment("XDG_STATE_HOME"); base.starts_with('/')) return base + "/ringback";
    if (std::string home = home_directory(); !home.empty()) return home + "/.local/state/ringback";
    return {};
}

}  // namespace ringback::store
