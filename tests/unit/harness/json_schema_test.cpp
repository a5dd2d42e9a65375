#include "harness/expression/json_schema.hpp"

#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace ringback::harness;

namespace {

/// "" when valid, the violation, or "!" and what is wrong with the schema.
std::string judged(std::string_view schema, std::string_view value) {
    const auto parsed = JsonSchema::parse(schema);
    if (!parsed) return "!" + parsed.error().message;
    return parsed->violation(*parse_json(value));
}

struct Row {
    std::string schema, value, outcome;
};
void check(std::initializer_list<Row> table) {
    for (const auto& [schema, value, outcome] : table) {
        const auto given = judged(schema, value);
        BOOST_TEST(given == outcome,
                   schema << " on " << value << "\n  gives  " << given << "\n  wanted " << outcome);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_schema)

BOOST_AUTO_TEST_CASE(general_rules) {
    check({
        {"true", "1", ""},
        {"false", "1", "the document: nothing is allowed here"},
        {"{}", "1", ""},
        {R"({"type": "string"})", "\"a\"", ""},
        {R"({"type": "string"})", "1", "the document: 1 is not of type string"},
        {R"({"type": "integer"})", "1.0", ""},
        {R"({"type": "integer"})", "1.5", "the document: 1.5 is not of type integer"},
        {R"({"type": "number"})", "1", ""},
        {R"({"type": "boolean"})", "null", "the document: null is not of type boolean"},
        {R"({"type": ["string", "null"]})", "null", ""},
        {R"({"type": ["string", "null"]})", "3", "the document: 3 is not of type [\"string\",\"null\"]"},
        {R"({"enum": ["a", 1, {"b": 2}]})", R"({"b": 2.0})", ""},
        {R"({"enum": ["a", 1]})", "2", "the document: 2 is none of [\"a\",1]"},
        {R"({"const": 1})", "1.0", ""},
        {R"({"const": "1"})", "1", "the document: 1 is not \"1\""},
    });
}

BOOST_AUTO_TEST_CASE(numbers_and_texts) {
    check({
        {R"({"minimum": 0})", "0", ""},
        {R"({"minimum": 0})", "-1", "the document: -1 is less than 0"},
        {R"({"maximum": 5})", "6", "the document: 6 is more than 5"},
        {R"({"exclusiveMinimum": 0})", "0", "the document: 0 is not more than 0"},
        {R"({"exclusiveMaximum": 5})", "5", "the document: 5 is not less than 5"},
        {R"({"multipleOf": 0.1})", "0.3", ""},
        {R"({"multipleOf": 2})", "3", "the document: 3 is not a multiple of 2"},
        {R"({"minimum": 0})", "\"text\"", ""},
        {R"({"minLength": 2})", "\"ä\"", "the document: 1 characters, at least 2 wanted"},
        {R"({"maxLength": 2})", "\"äöü\"", "the document: 3 characters, at most 2 wanted"},
        {R"({"pattern": "^a"})", "\"abc\"", ""},
        {R"({"pattern": "^b"})", "\"abc\"", "the document: \"abc\" does not match ^b"},
    });
}

BOOST_AUTO_TEST_CASE(lists_and_objects) {
    check({
        {R"({"items": {"type": "integer"}})", "[1, 2]", ""},
        {R"({"items": {"type": "integer"}})", "[1, \"a\"]", "[1]: \"a\" is not of type integer"},
        {R"({"items": [{"type": "integer"}], "additionalItems": false})", "[1, 2]",
         "[1]: nothing is allowed here"},
        {R"({"minItems": 1})", "[]", "the document: 0 elements, at least 1 wanted"},
        {R"({"uniqueItems": true})", "[1, 2, 1.0]", "the document: [0] and [2] are equal"},
        {R"({"contains": {"const": 2}})", "[1, 2]", ""},
        {R"({"contains": {"const": 3}})", "[1, 2]", "the document: no element is as `contains` wants one"},
        {R"({"properties": {"items": {"items": {"properties": {"price": {"minimum": 0}}}}}})",
         R"({"items": [{"price": -1}]})", "items[0].price: -1 is less than 0"},
        {R"({"required": ["a", "b"]})", R"({"a": 1})", "the document: the key 'b' is missing"},
        {R"({"properties": {"a": {}}, "additionalProperties": false})", R"({"a": 1, "b": 2})",
         "the document: the key 'b' is not allowed"},
        {R"({"additionalProperties": {"type": "string"}})", R"({"b": 2})", "b: 2 is not of type string"},
        {R"({"patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false})",
         R"({"x-a": "1"})", ""},
        {R"({"patternProperties": {"^x-": {"type": "string"}}})", R"({"x-a": 1})",
         "x-a: 1 is not of type string"},
        {R"({"propertyNames": {"maxLength": 1}})", R"({"ab": 1})", "ab: 2 characters, at most 1 wanted"},
        {R"({"maxProperties": 1})", R"({"a": 1, "b": 2})", "the document: 2 keys, at most 1 wanted"},
        {R"({"dependencies": {"a": ["b"]}})", R"({"a": 1})", "the document: the key 'a' needs the key 'b'"},
        {R"({"dependencies": {"a": {"required": ["c"]}}})", R"({"a": 1})",
         "the document: the key 'c' is missing"},
    });
}

