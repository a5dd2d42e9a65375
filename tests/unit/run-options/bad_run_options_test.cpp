// What people get back for run options that are wrong: line, column, message and hint, and how long it takes.
#include "run-options/run_options.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>
#include <ostream>

using namespace ringback;
using namespace std::string_literals;

namespace {

struct Row {
    std::string text;
    std::size_t line, column;
    std::string message;
    std::string hint = {};
};

void check(const Row& row) {
    const auto options = parse_run_options(row.text);
    BOOST_TEST_CONTEXT(row.text.substr(0, 100)) {
        BOOST_REQUIRE(!options);
        BOOST_TEST(options.error().message == row.message);
        BOOST_TEST(options.error().line == row.line);
        BOOST_TEST(options.error().column == row.column);
        BOOST_TEST(options.error().hint == row.hint);
    }
}

const std::string kExample = "an option looks like '#timeout:5'";
const std::string kScheme = "begin with 'https://' or 'http://'";
const std::string kTimes = "#timeout takes minutes, or a time such as 90s, 2m or 1h, not ";

}  // namespace

BOOST_AUTO_TEST_SUITE(bad_run_options)

BOOST_AUTO_TEST_CASE(names) {
    const Row rows[] = {
        {"#:2", 1, 1, "an option without a name", kExample},
        {"hello #session:2", 1, 1, "text before the first option: 'hello'", kExample},
        {"#sesion:2", 1, 1, "unknown option '#sesion'", "did you mean '#session'?"},
        {"#vnc\n  #WebHok:x", 2, 3, "unknown option '#WebHok'", "did you mean '#webhook'?"},
        {"#foo", 1, 1, "unknown option '#foo'",
         "the options are #session #probes #timeout #webhook #getstats-frequency #getstats #random "
         "#chrome-cli "
         "#extension #vnc #try"},
        {"#timeout=5", 1, 9, "unexpected '=' in the name of an option",
         "a value follows a colon: '#timeout:' and the value"},
        {"#vnc foo", 1, 6, "text behind '#vnc': 'foo'", "a value follows a colon, an option begins with '#'"},
        {"#timeout:5 #session:2 #timeout:6", 1, 23, "#timeout is given twice with different values",
         "keep one of them"},
        {"#extension:a #extension:b", 1, 14, "#extension is given twice with different values",
         "keep one of them"},
        {"#" + std::string(70, 'x'), 1, 1, "unknown option '#" + std::string(39, 'x') + "…'",
         "the options are #session #probes #timeout #webhook #getstats-frequency #getstats #random "
         "#chrome-cli "
         "#extension #vnc #try"},
    };
    for (const Row& row : rows)
        check(row);
}

BOOST_AUTO_TEST_CASE(values) {
    const auto count = [](std::string written) {
        return "#session takes a whole number from 1 to 10000, not '" + written + "'";
    };
    const Row rows[] = {
        {"#session:0", 1, 10, count("0")},
        {"#session:-1", 1, 10, count("-1")},
        {"#session:1e9", 1, 10, count("1e9")},
        {"#session:10001", 1, 10, count("10001")},
        {"#session:99999999999999999999", 1, 10, count("99999999999999999999")},
        {"#session:2 3", 1, 10, count("2 3")},
        {"#session", 1, 1, "#session needs a value", "#session takes a whole number from 1 to 10000"},
        {"#session:{\"n\":2}", 1, 10, "#session takes a whole number from 1 to 10000, not JSON"},
        {"#try:101", 1, 6, "#try takes a whole number from 1 to 100, not '101'"},
        {"#timeout:never", 1, 10, kTimes + "'never'"},
        {"#timeout:5 minutes", 1, 10, kTimes + "'5 minutes'"},
        {"#timeout:0", 1, 10, "#timeout must lie between 1s and 168h, not be '0'"},
        {"#timeout:169h", 1, 10, "#timeout must lie between 1s and 168h, not be '169h'"},
        {"#getstats-frequency:10ms", 1, 21,
         "#getstats-frequency must lie between 100ms and 1h, not be '10ms'"},
        {"#vnc:yes", 1, 6, "#vnc takes no value", "write '#vnc'"},
        {"#vnc:", 1, 1, "#vnc takes no value", "write '#vnc'"},
        {"#chrome-cli:mute-audio,,x", 1, 24, "a switch without a name in #chrome-cli",
         "for example #chrome-cli:lang=en,mute-audio"},
        {"#extension:ftp://x/e.zip", 1, 12, "an extension is called over http or https, not over 'ftp'",
         kScheme},
        {"#probes:3 #session:2", 1, 1, "#probes:3 is not a multiple of #session:2",
         "for example #probes:2 or #probes:4"},
        {"#session:4 #probes:2", 1, 12, "#probes:2 is not a multiple of #session:4", "for example #probes:4"},
    };
    for (const Row& row : rows)
        check(row);
}

