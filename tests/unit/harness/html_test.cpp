#include "harness/report/html.hpp"

#include "harness/report/headline.hpp"
#include "harness/report/json.hpp"
#include "harness/report/thinning.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <cmath>
#include <filesystem>
#include <fstream>
#include <limits>
#include <numeric>

using namespace ringback;
using namespace ringback::harness;
using namespace std::chrono_literals;
namespace json = boost::json;

namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

ChannelResult channel(std::string media, std::string direction, double bitrate, double loss) {
    ChannelResult c;
    c.media = media, c.direction = direction;
    c.id = media + "." + direction + " #1";
    c.codec = media == "audio" ? "opus" : "VP8";
    c.metrics["bitrate"] = {bitrate, bitrate / 2, bitrate * 2, bitrate};
    if (direction == "in") c.metrics["packetloss"] = {loss, 0, 2 * loss, 0};
    c.samples["bitrate"] = {kNone, bitrate, bitrate / 2};
    return c;
}

ProbeResult probe_of_a_call(std::uint32_t number) {
    ProbeResult p;
    p.number = number, p.in_session = number;
    p.name = "gentle-robin-" + std::to_string(number);
    p.browser = "chromium";
    p.sample_times = {1.5, 2.5, 3.5};
    p.channels = {channel("audio", "in", 20, 1), channel("video", "in", 1000, 3),
                  channel("audio", "out", 30, 0)};
    p.events = {{"in the call", true, 2}};
    p.call_setup_ms = 100.0 * number;
    p.mos = 4.2;
    return p;
}

Run call() {
    Run run;
    run.id = "0192f0c1-0000-7000-8000-000000000002";
    run.name = "calm-heron";
    run.kind = "webrtc";
    run.test_name = "Two people";
    run.status = RunStatus::completed;
    run.started_at = SystemTime(1764000000s);
    run.duration = 12s;
    run.probes = {probe_of_a_call(1), probe_of_a_call(2)};
    return run;
}

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + part.size()))
        ++found;
    return found;
}

