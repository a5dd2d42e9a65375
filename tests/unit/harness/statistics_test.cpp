#include "harness/webrtc/statistics.hpp"

#include "harness/webrtc/probe_metrics.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/value_to.hpp>
#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <cmath>
#include <fstream>

namespace json = boost::json;
using namespace ringback::harness;

namespace {

/// Samples that Chromium 156 gave during a call, three clean ones and, after a gap, three with 10% loss and
/// 50 ms of delay each way.
std::vector<json::value> recorded() {
    std::ifstream file(std::string(RINGBACK_SOURCE_DIR) + "/tests/fixtures/getstats/lossy-call.jsonl");
    BOOST_REQUIRE(file);
    std::vector<json::value> samples;
    for (std::string line; std::getline(file, line);)
        samples.push_back(json::parse(line));
    BOOST_REQUIRE_EQUAL(samples.size(), 6);
    return samples;
}

constexpr double kBegan = 1795263764217;  // ms: when the page made its connection

ProbeResult measured(const std::vector<json::value>& samples) {
    Statistics statistics(kBegan, 1);
    for (const auto& sample : samples)
        statistics.add((sample.at("at").to_number<double>() - kBegan) / 1000, {sample});
    ProbeResult result;
    statistics.write(result);
    return result;
}

const ChannelResult& channel(const ProbeResult& result, std::string_view id) {
    for (const auto& entry : result.channels)
        if (entry.id == id) return entry;
    BOOST_FAIL("no channel " << id);
    throw 0;
}

/// Samples rounded to one decimal: "– 526.6 770.0".
std::string series(const ChannelResult& of, const char* metric) {
    std::string text;
    const auto found = of.samples.find(metric);
    if (found == of.samples.end()) return "none";
    for (const double value : found->second)
        text +=
            (text.empty() ? "" : " ") + (std::isnan(value) ? std::string("–") : fmt::format("{:.1f}", value));
    return text;
}

/// A made-up sample: one connection with the given RTP streams.
json::value sample(double at_ms, const char* document, int connection, const std::string& streams) {
    return json::parse(fmt::format(
        R"({{"document": "{}", "at": {}, "connections": [{{"id": {}, "stats": [{}]}}], "events": []}})",
        document, at_ms, connection, streams));
}
std::string inbound(const char* kind, int ssrc, double at_ms, double packets, double lost, double bytes) {
    return fmt::format(R"({{"id": "I{1}", "type": "inbound-rtp", "kind": "{0}", "ssrc": {1}, "timestamp": {2},
                          "packetsReceived": {3}, "packetsLost": {4}, "bytesReceived": {5}, "jitter": 0.004}})",
                       kind, ssrc, at_ms, packets, lost, bytes);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(statistics)

