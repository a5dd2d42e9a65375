#include "harness/webrtc/network_emulation.hpp"

#include "harness/webrtc/link/packet_filter.hpp"

#include <boost/url/parse.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace ringback::harness {
namespace {

constexpr std::string_view kLinkEmulator = "link emulator", kDevTools = "DevTools";
/// Names in place of addresses are found by multicast, which no emulated link passes on.
constexpr std::string_view kDisableFeatures = "disable-features=",
                           kHiddenAddresses = "WebRtcHideLocalIpsWithMdns";

void log(RunShared& shared, Level level, std::string text) {
    Notification line{level, std::chrono::system_clock::now(), std::move(text), "ringback"};
    shared.context->run.log.push_back(line);
    shared.emit(Logged{std::move(line), 0});
}

/// A page that its own firewall hides is no use; but the profile is what was asked for.
void warn_of_hidden_service(RunShared& shared) {
    const auto url = boost::urls::parse_uri(shared.service_url);
    if (!url) return;
    const auto port = url->has_port() ? url->port_number() : url->scheme() == "https" ? 443 : 80;
    std::set<Firewall> told;
    for (const auto& probe : shared.probes)
        if (!link::lets_connect(probe->firewall, port) && told.insert(probe->firewall).second)
            log(shared, Level::warning,
                fmt::format("the firewall profile '{}' does not let probes connect to port {} of the service",
                            to_string(probe->firewall), port));
}

bool service_is_ipv6(const RunShared& shared) {
    const auto url = boost::urls::parse_uri(shared.service_url);
    return url && url->host_type() == boost::urls::host_type::ipv6;
}

}  // namespace

bool own_link(const ProbeState& probe) {
    return probe.run.links && probe.network_armed;
}

bool choose_network_emulation(RunShared& shared) {
    auto& run = shared.context->run;
    const auto& probes = shared.probes;
    const auto armed = [](const auto& probe) { return probe->network_armed; };
    if (std::none_of(probes.begin(), probes.end(), armed)) return true;
    run.network_emulation = kDevTools;
    if (shared.settings.network_emulation == NetworkEmulation::devtools) {
        run.network_emulation_reason = "chosen";
    } else if (service_is_ipv6(shared)) {
        run.network_emulation_reason = "the link emulator has IPv4 only, the service's address is of IPv6";
    } else if (auto made = link::LinkEmulator::create(); made.has_value()) {
        shared.links = std::move(*made);
        run.network_emulation = kLinkEmulator;
    } else {
        run.network_emulation_reason = made.error().message;
    }
    const auto walled = std::find_if(probes.begin(), probes.end(),
                                     [](const auto& probe) { return probe->firewall != Firewall::none; });
    const bool needs_links =
        walled != probes.end() || shared.settings.network_emulation == NetworkEmulation::link;
    if (!shared.links && needs_links) {
        const auto what = walled != probes.end()
                              ? fmt::format("the firewall profile '{}' needs the link emulator",
                                            to_string((*walled)->firewall))
                              : std::string("the link emulator was asked for");
        const bool chosen = run.network_emulation_reason == "chosen";
        run.error = what + (chosen ? ", and DevTools was chosen (--network-emulation)"
                                   : ", which cannot work here: " + run.network_emulation_reason);
        return false;
    }
    for (const auto& probe : probes)
        if (probe->network_armed) probe->result.network_emulation = run.network_emulation;
    log(shared, Level::info,
        "network emulation: " + run.network_emulation +
            (run.network_emulation_reason.empty() ? "" : " (" + run.network_emulation_reason + ")"));
    warn_of_hidden_service(shared);
    return true;
}

std::string give_network(SharedBrowser& browser) {
    auto& probe = *browser.probes.front();
    if (!probe.run.links) return {};
    auto& switches = browser.settings.switches;
    const auto features = std::find_if(switches.begin(), switches.end(), [](const std::string& written) {
        return written.starts_with(kDisableFeatures);
    });
    if (features == switches.end())
        switches.push_back(std::string(kDisableFeatures) + std::string(kHiddenAddresses));
    else if (features->find(kHiddenAddresses) == std::string::npos)
        *features += "," + std::string(kHiddenAddresses);
    if (!own_link(probe)) return {};
    auto link = probe.run.links->open_link(probe.network, probe.firewall);
    if (link.has_error()) return "its network could not be made: " + link.error().message;
    browser.link = std::move(*link);
    browser.settings.user_namespace = browser.link->user_namespace();
    browser.settings.network_namespace = browser.link->network_namespace();
    return {};
}

}  // namespace ringback::harness
