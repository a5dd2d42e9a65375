#include "tools/mock-bin/negotiation.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback::mock_bin;
namespace json = boost::json;

BOOST_AUTO_TEST_SUITE(mock_bin_negotiation)

BOOST_AUTO_TEST_CASE(accept_to_form) {
    const struct {
        const char *accept, *type;
    } rows[] = {
        {"", "application/json"},
        {"*/*", "application/json"},
        {"application/*", "application/json"},
        {"text/*", "text/json"},
        {"image/png", "application/json"},
        {"application/yaml", "application/yaml"},
        {"text/x-yaml", "text/x-yaml"},
        {"APPLICATION/XML", "application/xml"},
        {"text/xml;q=0.5, text/yaml;q=0.9", "text/yaml"},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "text/html"},
        {"*/*, text/plain", "text/plain"},
        {"text/plain;q=0, */*;q=0.1", "application/json"},
        {"application/xml;q=abc, text/yaml;q=0.1", "text/yaml"},
        {",,;;q, text/plain ; charset=x ; q=0.3", "text/plain"},
    };
    for (const auto& row : rows)
        BOOST_TEST(negotiate(row.accept).type == row.type,
                   row.accept << " gave " << negotiate(row.accept).type);
}

BOOST_AUTO_TEST_CASE(json_of_each_indent) {
    const auto value = json::parse(R"({"a":[1,{"b":null}],"c":{},"d":[],"e":0.25,"f":"x\"y"})");
    BOOST_TEST(to_json(value, 0) == R"({"a":[1,{"b":null}],"c":{},"d":[],"e":0.25,"f":"x\"y"})");
    BOOST_TEST(to_json(value, 2) ==
               "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n  \"d\": [],\n  "
               "\"e\": 0.25,\n  \"f\": \"x\\\"y\"\n}");
    BOOST_TEST(to_json("text", 2) == "\"text\"");
}

BOOST_AUTO_TEST_CASE(yaml) {
    const auto value = json::parse(
        R"({"plain": "some words", "number": "42", "no": "no", "colon": "a: b", "": "", "list": [1, "x", {"a": 1, "b": [2]}, [3, 4]],
        "empty": {}, "lines": "a\nb", "yes": true})");
    BOOST_TEST(to_yaml(value, 2) ==
               "plain: some words\n"
               "number: \"42\"\n"
               "\"no\": \"no\"\n"
               "colon: \"a: b\"\n"
               "\"\": \"\"\n"
               "list:\n"
               "  - 1\n"
               "  - x\n"
               "  - a: 1\n"
               "    b:\n"
               "      - 2\n"
               "  - - 3\n"
               "    - 4\n"
               "empty: {}\n"
               "lines: \"a\\nb\"\n"
               "\"yes\": true\n");
    const struct {
        const char *text, *yaml;
    } rows[] = {{"just text", "just text\n"},
                {"a: b", "\"a: b\"\n"},
                {"true", "\"true\"\n"},
                {"12", "\"12\"\n"},
                {"#c", "\"#c\"\n"},
                {"\"q", "\"\\\"q\"\n"},
                {"\x7F\xC2\x80\xC2\x9F\xC2\xA0", "\"\\u007f\\u0080\\u009f\xC2\xA0\"\n"},
                {"\xE2\x80\xA8\xEF\xBF\xBE\xEF\xBF\xBD", "\"\\u2028\\ufffe\xEF\xBF\xBD\"\n"}};
    for (const auto& row : rows)
        BOOST_TEST(to_yaml(row.text, 2) == row.yaml);
    BOOST_TEST(to_plain_text("a: b", 2) == "a: b");
    BOOST_TEST(to_plain_text(json::object{{"a", "b: c"}}, 2) == "a: \"b: c\"\n");
}

BOOST_AUTO_TEST_CASE(xml) {
    const auto value = json::parse(
        R"({"code": "418", "list": [1, {"a": "<&>"}], "odd name": "x", "none": null, "control": "\u0001"})");
    BOOST_TEST(
        to_xml(value, 0) ==
        "<?xml version=\"1.0\"?><response><code>418</code><list>1</list><list><a>&lt;&amp;&gt;</a></list>"
        "<item name=\"odd name\">x</item><none/><control>\xEF\xBF\xBD</control></response>");
    BOOST_TEST(to_xml("id", 2) == "<?xml version=\"1.0\"?>\n<response>id</response>\n");
}

BOOST_AUTO_TEST_SUITE_END()
