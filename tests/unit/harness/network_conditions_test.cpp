#include "harness/test/network_conditions.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

using namespace ringback::harness;

namespace {

std::string shown(const ringback::Parsed<NetworkConditions>& parsed) {
    if (parsed.has_error())
        return parsed.error().message + (parsed.error().hint.empty() ? "" : ", " + parsed.error().hint);
    const auto link = [](const LinkConditions& l) {
        return fmt::format("{}k/{}ms±{}/{}%", l.bitrate_kbps, l.latency_ms, l.jitter_ms, l.loss * 100);
    };
    return parsed->outgoing == parsed->incoming ? link(parsed->outgoing)
                                                : link(parsed->outgoing) + " " + link(parsed->incoming);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(network_conditions)

BOOST_AUTO_TEST_CASE(profiles_are_found_however_they_are_written) {
    struct Row {
        const char *name, *wanted;
    };
    const Row rows[] = {
        {"", "0k/0ms±0/0%"},
        {"No throttling", "0k/0ms±0/0%"},
        {"Call Drop", "50k/500ms±0/20%"},
        {"Wifi High packet loss", "30000k/40ms±0/5%"},
        {"wifi-high-packet-loss", "30000k/40ms±0/5%"},
        {"REGULAR 2.5G", "150k/200ms±0/3%"},
        {"Poor 4G", "4000k/350ms±0/5%"},
        {"50% Packet Loss", "40000k/10ms±0/50%"},
        {"Poor 5G", "unknown network profile 'Poor 5G', did you mean 'Poor 3G'?"},
        {"zzz",
         "unknown network profile 'zzz', 'Wifi', 'Regular 4G' and 'Poor 3G' are some of the known ones"},
    };
    for (const auto& row : rows)
        BOOST_CHECK_EQUAL(shown(find_network_profile(row.name)), row.wanted);
    BOOST_CHECK_EQUAL(all_network_profiles().size(), 15);
}

BOOST_AUTO_TEST_CASE(conditions_of_a_script_are_checked) {
    struct Row {
        const char *text, *wanted;
    };
    const Row rows[] = {
        {"{}", "0k/0ms±0/0%"},
        {R"({"outgoing": {"packetloss": 0.01, "latency": 50}})", "0k/50ms±0/1% 0k/0ms±0/0%"},
        {R"({"incoming": {"bitrate": 300, "jitter": 5}})", "0k/0ms±0/0% 300k/0ms±5/0%"},
        {R"({"outgoing": {"packetloss": 5}})", "outgoing.packetloss must be a share from 0 to 1"},
        {R"({"outgoing": {"latency": "1"}})", "outgoing.latency must be milliseconds"},
        {R"({"outgoing": {"latncy": 1}})", "unknown network condition 'latncy', did you mean 'latency'?"},
        {R"({"up": {}})", "unknown direction 'up', 'outgoing' and 'incoming' are known"},
        {R"({"incoming": 3})", "incoming must be an object"},
    };
    for (const auto& row : rows)
        BOOST_CHECK_EQUAL(shown(parse_network_conditions(boost::json::parse(row.text).as_object())),
                          row.wanted);
}

BOOST_AUTO_TEST_SUITE_END()
