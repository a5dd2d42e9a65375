#include "expression_support.hpp"
#include "harness/expression/template.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::harness;
using namespace ringback::harness::testing;

namespace {

const Variables known{{"name", "Ann"},         {"sku", "42"},   {"base_url", "http://127.0.0.1:1"},
                      {"list", "K,1"},         {"empty", ""},   {"braces", "{{name}}"},
                      {"timestamp", "frozen"}, {"größe", "XL"}, {"user.first-name", "Bo"}};

struct Row {
    std::string text, wanted;
};

void check(std::initializer_list<Row> table) {
    for (const auto& [text, wanted] : table) {
        const auto found = rendered(text, known);
        BOOST_TEST(found == wanted, text << "\n  gives  " << found << "\n  wanted " << wanted);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(templates)

BOOST_AUTO_TEST_CASE(names_become_values) {
    check({
        {"", ""},
        {"plain text", "plain text"},
        {"{{name}}", "Ann"},
        {"{{ name }}", "Ann"},
        {"Hello {{name}}, {{name}}!", "Hello Ann, Ann!"},
        {"{{base_url}}/cart/{{sku}}", "http://127.0.0.1:1/cart/42"},
        {"{{empty}}", ""},
        {"{{größe}} {{user.first-name}}", "XL Bo"},
        {R"({"sku": "{{sku}}"})", R"({"sku": "42"})"},
        {"a\n{{name}}\nb", "a\nAnn\nb"},
    });
}

BOOST_AUTO_TEST_CASE(braces_that_are_none_stay) {
    check({
        {"{", "{"},
        {"{}", "{}"},
        {"{name}", "{name}"},
        {"}}", "}}"},
        {R"({"a":{"b":{}}})", R"({"a":{"b":{}}})"},
        {R"({"a":{{sku}}})", R"({"a":42})"},
        {R"({{{sku}}:1})", "{42:1}"},
        {R"(\{{name}})", "{{name}}"},
        {R"(\{{name}} {{name}})", "{{name}} Ann"},
        {R"(C:\\{{name}})", R"(C:\\Ann)"},
        {R"(\\\{{name}})", R"(\\{{name}})"},
        {R"(a\b {{name}})", R"(a\b Ann)"},
        {R"({{encode_base64(\{{)}})", "e3s="},
    });
}

BOOST_AUTO_TEST_CASE(values_are_not_templates) {
    check({{"{{braces}}", "{{name}}"}});
}

BOOST_AUTO_TEST_CASE(functions_nest_without_quotes) {
    check({
        {"{{encode_base64({{name}}:{{sku}})}}", "QW5uOjQy"},
        {"Basic {{encode_base64({{name}}:{{sku}})}}!", "Basic QW5uOjQy!"},
        {"{{ encode_base64( {{name}} ) }}", "IEFubiA="},
        {"{{url_encode({{encode_base64({{name}}:{{sku}}?)}})}}", "QW5uOjQyPw%3D%3D"},
        {"{{encode_base64()}}", ""},
        {"{{encode_base64(f(x))}}", "Zih4KQ=="},
        {"{{encode_base64(a)b)}}", "YSli"},
        {"{{encode_base64(:(x)}} y)}}", "Oih4KX19IHk="},
        {R"({{encode_base64({"a":{"b":1}})}})", "eyJhIjp7ImIiOjF9fQ=="},
        {"{{uuid()}}", "00000000-0000-4001-8000-000000000002"},
        {"{{uuid( )}}", "00000000-0000-4001-8000-000000000002"},
    });
}

BOOST_AUTO_TEST_CASE(commas_separate_only_where_the_function_takes_more) {
    check({
        {"{{encode_base64(a,b,c)}}", "YSxiLGM="},
        {"{{encode_base64(,)}}", "LA=="},
        {"{{encode_base64({{list}})}}", "Sywx"},
        {"{{hmac_sha1(The quick brown fox jumps over the lazy dog,key)}}",
         "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"},
        {"{{hmac_sha1(The quick brown fox jumps over the lazy dog, key)}}",
         "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"},
        {"{{hmac_sha1(a,b,key)}}", "25edc61631bd50071fa6f99a52393555c543caea"},
        {"{{hmac_sha1(f(a,b),k)}}", "e3394a1486ff9d4b0e5839dbf20943780a23a957"},
        {"{{hmac_sha1(x,{{list}})}}", "9201676bd6c24446fe66a220f138f0b2f1f4e103"},
        {"{{format_timestamp(0,YYYY, MM, DD)}}", "1970, 01, 01"},
        {"{{random_int(5, 5)}}", "5"},
    });
}

BOOST_AUTO_TEST_CASE(a_variable_shadows_a_built_in) {
    check({
        {"{{timestamp}}", "frozen"},
        {"{{timestamp()}}", "1383852281"},
        {"{{runscope_environment}} {{runscope_test_name}} {{runscope_region}}", "staging Checkout API eu1"},
        {"[{{runscope_agent}}]", "[]"},
        {"{{service_url}}/x", "https://shop.example/x"},
    });
}

BOOST_AUTO_TEST_CASE(errors_say_what_and_where) {
    const std::string plain = "; write '\\{{' for two plain braces)";
    check({
        {"{{nam}}", "!column 1: undefined variable 'nam' (did you mean 'name'?)"},
        {"{{nothing_like_it}}", "!column 1: undefined variable 'nothing_like_it'"},
        {"ä {{uuidd}}", "!column 3: undefined variable 'uuidd' (did you mean 'uuid'?)"},
        {"{{md5}}", "!column 1: md5 needs arguments (write md5(text))"},
        {"{{format_timestamp(x,YYYY)}}",
         "!column 1: format_timestamp wants seconds since 1970 in years 0 to 9999, got 'x'"},
        {"x {{encode_bas64(a)}}",
         "!column 5: unknown function 'encode_bas64' (did you mean 'encode_base64'?)"},
        {"{{frobnicate(a)}}", "!column 3: unknown function 'frobnicate'"},
        {"{{name",
         "!column 1: '{{' is not closed (write '}}' behind the name, or '\\{{' for two plain braces)"},
        {"{{}}", "!column 1: there is no name between '{{' and '}}' (write '\\{{' for two plain braces)"},
        {"{{#if x}}",
         "!column 1: '#if x' is neither a variable name nor a function call (a name has letters, digits "
         "and _ - . $ : @; write '\\{{' for two plain braces)"},
        {"{{md5(a}}", "!column 1: the call of md5 is not closed (write ')}}' behind the argument)"},
        {"{{md5(a)", "!column 1: the call of md5 is not closed (write ')}}' behind the argument)"},
        {"{{md5({{x)}}",
         "!column 7: 'x)' is neither a variable name nor a function call (a name has letters, digits "
         "and _ - . $ : @; write '\\{{' for two plain braces)"},
        {"{{uuid(1)}}", "!column 1: uuid has 1 argument (write uuid)"},
        {"{{random_int(1)}}", "!column 1: random_int has 1 argument (write random_int, random_int(a, b))"},
        {"{{hmac_sha1(a)}}", "!column 1: hmac_sha1 has 1 argument (write hmac_sha1(text, key))"},
        {"{{encode_base64({{nam}})}}", "!column 17: undefined variable 'nam' (did you mean 'name'?)"},
    });
    BOOST_TEST(rendered("a\nb {{nam}}", known) ==
               "!column 3: undefined variable 'nam' (did you mean 'name'?)");
    BOOST_TEST(Template::parse("a\n{{nam").error().line == 2u);
}

BOOST_AUTO_TEST_CASE(size_and_depth_are_bounded) {
    std::string nested = "x";
    for (int i = 0; i < 17; ++i)
        nested = "{{encode_base64(" + nested + ")}}";
    BOOST_TEST(one_line(Template::parse(nested).error()) ==
               "column 257: functions are nested more than 16 deep");
    std::string open;
    for (int i = 0; i < 100'000; ++i)
        open += "{{md5(";
    BOOST_TEST(Template::parse(open).has_error());
    std::string many;
    for (int i = 0; i <= 100'000; ++i)
        many += "{{a}}";
    BOOST_TEST(Template::parse(many).error().message == "a template has at most 100000 places in braces");
    BOOST_TEST(Template::parse(std::string((16u << 20) + 1, 'x')).error().message ==
               "the text is longer than 16 MiB");
    const Variables large{{"large", std::string(33u << 20, 'x')}};
    BOOST_TEST(rendered("{{large}}{{large}}", large) ==
               "!column 10: the text with its variables is longer than 64 MiB");
}

BOOST_AUTO_TEST_CASE(a_literal_keeps_its_braces) {
    const auto environment = frozen_environment();
    const auto literal = Template::literal("{{nam}} \\{{");
    BOOST_TEST(*literal.render({known, environment}) == "{{nam}} \\{{");
    BOOST_TEST(literal.is_literal());
    BOOST_TEST(Template().is_literal());
    BOOST_TEST(Template::parse("a")->is_literal());
    BOOST_TEST(!Template::parse("{{a}}")->is_literal());
    BOOST_TEST(Template::parse("{{a}}")->source() == "{{a}}");
}

BOOST_AUTO_TEST_CASE(names_lists_each_once) {
    const auto names = Template::parse("{{a}} {{md5({{b}}{{a}})}} {{uuid}}")->names();
    BOOST_TEST(names == (std::vector<std::string>{"a", "b", "uuid"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(what_is_made_of_a_secret_is_reported) {
    Variables variables{{"user", "ann"}};
    variables.set_secret("password", "pw");
    variables.set("copy", "xpwx");
    const auto environment = frozen_environment();
    std::vector<std::string> sensitive;
    const auto made =
        Template::parse("{{user}} {{md5({{user}})}} {{md5({{password}})}} {{md5({{sha1({{copy}})}})}}");
    BOOST_TEST(made->render({variables, environment, &sensitive}).has_value());
    BOOST_TEST(sensitive.size() == 3u);  // md5 of the password, sha1 of the copy, md5 of that
    BOOST_TEST(sensitive.at(0) == rendered("{{md5(pw)}}", {}));
}

BOOST_AUTO_TEST_CASE(initial_variables_are_rendered_once_in_any_order) {
    const auto environment = frozen_environment();
    Variables initial{{"link", "{{base}}/{{id}}"},
                      {"base", "http://x"},
                      {"id", "{{uuid}}"},
                      {"uuid", "{{uuid}}"},
                      {"plain", "a"}};
    initial.set_secret("token", "as {{it}} is");
    const auto made = render_initial(initial, environment);
    BOOST_REQUIRE(made.has_value());
    // `id` names `uuid`, which is a variable here and holds the built-in.
    BOOST_TEST(*made->find("uuid") == "00000000-0000-4001-8000-000000000002");
    BOOST_TEST(*made->find("id") == *made->find("uuid"));
    BOOST_TEST(*made->find("link") == "http://x/" + *made->find("uuid"));
    BOOST_TEST(*made->find("token") == "as {{it}} is");
    BOOST_TEST(made->is_secret("token"));
    BOOST_TEST(made->names() == initial.names(), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(wrong_initial_variables_name_the_culprit) {
    const auto environment = frozen_environment();
    const auto error = [&](const Variables& initial) {
        return render_initial(initial, environment).error().text();
    };
    BOOST_TEST(error({{"a", "{{b}}"}, {"b", "{{a}}"}}) == "variable 'a' needs its own value");
    BOOST_TEST(error({{"a", "{{a}}"}}) == "variable 'a' needs its own value");
    BOOST_TEST(error({{"host", "x"}, {"b", "{{hots}}"}}) ==
               "variable 'b': undefined variable 'hots' (did you mean 'host'?)");
    BOOST_TEST(
        error({{"a", "{{"}}) ==
        "variable 'a': '{{' is not closed (write '}}' behind the name, or '\\{{' for two plain braces)");
    Variables chain;
    for (int i = 0; i < 5000; ++i)
        chain.set("v" + std::to_string(i), "{{v" + std::to_string(i + 1) + "}}");
    BOOST_TEST(render_initial(chain, environment).has_error());
}

BOOST_AUTO_TEST_SUITE_END()
