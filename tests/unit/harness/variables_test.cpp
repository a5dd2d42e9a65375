#include "harness/expression/variables.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::harness;

BOOST_AUTO_TEST_SUITE(variables)

BOOST_AUTO_TEST_CASE(a_later_value_wins_and_keeps_its_place) {
    Variables variables{{"a", "1"}, {"b", "2"}};
    variables.set("a", "3");
    variables.set("c", "");
    std::string all;
    for (const auto& [name, value, secret] : variables)
        all += name + "=" + value + ";";
    BOOST_TEST(all == "a=3;b=2;c=;");
    BOOST_TEST(*variables.find("c") == "");
    BOOST_TEST(variables.find("d") == nullptr);
    BOOST_TEST(variables.size() == 3u);
}

BOOST_AUTO_TEST_CASE(removing_one_keeps_the_others_reachable) {
    Variables variables{{"a", "1"}, {"b", "2"}, {"c", "3"}};
    BOOST_TEST(variables.unset("b"));
    BOOST_TEST(!variables.unset("b"));
    BOOST_TEST(*variables.find("a") == "1");
    BOOST_TEST(*variables.find("c") == "3");
    variables.set("b", "4");
    BOOST_TEST(variables.names() == (std::vector<std::string_view>{"a", "c", "b"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(merging_sets_all_and_carries_secrets) {
    Variables base{{"host", "old"}, {"user", "ann"}};
    Variables over{{"host", "new"}};
    over.set_secret("token", "t0ps3cret");
    over.hide("derived-value");
    base.merge(over);
    BOOST_TEST(*base.find("host") == "new");
    BOOST_TEST(*base.find("user") == "ann");
    BOOST_TEST(base.is_secret("token"));
    BOOST_TEST(!base.is_secret("host"));
    BOOST_TEST(base.redact("t0ps3cret derived-value") == "*** ***");
}

BOOST_AUTO_TEST_CASE(secrets_are_masked_in_every_form) {
    Variables variables;
    variables.set_secret("password", "p&ss \"wörd\"");
    struct Row {
        std::string text, shown;
    };
    const Row table[] = {
        {"the password is p&ss \"wörd\".", "the password is ***."},
        {"?q=p%26ss%20%22w%C3%B6rd%22&x=1", "?q=***&x=1"},
        {R"({"password":"p&ss \"wörd\""})", R"({"password":"***"})"},
        {"p&ss \"wörd\"p&ss \"wörd\"", "***"},
        {"cCZzcyAid8O2cmQi", "***"},
        {"p&ss", "p&ss"},
        {"", ""},
    };
    for (const auto& [text, shown] : table)
        BOOST_TEST(variables.redact(text) == shown);
}

BOOST_AUTO_TEST_CASE(a_password_inside_base64_is_masked_wherever_it_starts) {
    Variables variables;
    variables.set_secret("password", "correct horse");
    // "ann:correct horse!", "bo:correct horse!", "joan:correct horse!": it starts 1, 0 and 2 bytes into a
    // group of three.
    BOOST_TEST(variables.redact("YW5uOmNvcnJlY3QgaG9yc2Uh") == "YW5uOm***Uh");
    BOOST_TEST(variables.redact("Ym86Y29ycmVjdCBob3JzZSE=") == "Ym86***SE=");
    BOOST_TEST(variables.redact("am9hbjpjb3JyZWN0IGhvcnNlIQ==") == "am9hbjp***IQ==");
}

BOOST_AUTO_TEST_CASE(a_secret_is_masked_as_it_is_sent_in_a_url) {
    Variables variables;
    variables.set_secret("token", "s3cr\"et/Val ü+&");
    BOOST_TEST(variables.redact("GET /echo/s3cr%22et/Val%20%C3%BC+& HTTP/1.1") == "GET /echo/*** HTTP/1.1");
}

BOOST_AUTO_TEST_CASE(what_a_secret_was_before_stays_hidden) {
    Variables variables;
    variables.set_secret("token", "first-token");
    variables.set("token", "second-token");
    BOOST_TEST(variables.is_secret("token"));
    variables.unset("token");
    BOOST_TEST(variables.redact("first-token, second-token") == "***, ***");
    BOOST_TEST(variables.reveals_secret("x second-token"));
    BOOST_TEST(!variables.reveals_secret("third-token"));
}

BOOST_AUTO_TEST_CASE(secrets_inside_one_another_leave_nothing) {
    Variables variables;
    variables.set_secret("a", "abc");
    variables.set_secret("b", "bcdef");
    variables.set_secret("empty", "");
    BOOST_TEST(variables.redact("xabcdefx") == "x***x");
    BOOST_TEST(variables.redact("abc bcdef ab") == "*** *** ab");
}

BOOST_AUTO_TEST_CASE(equality_ignores_the_order) {
    BOOST_TEST((Variables{{"a", "1"}, {"b", "2"}} == Variables{{"b", "2"}, {"a", "1"}}));
    BOOST_TEST(!(Variables{{"a", "1"}} == Variables{{"a", "2"}}));
    BOOST_TEST(!(Variables{{"a", "1", true}} == Variables{{"a", "1"}}));
}

BOOST_AUTO_TEST_SUITE_END()
