#include "pages/markup.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::pages;

BOOST_AUTO_TEST_SUITE(markup)

BOOST_AUTO_TEST_CASE(text_loses_its_meaning_between_tags_and_in_attributes) {
    BOOST_TEST(html_text("<a href=\"x\" title='&'>") == "&lt;a href=&quot;x&quot; title=&#39;&amp;&#39;&gt;");
    BOOST_TEST(html_text("plain, Grüße") == "plain, Grüße");
}

BOOST_AUTO_TEST_CASE(xml_keeps_white_space_and_replaces_what_it_cannot_hold) {
    BOOST_TEST(xml_text("a\tb\r\nc <'&\">") == "a&#9;b&#13;&#10;c &lt;&#39;&amp;&quot;&gt;");
    BOOST_TEST(xml_text(std::string_view("\x01\0x", 3)) == "\xEF\xBF\xBD\xEF\xBF\xBDx");
    BOOST_TEST(xml_text("\xEF\xBF\xBE\xEF\xBF\xBF\xEF\xBF\xBD") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");
    BOOST_TEST(xml_text("Grüße") == "Grüße");
}

BOOST_AUTO_TEST_SUITE_END()
