#include "run-options/parse_error.hpp"

#include <boost/test/unit_test.hpp>

#include <array>
#include <stdexcept>

using namespace ringback;

namespace {

std::string drawn(std::string_view text, std::size_t offset) {
    return render(error_at(text, offset, "wrong"));
}

struct Row {
    std::string text;
    std::size_t offset;
    std::string expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(parse_error)

BOOST_AUTO_TEST_CASE(a_whole_error) {
    ParseError error = error_at("name: x\nrun-options: '#sesion:2'\nsteps: []", 22,
                                "unknown option '#sesion'", "did you mean '#session'?");
    error.source = "checkout.yaml";
    BOOST_TEST(render(error) ==
               "checkout.yaml:2:15: unknown option '#sesion'\n"
               "  run-options: '#sesion:2'\n"
               "                ^\n"
               "  did you mean '#session'?");
    BOOST_TEST(render(error, true) ==
               "\x1b[1mcheckout.yaml:2:15:\x1b[0m \x1b[31munknown option '#sesion'\x1b[0m\n"
               "  run-options: '#sesion:2'\n"
               "                \x1b[31m^\x1b[0m\n"
               "  \x1b[36mdid you mean '#session'?\x1b[0m");
    ParseError bare;
    bare.message = "no such file";
    BOOST_TEST(render(bare) == "1:1: no such file");
}

BOOST_AUTO_TEST_CASE(the_caret_stands_below_the_column) {
    const Row rows[] = {
        {"abc", 1, "1:2: wrong\n  abc\n   ^"},
        {"abc", 3, "1:4: wrong\n  abc\n     ^"},
        {"abc", 99, "1:4: wrong\n  abc\n     ^"},
        {"a\nbc", 1, "1:2: wrong\n  a\n   ^"},
        {"a\r\nbc\r\n", 4, "2:2: wrong\n  bc\n   ^"},
        {"a\n", 2, "2:1: wrong"},
        {"\tx", 1, "1:2: wrong\n   x\n   ^"},             // a tab is one column, drawn as one space
        {"日本 x", 7, "1:4: wrong\n  日本 x\n       ^"},  // wide characters fill two cells
        {"e\u0301x", 3, "1:3: wrong\n  e\u0301x\n   ^"},  // a combining mark fills none
        {"a\x1b[2Jb", 5, "1:6: wrong\n  a␛[2Jb\n       ^"},
        {"a\u202Eb", 4, "1:3: wrong\n  a\uFFFDb\n    ^"},  // would turn the direction of the text
        {"a\xff\xfe", 2, "1:3: wrong\n  a\uFFFD\uFFFD\n    ^"},
    };
    for (const Row& row : rows)
        BOOST_TEST(drawn(row.text, row.offset) == row.expected);
}

BOOST_AUTO_TEST_CASE(long_lines_are_clipped_around_the_column) {
    std::string line;
    for (int i = 0; i < 60; ++i)
        line += "abcde";
    const auto part = [&](std::size_t begin, std::size_t count) { return line.substr(begin, count); };
    BOOST_TEST(drawn(line, 3) == "1:4: wrong\n  " + part(0, 99) + "…\n     ^");
    BOOST_TEST(drawn(line, 150) ==
               "1:151: wrong\n  …" + part(101, 98) + "…\n  " + std::string(50, ' ') + "^");
    BOOST_TEST(drawn(line, 300) ==
               "1:301: wrong\n  …" + part(201, 99) + "\n  " + std::string(100, ' ') + "^");
    // An excerpt that somebody else filled in is clipped by render() itself.
    ParseError error;
    error.message = "wrong";
    error.column = 151;
    error.excerpt = line;
    BOOST_TEST(render(error) == drawn(line, 150));
}

BOOST_AUTO_TEST_CASE(secrets_are_not_shown) {
    BOOST_TEST(
        drawn("#webhook:{\"secret\": \"whsec_abc\"} #x", 35) ==
        "1:36: wrong\n  #webhook:{\"secret\": \"*********\"} #x\n                                     ^");
}

BOOST_AUTO_TEST_CASE(the_nearest_name) {
    constexpr std::array<std::string_view, 5> kNames{"session", "timeout", "getstats", "getstats-frequency",
                                                     "try"};
    const std::pair<std::string_view, std::string_view> rows[] = {
        {"sesion", "session"},
        {"SESSOIN", "session"},
        {"time-out", "timeout"},
        {"getstats-freq", "getstats-frequency"},
        {"tyr", "try"},
        {"getstat", "getstats"},
        {"x", ""},
        {"foo", ""},
        {"", ""},
        {"sessions and more", ""},
    };
    for (const auto& [word, expected] : rows)
        BOOST_TEST(nearest_name(word, kNames) == expected, word);
    BOOST_TEST(nearest_name(std::string(1 << 20, 's'), kNames).empty());
}

BOOST_AUTO_TEST_CASE(words_inside_a_message) {
    BOOST_TEST(quoted("abc") == "'abc'");
    BOOST_TEST(quoted("a\nb\x1b") == "'a␊b␛'");
    BOOST_TEST(quoted(std::string(41, 'x')) == "'" + std::string(40, 'x') + "…'");
}

BOOST_AUTO_TEST_CASE(asking_an_error_for_its_value_throws_the_text) {
    const Parsed<int> wrong = error_at("abc", 0, "wrong");
    BOOST_CHECK_EXCEPTION((void)wrong.value(), std::invalid_argument, [](const std::exception& error) {
        return std::string(error.what()) == "1:1: wrong\n  abc\n  ^";
    });
}

BOOST_AUTO_TEST_SUITE_END()
