#include "harness/webrtc/bottleneck.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::harness;

namespace {

/// Probes whose encoder was held back for so many milliseconds of so many seconds.
std::vector<ProbeResult> probes(const std::vector<std::pair<double, double>>& limited) {
    std::vector<ProbeResult> made;
    for (const auto& [ms, seconds] : limited) {
        auto& channel = made.emplace_back().channels.emplace_back();
        channel.metrics["limitedcpu"] = {ms, ms, ms, ms};
        channel.metrics["duration"] = {seconds, seconds, seconds, seconds};
    }
    return made;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bottleneck)

BOOST_AUTO_TEST_CASE(a_machine_that_is_too_slow_is_told_and_no_other) {
    struct Row {
        std::vector<double> cpu;
        std::vector<std::pair<double, double>> limited;
        const char* wanted;
    };
    const Row rows[] = {
        {{}, {}, ""},
        {{1, 1, 1, 1}, {}, ""},  // too few
        {{0.5, 0.94, 0.95, 0.5, 0.5}, {{0, 10}}, ""},
        {{1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, {}, ""},  // only while browsers start
        {{1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 0.5}, {}, "its processor was saturated in 3 of 10 readings"},
        {{}, {{2900, 10}, {0, 10}}, ""},
        {{},
         {{3000, 10}, {4100, 10}, {0, 10}},
         "it held back the video encoder of 2 of 3 probes, for up to 41% of the time"},
        {{}, {{900, 1}}, ""},  // too short
        {{1, 1, 1, 1, 1},
         {{10500, 10}},
         "its processor was saturated in 5 of 5 readings, and it held back the video encoder of 1 of 1 "
         "probes, for up to 100% "
         "of the time"},
    };
    for (const auto& row : rows)
        BOOST_CHECK_EQUAL(ringback::harness::bottleneck(row.cpu, probes(row.limited)), row.wanted);
}

BOOST_AUTO_TEST_SUITE_END()
