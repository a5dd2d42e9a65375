#include "harness/test/option_use.hpp"

#include <boost/test/unit_test.hpp>

#include <stdlib.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

using namespace ringback;
using namespace ringback::harness;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / ("ringback-options-test-" + std::to_string(::getpid()));
    Folder() {
        fs::create_directories(path / "good");
        fs::create_directories(path / "empty");
        for (const char* name : {"good/manifest.json", "a.zip", "b.tar.gz", "c.txt"})
            std::ofstream(path / name) << "{}";
    }
    ~Folder() { fs::remove_all(path); }
};

Test test_in(const fs::path& folder, bool webrtc) {
    Test test;
    test.file = (folder / "t.yaml").string();
    if (webrtc) test.body = WebrtcTest{};
    return test;
}

RunOptions options(const std::string& text) {
    const auto parsed = parse_run_options(text);
    BOOST_REQUIRE_MESSAGE(parsed.has_value(), text);
    return *parsed;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(option_use)

BOOST_AUTO_TEST_CASE(what_cannot_be_done_is_refused) {
    const Folder folder;
    const auto at = folder.path.lexically_normal().string();
    const auto test = test_in(folder.path, true);
    const auto refused = [&](const std::string& text) {
        return refused_option(test, options(text)).value_or("");
    };
    for (const char* fine :
         {"#extension:good", "#extension:a.zip", "#extension:b.tar.gz", "#extension:https://x.example/y",
          "#session:2 #probes:4 #timeout:1 #getstats #getstats-frequency:5 #random #chrome-cli:a #try:2"})
        BOOST_CHECK_EQUAL(refused(fine), "");
    BOOST_CHECK_EQUAL(refused("#extension:empty"),
                      "#extension: there is no manifest.json in " + at + "/empty");
    BOOST_CHECK_EQUAL(refused("#extension:none.zip"), "#extension: there is no " + at + "/none.zip");
    BOOST_CHECK_EQUAL(refused("#extension:c.txt"),
                      "#extension: " + at + "/c.txt is neither a directory nor a .zip or .tar.gz file");
    const char* display = ::getenv("DISPLAY");
    const std::string before = display ? display : "";
    ::unsetenv("DISPLAY");
    BOOST_CHECK_EQUAL(refused("#vnc"),
                      "#vnc shows the browser's window, and there is no display here (DISPLAY is not set)");
    ::setenv("DISPLAY", ":1", 1);
    BOOST_CHECK_EQUAL(refused("#vnc"), "");
    display ? ::setenv("DISPLAY", before.c_str(), 1) : ::unsetenv("DISPLAY");
}

BOOST_AUTO_TEST_CASE(tls_files_begin_where_they_are_written) {
    const auto files = [](const std::string& file) {
        auto all =
            options(R"(#webhook:{"url": "https://x/", "tls": {"ca": "../a.pem", "certificate": "b.pem",)"
                    R"( "key": "/c.pem"}} #webhook:https://y/)");
        resolve_tls_files(all, file);
        const auto& tls = all.webhooks.at(0).tls;
        return tls.ca + " " + tls.certificate + " " + tls.key + all.webhooks.at(1).tls.ca;
    };
    const auto here = fs::current_path().string();
    BOOST_CHECK_EQUAL(files("/tests/deep/t.yaml"), "/tests/a.pem /tests/deep/b.pem /c.pem");
    BOOST_CHECK_EQUAL(files("t.yaml"),
                      (fs::current_path().parent_path() / "a.pem").string() + " " + here + "/b.pem /c.pem");
    BOOST_CHECK_EQUAL(files(""), files("t.yaml"));
}

BOOST_AUTO_TEST_CASE(what_would_do_nothing_is_told) {
    const auto endpoint = test_in("/t", false), call = test_in("/t", true);
    const auto told = [](const Test& test, const std::string& text, bool artifacts) {
        std::string all;
        for (const auto& line : cautions(test, options(text), artifacts))
            all += line + "\n";
        return all;
    };
    BOOST_CHECK_EQUAL(told(endpoint, "#timeout:1 #try:2 #webhook:https://x.example/", false), "");
    BOOST_CHECK_EQUAL(told(endpoint, "#session:2 #probes:2", true),
                      "#session, #probes have no meaning in an endpoint test, which has no browsers\n");
    BOOST_CHECK_EQUAL(
        idle_options(endpoint, options("#session:1 #probes:1 #random #getstats #vnc #chrome-cli:a "
                                       "#getstats-frequency:1 #extension:x"))
            .size(),
        8u);
    BOOST_CHECK_EQUAL(told(call, "#session:2 #probes:2 #random #getstats", true), "");
    BOOST_CHECK_EQUAL(told(call, "#getstats", false),
                      "#getstats keeps nothing: no directory for artifacts is given\n");
    auto imported = call;
    imported.remarks = {"the media 'x' is not here"};
    BOOST_CHECK_EQUAL(told(imported, "", true), "the media 'x' is not here\n");
}

BOOST_AUTO_TEST_CASE(the_page_says_of_every_option_where_it_acts) {
    std::ifstream file(fs::path(RINGBACK_SOURCE_DIR) / "docs" / "run-options.md");
    const std::string page{std::istreambuf_iterator<char>(file), {}};
    const auto begin = page.find("## What acts where"), end = page.find("\n## ", begin + 1);
    BOOST_REQUIRE(begin != std::string::npos && end != std::string::npos);
    std::set<std::string> in_table, known;
    for (std::size_t at = page.find("`#", begin); at < end; at = page.find("`#", at + 1))
        in_table.insert(page.substr(at + 1, page.find('`', at + 1) - at - 1));
    // An option that is like no other makes the parser name all there are.
    std::istringstream hint(parse_run_options("#qqqqqqqqqqqq").error().hint);
    for (std::string word; hint >> word;)
        if (word.starts_with("#")) known.insert(word);
    BOOST_CHECK_GE(known.size(), 11u);
    BOOST_CHECK_EQUAL_COLLECTIONS(in_table.begin(), in_table.end(), known.begin(), known.end());
}

BOOST_AUTO_TEST_SUITE_END()
