#include "harness/script/web_api.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback::harness;

BOOST_AUTO_TEST_SUITE(web_api)

BOOST_AUTO_TEST_CASE(urls_and_their_parameters) {
    struct Row {
        const char *source, *wanted;
    };
    const Row rows[] = {
        {"new URL('https://user:pw@Host.example:8443/a/b?x=1&y=2#z').href",
         "\"https://user:pw@host.example:8443/a/b?x=1&y=2#z\""},
        {"new URL('http://h').href", "\"http://h/\""},
        {"new URL('../c?d', 'https://h/a/b/x').href", "\"https://h/a/c?d\""},
        {"new URL('https://h:443/').host", "\"h\""},
        {"new URL('https://h:8443/p').origin", "\"https://h:8443\""},
        {"new URL('http://h/ä b').pathname", "\"/%C3%A4%20b\""},
        {"new URL('http://h/?a=1&a=2').searchParams.getAll('a')", "[\"1\",\"2\"]"},
        {"{const u = new URL('http://h/'); u.searchParams.set('room', 'a b&c'); u.href}",
         "\"http://h/?room=a+b%26c\""},
        {"{const u = new URL('http://h/x?y'); u.pathname = '/z'; u.hash = 'q'; u.search = ''; `${u}`}",
         "\"http://h/z#q\""},
        {"JSON.stringify({u: new URL('http://h')})", "\"{\\\"u\\\":\\\"http://h/\\\"}\""},
        {"URL.canParse('nope')", "false"},
        {"new URLSearchParams({a: 1, b: 'ü'}).toString()", "\"a=1&b=%C3%BC\""},
        {"[...new URLSearchParams('?x=1&y=a+b')]", "[[\"x\",\"1\"],[\"y\",\"a b\"]]"},
        {"try { new URL('/x') } catch (e) { `${e.name}: ${e.message}` }", "\"TypeError: Invalid URL: /x\""},
        {"typeof __url", "\"undefined\""},
    };
    std::string why;
    const auto context = ScriptContext::create({}, &why);
    BOOST_REQUIRE_MESSAGE(context, why);
    BOOST_REQUIRE_EQUAL(add_web_api(*context), "");
    for (const auto& row : rows) {
        const auto result = context->evaluate(row.source, "t.js");
        BOOST_TEST_CONTEXT(row.source)
        BOOST_CHECK_EQUAL(result ? boost::json::serialize(*result) : result.error().text(), row.wanted);
    }
}

BOOST_AUTO_TEST_SUITE_END()
