#include "harness/test/testrtc_import.hpp"

#include "harness/test/load.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace ringback;
using namespace ringback::harness;

namespace {
Parsed<Test> imported(const std::string& text) {
    return import_testrtc(boost::json::parse(text), "export.json");
}
}  // namespace

BOOST_AUTO_TEST_SUITE(testrtc_import)

BOOST_AUTO_TEST_CASE(a_new_export) {
    const auto made =
        imported(R"json({"name": "AppRTC", "info": "two people", "runOptions": "#timeout:10 #getstats",
        "serviceUrl": "https://appr.example", "testScript": "client.url(process.env.RTC_SERVICE_URL);\r\nclient.pause(1000);\r\n",
        "webhook": "{\"url\": \"https://hook.example/x\", \"headers\": {\"custom-webhook-header\": \"web-testrtc-webhook\"}}",
        "sessionSize": 2, "numberOfSessions": "3", "isRemote": true, "runCount": 17, "somethingNew": {"a": []},
        "parameters": {"concurrentUsers": "5", "loopCount": 1},
        "testProfiles": [{"browser": "linux-chrome-stable", "network": "Wifi", "firewall": "FW_NO_FW", "media": "undefined", "location": "default"}]})json");
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
    BOOST_TEST(made->name == "AppRTC");
    BOOST_TEST(made->description == "two people");
    BOOST_TEST(made->run_options.session_size() == 2u);
    BOOST_TEST(made->run_options.probe_count() == 6u);  // 5 is rounded up to whole sessions
    BOOST_TEST(made->run_options.getstats);
    BOOST_TEST(made->run_options.webhooks.at(0).headers.at(0).second == "web-testrtc-webhook");
    const auto& webrtc = std::get<WebrtcTest>(made->body);
    BOOST_TEST(webrtc.script == "client.url(process.env.RTC_SERVICE_URL);\nclient.pause(1000);\n");
    BOOST_TEST(webrtc.profiles.at(0).browser == "linux-chrome-stable");
    BOOST_TEST(webrtc.profiles.at(0).network == "Wifi");
    BOOST_TEST(webrtc.profiles.at(0).media == "");
}

BOOST_AUTO_TEST_CASE(media_of_testrtcs_own_have_a_stand_in) {
    const auto made = imported(
        R"({"name": "x", "testScript": "return;", "parameters": {"loopCount": 3}, "testProfiles": [
            {"media": "Salsa-720p.mp4"}, {"media": "Salsa-720p.mp4"}, {"media": "Voice"}, {"media": "talking-head"}, {"media": "default"}]})");
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
    std::string media;
    for (const auto& profile : std::get<WebrtcTest>(made->body).profiles)
        media += profile.media + ";";
    BOOST_TEST(media == "talking-head-720p;talking-head-720p;talking-head;talking-head;;");
    const std::vector<std::string> wanted{
        "'loopCount' is 3: the test is run once",
        "the media 'Salsa-720p.mp4' is not here: 'talking-head-720p' stands in",
        "the media 'Voice' is not here: 'talking-head' stands in"};
    BOOST_TEST(made->remarks == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_keys_of_their_own_say_becomes_run_options) {
    struct Row {
        const char *keys, *text;
    };
    for (const auto& row : std::vector<Row>{
             {R"("sessionSize": 2)", "#session:2"},
             {R"("runOptions": "#timeout:3", "sessionSize": "2", "numberOfSessions": 3)",
              "#timeout:3 #session:2 #probes:6"},
             {R"("runOptions": "#session:4", "sessionSize": 2, "parameters": {"concurrentUsers": 5})",
              "#session:4 #probes:8"},
             {R"("webhook": "https://a.example/\r\nhttps://b.example/")",
              "#webhook:https://a.example/\r\nhttps://b.example/"},
             {R"("sessionSize": 0, "numberOfSessions": null, "webhook": " ")", ""}}) {
        const auto made =
            imported(R"({"name": "x", "testScript": "return;", )" + std::string(row.keys) + "}");
        BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
        BOOST_TEST(made->run_options_text == row.text);
        BOOST_TEST((parse_run_options(row.text).value() == made->run_options));
    }
}

