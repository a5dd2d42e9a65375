#include "harness/script/check_script.hpp"
#include "harness/script/engine.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

namespace json = boost::json;
using namespace ringback::harness;

namespace {

std::unique_ptr<ScriptContext> fresh(ScriptLimits limits = {}) {
    std::string why;
    auto context = ScriptContext::create(limits, &why);
    BOOST_REQUIRE_MESSAGE(context, why);
    return context;
}

/// What came of it, as one line.
std::string shown(const Scripted<json::value>& result) {
    if (result) return json::serialize(*result);
    return result.error().text();
}

std::string place(const ScriptError& error) {
    return std::to_string(error.line) + ":" + std::to_string(error.column);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(script_engine)

BOOST_AUTO_TEST_CASE(programs_give_their_last_value_as_json) {
    struct Row {
        const char *source, *wanted;
    };
    const Row rows[] = {
        {"1 + 1", "2"},
        {"'grüße 👋 \\u0000'", "\"grüße 👋 \\u0000\""},
        {"({a: [1, null, undefined, 'x'], f() {}})", R"({"a":[1,null,null,"x"]})"},
        {"undefined", "null"},
        {"(function () {})", "null"},
        {"['\\ud800', '\\\\ud800', '\\ud83d\\udc4b']", "[\"\ufffd\",\"\\\\ud800\",\"👋\"]"},
        {"let total = 0; for (const n of [1, 2, 3]) total += n ** 2; total", "14"},
        {"[1, 2, 3].at(-1) ?? 0", "3"},
        {"var x = {a: {}}; x.a.b?.c", "null"},
        {"1 / 0", "null"},
    };
    for (const auto& row : rows)
        BOOST_CHECK_EQUAL(shown(fresh()->evaluate(row.source, "s.js")), row.wanted);
}

BOOST_AUTO_TEST_CASE(errors_name_message_file_and_place) {
    struct Row {
        const char *body, *wanted, *place;
    };
    const Row rows[] = {
        {"foo.bar();", "ReferenceError: Can't find variable: foo (call.js, line 1)", "1:4"},
        {"\n\n  foo.bar();", "ReferenceError: Can't find variable: foo (call.js, line 3)", "3:6"},
        {"var a = 1;\nlet x = ;", "SyntaxError: Unexpected token ';' (call.js, line 2)", "2:9"},
        {"}); evil((function () {",
         "SyntaxError: Unexpected token '}': it closes what nothing opened (call.js, line 1)", "1:1"},
        {"/* no end", "SyntaxError: Multiline comment was not closed properly (call.js, line 1)", "1:10"},
        {"throw 'plain text'", "plain text (call.js)", "0:0"},
        {"\nthrow new TypeError('mine')", "TypeError: mine (call.js, line 2)", "2:20"},
        {"function f() { f(); }\nf();", "RangeError: Maximum call stack size exceeded. (call.js, line 1)",
         ""},
    };
    for (const auto& row : rows) {
        const auto result = fresh()->run_body(row.body, "call.js", {});
        BOOST_TEST_CONTEXT(row.body) {
            BOOST_CHECK_EQUAL(shown(result), row.wanted);
            if (*row.place) BOOST_CHECK_EQUAL(result.has_error() ? place(result.error()) : "", row.place);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_body_may_return_and_end_in_a_comment) {
    const std::pair<std::string, std::string> parameters[] = {{"a", "20"}, {"b", "22"}};
    BOOST_CHECK_EQUAL(shown(fresh()->run_body("return a + b; // done", "s.js", parameters)), "42");
    BOOST_CHECK_EQUAL(shown(fresh()->run_body("if (a) return;\nunknown()", "s.js", parameters)), "null");
}

BOOST_AUTO_TEST_CASE(natives_take_and_give_json_and_throw) {
    const auto context = fresh();
    std::size_t line = 0;
    context->define(
        "lib.add",
        [&](std::span<const json::value> arguments) -> boost::system::result<json::value, NativeError> {
            if (arguments.size() != 2) return NativeError{"add needs two numbers"};
            const auto stack = context->stack();
            if (!stack.empty()) line = stack.front().line;
            return arguments[0].to_number<double>() + arguments[1].to_number<double>();
        });
    context->set("lib.name", "adder");
    BOOST_CHECK_EQUAL(shown(context->run_body("const f = lib.name;\nreturn f + lib.add(1, 2)", "s.js", {})),
                      "\"adder3\"");
    BOOST_CHECK_EQUAL(line, 2);
    BOOST_CHECK_EQUAL(
        shown(context->run_body("try { lib.add() } catch (e) { return e.message }", "s.js", {})),
        "\"add needs two numbers\"");
    BOOST_CHECK_EQUAL(shown(context->run_body("\nlib.add(1)", "s.js", {})),
                      "Error: add needs two numbers (s.js, line 2)");
}

BOOST_AUTO_TEST_CASE(functions_are_called_by_name) {
    const auto context = fresh();
    BOOST_REQUIRE(
        context->evaluate("const o = {twice(x) { return {x: x * 2}; }}; globalThis.o = o;", "a.js"));
    const json::value arguments[] = {21};
    BOOST_CHECK_EQUAL(shown(context->call("o.twice", arguments)), R"({"x":42})");
    BOOST_CHECK_EQUAL(shown(context->call("o.thrice", arguments)), "Error: thrice is not a function (a.js)");
}

BOOST_AUTO_TEST_CASE(contexts_do_not_see_each_other) {
    const auto one = fresh(), two = fresh();
    BOOST_REQUIRE(one->evaluate("globalThis.shared = 1", "a.js"));
    BOOST_CHECK_EQUAL(shown(two->evaluate("typeof shared", "a.js")), "\"undefined\"");
}

BOOST_AUTO_TEST_CASE(a_runaway_script_is_ended_in_time) {
    const auto context = fresh({std::chrono::milliseconds(200)});
    const auto began = std::chrono::steady_clock::now();
    const auto result =
        context->run_body("let n = 0;\n\nfunction spin() {\n  for (;;)\n    n++;\n}\nspin();", "loop.js", {});
    const auto took = std::chrono::steady_clock::now() - began;
    BOOST_REQUIRE(result.has_error());
    BOOST_CHECK_EQUAL(result.error().message, "the script ran for more than 200 ms without a pause");
    BOOST_CHECK(result.error().kind == ScriptError::Kind::time);
    // JavaScriptCore knows the function, not always the statement.
    BOOST_CHECK(result.error().line >= 3 && result.error().line <= 5);
    BOOST_CHECK(took < std::chrono::seconds(3));
    BOOST_CHECK_EQUAL(shown(context->evaluate("1 + 1", "after.js")), "2");
}

BOOST_AUTO_TEST_CASE(catch_does_not_save_a_runaway_script) {
    const auto context = fresh({std::chrono::milliseconds(100)});
    const auto result =
        context->run_body("for (;;) try { for (;;); } catch (e) {} finally { }", "loop.js", {});
    BOOST_REQUIRE(result.has_error());
    BOOST_CHECK(result.error().kind == ScriptError::Kind::time);
}

BOOST_AUTO_TEST_CASE(what_one_script_gave_back_counts_for_the_next) {
    const auto keeps_the_runtime = fresh({std::chrono::seconds(20), std::size_t{1} << 30});
    for (int i = 0; i < 2; ++i)
        BOOST_REQUIRE(
            keeps_the_runtime->run_body("return new Uint8Array(1 << 28).fill(1).length;", "large.js", {})
                .has_value());
    const auto result = fresh({std::chrono::seconds(20), std::size_t{64} << 20})
                            ->run_body(
                                "const all = [];\n"
                                "for (let i = 0; i < 2000; i++) all.push(new Uint8Array(1 << 20).fill(i));\n"
                                "return all.length;",
                                "small.js", {});
    BOOST_REQUIRE(result.has_error());
    BOOST_CHECK(result.error().kind == ScriptError::Kind::memory);
}

BOOST_AUTO_TEST_CASE(a_greedy_script_is_ended) {
    for (const char* body : {"const all = [];\nfor (;;) all.push(new Array(1000).fill(1.5));",
                             "const all = [];\nfor (;;) all.push(new Uint8Array(1e6).fill(7));",
                             "const text = 'x'.repeat(1 << 28);\nreturn text.length;"}) {
        const auto result =
            fresh({std::chrono::seconds(20), std::size_t{64} << 20})->run_body(body, "greedy.js", {});
        BOOST_TEST_CONTEXT(body) {
            BOOST_REQUIRE(result.has_error());
            BOOST_CHECK_EQUAL(result.error().message, "the script used more than 64 MiB of memory");
        }
    }
    // Garbage is not what counts.
    const auto modest = fresh({std::chrono::seconds(20), std::size_t{64} << 20});
    BOOST_CHECK_EQUAL(
        shown(modest->run_body("let s = 0; for (let i = 0; i < 300; i++) s += new Uint8Array(1e6).fill(1)[i];"
                               "return s;",
                               "modest.js", {})),
        "300");
}

BOOST_AUTO_TEST_CASE(a_script_is_checked_without_running_it) {
    BOOST_CHECK(check_script("if (1) return;\nclient.url('x') // fine", "ok.js").has_value());
    const auto wrong = check_script("client\n  .url('a')\n  .pause(10;\n", "bad.js");
    BOOST_REQUIRE(wrong.has_error());
    BOOST_CHECK_EQUAL(wrong.error().message,
                      "SyntaxError: Unexpected token ';'. Expected ')' to end an argument list.");
    BOOST_CHECK_EQUAL(wrong.error().line, 3);
    BOOST_CHECK_EQUAL(wrong.error().column, 12);
    BOOST_CHECK_EQUAL(wrong.error().source, "bad.js");
    BOOST_CHECK_EQUAL(wrong.error().excerpt, "  .pause(10;");
}

BOOST_AUTO_TEST_CASE(a_script_cut_short_is_told_at_its_last_line) {
    struct {
        std::string script;
        std::size_t line, column;
        std::string message, excerpt;
    } const rows[] = {
        {"client.url('a')\n  .pause(10", 2, 12,
         "SyntaxError: Unexpected end of script. Expected ')' to end an argument list.", "  .pause(10"},
        {"client.url('a')\n  .pause(10\n", 2, 12,
         "SyntaxError: Unexpected end of script. Expected ')' to end an argument list.", "  .pause(10"},
        {"if (1) {\n  client.pause(1);\n\n\n", 2, 19, "SyntaxError: Unexpected end of script",
         "  client.pause(1);"},
        {"client.perform(() => {\r\n  ü();\r\n", 2, 7, "SyntaxError: Unexpected end of script", "  ü();"},
        {"const a = `abc\n", 1, 15, "SyntaxError: Unexpected EOF", "const a = `abc"},
        {"/* x\n", 1, 5, "SyntaxError: Multiline comment was not closed properly", "/* x"},
        {"if (1) {\n}\n}\nclient.end();", 3, 1,
         "SyntaxError: Unexpected token '}': it closes what nothing opened", "}"},
        {"}", 1, 1, "SyntaxError: Unexpected token '}': it closes what nothing opened", "}"},
    };
    for (const auto& row : rows) {
        const auto checked = check_script(row.script, "cut.js");
        BOOST_REQUIRE(checked.has_error());
        BOOST_TEST(checked.error().message == row.message);
        BOOST_TEST(checked.error().line == row.line);
        BOOST_TEST(checked.error().column == row.column);
        BOOST_TEST(checked.error().excerpt == row.excerpt);
    }
}

BOOST_AUTO_TEST_SUITE_END()
