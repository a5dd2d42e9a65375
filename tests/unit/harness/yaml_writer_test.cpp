#include "harness/test/yaml_writer.hpp"

#include "harness/test/load.hpp"
#include "harness/test/testrtc_import.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <fstream>
#include <random>

using namespace ringback;
using namespace ringback::harness;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / ("ringback-writer-test-" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
};

/// Everything of a test but the names of the files it came from.
void check_equal(const Test& a, const Test& b) {
    BOOST_CHECK_EQUAL(a.name, b.name);
    BOOST_CHECK_EQUAL(a.description, b.description);
    BOOST_CHECK_EQUAL(a.project, b.project);
    BOOST_CHECK_EQUAL(a.service_url, b.service_url);
    BOOST_CHECK_EQUAL(a.run_options_text, b.run_options_text);
    BOOST_CHECK(a.run_options == b.run_options);
    BOOST_CHECK(a.variables == b.variables);
    const auto &one = std::get<WebrtcTest>(a.body), &two = std::get<WebrtcTest>(b.body);
    BOOST_CHECK_EQUAL(one.script, two.script);
    BOOST_CHECK_EQUAL(one.expectations.size(), two.expectations.size());
    const auto shown = [](const Profile& p) {
        return p.browser + "|" + p.network + "|" + p.firewall + "|" + p.media + "|" + p.location;
    };
    BOOST_REQUIRE_EQUAL(one.profiles.size(), two.profiles.size());
    for (std::size_t i = 0; i < one.profiles.size(); ++i)
        BOOST_CHECK_EQUAL(shown(one.profiles[i]), shown(two.profiles[i]));
}

/// The test of an export, written and read again.
void check_round_trip(const json::value& document, const fs::path& folder) {
    const auto made = import_testrtc(document, (folder / "export.json").string());
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()) << "\n" << json::serialize(document));
    const auto text = yaml_text(*made, "t.js", "from an export");
    std::ofstream(folder / "t.js", std::ios::binary) << std::get<WebrtcTest>(made->body).script;
    std::ofstream(folder / "t.yaml", std::ios::binary) << text;
    const auto again = load_tests((folder / "t.yaml").string());
    BOOST_REQUIRE_MESSAGE(again.has_value(), render(again.error()) << "\n" << text);
    BOOST_REQUIRE_EQUAL(again->size(), 1u);
    check_equal(*made, again->front());
}

