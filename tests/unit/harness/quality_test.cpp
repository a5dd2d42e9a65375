#include "harness/webrtc/quality.hpp"

#include <boost/test/unit_test.hpp>

#include <cmath>

using namespace ringback::harness;

namespace {

/// The E-model once more, written from G.107 on its own: step by step, in the recommendation's names.
double independent_mos(double ppl, double ta, double ie, double bpl, double burst_r) {
    const double ie_eff = ie + (95.0 - ie) * (ppl / (ppl / burst_r + bpl));
    double idd = 0;
    if (ta > 100.0) {
        const double x = std::log(ta / 100.0) / std::log(2.0);
        const double first = std::exp(std::log(1.0 + x * x * x * x * x * x) / 6.0);
        const double y = x / 3.0;
        const double second = 3.0 * std::exp(std::log(1.0 + y * y * y * y * y * y) / 6.0);
        idd = 25.0 * (first - second + 2.0);
    }
    const double r = 93.2 - idd - ie_eff;
    if (r <= 0) return 1;
    if (r >= 100) return 4.5;
    const double mos = 1.0 + r * 0.035 + r * (r - 60.0) * (100.0 - r) * 0.000007;
    return mos < 1 ? 1 : mos > 4.5 ? 4.5 : mos;
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
    struct Codec {
        const char* name;
        double ie, bpl;
    };
    for (const auto& codec :
         {Codec{"opus", 0, 25.1}, Codec{"PCMU", 0, 25.1}, Codec{"iLBC", 11, 32}, Codec{"G729", 11, 19}})
        for (const double loss : {0.0, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0})
            for (const double delay : {0.0, 50.0, 100.0, 101.0, 150.0, 177.3, 200.0, 400.0, 800.0, 2000.0})
                for (const double burst : {1.0, 2.0}) {
                    const SpeechPath path{loss, delay, burst, codec.name};
                    BOOST_CHECK_SMALL(mos_of(path) - independent_mos(loss, delay, codec.ie, codec.bpl, burst),
                                      1e-9);
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
