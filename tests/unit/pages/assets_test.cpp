#include "pages/assets.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

using namespace ringback::pages;

namespace {

std::string file(const std::string& name) {
    std::ifstream in(std::string(RINGBACK_SOURCE_DIR) + "/pages/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assets)

BOOST_AUTO_TEST_CASE(what_is_embedded_is_the_file_byte_for_byte) {
    BOOST_TEST(style_sheet() == file("style.css"));
    BOOST_TEST(components_script() == file("components.js"));
    BOOST_TEST(style_sheet().size() > 1000u);
}

BOOST_AUTO_TEST_CASE(the_look_serves_everybody) {
    for (const auto* text : {"prefers-color-scheme: dark", "prefers-reduced-motion: reduce", ":focus-visible",
                             "color-scheme: light dark"})
        BOOST_TEST(style_sheet().find(text) != std::string_view::npos, text);
    const auto open = std::count(style_sheet().begin(), style_sheet().end(), '{');
    BOOST_TEST(open == std::count(style_sheet().begin(), style_sheet().end(), '}'));
}

BOOST_AUTO_TEST_CASE(nothing_is_loaded_from_elsewhere_and_text_never_becomes_html) {
    BOOST_TEST(style_sheet().find("http") == std::string_view::npos);
    BOOST_TEST(style_sheet().find("@import") == std::string_view::npos);
    for (const auto* call : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
        BOOST_TEST(components_script().find(call) == std::string_view::npos, call);
}

BOOST_AUTO_TEST_SUITE_END()
