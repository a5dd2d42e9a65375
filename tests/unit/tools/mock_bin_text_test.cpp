#include "tools/mock-bin/text.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::mock_bin;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(mock_bin_text)

BOOST_AUTO_TEST_CASE(times_are_written_and_read_alike) {
    const struct {
        const char *text, *canonical;
    } rows[] = {{"2026-01-02T03:04:05.678Z", "2026-01-02T03:04:05.678Z"},
                {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z"},
                {"2026-01-02 03:04Z", "2026-01-02T03:04:00.000Z"},
                {"2026-01-02T03:04:05+02:00", "2026-01-02T01:04:05.000Z"},
                {"2026-01-02T03:04:05.123456-0130", "2026-01-02T04:34:05.123Z"},
                {"1969-12-31T23:59:59.500Z", "1969-12-31T23:59:59.500Z"},
                {"9999-12-31T23:59:59Z", "9999-12-31T23:59:59.000Z"},
                {"0000-01-01T00:00:00Z", "0000-01-01T00:00:00.000Z"}};
    for (const auto& row : rows) {
        const auto time = parse_iso_time(row.text);
        BOOST_REQUIRE_MESSAGE(time, row.text);
        BOOST_TEST(iso_time(*time) == row.canonical);
    }
    for (const auto* bad : {"", "yesterday", "2026-13-01T00:00:00Z", "2026-01-02", "2026-01-02T03:04:05",
                            "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05Zjunk"})
        BOOST_TEST(!parse_iso_time(bad), bad);
}

BOOST_AUTO_TEST_CASE(spans) {
    const struct {
        const char* text;
        int ms;
    } rows[] = {{"10s", 10'000}, {"500ms", 500}, {"1.5s", 1500},   {"2m", 120'000},
                {"3", 3},        {"0", 0},       {"1h", 3'600'000}};
    for (const auto& row : rows) {
        const auto span = parse_span(row.text);
        BOOST_REQUIRE_MESSAGE(span, row.text);
        BOOST_TEST(span->count() == row.ms);
    }
    BOOST_TEST(parse_span("3", 1s)->count() == 3000);
    for (const auto* bad : {"", "s", "-1s", "1x", "1e9s", "inf", "nan", "99999999999999999999s", "1 s"})
        BOOST_TEST(!parse_span(bad), bad);
}

BOOST_AUTO_TEST_CASE(utf8_is_told_from_other_bytes) {
    const struct {
        std::string_view bytes;
        bool good;
    } rows[] = {{"", true},
                {"plain", true},
                {"gr\xC3\xBC\xC3\x9F", true},
                {"\xE2\x82\xAC", true},
                {"\xF0\x9F\x98\x80", true},
                {"\xC3", false},
                {"\xFF", false},
                {"\x80", false},
                {"\xC0\x80", false},
                {"\xE0\x80\x80", false},
                {"\xED\xA0\x80", false},
                {"\xF4\x90\x80\x80", false},
                {"\xF0\x80\x80\x80", false},
                {"a\xE2\x82", false}};
    for (const auto& row : rows)
        BOOST_TEST(is_utf8(row.bytes) == row.good, row.bytes);
    BOOST_TEST(to_text("caf\xE9") == "caf\xC3\xA9");
    BOOST_TEST(to_text("caf\xC3\xA9") == "caf\xC3\xA9");
}

BOOST_AUTO_TEST_CASE(base64_both_ways) {
    const std::string_view rows[][2] = {
        {"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
        {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {std::string_view("\0\xFF\x10", 3), "AP8Q"}};
    for (const auto& [bytes, text] : rows) {
        BOOST_TEST(base64_encode(bytes) == text);
        BOOST_TEST(base64_decode(text).value() == bytes);
    }
    BOOST_TEST(base64_decode("Zm9v\r\nYg").value() == "foob");
    for (const auto* bad : {"Z", "Zg=", "Z=g=", "Zm9*", "Zg===", "===="})
        BOOST_TEST(!base64_decode(bad), bad);
}

BOOST_AUTO_TEST_CASE(line_breaks_lose_their_meaning) {
    BOOST_TEST(one_line("a\r\nSet-Cookie: b") == "a  Set-Cookie: b");
}

BOOST_AUTO_TEST_SUITE_END()
