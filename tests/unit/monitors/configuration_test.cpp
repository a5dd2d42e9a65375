#include "monitors/configuration.hpp"

#include "tests/unit/net/self_signed.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace ringback;
using namespace ringback::monitors;

namespace {

struct Folder {
    std::filesystem::path path;
    Folder() {
        auto pattern = (std::filesystem::temp_directory_path() / "ringback-configuration-XXXXXX").string();
        BOOST_REQUIRE(mkdtemp(pattern.data()));
        path = pattern;
        write("ping.yaml", "name: Ping\nsteps:\n  - request: GET http://127.0.0.1:9/\n");
    }
    ~Folder() { std::filesystem::remove_all(path); }
    void write(const std::string& name, const std::string& text) const { std::ofstream(path / name) << text; }
    [[nodiscard]] Parsed<Configuration> load(const std::string& text) const {
        write("monitors.yaml", text);
        return load_configuration((path / "monitors.yaml").string());
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(configuration)

BOOST_AUTO_TEST_CASE(a_whole_configuration) {
    const Folder folder;
    folder.write("staging.yaml", "name: staging\nvariables: {host: 127.0.0.1, sku: 1}\n");
    const auto made = folder.load(
        "location: eu-1\nmonitors:\n"
        "  - {test: ping.yaml, every: 30s, run-options: '#webhook:http://127.0.0.1:1/x'}\n"
        "  - name: Ping in the morning\n    test: ping.yaml\n    cron: '30 8 * * mon-fri'\n    time-zone: "
        "Europe/Berlin\n"
        "    environment: staging.yaml\n    variables: {sku: 42}\n    retry-on-failure: true\n");
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
    BOOST_TEST(made->location == "eu-1");
    BOOST_REQUIRE(made->monitors.size() == 2u);
    BOOST_TEST(made->monitors[0].name == "Ping");
    BOOST_TEST(made->monitors[0].options.webhooks.at(0).url == "http://127.0.0.1:1/x");
    BOOST_TEST(std::get<Every>(made->monitors[0].schedule).interval.count() == 30000);
    BOOST_TEST(std::get<Cron>(made->monitors[1].schedule).zone_name == "Europe/Berlin");
    BOOST_TEST(made->monitors[1].environment == "staging");
    BOOST_TEST(made->monitors[1].variables.size() == 3u);
    BOOST_TEST(made->monitors[1].variables.back().second == "42");
    BOOST_TEST(made->monitors[1].retry_on_failure);
}

BOOST_AUTO_TEST_CASE(errors_have_a_place_and_a_hint) {
    struct Row {
        const char* text;
        std::size_t line, column;
        const char* message;
        const char* hint;
    };
    const Folder folder;
    for (const auto& row : std::vector<Row>{
             {"location: eu\n", 1, 1, "a configuration needs 'monitors'",
              "a list of monitors, each with 'test' and 'every' or 'cron'"},
             {"", 1, 1, "the file is empty", "a configuration begins with 'monitors:'"},
             {"monitors: {a: b}\n", 1, 11, "'monitors' must be a list with one monitor at least",
              "a list of monitors, each with 'test' and 'every' or 'cron'"},
             {"monitors:\n  - {test: ping.yaml, every: 2s, environment: nope.yaml}\n", 2, 47,
              "environment 'nope.yaml': cannot be read", ""},
             {"keep: 6d\nmonitors: []\n", 1, 7, "'keep' is out of range", "from 7d to 10000d"},
             {"monitors:\n  - {test: ping.yaml, every: 2s, name: \"a\\nb\\e[31m\"}\n", 2, 40,
              "'name' must be one line of at most 255 bytes, without control characters", ""},
             {"monitors:\n  - {test: ping.yaml, every: 2s, run-options: }\n", 2, 46,
              "'run-options' has no value",
              "quote it, since '#' begins a YAML comment: '#timeout:2 #webhook:https://example.com/hook'"},
             {"monitors: []\n", 1, 11, "'monitors' must be a list with one monitor at least",
              "a list of monitors, each with 'test' and 'every' or 'cron'"},
             {"moniters: []\n", 1, 1, "unknown key 'moniters' in a configuration",
              "did you mean 'monitors'?"},
             {"monitors:\n  - {every: 2s}\n", 2, 5, "a monitor needs a 'test'", "the path of a test file"},
             {"monitors:\n  - {test: ping.yaml}\n", 2, 5, "a monitor has either 'every' or 'cron'", ""},
             {"monitors:\n  - {test: ping.yaml, every: 2s, cron: '* * * * *'}\n", 2, 5,
              "a monitor has either 'every' or 'cron'", ""},
             {"monitors:\n  - {test: ping.yaml, every: fast}\n", 2, 30, "'every' must be a duration",
              "a number and a unit: 500ms, 2s, 1m; a number alone counts seconds"},
             {"monitors:\n  - {test: ping.yaml, every: 10ms}\n", 2, 30, "'every' is out of range",
              "from 1s to 31d"},
             {"monitors:\n  - {test: ping.yaml, cron: '61 * * * *'}\n", 2, 30, "'61' is no minute",
              "from 0 to 59, with lists (1,5), ranges (1-5) and steps (*/15)"},
             {"monitors:\n  - {test: ping.yaml, cron: '* * * * *', time-zone: Europa/Berlin}\n", 2, 53,
              "unknown time zone 'Europa/Berlin'", "a name such as Europe/Berlin or UTC"},
             {"monitors:\n  - {test: ping.yaml, every: 2s}\n  - {test: ping.yaml, every: 3s}\n", 3, 5,
              "two monitors are named 'Ping'", "give one of them a 'name' of its own"},
             {"monitors:\n  - {test: pong.yaml, every: 2s}\n", 2, 12,
              "test 'pong.yaml': cannot be read: No such file or directory", ""},
             {"monitors: [\n", 2, 1, "not valid YAML: end of sequence flow not found", ""}}) {
        const auto made = folder.load(row.text);
        BOOST_REQUIRE_MESSAGE(!made.has_value(), row.text);
        BOOST_TEST(made.error().message == row.message);
        BOOST_TEST(made.error().hint == row.hint);
        BOOST_TEST(made.error().line == row.line, row.text << "line " << made.error().line);
        BOOST_TEST(made.error().column == row.column, row.text << "column " << made.error().column);
    }
}

BOOST_AUTO_TEST_CASE(a_webhook_belongs_to_the_file_it_is_written_in) {
    const Folder folder;
    const net::test::SelfSigned authority("authority");
    std::filesystem::create_directory(folder.path / "tests");
    for (const char* place : {"own.pem", "tests/own.pem"})
        std::filesystem::copy_file(authority.certificate_file(), folder.path / place);
    const auto hook = [](const std::string& url) {
        return "run-options: '#timeout:1 #webhook:{\"url\": \"" + url + R"(", "tls": {"ca": "own.pem"}}')";
    };
    const auto loaded = [&](const std::string& in_test, const std::string& in_monitor) {
        folder.write("tests/t.yaml", "name: T\n" + in_test + "\nsteps: [{pause: 1s}]\n");
        return folder.load("monitors:\n  - test: tests/t.yaml\n    every: 30s\n    " + in_monitor + "\n");
    };
    const auto ca = [&](const std::string& in_test, const std::string& in_monitor) {
        const auto made = loaded(in_test, in_monitor);
        BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
        return made->monitors.front().options.webhooks.at(0).tls.ca;
    };
    BOOST_TEST(ca(hook("https://x/"), "") == (folder.path / "tests/own.pem").string());
    BOOST_TEST(ca("", hook("https://x/")) == (folder.path / "own.pem").string());
    const auto where = [&](const std::string& in_test, const std::string& in_monitor) {
        const auto made = loaded(in_test, in_monitor);
        BOOST_REQUIRE(!made.has_value());
        return std::filesystem::path(made.error().source).filename().string() + ":" +
               std::to_string(made.error().line) + ":" + std::to_string(made.error().column);
    };
    BOOST_TEST(where(hook("https://0x7f.1/"), "") == "t.yaml:2:35");
    BOOST_TEST(where("", hook("https://0x7f.1/")) == "monitors.yaml:4:39");
}

BOOST_AUTO_TEST_CASE(an_error_in_a_test_file_names_that_file) {
    const Folder folder;
    folder.write("broken.yaml", "name: Broken\nsteps:\n  - requst: GET http://127.0.0.1/\n");
    const auto made = folder.load("monitors:\n  - {test: broken.yaml, every: 2s}\n");
    BOOST_REQUIRE(!made.has_value());
    BOOST_TEST(made.error().source.ends_with("broken.yaml"));
    BOOST_TEST(made.error().line == 3u);
    BOOST_TEST(made.error().hint == "did you mean 'request'?");
}

BOOST_AUTO_TEST_SUITE_END()
