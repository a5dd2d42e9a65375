#include "harness/webrtc/quality.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <deque>
#include <fstream>
#include <sstream>

using namespace ringback::harness;

namespace {

struct GridPoint {
    SpeechPath path;
    double rating = 0, mos = 0;
};
/// What tests/fixtures/e-model/g107.mjs computes, which shares nothing with the code under test.
std::vector<GridPoint> e_model_grid() {
    static std::deque<std::string> codecs;
    std::ifstream file(std::string(RINGBACK_SOURCE_DIR) + "/tests/fixtures/e-model/grid.csv");
    std::string line;
    std::getline(file, line);
    BOOST_REQUIRE_EQUAL(line, "codec,burst_ratio,loss_percent,one_way_delay_ms,rating,mos");
    std::vector<GridPoint> grid;
    while (std::getline(file, line)) {
        std::istringstream fields(line);
        GridPoint point;
        char comma = 0;
        std::getline(fields, codecs.emplace_back(), ',');
        fields >> point.path.burst_ratio >> comma >> point.path.loss_percent >> comma >>
            point.path.one_way_delay_ms >> comma >> point.rating >> comma >> point.mos;
        BOOST_REQUIRE(!fields.fail());
        point.path.codec = codecs.back();
        grid.push_back(point);
    }
    return grid;
}

ChannelResult channel(const char* media, std::map<std::string, double> averages) {
    ChannelResult result;
    result.media = media;
    for (const auto& [name, value] : averages)
        result.metrics[name] = {value, value, value, value};
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quality)

BOOST_AUTO_TEST_CASE(mos_agrees_with_an_independent_e_model_on_a_grid) {
    const auto grid = e_model_grid();
    BOOST_REQUIRE_EQUAL(grid.size(), 3u * 3 * 9 * 9);
    // Ours starts at the 93.2 to which G.107 rounds what all of its terms come to.
    for (const auto& point : grid)
        BOOST_TEST_CONTEXT(point.path.codec << ", burst ratio " << point.path.burst_ratio << ", loss "
                                            << point.path.loss_percent << " %, delay "
                                            << point.path.one_way_delay_ms << " ms") {
            BOOST_CHECK_SMALL(e_model_rating(point.path) - point.rating, 0.05);
            BOOST_CHECK_SMALL(mos_of(point.path) - point.mos, 0.002);
        }
}

BOOST_AUTO_TEST_CASE(mos_of_well_known_paths) {
    struct Row {
        double loss, delay, wanted;
    };
    // Worked out beforehand, by hand.
    const Row rows[] = {{0, 0, 4.409},   {1, 0, 4.328},   {5, 0, 3.923},   {10, 0, 3.411},
                        {20, 0, 2.631},  {0, 150, 4.406}, {0, 200, 4.343}, {0, 400, 3.556},
                        {5, 200, 3.795}, {50, 800, 1},    {100, 0, 1.177}};
    for (const auto& row : rows) {
        const SpeechPath path{row.loss, row.delay, 1, "opus"};
        BOOST_CHECK_SMALL(mos_of(path) - row.wanted, 0.001);
    }
}

BOOST_AUTO_TEST_CASE(mos_only_falls_with_loss_and_delay) {
    for (double loss = 0; loss < 60; loss += 0.5)
        for (double delay = 0; delay < 1000; delay += 50) {
            const SpeechPath path{loss, delay, 1, "opus"}, more_loss{loss + 0.5, delay, 1, "opus"},
                later{loss, delay + 50, 1, "opus"};
            BOOST_REQUIRE_LE(mos_of(more_loss), mos_of(path));
            BOOST_REQUIRE_LE(mos_of(later), mos_of(path));
        }
}

BOOST_AUTO_TEST_CASE(scores) {
    const std::map<std::string, double> ideal_video{{"packets", 900}, {"bitrate", 2000}, {"width", 1280},
                                                    {"height", 720},  {"fps", 30},       {"jitter", 3},
                                                    {"rtt", 20},      {"packetloss", 0}, {"duration", 60}};
    const auto with = [](std::map<std::string, double> base, std::map<std::string, double> change) {
        change.merge(base);
        return change;
    };
    struct Row {
        const char* what;
        ChannelResult channel;
        double wanted;
    };
    const Row rows[] = {
        {"an ideal picture", channel("video", ideal_video), 10},
        {"an ideal voice", channel("audio", {{"packets", 900}, {"bitrate", 48}}), 10},
        {"half the bitrate", channel("video", with(ideal_video, {{"bitrate", 750}})), 9},
        {"a small picture", channel("video", with(ideal_video, {{"width", 640}, {"height", 360}})), 9.25},
        {"5% lost", channel("video", with(ideal_video, {{"packetloss", 5}})), 10 - 4 * (1 - std::exp(-1))},
        {"a slow path", channel("video", with(ideal_video, {{"rtt", 500}})), 8},
        {"frozen for a tenth", channel("video", with(ideal_video, {{"freezeduration", 6000}})), 7},
        {"all of it",
         channel("video", with(ideal_video, {{"packetloss", 80},
                                             {"rtt", 900},
                                             {"jitter", 500},
                                             {"bitrate", 1},
                                             {"width", 1},
                                             {"fps", 0},
                                             {"freezeduration", 60000}})),
         0},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            const auto score = score_of(row.channel);
            BOOST_REQUIRE(score);
            BOOST_CHECK_SMALL(*score - row.wanted, 0.005);
        }
    BOOST_CHECK(!score_of(channel("video", {{"packets", 0}, {"bitrate", 0}})));
    ProbeResult none;
    BOOST_CHECK(!score_of(none));
}

BOOST_AUTO_TEST_SUITE_END()
