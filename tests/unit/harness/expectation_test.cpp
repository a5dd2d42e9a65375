#include "harness/expression/expectation.hpp"

#include "expression_support.hpp"
#include "harness/run/run.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

using namespace ringback;
using namespace ringback::harness;
using namespace ringback::harness::testing;

namespace {

using C = ChannelMetric;
using Channel = std::map<ChannelMetric, MetricValue>;

/// Two audio and three video channels come in, one of each goes out; nothing else is there.
class Call : public MetricSource {
  public:
    std::map<std::pair<Media, Direction>, std::vector<Channel>> channels;
    std::map<RunMetric, MetricValue> run;
    std::map<std::string, MetricValue, std::less<>> custom;

    Call() {
        const auto of = [](double value) { return MetricValue::of(value); };
        const MetricValue opus = MetricValue::of(std::string("opus"));
        channels[{Media::audio, Direction::in}] = {{{C::bitrate, {30, 10, 50, {}}},
                                                    {C::packetloss, of(0)},
                                                    {C::packets, of(900)},
                                                    {C::jitter, of(2)},
                                                    {C::codec, opus},
                                                    {C::empty, of(0)}},
                                                   {{C::bitrate, {12.4, 0, 20, {}}},
                                                    {C::packetloss, of(10)},
                                                    {C::packets, of(100)},
                                                    {C::jitter, of(4)},
                                                    {C::codec, opus},
                                                    {C::empty, of(0)}}};
        channels[{Media::video, Direction::in}] = {{{C::bitrate, of(800)},
                                                    {C::fps, of(30)},
                                                    {C::width, of(1280)},
                                                    {C::codec, MetricValue::of(std::string("VP8"))},
                                                    {C::empty, of(0)}},
                                                   {{C::bitrate, of(0)},
                                                    {C::fps, of(0)},
                                                    {C::width, of(0)},
                                                    {C::codec, MetricValue::of(std::string("video/VP9"))},
                                                    {C::empty, of(1)}},
                                                   {{C::bitrate, of(400)},
                                                    {C::fps, of(7)},
                                                    {C::width, of(640)},
                                                    {C::codec, MetricValue::of(std::string("VP8"))},
                                                    {C::empty, of(0)}}};
        channels[{Media::audio, Direction::out}] = {{{C::bitrate, of(40)}, {C::rtt, of(25.5)}}};
        run = {{RunMetric::score, of(8.5)},
               {RunMetric::mos, of(4.1)},
               {RunMetric::connection_duration, of(61.25)},
               {RunMetric::browser_cpu, {0.5, 0.1, 0.95, {}}},
               {RunMetric::call_setup_time, of(812)}};
        custom = {{"login", of(1500)}, {"my timer", of(3)}, {"joins.total", {4, 1, 9, {}}}, {"scroe", of(1)}};
    }

