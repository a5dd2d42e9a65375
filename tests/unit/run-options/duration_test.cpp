#include "run-options/duration.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(duration)

BOOST_AUTO_TEST_CASE(numbers_and_units) {
    const std::pair<std::string_view, std::chrono::milliseconds> rows[] = {
        {"500ms", 500ms}, {"2s", 2s}, {"1.5m", 90s}, {"3min", 3min},   {"1h", 1h},
        {"1d", 24h},      {"0s", 0s}, {" 2s\t", 2s}, {"0.0004s", 0ms}, {"10000d", 240000h},
    };
    for (const auto& [text, expected] : rows)
        BOOST_TEST((parse_duration(text) == expected), text);
}

BOOST_AUTO_TEST_CASE(a_bare_number_needs_a_unit_from_outside) {
    BOOST_TEST(!parse_duration("5").has_value());
    BOOST_TEST((parse_duration("5", 1s) == 5s));
    BOOST_TEST((parse_duration("0.5", 1min) == 30s));
    BOOST_TEST((parse_duration("5ms", 1min) == 5ms));
}

BOOST_AUTO_TEST_CASE(what_is_none) {
    for (const std::string_view text :
         {"", " ", "s", "-1s", "+1s", "1e9s", "1 s", "1S", "1sec", "inf", "nan", "0x1s", ".5s", "1s2",
          "10001d", "99999999999999999999999999h", "1.2.3s"})
        BOOST_TEST(!parse_duration(text, 1s).has_value(), text);
}

BOOST_AUTO_TEST_SUITE_END()