BOOST_AUTO_TEST_CASE(a_recorded_call_gives_its_channels) {
    const auto result = measured(recorded());
    std::string ids;
    for (const auto& entry : result.channels)
        ids += entry.id + " " + entry.codec + ", ";
    BOOST_CHECK_EQUAL(ids, "audio.in #1 opus, audio.out #1 opus, video.in #1 VP8, video.out #1 VP8, ");

    struct Row {
        const char *channel, *metric, *wanted;
    };
    const Row rows[] = {
        // Bytes between two readings, over the time between them: 526.6 = (92717 − 26922) · 8 / 999.492.
        {"video.in #1", "bitrate", "– 526.6 770.0 290.2 169.2 189.7"},
        {"audio.in #1", "bitrate", "– 22.2 23.2 20.1 22.3 20.3"},
        {"video.out #1", "bitrate", "– 763.6 815.2 233.8 126.1 114.3"},
        // Lost of all between two readings: 6.7 = 3 / (3 + 42).
        {"audio.in #1", "packetloss", "– 0.0 0.0 7.9 6.7 15.7"},
        {"video.in #1", "packetloss", "– 0.0 0.0 4.5 6.1 12.8"},
        // What the other side reported last; it says nothing between two reports.
        {"audio.out #1", "packetloss", "– – 0.0 11.7 11.7 11.7"},
        {"audio.in #1", "jitter", "4.0 1.0 2.0 18.0 7.0 1.0"},
        {"video.in #1", "fps", "– 30.0 31.0 16.5 23.0 31.0"},
        {"video.in #1", "width", "640.0 640.0 640.0 480.0 480.0 480.0"},
        {"audio.in #1", "rtt", "17.0 1.0 1.0 104.0 104.0 104.0"},
        {"video.out #1", "rtt", "1.9 3.2 1.4 105.6 103.5 102.9"},
        {"audio.in #1", "fps", "none"},
        {"video.in #1", "mos", "none"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.channel << " " << row.metric)
    BOOST_CHECK_EQUAL(series(channel(result, row.channel), row.metric), row.wanted);

    // Over the whole time it is lost of all packets, not the mean of percentages.
    BOOST_CHECK_CLOSE(channel(result, "audio.in #1").metrics.at("packetloss").average,
                      100.0 * 49 / (662 + 49), 1e-6);
    BOOST_CHECK_CLOSE(channel(result, "audio.out #1").metrics.at("packetloss").average, 100.0 * 32 / 721,
                      1e-6);
    BOOST_CHECK_EQUAL(channel(result, "video.in #1").metrics.at("data").average, 632879);
    const auto& mos = channel(result, "audio.in #1").samples.at("mos");
    BOOST_CHECK_GT(mos[1], 4.3);
    BOOST_CHECK_LT(mos[5], 3.0);
}

BOOST_AUTO_TEST_CASE(set_up_times_come_from_the_events) {
    const auto result = measured(recorded());
    BOOST_REQUIRE(result.call_setup_ms);
    BOOST_CHECK_CLOSE(*result.call_setup_ms, 84.2, 0.1);  // 282.2 setLocalDescription, 366.4 connected
    std::string phases;
    for (const auto& [name, ms] : result.setup_phases_ms)
        phases += fmt::format("{} {:.1f}, ", name, ms);
    BOOST_CHECK_EQUAL(phases, "dtls 7.7, first-frame 367.0, first-packet 122.0, gathering 31.7, ice 25.6, ");
    BOOST_CHECK_EQUAL(result.candidate_pair, "host/udp ↔ host/udp");
    BOOST_REQUIRE(result.rtt_ms);
    BOOST_CHECK_CLOSE(*result.rtt_ms, (17 + 1 + 1 + 104 * 3) / 6.0, 1);
}

BOOST_AUTO_TEST_CASE(channels_stand_by_kind_whichever_was_seen_first) {
    Statistics statistics(0, 1);
    const auto stream = [](const char* type, const char* kind, int ssrc) {
        return fmt::format(
            R"({{"id": "S{2}", "type": "{0}", "kind": "{1}", "ssrc": {2}, "timestamp": 1000}})", type, kind,
            ssrc);
    };
    const auto sent = stream("outbound-rtp", "video", 1) + ", " + stream("outbound-rtp", "audio", 2);
    statistics.add(1, {sample(1000, "a", 1, sent)});
    statistics.add(
        2, {sample(2000, "a", 1,
                   sent + ", " + stream("inbound-rtp", "video", 9) + ", " +
                       stream("inbound-rtp", "audio", 4) + ", " + stream("inbound-rtp", "audio", 3))});
    ProbeResult result;
    statistics.write(result);
    std::string ids;
    for (const auto& entry : result.channels)
        ids += entry.id + ", ";
    BOOST_CHECK_EQUAL(ids, "audio.in #1, audio.in #2, audio.out #1, video.in #1, video.out #1, ");
}

BOOST_AUTO_TEST_CASE(channels_are_told_apart_by_document_connection_and_ssrc) {
    Statistics statistics(0, 1);
    const auto one = inbound("audio", 11, 1000, 10, 0, 1000);
    // The same SSRC in another connection, and in another document, is another channel.
    statistics.add(1, {sample(1000, "a", 1, one), sample(1000, "b", 1, one)});
    statistics.add(2,
                   {sample(2000, "a", 1, inbound("audio", 11, 2000, 60, 0, 2000)), sample(2000, "a", 2, one),
                    sample(2000, "b", 1, inbound("audio", 11, 2000, 110, 0, 6000))});
    ProbeResult result;
    statistics.write(result);
    BOOST_REQUIRE_EQUAL(result.channels.size(), 3);
    BOOST_CHECK_EQUAL(series(result.channels[0], "bitrate"), "– 8.0");
    BOOST_CHECK_EQUAL(series(result.channels[1], "bitrate"), "– 40.0");
    BOOST_CHECK_EQUAL(series(result.channels[2], "packets"), "– 10.0");
    BOOST_CHECK_EQUAL(result.channels[2].id, "audio.in #3");
}

// The last sample of a script falls anywhere between two others: one picture within 40 ms is not 25 a second.
BOOST_AUTO_TEST_CASE(two_samples_close_together_make_no_rates) {
    Statistics statistics(0, 1);
    statistics.add(1, {sample(1000, "a", 1, inbound("video", 5, 1000, 10, 0, 1000))});
    statistics.add(2, {sample(2000, "a", 1, inbound("video", 5, 2000, 20, 0, 2000))});
    statistics.add(2.1, {sample(2100, "a", 1, inbound("video", 5, 2100, 24, 1, 2900))});
    BOOST_CHECK_EQUAL(statistics.latest("video", "in", "bitrate"), 8);
    statistics.add(3, {sample(3000, "a", 1, inbound("video", 5, 3000, 30, 1, 3000))});
    ProbeResult result;
    statistics.write(result);
    BOOST_CHECK_EQUAL(series(result.channels.at(0), "bitrate"), "– 8.0 – 8.0");
    BOOST_CHECK_EQUAL(series(result.channels.at(0), "packetloss"), "– 0.0 – 9.1");
    BOOST_CHECK_EQUAL(series(result.channels.at(0), "packets"), "10.0 20.0 24.0 30.0");
}

BOOST_AUTO_TEST_CASE(a_channel_that_ends_leaves_gaps_not_zeros) {
    Statistics statistics(0, 1);
    statistics.add(1, {sample(1000, "a", 1, inbound("video", 5, 1000, 10, 0, 1000))});
    statistics.add(2, {sample(2000, "a", 1, inbound("video", 5, 2000, 20, 0, 2000))});
    statistics.add(3, {sample(3000, "a", 1, "")});
    ProbeResult result;
    statistics.write(result);
    BOOST_CHECK_EQUAL(series(result.channels.at(0), "bitrate"), "– 8.0 –");
    BOOST_CHECK_EQUAL(result.channels.at(0).metrics.at("bitrate").minimum, 8);
}

BOOST_AUTO_TEST_CASE(a_packet_counted_as_lost_may_come_after_all) {
    Statistics statistics(0, 1);
    statistics.add(1, {sample(1000, "a", 1, inbound("audio", 5, 1000, 100, 10, 1000))});
    statistics.add(2, {sample(2000, "a", 1, inbound("audio", 5, 2000, 160, 5, 2000))});
    ProbeResult result;
    statistics.write(result);
    BOOST_CHECK_EQUAL(series(result.channels.at(0), "packetloss"), "– 0.0");
}

BOOST_AUTO_TEST_CASE(nonsense_is_survived) {
    Statistics statistics(0, 1);
    for (
        const char* text :
        {"null", "[]", "{}", R"({"connections": 3, "events": {}})",
         R"({"connections": [1, null, {"id": "x"}]})",
         R"({"document": "d", "connections": [{"id": 1, "stats": [null, {"id": 5}, {"id": "a", "type": "inbound-rtp"}]}],
                                 "events": [7, {"connection": "x", "type": 3}]})"})
        statistics.add(1, {json::parse(text)});
    ProbeResult result;
    statistics.write(result);
    BOOST_CHECK_EQUAL(result.channels.size(), 1);
}

// ---- What expectations see
// --------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(expectations_are_judged_on_them) {
    const auto result = measured(recorded());
    ProbeMetrics metrics(result, 12, {{"join", 840}});
    struct Row {
        const char *text, *wanted;
    };
    const Row rows[] = {
        {"audio.in == 1", "passed 1 channel"},
        {"video.in.bitrate > 50", "passed"},
        {"video.in.empty == 0", "passed"},
        {"video.in.channel.fps > 5 and audio.in.codec == opus", "passed"},
        {"audio.in.packetloss < 2", "failed 6.892%"},
        {"video.in.bitrate.min > 200", "failed 169.223 kbit/s"},
        {"connectionDuration > 60", "failed 12 s"},
        {"callSetupTime < 100", "passed"},
        {"join < 500", "failed 840"},
        {"nobody < 500", "failed"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.text) {
            const auto parsed = Expectation::parse(row.text);
            BOOST_REQUIRE(parsed);
            const auto judged = parsed->evaluate(metrics);
            const auto shown = (judged.passed ? "passed " : "failed ") + judged.found;
            BOOST_CHECK_MESSAGE(shown.starts_with(row.wanted), shown << " but wanted " << row.wanted);
        }
    // Between two moments: only what was sampled there.
    const auto loss = Expectation::parse("audio.in.packetloss < 1");
    metrics.between(0, 5);
    BOOST_CHECK(loss->evaluate(metrics).passed);
    metrics.between(14, 20);
    BOOST_CHECK(!loss->evaluate(metrics).passed);
}

BOOST_AUTO_TEST_CASE(the_moment_of_a_failure_is_the_first_that_failed) {
    const auto result = measured(recorded());
    const auto& times = result.sample_times;
    ProbeMetrics metrics(result, 12, {});
    struct Row {
        const char* text;
        double from, to;
        std::optional<std::size_t> wanted;  ///< index of the sample
    };
    const Row rows[] = {
        {"audio.in.packetloss < 2", 0, 1000, 3},  // – 0.0 0.0 7.9 6.7 15.7
        {"video.in.bitrate > 200", 0, 1000, 4},   // – 526.6 770.0 290.2 169.2 189.7
        {"video.in.bitrate > 200 and audio.in.packetloss < 2", 0, 1000, 3},
        {"video.in.bitrate > 600", 0, 1000, 1},
        {"audio.in.packetloss < 7", times[4], times[5], 5},
        {"video.in.bitrate > 2000", 0, 1000, {}},  // at no time
        {"video.in.bitrate > 100", 0, 1000, {}},   // at all times
        {"audio.in == 7", 0, 1000, {}},
        {"nobody < 500", 0, 1000, {}},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.text) {
            const auto parsed = Expectation::parse(row.text);
            BOOST_REQUIRE(parsed);
            const auto moment = first_failure(*parsed, metrics, times, row.from, row.to);
            BOOST_CHECK_EQUAL(moment.has_value(), row.wanted.has_value());
            if (moment && row.wanted) BOOST_CHECK_EQUAL(*moment, times[*row.wanted]);
        }
}

BOOST_AUTO_TEST_CASE(bitrates_of_channels_are_summed_moment_by_moment) {
    ProbeResult result;
    result.sample_times = {1, 2, 3};
    for (const auto& rates : {std::vector<double>{10, 90, 50}, std::vector<double>{90, 10, NAN}}) {
        ChannelResult made;
        made.media = "video";
        made.direction = "in";
        made.samples["bitrate"] = rates;
        result.channels.push_back(made);
    }
    const ProbeMetrics metrics(result);
    const auto sum = metrics.aggregate_metric(Media::video, Direction::in, ChannelMetric::bitrate);
    BOOST_REQUIRE(sum);
    BOOST_CHECK_EQUAL(sum->min, 50);
    BOOST_CHECK_EQUAL(sum->max, 100);
    BOOST_CHECK_CLOSE(sum->avg, 250 / 3.0, 1e-6);
}

BOOST_AUTO_TEST_SUITE_END()