    std::size_t channel_count(Media media, Direction direction) const override {
        const auto found = channels.find({media, direction});
        return found == channels.end() ? 0 : found->second.size();
    }
    std::optional<MetricValue> channel_metric(Media media, Direction direction, std::size_t channel,
                                              C metric) const override {
        const auto& metrics = channels.at({media, direction}).at(channel);
        const auto found = metrics.find(metric);
        return found == metrics.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<MetricValue> run_metric(RunMetric metric) const override {
        const auto found = run.find(metric);
        return found == run.end() ? std::nullopt : std::optional(found->second);
    }
    std::optional<MetricValue> custom_metric(std::string_view name) const override {
        const auto found = custom.find(name);
        return found == custom.end() ? std::nullopt : std::optional(found->second);
    }
};

/// "pass 42.4 kbit/s", "fail 7 fps, wanted > 10 fps, in video.in #3 (message)", or "!" and the error.
std::string judged(std::string_view text) {
    const auto parsed = Expectation::parse(text);
    if (!parsed) return "!" + one_line(parsed.error());
    const auto result = parsed->evaluate(Call());
    BOOST_TEST(result.source == "expectation");
    BOOST_TEST(result.text == parsed->text());
    if (result.passed) return "pass " + result.found;
    return "fail " + result.found + ", wanted " + result.wanted +
           (result.channel.empty() ? "" : ", in " + result.channel) +
           (result.message.empty() ? "" : " (" + result.message + ")");
}

struct Row {
    std::string text, outcome;
};
void check(std::initializer_list<Row> table) {
    for (const auto& [text, outcome] : table) {
        const auto given = judged(text);
        BOOST_TEST(given == outcome, text << "\n  gives  " << given << "\n  wanted " << outcome);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(expectation)

BOOST_AUTO_TEST_CASE(numbers_of_channels) {
    check({
        {"audio.in == 2", "pass 2 channels"},
        {"audio.in == 1", "fail 2 channels, wanted == 1 channel"},
        {"video.out >= 1", "fail 0 channels, wanted >= 1 channel"},
        {"video.out == 0", "pass 0 channels"},
        {"audio.out != 2", "pass 1 channel"},
        {"video.in.empty == 1", "pass 1"},
        {"video.in.empty == 0", "fail 1, wanted == 0"},
        {"audio.in.empty == 0", "pass 0"},
        {"video.out.empty == 0", "pass 0"},
        {"VIDEO.In == 3", "pass 3 channels"},
    });
}

BOOST_AUTO_TEST_CASE(aggregates) {
    check({
        {"audio.in.bitrate > 40", "pass 42.4 kbit/s"},
        {"audio.in.bitrate > 50", "fail 42.4 kbit/s, wanted > 50 kbit/s"},
        {"audio.in.bitrate.min >= 10", "pass 10 kbit/s"},
        {"audio.in.bitrate.max <= 69.9", "fail 70 kbit/s, wanted <= 69.9 kbit/s"},
        {"audio.in.packetloss < 2", "pass 1%"},
        {"audio.in.packetLoss.max < 2", "fail 10%, wanted < 2%"},
        {"audio.in.jitter <= 3", "pass 3 ms"},
        {"video.in.fps > 10", "pass 12.333 fps"},
        {"video.in.width >= 1280", "pass 1280 px"},
        {"audio.in.codec == opus", "pass opus"},
        {"audio.in.codec == Opus", "pass opus"},
        {"video.in.codec == VP8", "fail VP8, video/VP9, wanted == VP8"},
        {"video.in.codec != H264", "pass VP8, video/VP9"},
        {"audio.out.rtt < 100", "pass 25.5 ms"},
        {"audio.in.rtt < 100", "fail , wanted < 100 ms (audio.in.rtt was not measured)"},
        {"video.out.bitrate == 0", "pass 0 kbit/s"},
        {"video.out.packetloss < 2", "fail , wanted < 2% (there is no video.out channel)"},
    });
}

BOOST_AUTO_TEST_CASE(every_channel) {
    check({
        {"audio.in.channel.bitrate > 10", "pass 30 kbit/s, 12.4 kbit/s"},
        {"audio.in.channel.bitrate > 20", "fail 12.4 kbit/s, wanted > 20 kbit/s, in audio.in #2"},
        {"audio.in.channel.bitrate.min > 5", "fail 0 kbit/s, wanted > 5 kbit/s, in audio.in #2"},
        {"audio.in.channels.bitrate > 10", "pass 30 kbit/s, 12.4 kbit/s"},
        {"video.in.channel.codec == vp9", "fail VP8, wanted == vp9, in video.in #1"},
        {"video.in.channel.empty == 0", "fail 1, wanted == 0, in video.in #2"},
        {"video.out.channel.bitrate > 0", "fail , wanted > 0 kbit/s (there is no video.out channel)"},
    });
}

BOOST_AUTO_TEST_CASE(and_and_or) {
    check({
        {"audio.in == 2 and video.in == 3", "pass 2 channels, 3 channels"},
        {"audio.in == 2 and video.in == 4", "fail 3 channels, wanted == 4 channels"},
        {"audio.in == 1 or video.in == 3", "pass 3 channels"},
        {"audio.in == 1 or video.in == 4",
         "fail 2 channels, 3 channels, wanted == 1 channel or == 4 channels"},
        // `and` binds closer.
        {"audio.in == 2 or audio.in == 1 and video.in == 4", "pass 2 channels"},
        {"(audio.in == 2 or audio.in == 1) and video.in == 4", "fail 3 channels, wanted == 4 channels"},
        {"audio.in == 2 AND video.in == 3", "pass 2 channels, 3 channels"},
        {"audio.in==2 and(video.in>=3)", "pass 2 channels, 3 channels"},
    });
}

BOOST_AUTO_TEST_CASE(an_or_of_channels_is_asked_of_each_channel) {
    check({
        // Neither side holds for all three, but each channel passes by one of them.
        {"video.in.channel.bitrate == 0 or video.in.channel.fps > 5", "pass 30 fps, 0 kbit/s, 7 fps"},
        {"video.in.channel.bitrate == 0 or video.in.channel.fps > 10",
         "fail 400 kbit/s, 7 fps, wanted == 0 kbit/s or > 10 fps, in video.in #3"},
        {"video.in.channel.bitrate == 0 or video.in.channel.fps > 10 and video.in.channel.width > 600",
         "fail 400 kbit/s, 7 fps, wanted == 0 kbit/s or > 10 fps, in video.in #3"},
        // Channels of other directions stand alone.
        {"audio.in.channel.bitrate > 100 or video.in.channel.width >= 0", "pass 1280 px, 0 px, 640 px"},
        {"video.in.channel.bitrate == 0 or audio.in.channel.bitrate > 10 or video.in.channel.fps > 10",
         "pass 30 kbit/s, 12.4 kbit/s"},
        {"video.in.channel.bitrate == 0 or audio.in.channel.bitrate > 20 or video.in.channel.fps > 10",
         "fail 12.4 kbit/s, 400 kbit/s, 7 fps, wanted > 20 kbit/s or == 0 kbit/s or > 10 fps, in audio.in "
         "#2, video.in #3"},
        // A run-level side lets all channels pass.
        {"video.in.channel.fps > 100 or score > 5", "pass 8.5"},
        // Mixed inside an `and`: every pair of channels is judged.
        {"(audio.in.channel.bitrate > 20 and video.in.channel.fps > 5) or video.in.channel.bitrate == 0",
         "fail 12.4 kbit/s, 800 kbit/s, wanted > 20 kbit/s or == 0 kbit/s, in audio.in #2, video.in #1"},
    });
}

BOOST_AUTO_TEST_CASE(run_level_metrics) {
    check({
        {"score > 5", "pass 8.5"},
        {"mos > 4.2", "fail 4.1, wanted > 4.2"},
        {"connectionDuration > 60", "pass 61.25 s"},
        {"connectionduration > 60", "pass 61.25 s"},
        {"callSetupTime < 1000", "pass 812 ms"},
        {"performance.browser.cpu < 0.85", "pass 0.5"},
        {"performance.browser.cpu.max < 0.85", "fail 0.95, wanted < 0.85"},
        {"performance.browser.cpu.avg < 0.85", "pass 0.5"},
        {"performance.browser.memory < 800",
         "fail , wanted < 800 MB (performance.browser.memory was not measured)"},
    });
}

BOOST_AUTO_TEST_CASE(custom_metrics_and_timers) {
    check({
        {"login < 2000", "pass 1500"},
        {"\"my timer\" == 3", "pass 3"},
        {"joins.total > 3", "pass 4"},
        {"joins.total.max > 8", "pass 9"},
        {"custom.scroe == 1", "pass 1"},
        {"logout < 3", "fail , wanted < 3 (no metric or timer 'logout' was set)"},
    });
    const auto names =
        Expectation::parse("login < 3 and custom.scroe > 1 or login > 7 and score > 3")->custom_names();
    BOOST_TEST(names == (std::vector<std::string>{"login", "scroe"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(errors_say_what_and_where) {
    const std::string all =
        "one of bitrate, packetloss, jitter, rtt, data, packets, fps, width, height, codec, framesdropped, "
        "freezes, freezeduration, mos, empty";
    check({
        {"", "!column 1: there is no expectation (write for instance audio.in.bitrate > 20)"},
        {"audio.in.bitrat > 20", "!column 10: unknown metric 'bitrat' (did you mean 'audio.in.bitrate'?)"},
        {"video.in.channel.fsp > 20",
         "!column 18: unknown metric 'fsp' (did you mean 'video.in.channel.fps'?)"},
        {"audio.in.zzzzzzz > 20", "!column 10: unknown metric 'zzzzzzz' (" + all + ")"},
        {"audio.inn.bitrate > 20", "!column 7: 'inn' is not a direction (write audio.in or audio.out)"},
        {"audio > 20", "!column 6: the direction is missing (write audio.in or audio.out)"},
        {"audio.in.channel > 1", "!column 17: the metric of the channel is missing (" + all + ")"},
        {"audio.in.bitrate.mean > 1",
         "!column 18: 'mean' is no statistic of a metric (write .avg, .min or .max)"},
        {"audio.in.codec.min == opus", "!column 16: a codec has no minimum or maximum"},
        {"audio.in.codec > opus", "!column 16: codecs compare with == and != only"},
        {"audi.in.bitrate > 3",
         "!column 1: unknown metric 'audi.in.bitrate' (did you mean 'audio.in.bitrate'? a metric or "
         "timer of your own with this name is written custom.audi.in.bitrate)"},
        {"scroe > 5",
         "!column 1: unknown metric 'scroe' (did you mean 'score'? a metric or timer of your own with this "
         "name "
         "is written custom.scroe)"},
        {"performance.cpu < 1",
         "!column 1: unknown metric 'performance.cpu' (did you mean 'performance.probe.cpu'? a metric "
         "or timer of your own with this name is written custom.performance.cpu)"},
        {"packetloss < 2",
         "!column 1: 'packetloss' is a metric of a channel (write for instance audio.in.packetloss)"},
        {"audio.in.bitrate", "!column 17: the operator is missing (one of == != > >= < <=)"},
        {"audio.in.bitrate 20", "!column 18: expected an operator, not '20' (one of == != > >= < <=)"},
        {"audio.in = 2", "!column 10: '=' is not an operator (write '==')"},
        {"audio.in => 2", "!column 10: '=>' is not an operator (one of == != > >= < <=)"},
        {"audio.in >", "!column 11: the value is missing"},
        {"audio.in > two",
         "!column 12: expected a number, not 'two' (a number without its unit, in channels)"},
        {"audio.in.packetloss < 2%",
         "!column 23: expected a number, not '2%' (a number without its unit, in %)"},
        {"score > nan", "!column 9: expected a number, not 'nan'"},
        {"score > 5 and",
         "!column 14: a comparison is missing at the end (write for instance audio.in.bitrate > 20)"},
        {"score > 5 && mos > 3", "!column 11: unexpected '&&' (write 'and')"},
        {"score > 5 mos > 3", "!column 11: expected 'and' or 'or' here, not 'mos'"},
        {"(score > 5", "!column 1: this '(' is not closed"},
        {"score > 5)", "!column 10: this ')' closes nothing"},
        {"\"my timer > 3", "!column 1: the quoted name is not closed"},
        {"20 > score",
         "!column 1: expected a metric, not the number 20 (write for instance audio.in.bitrate > 20)"},
        {"audio..in > 3",
         "!column 1: 'audio..in' is not a metric (write for instance audio.in.bitrate > 20)"},
        {"> 3", "!column 1: expected a metric, not '>' (write for instance audio.in.bitrate > 20)"},
    });
}

BOOST_AUTO_TEST_CASE(length_and_depth_are_bounded) {
    BOOST_TEST(Expectation::parse(std::string(4097, 'a')).error().message ==
               "an expectation has at most 4096 bytes");
    BOOST_TEST(Expectation::parse(std::string(17, '(') + "score > 1").error().message ==
               "parentheses are nested more than 16 deep");
    std::string many = "score>1";
    for (int i = 0; i < 64; ++i)
        many += " or score>1";
    BOOST_TEST(Expectation::parse(many).error().message == "an expectation has at most 64 comparisons");
}

BOOST_AUTO_TEST_CASE(too_many_pairs_of_channels_do_not_hang) {
    Call call;
    call.channels[{Media::audio, Direction::in}].resize(1000, {{C::bitrate, MetricValue::of(1)}});
    call.channels[{Media::video, Direction::in}].resize(
        1000, {{C::bitrate, MetricValue::of(1)}, {C::fps, MetricValue::of(1)}});
    const auto result =
        Expectation::parse(
            "(audio.in.channel.bitrate > 0 and video.in.channel.bitrate >= 0) or video.in.channel.fps > 50")
            ->evaluate(call);
    BOOST_TEST(!result.passed);
    BOOST_TEST(result.message == "there are too many channels to judge each with each");
}

BOOST_AUTO_TEST_CASE(every_metric_has_a_row) {
    for (const auto& info : all_channel_metrics())
        BOOST_TEST(Expectation::parse("video.out.channel." + std::string(info.name) +
                                      (info.unit.empty() && info.name == "codec" ? " == x" : " > 1"))
                       .has_value(),
                   info.name);
    for (const auto& info : all_run_metrics())
        BOOST_TEST(Expectation::parse(std::string(info.name) + ".max > 1").has_value(), info.name);
    BOOST_TEST(all_channel_metrics().size() == 15u);
    BOOST_TEST(all_run_metrics().size() == 8u);
}

BOOST_AUTO_TEST_SUITE_END()