/// Texts that are hard to write down.
std::string odd_text(std::mt19937& random, bool lines) {
    static const std::vector<std::string> parts{"a",
                                                "Zwei",
                                                " ",
                                                "  ",
                                                "'",
                                                "\"",
                                                "\\",
                                                ":",
                                                ": ",
                                                " #",
                                                "#",
                                                "- ",
                                                "{",
                                                "}",
                                                "[",
                                                "]",
                                                ",",
                                                "&",
                                                "*",
                                                "!",
                                                "|",
                                                ">",
                                                "%",
                                                "@",
                                                "`",
                                                "~",
                                                "null",
                                                "true",
                                                "no",
                                                "1",
                                                "1e3",
                                                "0x1f",
                                                "é",
                                                "日本",
                                                "🎧",
                                                "\t",
                                                "\xc2\x85",
                                                "\xc2\xa0",
                                                "\xe2\x80\xa8",
                                                "\xef\xbb\xbf",
                                                "\xef\xbf\xbf",
                                                "---",
                                                "...",
                                                "?",
                                                "=",
                                                "<<"};
    static const std::vector<std::string> breaks{"\n", "\n\n", "\r\n", "\n ", " \n"};
    std::string text;
    for (auto n = random() % 9; n > 0; --n)
        text +=
            lines && random() % 4 == 0 ? breaks[random() % breaks.size()] : parts[random() % parts.size()];
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(yaml_writer)

BOOST_AUTO_TEST_CASE(scalars_take_the_simplest_style) {
    struct Row {
        std::string text, written;
    };
    for (const auto& row : std::vector<Row>{
             {"Two people", "Two people"},
             {"", "''"},
             {"yes", "'yes'"},
             {"12", "'12'"},
             {"it's", "'it''s'"},
             {"#session:2 #timeout:2", "'#session:2 #timeout:2'"},
             {"Zwei im Raum: Ü", "'Zwei im Raum: Ü'"},
             {"one\ntwo", "|-\n  one\n  two"},
             {"one\n\ntwo\n", "|\n  one\n\n  two"},
             {" one\ntwo", "\" one\\ntwo\""},
             {"a\tb", "\"a\\u0009b\""},
             {"back\\slash \"and\"\r\n", "\"back\\\\slash \\\"and\\\"\\u000D\\n\""},
         }) {
        BOOST_CHECK_EQUAL(yaml_scalar(row.text), row.written);
        BOOST_CHECK_EQUAL(YAML::Load("key: " + yaml_scalar(row.text) + "\nnext: 1\n")["key"].Scalar(),
                          row.text);
    }
}

BOOST_AUTO_TEST_CASE(an_export_is_the_same_test_as_its_import) {
    const Folder folder;
    std::mt19937 random(20261121);
    for (int round = 0; round < 400; ++round) {
        const auto maybe = [&](int percent) { return static_cast<int>(random() % 100) < percent; };
        json::object document;
        document["name"] = "x" + odd_text(random, true);
        if (maybe(70)) document["info"] = odd_text(random, true);
        if (maybe(70)) document["serviceUrl"] = "https://x.example/" + std::to_string(random() % 100);
        document["testScript"] = "client.rtcInfo(" + json::serialize(json::value(odd_text(random, true))) +
                                 ");" + (maybe(50) ? "\r\nreturn;\r\n" : "\n//\xef\xbb\xbf");
        std::string options;
        if (maybe(50)) options += "#timeout:" + std::to_string(1 + random() % 9);
        if (maybe(30)) options += ", #session:" + std::to_string(1 + random() % 4);
        if (maybe(30)) options += "\n#getstats #chrome-cli:a=b c,d\\,e";
        if (maybe(20)) options += " #webhook:https://hook.example/a#b";
        if (maybe(80)) document["runOptions"] = options;
        if (maybe(30)) document["runOptions"] = nullptr;
        if (maybe(60)) document["sessionSize"] = maybe(50) ? json::value(random() % 5) : json::value("3");
        if (maybe(50)) document["numberOfSessions"] = random() % 4;
        if (maybe(50)) document["parameters"] = {{"concurrentUsers", random() % 12}, {"loopCount", 1}};
        switch (random() % 5) {
            case 0:
                document["webhook"] = " https://hook.example/c?d=e ";
                break;
            case 1:
                document["webhook"] = json::serialize(
                    json::value{{"url", "https://hook.example/"}, {"headers", {{"x-a", "it's #1 \"b\""}}}});
                break;
            case 2:
                document["webhook"] = "https://hook.example/1\r\nhttps://hook.example/2\n";
                break;
            case 3:
                document["webhook"] = "";
                break;
            default:
                break;
        }
        if (maybe(70)) {
            json::array profiles;
            for (auto n = random() % 3; n > 0; --n)
                profiles.push_back({{"browser", maybe(50) ? "linux-chrome-stable" : "undefined"},
                                    {"network", maybe(50) ? "Wifi" : ""},
                                    {"firewall", "FW_NO_FW"},
                                    {"media", maybe(50) ? "KrankyGeek-2-1080p" : "talking-head"},
                                    {"location", odd_text(random, true)},
                                    {"unknown", 1}});
            document["testProfiles"] = profiles;
        }
        document["__v"] = 0;
        BOOST_TEST_CONTEXT("round " << round) check_round_trip(document, folder.path);
    }
}

BOOST_AUTO_TEST_CASE(exports_of_both_ages) {
    const Folder folder;
    for (const char* name : {"new.json", "old.json"}) {
        std::ifstream file(fs::path(RINGBACK_SOURCE_DIR) / "tests/fixtures/testrtc" / name, std::ios::binary);
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        BOOST_TEST_CONTEXT(name) check_round_trip(json::parse(text), folder.path);
    }
}

BOOST_AUTO_TEST_SUITE_END()
