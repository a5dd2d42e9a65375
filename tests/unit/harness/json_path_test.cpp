#include "harness/expression/json_path.hpp"

#include "expression_support.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback::harness;
using namespace ringback::harness::testing;

namespace {

const boost::json::value document = boost::json::parse(R"({
    "name": "Ann", "age": 42, "address": {"city": "Bern", "zip": null},
    "phones": [{"number": "1"}, {"number": "2"}], "matrix": [[1, 2], [3, 4]], "empty": [],
    "a b": {"c.d": 1, "e]f": 2, "q\"q": 3}, "größe": "XL", "$id": "x", "content-type": "json", "": "nameless",
    "0": "zero"
})");

/// The value as JSON, "?" and why not, or "!" and the parse error.
std::string found(std::string_view path) {
    const auto parsed = JsonPath::parse(path);
    if (!parsed) return "!" + one_line(parsed.error());
    const auto* value = parsed->find(document);
    BOOST_TEST(parsed->explain(document).empty() == (value != nullptr));
    return value ? boost::json::serialize(*value) : "?" + parsed->explain(document);
}

struct Row {
    std::string path, wanted;
};
void check(std::initializer_list<Row> table) {
    for (const auto& [path, wanted] : table)
        BOOST_TEST(found(path) == wanted, path << "\n  gives  " << found(path) << "\n  wanted " << wanted);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_path)

BOOST_AUTO_TEST_CASE(values_are_found) {
    check({
        {"name", R"("Ann")"},
        {"age", "42"},
        {"address.city", R"("Bern")"},
        {"address.zip", "null"},
        {"phones[0].number", R"("1")"},
        {"phones[-1].number", R"("2")"},
        {"phones[-2]", R"({"number":"1"})"},
        {"matrix[1][0]", "3"},
        {"matrix[-1][-1]", "4"},
        {"address[\"city\"]", R"("Bern")"},
        {"['address']['city']", R"("Bern")"},
        {"a b[\"c.d\"]", "1"},
        {"[\"a b\"][\"e]f\"]", "2"},
        {"[\"a b\"][\"q\\\"q\"]", "3"},
        {"größe", R"("XL")"},
        {"$id", R"("x")"},
        {"content-type", R"("json")"},
        {"[\"\"]", R"("nameless")"},
        {"0", R"("zero")"},
    });
    BOOST_TEST(JsonPath().find(document) == &document);
    BOOST_TEST(JsonPath::parse("")->find(document) == &document);
    const auto list = boost::json::parse(R"([1, {"number": 2}, 3])");
    BOOST_TEST(boost::json::serialize(*JsonPath::parse("[1].number")->find(list)) == "2");
    BOOST_TEST(boost::json::serialize(*JsonPath::parse("[-1]")->find(list)) == "3");
}

BOOST_AUTO_TEST_CASE(what_is_missing_is_explained) {
    check({
        {"nam", "?the document has no key 'nam' (did you mean 'name'?)"},
        {"zzzzzz", "?the document has no key 'zzzzzz'"},
        {"address.ctiy", "?address has no key 'ctiy' (did you mean 'city'?)"},
        {"address.city.name", "?address.city is a string, it has no key 'name'"},
        {"address.zip.x", "?address.zip is null, it has no key 'x'"},
        {"age[0]", "?age is a number, it has no [0]"},
        {"phones[5]", "?phones has 2 elements, there is no [5]"},
        {"phones[-3]", "?phones has 2 elements, there is no [-3]"},
        {"empty[0]", "?empty has 0 elements, there is no [0]"},
        {"phones.number", "?phones is an array, it has no key 'number'"},
        {"phones[0].size", "?phones[0] has no key 'size'"},
        {"matrix[0][9]", "?matrix[0] has 2 elements, there is no [9]"},
    });
}

BOOST_AUTO_TEST_CASE(errors_say_what_and_where) {
    const std::string hint = " (write for instance address.city, phones[0].number, phones[-1] or [\"a b\"])";
    check({
        {"a..b", "!column 3: there is no name here" + hint},
        {".a", "!column 1: there is no name here" + hint},
        {"a.", "!column 3: the path ends in a dot" + hint},
        {"a[", "!column 3: there is no index between the brackets" + hint},
        {"a[]", "!column 3: there is no index between the brackets" + hint},
        {"a[x]", "!column 3: 'x' is not an index" + hint},
        {"a[1", "!column 2: '[' is not closed" + hint},
        {"a[1.5]", "!column 2: '[' is not closed" + hint},
        {"a[99999999999999999999]", "!column 3: the index is too large" + hint},
        {"a[0]b", "!column 5: expected '.' or '[' here, not 'b'" + hint},
        {"ä[\"b", "!column 3: the quoted name is not closed" + hint},
        {"\"a b\"", "!column 1: a quoted name stands in brackets (write [\"a b\"])"},
        {"a. b",
         "!column 3: white space at the edge of a name (write [\"a b\"] when it belongs to the name)"},
    });
    BOOST_TEST(JsonPath::parse(std::string(4097, 'a')).error().message ==
               "a JSON path has at most 4096 bytes");
    std::string deep = "a";
    for (int i = 0; i < 64; ++i)
        deep += "[0]";
    BOOST_TEST(JsonPath::parse(deep).error().message == "a JSON path has at most 64 steps");
}

BOOST_AUTO_TEST_SUITE_END()
