#include "harness/test/firewall.hpp"

#include <array>
#include <string>
#include <utility>

namespace ringback::harness {
namespace {

constexpr std::array<std::pair<std::string_view, Firewall>, 4> kFirewalls{
    {{"FW_NO_FW", Firewall::none},
     {"HTTP and HTTPS only", Firewall::http_and_https},
     {"HTTPS only", Firewall::https},
     {"DNS only", Firewall::dns}}};

/// Letters and digits in lower case, without "fw" before, "only" behind and "and" between.
std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += c;
    if (out.starts_with("fw")) out.erase(0, 2);
    if (out.ends_with("only")) out.resize(out.size() - 4);
    if (const auto at = out.find("and"); at != std::string::npos) out.erase(at, 3);
    return out;
}

}  // namespace

std::string_view to_string(Firewall firewall) noexcept {
    return kFirewalls[static_cast<std::size_t>(firewall)].first;
}

Parsed<Firewall> find_firewall(std::string_view name) {
    const auto wanted = folded(name);
    if (wanted.empty() || wanted == "none") return Firewall::none;
    std::array<std::string_view, kFirewalls.size()> names;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (folded(kFirewalls[i].first) == wanted) return kFirewalls[i].second;
        names[i] = kFirewalls[i].first;
    }
    ParseError error;
    error.message = "unknown firewall profile '" + std::string(name) + "'";
    const auto near = nearest_name(name, names);
    error.hint = near.empty() ? "'HTTP and HTTPS only', 'HTTPS only', 'DNS only' and 'FW_NO_FW' are known"
                              : "did you mean '" + std::string(near) + "'?";
    return error;
}

}  // namespace ringback::harness
