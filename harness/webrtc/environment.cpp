#include "harness/webrtc/environment.hpp"

#include <fmt/format.h>

namespace ringback::harness {

std::map<std::string, std::string> probe_environment(const ProbeState& probe) {
    const auto& shared = probe.run;
    const auto& options = shared.settings.options;
    const auto& result = probe.result;
    const auto& run = shared.context->run;
    std::map<std::string, std::string> env;
    for (const auto& variable : shared.variables)
        if (variable.name != "service_url") env[variable.name] = variable.value;
    const auto text = [](auto number) { return std::to_string(number); };
    env["RTC_SERVICE_URL"] = shared.service_url;
    env["RTC_TEST_NAME"] = run.name;
    env["RTC_TEST_SCRIPT_NAME"] = shared.test.name;
    env["RTC_TEST_RUN_ID"] = run.id;
    env["RTC_AGENT_NAME"] = result.name;
    env["RTC_AGENT_NUM"] = text(result.number);
    env["RTC_AGENT_COUNT"] = text(options.probe_count());
    env["RTC_SESSION_SIZE"] = text(options.session_size());
    env["RTC_SESSION_COUNT"] = text(options.probe_count() / options.session_size());
    env["RTC_SESSION_IDX"] = text(result.session);
    env["RTC_SESSION_NAME"] = fmt::format("{}-room{}", run.name, result.session);
    env["RTC_IN_SESSION_ID"] = text(result.in_session);
    env["RTC_TIMEOUT"] = text(options.run_timeout().count());
    env["RTC_OS"] = "linux";
    env["RTC_LOCATION"] = probe.profile.location.empty() ? shared.settings.location : probe.profile.location;
    env["RTC_BROWSER"] = probe.profile.browser;
    env["RTC_NETWORK_PROFILE"] = probe.profile.network.empty() ? "No throttling" : probe.profile.network;
    env["RTC_FIREWALL_PROFILE"] = probe.profile.firewall.empty() ? "FW_NO_FW" : probe.profile.firewall;
    env["RTC_RUN_COUNT"] = text(run.try_number);
    return env;
}

}  // namespace ringback::harness