/// The data that a page carries, as its script reads them.
json::value data_of(const std::string& page) {
    constexpr std::string_view opening = "<script type=\"application/json\" id=\"report\">";
    const auto begin = page.find(opening) + opening.size();
    return json::parse(page.substr(begin, page.find("</script>", begin) - begin));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(html)

BOOST_AUTO_TEST_CASE(text_for_html) {
    const std::pair<std::string, std::string> rows[] = {
        {"plain", "plain"},
        {"<b> & \"it's\"", "&lt;b&gt; &amp; &quot;it&#39;s&quot;"},
        {"grüße", "grüße"},
        {"\xC3(", "\uFFFD("},
    };
    for (const auto& [given, wanted] : rows)
        BOOST_TEST(html_text(given) == wanted);
}

BOOST_AUTO_TEST_CASE(json_inside_a_script_element) {
    const std::pair<std::string, std::string> rows[] = {
        {R"({"a":1.5})", R"({"a":1.5})"},
        {R"("</script>")", R"("\u003c/script\u003e")"},
        {R"("<!--<script>")", R"("\u003c!--\u003cscript\u003e")"},
        {R"("&amp;")", R"("\u0026amp;")"},
        {"\"\u2028\u2029\u2027\"", "\"\\u2028\\u2029\u2027\""},
    };
    for (const auto& [given, wanted] : rows) {
        BOOST_TEST(script_safe(given) == wanted);
        BOOST_TEST(json::parse(script_safe(given)) == json::parse(given), given);
    }
}

BOOST_AUTO_TEST_CASE(whatever_a_tested_service_wrote_stays_text) {
    const std::string evil =
        "</script><script>alert(1)</script><!-- \"><img src=x onerror=alert(1)> \u2028 ' \xFF";
    const std::string shown =
        "</script><script>alert(1)</script><!-- \"><img src=x onerror=alert(1)> \u2028 ' \uFFFD";
    const auto harmless = html_report(std::vector<Run>{call()});
    auto run = call();
    run.test_name = run.service_url = run.description = run.additional_info = evil;
    run.error = evil;
    run.failure_reasons = run.warnings = {evil};
    run.variables[evil] = evil;
    auto& probe = run.probes.front();
    probe.name = probe.browser = probe.network = evil;
    probe.console = probe.reasons = {evil};
    probe.events.push_back({evil, false, 3});
    probe.custom_metrics[evil] = 1;
    probe.notifications.push_back({Level::error, run.started_at, evil, evil});
    probe.expectations.push_back({evil, false, false, evil, evil, "expectation", evil, evil, {}});
    probe.channels[0].id = probe.channels[0].codec = evil;
    probe.channels[0].samples[evil] = {1, 2, 3};
    const auto page = html_report(std::vector<Run>{run});
    for (const auto* word : {"<script", "</script", "<!--", "<img"})
        BOOST_TEST(count(page, word) == count(harmless, word), word);
    const auto scripts = std::string_view(page).substr(page.find("<script"));
    BOOST_TEST(count(scripts, "\u2028") == 0u);
    const auto data = data_of(page).at("runs").at(0);
    BOOST_TEST(data.at("testName").as_string() == shown);
    BOOST_TEST(data.at("probes").at(0).at("console").at(0).as_string() == shown);
    BOOST_TEST(data.at("variables").as_object().contains(shown));
}

BOOST_AUTO_TEST_CASE(one_page_with_all_it_needs) {
    const auto page = html_report(std::vector<Run>{call()});
    BOOST_TEST(page.starts_with("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">"));
    BOOST_TEST(page.find("<title>Two people · completed</title>") != std::string::npos);
    for (const auto* part :
         {"default-src 'none'; script-src 'sha256-", "base-uri 'none'", "name=\"viewport\"",
          "<main class=\"main stack\" id=\"content\"", "<noscript>", "Copyright (c) 2022 Leon Sorokin",
          "Permission is hereby granted", "var uPlot=function()"})
        BOOST_TEST(page.find(part) != std::string::npos, part);
    BOOST_TEST(count(page, "<script") == 2u);
    BOOST_TEST(count(page, "</script") == 2u);
    for (const auto* outside : {" src=\"", "<link rel=\"stylesheet", "@import", "url(", "fetch(", "import(",
                                "\nimport ", "\nexport ", "innerHTML", "document.write", "\r"})
        BOOST_TEST(count(page, outside) == 0u, outside);
}

BOOST_AUTO_TEST_CASE(all_runs_of_a_command_are_in_one_page) {
    auto failed = call();
    failed.status = RunStatus::failure;
    failed.failure_reasons = {"probe 1: <no> picture"};
    const auto page = html_report(std::vector<Run>{call(), failed, call()});
    BOOST_TEST(page.find("<title>2 of 3 tests passed</title>") != std::string::npos);
    BOOST_TEST(page.find("<p>probe 1: &lt;no&gt; picture</p>") != std::string::npos);
    BOOST_TEST(data_of(page).at("runs").as_array().size() == 3u);
    BOOST_TEST(html_report({}).find("<title>0 of 0 tests passed</title>") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(the_data_are_those_of_the_json_report) {
    const auto page = data_of(html_report(std::vector<Run>{call()}));
    const auto report = json::parse(json_report(std::vector<Run>{call()}));
    BOOST_TEST(page == report);
}

BOOST_AUTO_TEST_CASE(screenshots_are_inside) {
    const auto folder = std::filesystem::temp_directory_path() / make_run_id();
    std::filesystem::create_directory(folder);
    const auto put = [&](const char* name, std::string_view bytes) {
        std::ofstream(folder / name, std::ios::binary) << bytes;
    };
    put("a.jpg", "\xFF\xD8\xFF\xE0");
    put("b.png", "\x89PNG\r\n\x1a\nx");
    put("c.jpg", "<svg onload='alert(1)'>");
    auto run = call();
    run.artifacts = folder.string();
    for (const auto* name : {"a.jpg", "b.png", "c.jpg", "gone.jpg"})
        run.probes[0].screenshots.push_back({name, name, false});
    const auto data = data_of(html_report(std::vector<Run>{run}));
    std::filesystem::remove_all(folder);
    const auto& shots = data.at("runs").at(0).at("probes").at(0).at("screenshots").as_array();
    BOOST_TEST(shots.at(0).at("image").as_string() == "data:image/jpeg;base64,/9j/4A==");
    BOOST_TEST(shots.at(1).at("image").as_string() == "data:image/png;base64,iVBORw0KGgp4");
    BOOST_TEST(!shots.at(2).as_object().contains("image"), "not a picture");
    BOOST_TEST(!shots.at(3).as_object().contains("image"), "not there any more");
}

BOOST_AUTO_TEST_CASE(headlines_of_probe_and_run) {
    auto run = call();
    const auto one = headline(run.probes[0]);
    BOOST_TEST(*one.audio_in == 20);
    BOOST_TEST(*one.video_in == 1000);
    BOOST_TEST(*one.loss_in == 3, "the worse of audio and video");
    BOOST_TEST(!one.video_out);
    BOOST_TEST(!one.rtt_ms);
    run.probes[1].channels.push_back(channel("video", "in", 500, 1));
    run.probes[1].rtt_ms = 40;
    const auto both = headline(run);
    BOOST_TEST(*both.call_setup_ms == 150);
    BOOST_TEST(*both.video_in == 1250, "the mean of 1000 and 1000 + 500");
    BOOST_TEST(*both.loss_in == 2.5, "the mean of 3 and the mean of 3 and 1");
    BOOST_TEST(*both.rtt_ms == 40, "of those that have one");
    BOOST_TEST(!headline(Run{}).audio_in);
}

BOOST_AUTO_TEST_CASE(few_samples_are_all_kept) {
    auto run = call();
    BOOST_TEST(thin_samples(run, 10) == 0.0);
    BOOST_TEST(run.probes[0].sample_times.size() == 3u);
}

BOOST_AUTO_TEST_CASE(many_samples_lose_no_peak) {
    auto run = call();
    run.probes.resize(1);
    auto& probe = run.probes[0];
    probe.channels.resize(1);
    probe.sample_times.resize(3600);
    std::iota(probe.sample_times.begin(), probe.sample_times.end(), 0.0);
    std::vector<double> flat(3600, 50), late(3600, kNone);
    flat[1800] = 999, flat[1801] = 1;
    for (std::size_t i = 3000; i < late.size(); ++i)
        late[i] = static_cast<double>(i);
    probe.channels[0].samples = {{"bitrate", flat}, {"jitter", late}};
    const double seconds = thin_samples(run, 480);
    BOOST_TEST(std::abs(seconds - 3599.0 / 120) < 1e-9);
    const auto& samples = probe.channels[0].samples;
    BOOST_REQUIRE_EQUAL(probe.sample_times.size(), 240u);
    BOOST_TEST(samples.at("bitrate").size() == 240u);
    BOOST_TEST(std::is_sorted(probe.sample_times.begin(), probe.sample_times.end()));
    const auto peak = std::max_element(samples.at("bitrate").begin(), samples.at("bitrate").end());
    BOOST_TEST(*peak == 999);
    BOOST_TEST(*(peak + 1) == 1, "what came first stands first");
    BOOST_TEST(std::abs(probe.sample_times[static_cast<std::size_t>(peak - samples.at("bitrate").begin())] -
                        1800) < seconds);
    BOOST_TEST(std::isnan(samples.at("jitter").front()));
    BOOST_TEST(samples.at("jitter").back() == 3599);
}

BOOST_AUTO_TEST_CASE(a_big_run_stays_small) {
    Run run = call();
    run.probes.clear();
    const std::vector<double> hour(3600, 123.456);
    for (std::uint32_t number = 1; number <= 32; ++number) {
        auto probe = probe_of_a_call(number);
        probe.sample_times.resize(3600);
        std::iota(probe.sample_times.begin(), probe.sample_times.end(), number * 0.01);
        for (auto& of : probe.channels)
            for (int metric = 0; metric < 20; ++metric)
                of.samples["metric" + std::to_string(metric)] = hour;
        run.probes.push_back(std::move(probe));
    }
    const auto page = html_report(std::vector<Run>{run});
    BOOST_TEST(page.size() < 12'000'000u);
    BOOST_TEST(data_of(page).at("runs").at(0).at("thinnedTo").to_number<double>() > 1);
}

BOOST_AUTO_TEST_SUITE_END()
