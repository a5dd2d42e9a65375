#include "harness/report/call_remarks.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/ranges.h>

using namespace ringback::harness;

namespace {

ProbeResult probe(std::uint32_t number, std::vector<std::string> ways) {
    ProbeResult made;
    made.number = number;
    for (auto& way : ways)
        made.connections.emplace_back().candidate_pair = std::move(way);
    return made;
}

ChannelResult video(const char* direction, const std::map<std::string, double>& figures) {
    ChannelResult made;
    made.media = "video";
    made.direction = direction;
    for (const auto& [name, value] : figures)
        made.metrics[name] = {value, value, value, value};
    return made;
}

std::string told(std::vector<ProbeResult> probes) {
    Run run;
    run.probes = std::move(probes);
    return fmt::format("{}", fmt::join(call_remarks(run), "\n"));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(call_remarks)

BOOST_AUTO_TEST_CASE(only_an_unusual_way_is_told) {
    const std::string plain = "host/udp ↔ host/udp", relay = "relay/tcp ↔ host/udp";
    BOOST_CHECK_EQUAL(told({probe(1, {plain, plain}), probe(2, {}), probe(3, {""})}), "");
    BOOST_CHECK_EQUAL(told({probe(1, {relay}), probe(2, {relay, relay})}),
                      "probes 1 and 2: relay/tcp ↔ host/udp");
    BOOST_CHECK_EQUAL(
        told({probe(1, {relay}), probe(2, {plain}), probe(3, {relay}), probe(4, {relay, plain})}),
        "probes 1 and 3: relay/tcp ↔ host/udp\n"
        "probe 4: relay/tcp ↔ host/udp, host/udp ↔ host/udp");
}

BOOST_AUTO_TEST_CASE(pictures_that_suffered_are_told) {
    struct Row {
        std::vector<ChannelResult> channels;
        const char* wanted;
    };
    const Row rows[] = {
        {{video("in", {{"freezes", 0}, {"framesdropped", 4}, {"frames", 96}})}, ""},
        {{video("in", {{"freezes", 1}, {"freezeduration", 2130}})}, "probe 1: 1 freeze, 2.1 s in all"},
        {{video("in", {{"freezes", 1}, {"freezeduration", 600}}),
          video("in", {{"freezes", 2}, {"freezeduration", 400}})},
         "probe 1: 3 freezes, 1.0 s in all"},
        {{video("in", {{"framesdropped", 20}, {"frames", 80}})}, "probe 1: 20% of pictures dropped"},
        {{video("out", {{"limitedcpu", 900}, {"limitedbandwidth", 0}, {"duration", 10}})}, ""},
        {{video("out", {{"limitedcpu", 4000}, {"limitedbandwidth", 5000}, {"duration", 10}})},
         "probe 1: its picture was held back by this machine's processor for 40% of the time; its picture "
         "was held back by "
         "bandwidth for 50% of the time"},
    };
    for (const auto& row : rows) {
        auto one = probe(1, {});
        one.channels = row.channels;
        BOOST_CHECK_EQUAL(told({one}), row.wanted);
    }
}

BOOST_AUTO_TEST_SUITE_END()
