#include "harness/test/network_conditions.hpp"

#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace ringback::harness {
namespace {

// testRTC's table: bandwidth, latency, loss.
constexpr NetworkProfile kProfiles[] = {
    {"No throttling", {0, 0, 0, 0}},
    {"Call Drop", {50, 500, 0, 0.2}},
    {"DSL", {8000, 40, 0, 0.005}},
    {"Very Bad Network", {1000, 500, 0, 0.1}},
    {"Wifi", {30000, 40, 0, 0.002}},
    {"Wifi High packet loss", {30000, 40, 0, 0.05}},
    {"Regular 2.5G", {150, 200, 0, 0.03}},
    {"Regular 3G", {750, 250, 0, 0.015}},
    {"Poor 3G", {400, 350, 0, 0.05}},
    {"Regular 4G", {4000, 0, 0, 0.02}},
    {"Poor 4G", {4000, 350, 0, 0.05}},
    {"Unstable 4G", {4000, 500, 0, 0.1}},
    {"High Latency 4G", {4000, 600, 0, 0.002}},
    {"High Packet Loss 4G", {4000, 5, 0, 0.2}},
    {"50% Packet Loss", {40000, 10, 0, 0.5}},
};

/// Letters and digits only, lower case: people write the names in many ways.
std::string folded(std::string_view name) {
    std::string out;
    for (const char c : name)
        if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
            out += c;
    return out;
}

ParseError wrong(std::string message, std::string hint = {}) {
    ParseError error;
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error;
}

Parsed<LinkConditions> parse_link(const boost::json::object& text, std::string_view direction) {
    LinkConditions link;
    struct Field {
        std::string_view name;
        double* to;
        double most;
        std::string_view range;
    };
    const std::array<Field, 4> fields{{{"packetloss", &link.loss, 1, "a share from 0 to 1"},
                                       {"jitter", &link.jitter_ms, 60'000, "milliseconds"},
                                       {"latency", &link.latency_ms, 60'000, "milliseconds"},
                                       {"bitrate", &link.bitrate_kbps, 1e9, "kbit/s"}}};
    for (const auto& [key, value] : text) {
        const auto field =
            std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.name == key; });
        if (field == fields.end()) {
            constexpr std::array<std::string_view, 4> names{"packetloss", "jitter", "latency", "bitrate"};
            const auto near = nearest_name(key, names);
            return wrong("unknown network condition '" + std::string(key) + "'",
                         near.empty() ? "packetloss, jitter, latency and bitrate are known"
                                      : "did you mean '" + std::string(near) + "'?");
        }
        const double number = value.is_number() ? value.to_number<double>() : -1;
        if (number < 0 || number > field->most)
            return wrong(std::string(direction) + "." + std::string(key) + " must be " +
                         std::string(field->range));
        *field->to = number;
    }
    return link;
}

}  // namespace

Parsed<NetworkEmulation> parse_network_emulation(std::string_view name) {
    constexpr std::array<std::string_view, 3> names{"auto", "link", "devtools"};
    const auto found = std::find(names.begin(), names.end(), name);
    if (found != names.end()) return static_cast<NetworkEmulation>(found - names.begin());
    return wrong("unknown network emulation '" + std::string(name) + "'",
                 "'auto', 'link' and 'devtools' are known");
}

std::span<const NetworkProfile> all_network_profiles() noexcept {
    return kProfiles;
}

Parsed<NetworkConditions> find_network_profile(std::string_view name) {
    const auto wanted = folded(name);
    if (wanted.empty() || wanted == "none") return NetworkConditions{};
    std::vector<std::string_view> names;
    for (const auto& profile : kProfiles) {
        if (folded(profile.name) == wanted) return profile.conditions();
        names.push_back(profile.name);
    }
    const auto near = nearest_name(name, names);
    return wrong("unknown network profile '" + std::string(name) + "'",
                 near.empty() ? "'Wifi', 'Regular 4G' and 'Poor 3G' are some of the known ones"
                              : "did you mean '" + std::string(near) + "'?");
}

Parsed<NetworkConditions> parse_network_conditions(const boost::json::object& text) {
    NetworkConditions conditions;
    for (const auto& [key, value] : text) {
        if (key != "outgoing" && key != "incoming")
            return wrong("unknown direction '" + std::string(key) + "'",
                         "'outgoing' and 'incoming' are known");
        if (!value.is_object()) return wrong(std::string(key) + " must be an object");
        auto link = parse_link(value.get_object(), key);
        if (link.has_error()) return link.error();
        (key == "outgoing" ? conditions.outgoing : conditions.incoming) = *link;
    }
    return conditions;
}

}  // namespace ringback::harness
