#include "webhook/message.hpp"
#include "webhook/recovery.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace ringback::webhook {
namespace {

std::string first_line(const char* file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return line;
}

/// Ticks since boot at which a process started: field 22 of /proc/PID/stat, counted behind the name, which
/// may hold anything.
std::optional<std::string> start_time(long pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    const std::string stat{std::istreambuf_iterator<char>(in), {}};
    auto at = stat.rfind(')');
    if (at == std::string::npos) return std::nullopt;
    for (int field = 2; field < 22; ++field) {
        at = stat.find(' ', at + 1);
        if (at == std::string::npos) return std::nullopt;
    }
    return stat.substr(at + 1, stat.find(' ', at + 1) - at - 1);
}

std::string host_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    std::string text = name.data();
    for (auto& c : text)
        if (c == ':') c = '_';
    return text;
}

/// Boot and process namespace: a pid means something only within both.
std::string pid_space() {
    struct stat info {};
    const auto inode =
        ::stat("/proc/self/ns/pid", &info) == 0 ? std::to_string(info.st_ino) : std::string("0");
    return first_line("/proc/sys/kernel/random/boot_id").substr(0, 8) + "-" + inode;
}

std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    for (std::size_t at = 0; at <= text.size();) {
        const auto end = std::min(text.find(':', at), text.size());
        parts.emplace_back(text.substr(at, end - at));
        at = end + 1;
    }
    return parts;
}

}  // namespace

// HOST:PID:SPACE:START:RANDOM
std::string make_owner() {
    const auto pid = ::getpid();
    return host_name() + ":" + std::to_string(pid) + ":" + pid_space() + ":" + start_time(pid).value_or("0") +
           ":" + make_message_id().substr(20, 8);
}

bool owner_is_gone(std::string_view owner) {
    const auto parts = split(owner);
    if (parts.size() < 5 || parts[0] != host_name() || parts[2] != pid_space()) return false;
    if (parts[1].empty() || parts[1].size() > 9 ||
        parts[1].find_first_not_of("0123456789") != std::string::npos)
        return false;
    const long pid = std::stol(parts[1]);
    if (pid <= 0) return false;
    if (::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH) return true;
    const auto started = start_time(pid);
    return started && *started != parts[3];  // another process has the number now
}

}  // namespace ringback::webhook