BOOST_AUTO_TEST_CASE(webhooks) {
    const Row rows[] = {
        {"#webhook", 1, 1, "#webhook needs a value", "#webhook takes a URL or a JSON object"},
        {"#webhook:, #vnc", 1, 1, "#webhook needs a value", "#webhook takes a URL or a JSON object"},
        {"#webhook:ftp://x", 1, 10, "a webhook is called over http or https, not over 'ftp'", kScheme},
        {"#webhook:http://user:pw@x", 1, 17, "a user name or password inside a URL",
         "in the JSON form: \"basic\": {\"username\": \"…\", \"password\": \"env:NAME\"}"},
        {"#webhook:https://a\n  http://b^c", 2, 11, "the character '^' must be percent-encoded in a URL"},
        {"#webhook:https://a https://b", 1, 19, "white space inside a URL",
         "write a space as %20; several URLs stand on one line each"},
        {"#webhook:http://h/a,http://h/b", 1, 20, "a comma between two URLs",
         "several URLs stand on one line each; a comma inside of one is written %2C"},
        {"#vnc #webhook:http://h/a\nhttp://h/b,https://h/c", 2, 11, "a comma between two URLs",
         "several URLs stand on one line each; a comma inside of one is written %2C"},
        {"#webhook:https://a\n{\"url\":\"http://b\"}", 2, 1, "a JSON target among URLs",
         "give it a #webhook of its own"},
        {R"(#webhook:{"url": "http://x")", 1, 10, "the JSON that begins here is not closed",
         "a '}' is missing at its end"},
        {R"(#webhook:{"url": "http://x} #timeout:2)", 1, 18, "the string that begins here is not closed",
         "a '\"' is missing at its end"},
        {R"(#webhook:{"url": "http://x"} foo)", 1, 30, "text behind the JSON value: 'foo'",
         "an option begins with '#'"},
        {R"(#webhook:{"url": "http://x"}#timeout:2)", 1, 29, "text behind the JSON value: '#timeout:2'",
         "put a space or a comma before '#'"},
        {R"(#vnc #webhook:{"url":"http://x","headers":{"a":"b\nc"}})", 1, 48,
         "a line break in the header 'a'"},
        {R"(#webhook:"http://x)", 1, 10, "the string that begins here is not closed",
         "a '\"' is missing at its end"},
        {"#webhook:{\"url\":\n\"http://x\",\n \"frmat\":\"slack\"}", 3, 2,
         "unknown key 'frmat' in the webhook", "did you mean 'format'?"},
        {R"(#getstats #webhook:{"url":"http://x","url":"http://y"})", 1, 38, "the key 'url' is given twice",
         "keep one of them"},
        {R"(#webhook:"http://x\u0000")", 1, 10, "a NUL character in the value of #webhook"},
    };
    for (const Row& row : rows)
        check(row);
}

BOOST_AUTO_TEST_CASE(bytes) {
    const Row rows[] = {
        {"#session:2 \xff", 1, 12, "the byte 0xFF is not UTF-8", "save the text as UTF-8"},
        {"#é\xc3", 1, 3, "the byte 0xC3 is not UTF-8", "save the text as UTF-8"},
        {"#a:\xed\xa0\x80", 1, 4, "the byte 0xED is not UTF-8", "save the text as UTF-8"},  // a surrogate
        {"#a:\xc0\xaf", 1, 4, "the byte 0xC0 is not UTF-8", "save the text as UTF-8"},      // overlong
        {"#a\0b"s, 1, 3, "a NUL character", "remove it"},
        {"#vnc\n#a\x1b[2J", 2, 3, "the control character U+001B", "remove it"},
    };
    for (const Row& row : rows)
        check(row);
}

BOOST_AUTO_TEST_CASE(much_of_it_takes_no_time) {
    constexpr std::size_t kMebibyte = 1 << 20;
    const auto times = [](std::size_t count, std::string_view part) {
        std::string text;
        text.reserve(count * part.size());
        while (count-- > 0)
            text += part;
        return text;
    };
    const std::string webhook = R"(#webhook:{"url":"http://x","body":{"a":)";
    const Row rows[] = {
        {times(kMebibyte, "#"), 1, 1, "an option without a name", kExample},
        {times(kMebibyte + 1, "#"), 1, kMebibyte + 1, "run options longer than 1 MiB"},
        {times(kMebibyte / 5, "#vnc ") + "#", 1, 1048576, "an option without a name", kExample},
        {"#webhook:" + times(10'000, "{"), 1, 11, "malformed JSON: unexpected '{'",
         "JSON keys and strings stand in double quotation marks"},
        {"#webhook:" + times(10'000, "{\"a\":"), 1, 170, "JSON nested more than 32 levels deep"},
        {webhook + times(10'000, "[") + times(10'000, "]") + "}}", 1, 70,
         "JSON nested more than 32 levels deep"},
        {"#webhook:{" + times(kMebibyte - 10, "\""), 1, 13, "malformed JSON: unexpected '\"'",
         "is a comma or colon missing before it?"},
        {"#webhook:http://x?" + times(kMebibyte - 18, "&"), 1, 2058, "a URL longer than 2,048 characters"},
        {times(kMebibyte / 9, "x://y?@ \""), 1, 1, "text before the first option: 'x://y?@'", kExample},
        {"#webhook:" + times(kMebibyte / 11, "http://a,\n"), 1, 1, ""},  // one target, said often
        {"#chrome-cli:a" + times(kMebibyte / 2, ",a"), 1, 13, "run options longer than 1 MiB"},
        {"#chrome-cli:a" + times(kMebibyte / 3, ",a"), 1, 13, "#chrome-cli names more than 200 switches"},
        {times(kMebibyte / 32, "#webhook:http://example.com/abc "), 1, 1, ""},
    };
    for (Row row : rows) {
        if (row.message == "run options longer than 1 MiB") row.column = kMebibyte + 1;
        const auto begin = std::chrono::steady_clock::now();
        if (row.message.empty())
            BOOST_TEST(parse_run_options(row.text).has_value());
        else
            check(row);
        // Linear work takes a fraction of a second even under a sanitizer; quadratic work on 1 MiB takes
        // minutes.
        BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(10)),
                   row.text.substr(0, 40));
    }
}

BOOST_AUTO_TEST_SUITE_END()