BOOST_AUTO_TEST_CASE(a_name_becomes_one_line) {
    BOOST_TEST(imported(R"({"name": " a\nb\t", "testScript": "return;"})")->name == "a b");
    const auto made = imported(R"({"name": ")" + std::string(200, 'x') +
                               "日本語日本語日本語日本語日本語日本語" + R"(", "testScript": "return;"})");
    BOOST_TEST(made->name.size() == 254u);
}

BOOST_AUTO_TEST_CASE(an_old_export_lacks_much) {
    const auto made =
        imported(R"({"name": "Old", "testScript": "return;", "runOptions": null, "sessionSize": null})");
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
    BOOST_TEST(made->run_options.session_size() == 1u);
    BOOST_TEST(made->run_options.probe_count() == 1u);
    BOOST_TEST(made->run_options.webhooks.empty());
}

BOOST_AUTO_TEST_CASE(run_options_win_over_keys_of_their_own) {
    const auto made = imported(
        R"({"name": "x", "testScript": "return;", "runOptions": "#session:4 #webhook:https://a.example/", "sessionSize": 2, "webhook": "https://b.example/"})");
    BOOST_REQUIRE(made.has_value());
    BOOST_TEST(made->run_options.session_size() == 4u);
    BOOST_TEST(made->run_options.webhooks.size() == 1u);
    BOOST_TEST(made->run_options.webhooks.at(0).url == "https://a.example/");
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_said) {
    struct Row {
        const char *text, *source, *message;
    };
    for (
        const auto& row : std::vector<Row>{
            {R"({"testScript": "return;"})", "export.json", "'name': a test needs a name"},
            {R"({"name": "x", "testScript": " \n"})", "export.json", "'testScript': the script is empty"},
            {R"({"name": "x", "testScript": "return;", "runOptions": "#sesion:2"})",
             "export.json (runOptions)", "unknown option '#sesion'"},
            {R"({"name": "x", "testScript": "return;", "webhook": "ftp://x"})", "export.json (webhook)", ""},
            {R"({"name": "x", "testScript": "return;", "testProfiles": [{"browser": "linux-firefox-stable"}]})",
             "export.json",
             "'testProfiles': the browser 'linux-firefox-stable' is not supported yet, only Chromium is"},
            {R"({"name": "x", "testScript": "return;", "serviceUrl": "{{"})", "export.json", ""},
            {R"({"name": "x", "testScript": "client.url(;"})", "export.json (testScript)", ""}}) {
        const auto made = imported(row.text);
        BOOST_REQUIRE_MESSAGE(!made.has_value(), row.text);
        BOOST_TEST(made.error().source == row.source, made.error().source);
        if (*row.message) BOOST_TEST(made.error().message == row.message);
    }
}

BOOST_AUTO_TEST_CASE(files_hold_one_or_several) {
    auto pattern = (std::filesystem::temp_directory_path() / "ringback-import-XXXXXX").string();
    BOOST_REQUIRE(mkdtemp(pattern.data()));
    const auto load = [&](const char* name, const char* text) {
        const auto path = pattern + "/" + name;
        std::ofstream(path) << text;
        return load_tests(path);
    };
    BOOST_TEST(load("one.json", "\xEF\xBB\xBF{\"name\": \"x\", \"testScript\": \"return;\"}")->size() == 1u);
    BOOST_TEST(load("two.json",
                    R"([{"name": "x", "testScript": "return;"}, {"name": "y", "testScript": "return;"}])")
                   ->size() == 2u);
    BOOST_TEST(load("none.json", "[]").error().message == "the export holds no test");
    BOOST_TEST(load("other.json", "{\"a\": 1}").error().message ==
               "this JSON is no export that is known here");
    BOOST_TEST(load("runscope.json", R"({"name": "x", "steps": []})").error().message ==
               "Runscope exports are not supported yet");
    BOOST_TEST(load("broken.json", "{").error().message.starts_with("not valid JSON: "));
    std::filesystem::remove_all(pattern);
}

BOOST_AUTO_TEST_SUITE_END()
