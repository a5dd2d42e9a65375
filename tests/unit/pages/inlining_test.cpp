#include "pages/assets.hpp"
#include "pages/inline_module.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::pages;

BOOST_AUTO_TEST_SUITE(inlining)

BOOST_AUTO_TEST_CASE(imports_and_exports_go) {
    BOOST_TEST(
        inline_module("// a\nimport { b } from './b.js';\nimport {\n    c, d,\n} from './c.js';\n"
                      "export function e() { return 'export me'; }\nexport const f = 1;\nlet important;\n") ==
        "// a\nfunction e() { return 'export me'; }\nconst f = 1;\nlet important;\n");
    BOOST_TEST(inline_module("").empty());
    BOOST_TEST(inline_module("last()") == "last()\n");
}

BOOST_AUTO_TEST_CASE(what_pages_share_can_be_put_inside_a_script_element) {
    for (const auto script :
         {components_script(), figures_script(), charts_script(), uplot_script(), uplot_license()}) {
        BOOST_TEST(script.size() > 500u);
        for (const auto* word : {"</script", "<!--", "*/ /", "\r"})
            BOOST_TEST(script.find(word) == std::string_view::npos, word);
    }
    for (const auto script : {components_script(), figures_script(), charts_script()})
        for (const auto* call : {"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("})
            BOOST_TEST(script.find(call) == std::string_view::npos, call);
    for (const auto sheet : {style_sheet(), figures_style_sheet(), uplot_style_sheet()})
        for (const auto* word : {"</style", "url(", "@import"})
            BOOST_TEST(sheet.find(word) == std::string_view::npos, word);
}

BOOST_AUTO_TEST_SUITE_END()
