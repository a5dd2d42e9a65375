#include "net/http_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;

BOOST_AUTO_TEST_SUITE(query)

BOOST_AUTO_TEST_CASE(percent_escapes_become_bytes) {
    const struct {
        std::string text;
        bool plus;
        std::string decoded;
    } rows[] = {
        {"", false, ""},
        {"plain", false, "plain"},
        {"a%20b", false, "a b"},
        {"a+b", false, "a+b"},
        {"a+b", true, "a b"},
        {"%C3%a4", false, "\xC3\xA4"},
        {"%00", false, std::string(1, '\0')},
        {"100%", false, "100%"},  // malformed escapes stay
        {"%4", false, "%4"},
        {"%zz%41", false, "%zzA"},
        {"%%41", false, "%A"},
        {"%2541", false, "%41"},  // once, not twice
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.text) BOOST_TEST(percent_decode(row.text, row.plus) == row.decoded);
}

BOOST_AUTO_TEST_CASE(a_query_is_pairs_in_order_with_duplicates) {
    using Pairs = std::vector<std::pair<std::string, std::string>>;
    const struct {
        std::string query;
        Pairs pairs;
    } rows[] = {
        {"", {}},
        {"a=1&b=2", {{"a", "1"}, {"b", "2"}}},
        {"a=1&a=2&a=1", {{"a", "1"}, {"a", "2"}, {"a", "1"}}},
        {"flag", {{"flag", ""}}},
        {"a=", {{"a", ""}}},
        {"=v", {{"", "v"}}},
        {"&&a=1&", {{"a", "1"}}},
        {"a=b=c", {{"a", "b=c"}}},
        {"na%20me=va+l%26ue", {{"na me", "va l&ue"}}},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.query) {
            const auto pairs = parse_query(row.query);
            BOOST_TEST_REQUIRE(pairs.size() == row.pairs.size());
            for (std::size_t i = 0; i < pairs.size(); ++i) {
                BOOST_TEST(pairs[i].first == row.pairs[i].first);
                BOOST_TEST(pairs[i].second == row.pairs[i].second);
            }
        }
}

BOOST_AUTO_TEST_SUITE_END()