BOOST_AUTO_TEST_CASE(combinations_and_references) {
    check({
        {R"({"allOf": [{"minimum": 0}, {"maximum": 5}]})", "6", "the document: 6 is more than 5"},
        {R"({"anyOf": [{"type": "string"}, {"minimum": 5}]})", "6", ""},
        {R"({"anyOf": [{"type": "string"}, {"minimum": 5}]})", "4",
         "the document: it agrees with none of `anyOf`"},
        {R"({"oneOf": [{"minimum": 0}, {"minimum": 5}]})", "6",
         "the document: it agrees with 2 of `oneOf`, not with one"},
        {R"({"not": {"type": "string"}})", "\"a\"", "the document: it agrees with what `not` forbids"},
        {R"({"if": {"minimum": 10}, "then": {"multipleOf": 10}, "else": {"multipleOf": 1}})", "15",
         "the document: 15 is not a multiple of 10"},
        {R"({"if": {"minimum": 10}, "then": {"multipleOf": 10}})", "5", ""},
        {R"({"definitions": {"p": {"minimum": 0}}, "items": {"$ref": "#/definitions/p"}})", "[-1]",
         "[0]: -1 is less than 0"},
        {R"({"properties": {"next": {"$ref": "#"}}, "required": ["v"]})",
         R"({"v": 1, "next": {"v": 2, "next": {}}})", "next.next: the key 'v' is missing"},
        {R"({"$ref": "#"})", "1", "the document: the schema leads too deep here"},
        {R"({"not": {"$ref": "#"}})", "1", "the document: the schema leads too deep here"},
    });
}

BOOST_AUTO_TEST_CASE(a_wrong_schema_is_refused) {
    check({
        {"{", "1", "!the schema is not JSON: it ends too early at line 1, column 2"},
        {"3", "1", "!the schema at # is neither an object nor a boolean"},
        {R"({"typ": "string"})", "1",
         "!the schema keyword 'typ' at # is not supported (did you mean 'type'?)"},
        {R"({"type": "strin"})", "1", "!#/type has the wrong type: strin"},
        {R"({"properties": []})", "1", "!#/properties is no object of schemas"},
        {R"({"properties": {"a": 1}})", "1",
         "!the schema at #/properties/a is neither an object nor a boolean"},
        {R"({"minLength": -1})", "1", "!#/minLength has the wrong type: -1"},
        {R"({"required": "a"})", "1", "!#/required has the wrong type: a"},
        {R"({"$ref": "#/definitions/x"})", "1", "!#/$ref names #/definitions/x, which is not in this schema"},
        {R"({"$ref": "http://127.0.0.1/x"})", "1",
         "!#/$ref names http://127.0.0.1/x, which is not in this schema"},
        {R"({"const": {"type": 3}, "items": {"$ref": "#/const"}})", "1",
         "!#/items/$ref leads to a place that is no schema"},
        {R"({"anyOf": {}})", "1", "!#/anyOf is no list of schemas"},
    });
    BOOST_TEST(judged(R"({"pattern": "("})", "1").starts_with("!#/pattern: the pattern is wrong"));
}

BOOST_AUTO_TEST_CASE(no_schema_can_hold_a_run_up) {
    std::string wide = "[0";
    for (int i = 1; i < 20'000; ++i)
        wide += "," + std::to_string(i);
    wide += "]";
    const auto begin = std::chrono::steady_clock::now();
    BOOST_TEST(judged(R"({"uniqueItems": true})", wide) ==
               "the document: the schema takes too long on this value");
    BOOST_TEST(
        judged(
            R"({"definitions": {"a": {"anyOf": [{"$ref": "#/definitions/a"}, {"$ref": "#/definitions/a"}]}},
                       "$ref": "#/definitions/a"})",
            "1")
            .starts_with("the document: the schema"));
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_SUITE_END()
