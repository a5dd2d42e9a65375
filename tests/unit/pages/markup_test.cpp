#include "pages/markup.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::pages;

BOOST_AUTO_TEST_SUITE(markup)

BOOST_AUTO_TEST_CASE(text_loses_its_meaning_between_tags_and_in_attributes) {
    BOOST_TEST(html_text("<a href=\"x\" title='&'>") == "&lt;a href=&quot;x&quot; title=&#39;&amp;&#39;&gt;");
    BOOST_TEST(html_text("plain, Grüße") == "plain, Grüße");
}

BOOST_AUTO_TEST_SUITE_END()
