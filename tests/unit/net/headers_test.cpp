#include "net/headers.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;

BOOST_AUTO_TEST_SUITE(headers)

BOOST_AUTO_TEST_CASE(keeps_order_case_and_duplicates) {
    const Headers headers{{"X-B", "1"}, {"x-a", "2"}, {"X-b", "3"}};
    std::string shown;
    for (const auto& field : headers)
        shown += field.name + "=" + field.value + " ";
    BOOST_TEST(shown == "X-B=1 x-a=2 X-b=3 ");
    BOOST_TEST(headers.get("x-B").value() == "1");
    BOOST_TEST(headers.all("X-B").size() == 2u);
    BOOST_TEST(!headers.get("X-C").has_value());
    BOOST_TEST(headers.contains("X-A"));
    BOOST_TEST(!headers.contains(""));
}

BOOST_AUTO_TEST_CASE(set_replaces_all_in_the_place_of_the_first) {
    Headers headers{{"A", "1"}, {"B", "2"}, {"a", "3"}, {"C", "4"}};
    headers.set("a", "new");
    BOOST_TEST((headers == Headers{{"A", "new"}, {"B", "2"}, {"C", "4"}}));
    headers.set("D", "5");
    BOOST_TEST((headers == Headers{{"A", "new"}, {"B", "2"}, {"C", "4"}, {"D", "5"}}));
    headers.remove("b");
    BOOST_TEST((headers == Headers{{"A", "new"}, {"C", "4"}, {"D", "5"}}));
}

BOOST_AUTO_TEST_CASE(names_compare_as_ascii) {
    BOOST_TEST(same_name("Content-Type", "cONTENT-tYPE"));
    BOOST_TEST(!same_name("Content-Type", "Content-Typ"));
    BOOST_TEST(!same_name("[", "{"));        // 0x20 apart, yet no letters
    BOOST_TEST(!same_name("\xc4", "\xe4"));  // letters in Latin-1, not in ASCII
}

BOOST_AUTO_TEST_SUITE_END()
