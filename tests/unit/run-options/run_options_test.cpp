#include "run-options/run_options.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace std::chrono_literals;

namespace {

RunOptions parsed(std::string_view text) {
    const auto options = parse_run_options(text);
    BOOST_REQUIRE_MESSAGE(options, (options ? "" : render(options.error())));
    return *options;
}

template <class Value>
struct Row {
    std::string_view text;
    Value expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(run_options)

BOOST_AUTO_TEST_CASE(nothing_said_means_the_defaults) {
    for (const std::string_view text : {"", "  ", "\n,\n"}) {
        const RunOptions options = parsed(text);
        BOOST_TEST((options == RunOptions{}));
        BOOST_TEST(options.session_size() == 1u);
        BOOST_TEST(options.probe_count() == 1u);
        BOOST_TEST((options.run_timeout() == 5min));
        BOOST_TEST((options.sampling_interval() == 1s));
        BOOST_TEST(options.max_tries() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(every_option) {
    const RunOptions options = parsed(
        "#session:2, #probes:4 #timeout:10 #webhook:http://x/ #getstats-frequency:3, #getstats #random "
        "#chrome-cli:auto-select-desktop-capture-source=Entire screen,use-fake-ui-for-media-stream "
        "#extension:https://x/e.tar.gz #vnc #try:3");
    BOOST_TEST(options.session.value() == 2u);
    BOOST_TEST(options.probes.value() == 4u);
    BOOST_TEST((options.timeout == 10min));
    BOOST_REQUIRE(options.webhooks.size() == 1u);
    BOOST_TEST(options.webhooks[0].url == "http://x/");
    BOOST_TEST((options.getstats_frequency == 3s));
    BOOST_TEST(options.getstats);
    BOOST_TEST(options.random);
    BOOST_TEST(options.chrome_cli ==
               (std::vector<std::string>{"auto-select-desktop-capture-source=Entire screen",
                                         "use-fake-ui-for-media-stream"}));
    BOOST_TEST(options.extensions == std::vector<std::string>{"https://x/e.tar.gz"});
    BOOST_TEST(options.vnc);
    BOOST_TEST(options.tries.value() == 3u);
}

BOOST_AUTO_TEST_CASE(names_do_not_tell_capital_from_small_letters) {
    BOOST_TEST((parsed("#SESSION:2 #TimeOut:1 #VNC") == parsed("#session:2 #timeout:1 #vnc")));
}

BOOST_AUTO_TEST_CASE(times) {
    const Row<std::chrono::milliseconds> timeouts[] = {
        {"#timeout:2", 2min}, {"#timeout:0.5", 30s},    {"#timeout:90s", 90s},    {"#timeout:2m", 2min},
        {"#timeout:1h", 1h},  {"#timeout:1.5h", 90min}, {"#timeout:\"2m\"", 2min}};
    for (const auto& row : timeouts)
        BOOST_TEST((parsed(row.text).run_timeout() == row.expected), row.text);

    // The default depends on how long the run may take.
    const Row<std::chrono::milliseconds> intervals[] = {
        {"#timeout:19", 1s},           {"#timeout:20", 5s},
        {"#timeout:59", 5s},           {"#timeout:60", 30s},
        {"#getstats-frequency:7", 7s}, {"#timeout:60 #getstats-frequency:500ms", 500ms}};
    for (const auto& row : intervals)
        BOOST_TEST((parsed(row.text).sampling_interval() == row.expected), row.text);
}

BOOST_AUTO_TEST_CASE(chromium_switches) {
    const Row<std::vector<std::string>> rows[] = {
        {"#chrome-cli:mute-audio", {"mute-audio"}},
        {"#chrome-cli:--mute-audio, --lang=en", {"mute-audio", "lang=en"}},
        {"#chrome-cli:enable-features=A\\,B,mute-audio", {"enable-features=A,B", "mute-audio"}},
        {"#chrome-cli:\"lang=de #x\"", {"lang=de #x"}},
    };
    for (const auto& row : rows)
        BOOST_TEST(parsed(row.text).chrome_cli == row.expected);
}

BOOST_AUTO_TEST_CASE(several_webhooks) {
    const Row<std::vector<std::string>> rows[] = {
        {"#webhook:http://a #webhook:http://b", {"http://a", "http://b"}},
        {"#webhook:http://a\n  http://b,\r\n\nhttp://c #vnc", {"http://a", "http://b", "http://c"}},
        {"#webhook:\nhttp://a\nhttp://b", {"http://a", "http://b"}},
        {"#webhook:{\"url\":\"http://a\"} #webhook:http://b#part", {"http://a", "http://b#part"}},
        {"#webhook:\"http://a\\nhttp://b\"", {"http://a", "http://b"}},
        {"#webhook:http://a #webhook:{\"url\":\"http://a\"}", {"http://a"}},  // the same said twice
    };
    for (const auto& row : rows) {
        std::vector<std::string> urls;
        for (const WebhookTarget& webhook : parsed(row.text).webhooks)
            urls.push_back(webhook.url);
        BOOST_TEST(urls == row.expected);
    }
}

BOOST_AUTO_TEST_CASE(the_same_twice_is_no_contradiction) {
    BOOST_TEST((parsed("#timeout:2 #timeout:120s #vnc #VNC") == parsed("#timeout:2 #vnc")));
}

BOOST_AUTO_TEST_CASE(probes_follow_the_session) {
    const Row<std::uint32_t> rows[] = {{"#session:3", 3}, {"#session:3 #probes:9", 9}, {"#probes:4", 4}};
    for (const auto& row : rows)
        BOOST_TEST(parsed(row.text).probe_count() == row.expected);
}

BOOST_AUTO_TEST_CASE(merging) {
    struct Merge {
        std::string_view base, over, expected;
    };
    const Merge rows[] = {
        {"#session:2 #timeout:5", "#timeout:9", "#session:2 #timeout:9"},
        {"#vnc", "#random #getstats", "#vnc #random #getstats"},
        {"#webhook:http://a #webhook:http://b", "#webhook:http://c", "#webhook:http://c"},
        {"#webhook:http://a", "#try:2", "#webhook:http://a #try:2"},
        {"#session:2", "#probes:6", "#session:2 #probes:6"},
        {"#chrome-cli:a,b #extension:x", "#chrome-cli:c", "#chrome-cli:c #extension:x"},
        {"#getstats-frequency:2", "", "#getstats-frequency:2"},
    };
    for (const Merge& row : rows) {
        const auto merged = merge(parsed(row.base), parsed(row.over));
        BOOST_REQUIRE(merged);
        BOOST_TEST((*merged == parsed(row.expected)), row.base << " + " << row.over);
    }
    const auto contradiction = merge(parsed("#session:2 #probes:4"), parsed("#session:3"));
    BOOST_REQUIRE(!contradiction);
    BOOST_TEST(render(contradiction.error()) ==
               "1:1: #probes:4 is not a multiple of #session:3\n  for example #probes:3 or #probes:6");
}

BOOST_AUTO_TEST_SUITE_END()
