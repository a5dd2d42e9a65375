#include "harness/expression/comparison.hpp"

#include "harness/expression/json_document.hpp"
#include "harness/expression/pattern.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace ringback::harness;

namespace {

/// What was found: JSON text, or "text:…", or "absent".
Operand operand(const std::string& found) {
    if (found == "absent") return Operand::absent("not there");
    if (found.starts_with("text:")) return Operand::text(found.substr(5));
    return Operand::owned(*parse_json(found));
}

/// "pass", "fail", or "fail: note".
std::string judged(const std::string& found, const std::string& comparison, const std::string& wanted) {
    const auto* row = find_comparison(comparison);
    BOOST_REQUIRE_MESSAGE(row, comparison);
    const auto outcome = row->compare(operand(found), Operand::text(wanted));
    BOOST_TEST(!(outcome.passed && !outcome.note.empty()));
    return outcome.passed ? "pass" : outcome.note.empty() ? "fail" : "fail: " + outcome.note;
}

struct Row {
    std::string found, comparison, wanted, outcome;
};
void check(std::initializer_list<Row> table) {
    for (const auto& [found, comparison, wanted, outcome] : table) {
        const auto given = judged(found, comparison, wanted);
        BOOST_TEST(given == outcome, found << " " << comparison << " " << wanted << "\n  gives  " << given
                                           << "\n  wanted " << outcome);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(comparison)

BOOST_AUTO_TEST_CASE(equal_compares_texts) {
    check({
        {"\"a\"", "equal", "a", "pass"},
        {"\"a\"", "equal", "b", "fail"},
        {"\"a\"", "is_equal", "a", "pass"},
        {"\"a\"", "equals", "a", "pass"},
        {"text:a", "equal", "a", "pass"},
        {"text:", "equal", "", "pass"},
        {"42", "equal", "42", "pass"},
        {"42", "equal", "42.0", "fail"},
        {"1.0", "equal", "1.0", "pass"},
        {"1.50", "equal", "1.5", "pass"},
        {"19.99", "equal", "19.99", "pass"},
        {"0.1", "equal", "0.1", "pass"},
        {"18446744073709551615", "equal", "18446744073709551615", "pass"},
        {"-9223372036854775808", "equal", "-9223372036854775808", "pass"},
        {"true", "equal", "true", "pass"},
        {"true", "equal", "True", "pass"},
        {"true", "equal", "false", "fail"},
        {"\"true\"", "equal", "True", "fail"},
        {"null", "equal", "null", "pass"},
        {"null", "equal", "", "fail"},
        {"[1, \"a\"]", "equal", "[1,\"a\"]", "pass"},
        {"absent", "equal", "", "fail"},
        {"\"a\"", "not_equal", "b", "pass"},
        {"\"a\"", "not_equal", "a", "fail"},
        {"absent", "not_equal", "a", "fail"},
    });
}

BOOST_AUTO_TEST_CASE(empty_must_be_there) {
    check({
        {"\"\"", "empty", "", "pass"},
        {"null", "empty", "", "pass"},
        {"text:", "empty", "", "pass"},
        {"\"a\"", "empty", "", "fail"},
        {"0", "empty", "", "fail"},
        {"[]", "empty", "", "fail"},
        {"absent", "empty", "", "fail"},
        {"\"a\"", "not_empty", "", "pass"},
        {"0", "not_empty", "", "pass"},
        {"[]", "not_empty", "", "pass"},
        {"\"\"", "not_empty", "", "fail"},
        {"null", "not_empty", "", "fail"},
        {"text:", "not_empty", "", "fail"},
        {"absent", "not_empty", "", "fail"},
    });
}

BOOST_AUTO_TEST_CASE(contains_looks_into_the_text) {
    check({
        {"\"haystack\"", "contains", "st", "pass"},
        {"\"haystack\"", "contains", "ts", "fail"},
        {"[\"a\",\"b\"]", "contains", "\"b\"", "pass"},
        {"\"a\"", "contains", "", "pass"},
        {"absent", "contains", "", "fail"},
        {"\"haystack\"", "does_not_contain", "ts", "pass"},
        {"\"haystack\"", "not_contains", "st", "fail"},
        {"absent", "does_not_contain", "x", "fail"},
    });
}

BOOST_AUTO_TEST_CASE(numbers_compare_as_numbers) {
    check({
        {"\"1.000\"", "equal_number", "1", "pass"},
        {"1", "equals_number", "1.000", "pass"},
        {"1e3", "equal_number", "1000", "pass"},
        {"text: 200 ", "equal_number", "200", "pass"},
        {"200", "equal_number", "201", "fail"},
        {"\"abc\"", "equal_number", "1", "fail: abc is not a number"},
        {"\"\"", "equal_number", "1", "fail: \"\" is not a number"},
        {"1", "equal_number", "x", "fail: x is not a number"},
        {"null", "equal_number", "0", "fail: null is not a number"},
        {"absent", "equal_number", "0", "fail"},
        {"9007199254740993", "equal_number", "9007199254740992", "fail"},
        {"18446744073709551615", "is_greater_than", "18446744073709551614", "pass"},
        {"\"12345678901234567890123\"", "equal_number", "12345678901234567890124", "fail"},
        {"\"12345678901234567890123\"", "equal_number", "1.2345678901234567890123e22", "pass"},
        {"\"99999999999999999999999999\"", "is_greater_than", "99999999999999999999999998", "pass"},
        {"\"0.10000000000000000001\"", "is_greater_than", "0.1", "pass"},
        {"0.1", "equal_number", "0.100", "pass"},
        {"\"1e400\"", "is_greater_than", "5", "pass"},
        {"\"1e-400\"", "is_greater_than", "0", "pass"},
        {"\"-1e400\"", "is_less_than", "-1e399", "pass"},
        {"\"1e99999999999999999999\"", "is_greater_than", "1e9", "pass"},
        {"\"0e99999999999999999999\"", "equal_number", "0", "pass"},
        {"\"000.0100e2\"", "equal_number", "1", "pass"},
        {"\"1.\"", "equal_number", "1", "pass"},
        {"-5", "is_less_than", "3", "pass"},
        {"-5", "is_less_than", "-6", "fail"},
        {"0", "equal_number", "-0", "pass"},
        {"3", "is_less_than", "3", "fail"},
        {"3", "is_less_than_or_equal", "3", "pass"},
        {"3", "is_greater_than", "3", "fail"},
        {"3", "greater_than", "2.5", "pass"},
        {"3", "is_greater_than_or_equal", "3", "pass"},
        {"\"10\"", "is_greater_than", "9", "pass"},
        {"42", "is_a_number", "", "pass"},
        {"\"-1.5e3\"", "is_a_number", "", "pass"},
        {"\".5\"", "is_a_number", "", "pass"},
        {"\"+7\"", "is_a_number", "", "pass"},
        {"\"1e999\"", "is_a_number", "", "pass"},
        {"\"0x10\"", "is_a_number", "", "fail"},
        {"\"nan\"", "is_a_number", "", "fail"},
        {"\"inf\"", "is_a_number", "", "fail"},
        {"\"1 2\"", "is_a_number", "", "fail"},
        {"\"--1\"", "is_a_number", "", "fail"},
        {"\".\"", "is_a_number", "", "fail"},
        {"\"1e\"", "is_a_number", "", "fail"},
        {"\"1e+-2\"", "is_a_number", "", "fail"},
        {"\"1e2.5\"", "is_a_number", "", "fail"},
        {"\"1.2.3\"", "is_a_number", "", "fail"},
        {"\"e5\"", "is_a_number", "", "fail"},
        {"\"\"", "is_a_number", "", "fail"},
        {"true", "is_a_number", "", "fail"},
    });
    BOOST_TEST(compare_numbers("1e999", "1e-999") > 0);
    BOOST_TEST(compare_numbers("-1e999", "0") < 0);
}

BOOST_AUTO_TEST_CASE(keys_and_values) {
    check({
        {R"({"a": 1})", "has_key", "a", "pass"},
        {R"({"a": 1})", "has_key", "b", "fail"},
        {"[\"a\"]", "has_key", "a", "fail: only an object has keys"},
        {"\"a\"", "has_key", "a", "fail: only an object has keys"},
        {"text:{\"a\": 1}", "has_key", "a", "pass"},
        {"absent", "has_key", "a", "fail"},
        {R"({"a": 1})", "has_value", "1", "pass"},
        {"[\"a\", 2, null]", "has_value", "2", "pass"},
        {"[\"a\", 2, null]", "has_value", "null", "pass"},
        {"[\"a\", 2, null]", "has_value", "b", "fail"},
        {"[[1]]", "has_value", "[1]", "pass"},
        {"3", "has_value", "3", "fail: only an object or an array has values"},
        {"null", "is_null", "", "pass"},
        {"\"\"", "is_null", "", "fail"},
        {"text:null", "is_null", "", "fail: only JSON has null"},
        {"absent", "is_null", "", "fail"},
    });
}

BOOST_AUTO_TEST_CASE(matches_searches_for_a_pattern) {
    check({
        {"\"order-17\"", "matches", "^order-\\d+$", "pass"},
        {"\"an order-17 x\"", "matches", "order-\\d", "pass"},
        {"\"order\"", "matches", "^\\d", "fail"},
        {"\"😀\"", "matches", "^.$", "pass"},
        {"\"café\"", "matches", "^caf.$", "pass"},
        {"\"grüße\"", "matches", "^gr[ä-ü]ße$", "pass"},
        {"\"a\"", "matches", "(",
         "fail: the pattern is wrong at character 2: Unmatched marking parenthesis ( or \\("},
        {"absent", "matches", ".*", "fail"},
    });
    BOOST_TEST(find_comparison("matches")->check_target("[a") != "");
    BOOST_TEST(find_comparison("matches")->check_target("^a+$") == "");
}

BOOST_AUTO_TEST_CASE(no_pattern_and_no_text_can_hold_a_run_up) {
    struct Slow {
        std::string pattern, text;
    };
    const Slow table[] = {
        {"(a+)+$", std::string(200'000, 'a') + "b"},
        {"(a|aa)+$", std::string(1'000'000, 'a') + "b"},
        {"a*b", std::string(1'000'000, 'a')},
        {"(.*)*x", std::string(500'000, 'a')},
        {"^(([a-z])+.)+[A-Z]([a-z])+$", std::string(100'000, 'a')},
        {"(((((a*)*)*)*)*)*b", std::string(10'000, 'a')},
        {std::string(2000, '(') + std::string(2000, ')'), "a"},
        {"(?:(?:(?:a{1,99}){1,99}){1,99}){1,99}b", std::string(10'000, 'a')},
        {"(?<=a)(?=.*b)\\1*(a*)", std::string(100'000, 'a')},
    };
    for (const auto& [pattern, text] : table) {
        const auto begin = std::chrono::steady_clock::now();
        const auto outcome = search_pattern(pattern, text);
        const auto took = std::chrono::steady_clock::now() - begin;
        BOOST_TEST_MESSAGE(pattern.substr(0, 40)
                           << ": " << outcome.matched << " " << outcome.error << " "
                           << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms");
        BOOST_TEST((took < std::chrono::seconds(30)), pattern.substr(0, 40));  // with sanitizers
    }
    BOOST_TEST(search_pattern("a", std::string((1u << 20) + 1, 'a')).error ==
               "the text is longer than 1 MiB");
    BOOST_TEST(search_pattern(std::string(4097, 'a'), "a").error == "the pattern is longer than 4096 bytes");
}

BOOST_AUTO_TEST_CASE(numbers_are_read_exactly) {
    struct Number {
        std::string text, shown;
    };
    const Number table[] = {
        {"0.1", "0.1"},       {"3.1415926535897931", "3.141592653589793"},
        {"1.0", "1.0"},       {"1e2", "100.0"},
        {"1e21", "1e+21"},    {"2.2250738585072014e-308", "2.2250738585072014e-308"},
        {"-0.0", "-0.0"},     {"123456789012345678901234567890", "1.2345678901234568e+29"},
        {"5e-324", "5e-324"}, {"0.30000000000000004", "0.30000000000000004"},
    };
    for (const auto& [text, shown] : table)
        BOOST_TEST(to_text(*parse_json(text)) == shown);
}

BOOST_AUTO_TEST_CASE(what_is_not_json_says_where) {
    const auto error = [](std::string_view text) { return parse_json(text).error().message; };
    BOOST_TEST(error("") == "it ends too early at line 1, column 1");
    BOOST_TEST(error("{\"a\":\n [1, 2") == "it ends too early at line 2, column 7");
    BOOST_TEST(error("{}\n{}") == "something follows the value at line 2, column 1");
    BOOST_TEST(error("<html>") == "syntax error at line 1, column 1");
    BOOST_TEST(error(std::string(1000, '[')) == "it is nested more than 256 deep at line 1, column 257");
    BOOST_TEST(error(R"({"a": "\ud800"})") ==
               "half of a surrogate pair, which is no character, at line 1, column 14");
    BOOST_TEST(parse_json("\xEF\xBB\xBF{}").has_value());
    BOOST_TEST(parse_json(" 1 ").has_value());
}

BOOST_AUTO_TEST_CASE(operands_are_shown_to_people) {
    BOOST_TEST(Operand::absent("no response").shown() == "nothing (no response)");
    BOOST_TEST(Operand::text("").shown() == "\"\"");
    BOOST_TEST(Operand::text("äöü").shown(2) == "äö…");
    BOOST_TEST(operand("{\"a\": [1, 2.0]}").shown() == "{\"a\":[1,2.0]}");
}

BOOST_AUTO_TEST_CASE(every_row_is_sound) {
    for (const auto& row : all_comparisons()) {
        BOOST_TEST(find_comparison(row.name) == &row, row.name << " is there twice");
        for (const auto alias : row.aliases)
            BOOST_TEST(find_comparison(alias) == &row, alias << " is there twice");
        BOOST_TEST(row.needs_target ==
                       (row.wanted.find("{}") != std::string_view::npos || row.name == "matches_schema"),
                   row.name);
        BOOST_TEST(!row.help.empty(), row.name);
        BOOST_TEST(!row.compare(Operand::absent(), Operand::text("")).passed,
                   row.name << " passes on nothing");
    }
    BOOST_TEST(find_comparison("like") == nullptr);
    BOOST_TEST(nearest_comparison_hint("equl") == "did you mean 'equal'?");
}

BOOST_AUTO_TEST_SUITE_END()
