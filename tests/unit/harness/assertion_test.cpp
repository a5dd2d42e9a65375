#include "harness/expression/assertion.hpp"

#include "expression_support.hpp"
#include "harness/run/run.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

#include <chrono>

using namespace ringback;
using namespace ringback::harness;
using namespace ringback::harness::testing;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view json_body = R"({"id": "c-17", "count": 3, "price": 1.5, "note": null, "items": [
    {"sku": "41"}, {"sku": "42", "tags": ["new", "red"]}], "a b": 1, "empty": ""})";

/// A response of everything, held together with what its view shows.
struct Answer {
    std::string body{json_body};
    net::Headers headers{
        {"Content-Type", "application/json"}, {"Via", "a"}, {"via", "b"}, {"Set-Cookie", "sid=s3cr3t"}};
    net::TlsInfo tls{"TLSv1.3",
                     "TLS_AES_256_GCM_SHA384",
                     "CN=shop.example",
                     "CN=Test CA",
                     {"shop.example", "www.shop.example"},
                     {},
                     {}};
    boost::json::value dns = boost::json::parse(R"({"a": ["127.0.0.1"], "cname": []})");
    ResponseView view;

    Answer() {
        view.status = 500;
        view.headers = &headers;
        view.body = body;
        view.has_body = true;
        view.size_bytes = body.size();
        view.time = 123'456us;
        view.url = "https://shop.example/cart";
        view.timings.connect = 1'500us;
        view.timings.wait = 100'000us;
        view.timings.total = 123'456us;
        view.now = std::chrono::system_clock::time_point(1'764'000'000s);
        tls.not_after = view.now + std::chrono::days(30) + 1h;
        view.certificate = &tls;
        view.remote_ip = "127.0.0.1";
        view.dns_records = &dns;
    }
};

Variables some_variables() {
    Variables variables{{"sku", "42"}, {"index", "1"}, {"limit", "200"}, {"blank", ""}};
    variables.set_secret("token", "t0ps3cret");
    return variables;
}

std::string judged(const Assertion& assertion, const ResponseView& view) {
    const auto variables = some_variables();
    const auto environment = frozen_environment();
    const auto result = assertion.evaluate(view, {variables, environment});
    return (result.passed ? "pass: " : "fail: ") + shown(result);
}

std::string judged(std::string_view text, const ResponseView& view) {
    const auto parsed = Assertion::parse(text);
    if (!parsed) return "!" + one_line(parsed.error());
    // What is written in canonical form reads back as the same assertion.
    const auto again = Assertion::parse(parsed->text());
    BOOST_REQUIRE_MESSAGE(again.has_value(), parsed->text());
    BOOST_TEST(again->text() == parsed->text());
    BOOST_TEST(judged(*again, view) == judged(*parsed, view));
    return judged(*parsed, view);
}

struct Row {
    std::string text, outcome;
};
void check(std::initializer_list<Row> table, const ResponseView& view) {
    for (const auto& [text, outcome] : table) {
        const auto given = judged(text, view);
        BOOST_TEST(given == outcome, text << "\n  gives  " << given << "\n  wanted " << outcome);
    }
}
void check(std::initializer_list<Row> table) {
    const Answer answer;
    check(table, answer.view);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(assertion)

BOOST_AUTO_TEST_CASE(every_source_is_read) {
    check({
        {"response_status equal_number 500", "pass: response_status equal_number 500"},
        {"response_status equal_number 201", "fail: response_status equal_number 201 — found 500"},
        {"response_headers Content-Type contains json", "pass: response_headers Content-Type contains json"},
        {"response_header content-type equal application/json",
         "pass: response_headers content-type equal application/json"},
        {"response_headers Via equal a, b", "pass: response_headers Via equal a, b"},
        {"response_headers X-None not_empty",
         "fail: response_headers X-None not_empty — found nothing (the response has no such header)"},
        {"response_json id equal c-17", "pass: response_json id equal c-17"},
        {"response_json items[-1].sku equal {{sku}}", "pass: response_json items[-1].sku equal 42"},
        {"response_json items[0].sku equal {{sku}}", "fail: response_json items[0].sku equal 42 — found 41"},
        {"response_json items[{{index}}].sku equal 42", "pass: response_json items[1].sku equal 42"},
        {"response_json a b equal_number 1", "pass: response_json a b equal_number 1"},
        {"response_json has_key id", "pass: response_json has_key id"},
        {"response_json items[1].tags has_value red", "pass: response_json items[1].tags has_value red"},
        {"response_json note is_null", "pass: response_json note is_null"},
        {"response_json note equal null", "pass: response_json note equal null"},
        {"response_json empty empty",
         "!column 21: empty takes no value, 'empty' is too much (write \"empty\" in quotes when it is the "
         "property)"},
        {"response_json \"empty\" empty", "pass: response_json empty empty"},
        {"response_json itms is_a_number",
         "fail: response_json itms is_a_number — found nothing (the document has no key 'itms' (did you mean "
         "'items'?))"},
        {"response_json id is_less_than 3",
         "fail: response_json id is_less_than 3 — found c-17 (c-17 is not a number)"},
        {"response_json count matches ^\\d$", "pass: response_json count matches ^\\d$"},
        {"response_json items[0] matches_schema {\"required\": [\"sku\"]}",
         "pass: response_json items[0] matches_schema {\"required\": [\"sku\"]}"},
        {"response_json items[1] matches_schema {\"required\": [\"size\"]}",
         "fail: response_json items[1] matches_schema {\"required\": [\"size\"]} — found "
         "{\"sku\":\"42\",\"tags\":[\"new\",\"red\"]} (the document: the key 'size' is missing)"},
        {"response_json has_value [1.5]",
         "fail: response_json has_value [1.5] — found "
         "{\"id\":\"c-17\",\"count\":3,\"price\":1.5,\"note\":null,\"items\":"
         "[{\"sku\":\"41\"},{\"sku\":\"42\",\"tags\":[\"new\",\"red\"]}],\"a b\":1,\"empty\":\"\"}"},
        {"response_text contains \"count\"", "pass: response_text contains count"},
        {"response_text does_not_contain error", "pass: response_text does_not_contain error"},
        {"response_time is_less_than 500", "pass: response_time is_less_than 500"},
        {"response_time equal 123", "pass: response_time equal 123"},
        {"response_size is_greater_than 100", "pass: response_size is_greater_than 100"},
        {"response_url equal https://shop.example/cart",
         "pass: response_url equal https://shop.example/cart"},
        {"response_certificate expires_in_days is_greater_than_or_equal 30",
         "pass: response_certificate expires_in_days is_greater_than_or_equal 30"},
        {"response_certificate san has_value shop.example",
         "pass: response_certificate san has_value shop.example"},
        {"response_certificate issuer equal CN=Test CA",
         "pass: response_certificate issuer equal CN=Test CA"},
        {"response_certificate protocol equal TLSv1.2",
         "fail: response_certificate protocol equal TLSv1.2 — found TLSv1.3"},
        {"timing connect equal_number 1.5", "pass: timing connect equal_number 1.5"},
        {"timing dns equal_number 0", "pass: timing dns equal_number 0"},
        {"timing total equal 123.456", "pass: timing total equal 123.456"},
        {"remote_ip equal 127.0.0.1", "pass: remote_ip equal 127.0.0.1"},
        {"dns_records a[0] equal 127.0.0.1", "pass: dns_records a[0] equal 127.0.0.1"},
        {"dns_records has_key cname", "pass: dns_records has_key cname"},
        {"dns_records cname[0] not_empty",
         "fail: dns_records cname[0] not_empty — found nothing (cname has 0 elements, there is no [0])"},
    });
}

BOOST_AUTO_TEST_CASE(words_fall_where_people_mean_them) {
    check({
        {"  response_status   equal_number\t500  ", "pass: response_status equal_number 500"},
        {"response_json id equal \"c-17\"", "pass: response_json id equal c-17"},
        {"response_json id equal 'c-17'", "pass: response_json id equal c-17"},
        {"response_json id equal \" c-17\"", "fail: response_json id equal  c-17 — found c-17"},
        {"response_json id not_equal \"\"", "pass: response_json id not_equal \"\""},
        {"response_json empty equal \"\"",
         "!column 21: empty takes no value, 'equal \"\"' is too much (write \"empty\" in "
         "quotes when it is the property)"},
        {"response_json 'empty' equal \"\"", "pass: response_json empty equal \"\""},
        {"response_json id contains is equal to", "fail: response_json id contains is equal to — found c-17"},
        {"response_json [\"a b\"] equal 1", "pass: response_json [\"a b\"] equal 1"},
        {"response_json [\"is equal to\"] equal 1",
         "fail: response_json [\"is equal to\"] equal 1 — found nothing (the document has no key 'is equal "
         "to')"},
        {"response_json id equal {{ token }}", "fail: response_json id equal *** — found c-17"},
        {"response_json count equal_number \"3\"", "pass: response_json count equal_number 3"},
    });
}

BOOST_AUTO_TEST_CASE(errors_say_what_and_where) {
    check({
        {"", "!column 1: there is nothing here (write for instance response_status equal_number 200)"},
        {"respons_status equal 200",
         "!column 1: unknown source 'respons_status' (did you mean 'response_status'?)"},
        {"status equal 200",
         "!column 1: unknown source 'status' (one of response_status, response_headers, response_json, "
         "response_xml, response_text, response_time, response_size, response_url, "
         "response_certificate, timing, remote_ip, dns_records)"},
        {"response_status",
         "!column 16: there is no comparison (write for instance response_status equal_number 200)"},
        {"response_status equl 200", "!column 17: unknown comparison 'equl' (did you mean 'equal'?)"},
        {"response_status 200",
         "!column 17: unknown comparison '200' (write for instance response_status equal_number 200)"},
        {"response_json id is_less_then 3",
         "!column 18: unknown comparison 'is_less_then' (did you mean 'is_less_than'?)"},
        {"response_json id",
         "!column 14: there is no comparison (write for instance response_json items[0].sku equal 42)"},
        {"response_status code equal 200",
         "!column 17: response_status has no properties, 'code' is too much"},
        {"response_headers equal a", "!column 18: response_headers needs a header name"},
        {"response_headers Content Type equal a", "!column 25: 'Content Type' is not a header name"},
        {"response_json a..b equal 1",
         "!column 17: there is no name here (write for instance address.city, phones[0].number, phones[-1] "
         "or [\"a b\"])"},
        {"response_json ä equal {{x",
         "!column 23: '{{' is not closed (write '}}' behind the name, or '\\{{' for two plain braces)"},
        {"response_status equal_number",
         "!column 29: equal_number needs a value to compare with (write \"\" for the empty text)"},
        {"response_status equal_number abc", "!column 30: equal_number: 'abc' is not a number"},
        {"response_json id not_empty 3", "!column 28: not_empty takes no value, '3' is too much"},
        {"response_json id matches a(",
         "!column 26: matches: the pattern is wrong at character 3: Unmatched marking parenthesis ( or \\("},
        {"response_xml //a[ equal 3",
         "!column 18: '//a[' is not an XPath (write for instance //item/price or count(//item))"},
        {"response_xml equal 3", "!column 14: response_xml needs an XPath such as //item/price"},
        {"timing conect is_less_than 3", "!column 8: unknown phase 'conect' (did you mean 'connect'?)"},
        {"timing zzz is_less_than 3",
         "!column 8: unknown phase 'zzz' (one of dns, connect, tls_handshake, upload, processing, download, "
         "total)"},
        {"response_certificate isuer equal x",
         "!column 22: unknown certificate part 'isuer' (did you mean 'issuer'?)"},
    });
}

BOOST_AUTO_TEST_CASE(what_cannot_be_rendered_fails_and_says_so) {
    check({
        {"response_json id equal {{skuu}}",
         "fail: response_json id equal {{skuu}} — found c-17 (undefined variable 'skuu' (did you mean "
         "'sku'?))"},
        {"response_json items[{{nope}}] equal 1",
         "fail: response_json items[{{nope}}] equal 1 — found nothing (undefined variable 'nope')"},
        {"response_json items[{{sku}} equal 1",
         "fail: response_json items[42 equal 1 — found nothing ('[' is not closed)"},
        {"response_json count matches {{token}}(",
         "fail: response_json count matches ***( — found 3 (the pattern is wrong at "
         "character 11: Unmatched marking parenthesis ( or \\()"},
        {"response_json count is_less_than {{blank}}",
         "fail: response_json count is_less_than \"\" — found 3 (\"\" is not a number)"},
    });
}

BOOST_AUTO_TEST_CASE(without_a_response_nothing_passes_and_nothing_breaks) {
    ResponseView nothing;
    nothing.failure = "connect: Connection refused";
    for (const auto& source : all_sources()) {
        const std::string property = source.name == "response_headers"       ? " Via"
                                     : source.name == "response_xml"         ? " //a"
                                     : source.name == "response_certificate" ? " issuer"
                                     : source.name == "timing"               ? " dns"
                                                                             : "";
        const auto given = judged(std::string(source.name) + property + " not_equal x", nothing);
        BOOST_TEST(given.starts_with("fail: "), given);
        BOOST_TEST(given.find("— found nothing (") != std::string::npos, given);
    }
    check({{"response_status equal_number 200",
            "fail: response_status equal_number 200 — found nothing (connect: Connection refused)"}},
          nothing);
    check({{"response_status equal_number 200",
            "fail: response_status equal_number 200 — found nothing (no response was received)"}},
          ResponseView{});
    ResponseView lookup;  // of a protocol without a body
    lookup.time = 7ms;
    check({{"response_time equal 7", "pass: response_time equal 7"},
           {"timing connect equal 0", "pass: timing connect equal 0"},
           {"response_certificate issuer equal x",
            "fail: response_certificate issuer equal x — found nothing (the connection was not encrypted)"},
           {"response_text contains x",
            "fail: response_text contains x — found nothing (no response was received)"}},
          lookup);
}

BOOST_AUTO_TEST_CASE(bodies_that_are_no_json) {
    Answer answer;
    answer.view.body = "<html>";
    check({{"response_json id equal 1",
            "fail: response_json id equal 1 — found nothing (the body is not JSON: syntax error at line 1, "
            "column 1)"}},
          answer.view);
    answer.view.document.reset();
    answer.view.truncated = true;
    check({{"response_json id equal 1",
            "fail: response_json id equal 1 — found nothing (the body is too long to be read as JSON)"}},
          answer.view);
}

BOOST_AUTO_TEST_CASE(xml_is_read_by_xpath) {
    Answer answer;
    answer.view.body =
        R"(<?xml version="1.0"?><o:order xmlns:o="urn:o" id="7"><o:item price="1.50">tea</o:item>
        <o:item price="2">ä<b/>x</o:item><plain><![CDATA[a<b]]></plain></o:order>)";
    check(
        {
            {"response_xml /o:order/@id equal 7", "pass: response_xml /o:order/@id equal 7"},
            {"response_xml //o:item equal tea", "pass: response_xml //o:item equal tea"},
            {"response_xml //o:item[2] equal äx", "pass: response_xml //o:item[2] equal äx"},
            {"response_xml count(//o:item) equal_number 2",
             "pass: response_xml count(//o:item) equal_number 2"},
            {"response_xml sum(//@price) equal 3.5", "pass: response_xml sum(//@price) equal 3.5"},
            {"response_xml //o:item[text() = 'tea equal x'] equal 1",
             "fail: response_xml //o:item[text() = 'tea equal x'] equal 1 — found nothing (no node of the "
             "document matches)"},
            {"response_xml boolean(//nothing) equal false",
             "pass: response_xml boolean(//nothing) equal false"},
            {"response_xml //plain contains <", "pass: response_xml //plain contains <"},
            {"response_xml //x:a equal 1",
             "fail: response_xml //x:a equal 1 — found nothing (the XPath has a prefix that the document's "
             "root does not declare)"},
        },
        answer.view);
}

BOOST_AUTO_TEST_CASE(hostile_xml_is_refused) {
    Answer answer;
    const auto found = [&](const std::string& body) {
        answer.view.body = body;
        answer.view.document.reset();
        return judged("response_xml //l equal x", answer.view);
    };
    const std::string no_xml = "fail: response_xml //l equal x — found nothing (the body is not XML: ";
    std::string laughs = "<!DOCTYPE l [<!ENTITY e0 \"ha\">";
    for (int i = 0; i < 9; ++i)
        laughs += "<!ENTITY e" + std::to_string(i + 1) + " \"" + [&] {
            std::string ten;
            for (int k = 0; k < 10; ++k)
                ten += "&e" + std::to_string(i) + ";";
            return ten;
        }() + "\">";
    BOOST_TEST(found(laughs + "]><l>&e9;</l>").starts_with(no_xml));
    BOOST_TEST(found("<!DOCTYPE l [<!ENTITY f SYSTEM \"file:///etc/hostname\">]><l>&f;</l>") ==
               no_xml + "it declares entities, which are not expanded)");
    BOOST_TEST(found("<a>\n<b></a>") == no_xml + "Premature end of data in tag a line 1 at line 2)");
    BOOST_TEST(found("") == no_xml + "Document is empty at line 1)");
    BOOST_TEST(found("<!DOCTYPE l SYSTEM \"http://127.0.0.1:1/x.dtd\"><l>x</l>") ==
               "pass: response_xml //l equal x");
    std::string wide = "<r>";
    for (int i = 0; i < 3000; ++i)
        wide += "<a><b/></a>";
    wide += "</r>";
    answer.view.body = wide;
    answer.view.document.reset();
    const auto begin = std::chrono::steady_clock::now();
    check({{"response_xml count(//*[count(//*[count(//*) = 1]) = 1]) equal 1",
            "fail: response_xml count(//*[count(//*[count(//*) = 1]) = 1]) equal 1 — found nothing (the "
            "XPath takes too long on this document)"}},
          answer.view);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 10s));
    const std::string deep = std::string(100'000, '(') + "1" + std::string(100'000, ')');
    BOOST_TEST(Assertion::parse("response_xml " + deep + " equal 1").error().message ==
               "an XPath has at most 4096 bytes");
    BOOST_TEST(Assertion::parse("response_xml " + std::string(4000, '(') + " equal 1").has_error());
}

BOOST_AUTO_TEST_CASE(secrets_are_never_shown) {
    Answer answer;
    answer.body = R"({"echo": ")" + std::string(194, 'x') + R"(t0ps3cret", "b64": "dDBwczNjcmV0"})";
    answer.view.body = answer.body;
    check(
        {
            {"response_headers Set-Cookie equal x", "fail: response_headers Set-Cookie equal x — found ***"},
            {"response_headers Set-Cookie is_less_than 3",
             "fail: response_headers Set-Cookie is_less_than 3 — found *** (it has another form)"},
            {"response_json b64 equal x", "fail: response_json b64 equal x — found ***"},
        },
        answer.view);
    // The cut at 200 characters would leave "t0ps3c".
    BOOST_TEST(judged("response_json echo equal x", answer.view).find("t0p") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(structured_form) {
    using boost::json::value;
    struct Fields {
        AssertionFields fields;
        std::string outcome;
    };
    const Fields table[] = {
        {{"response_status", "", "equal_number", value(500)}, "pass: response_status equal_number 500"},
        {{"response_status", "left-over", "equal_number", value("500")},
         "pass: response_status equal_number 500"},
        {{"response_json", "count", "equal", value(3.0)}, "fail: response_json count equal 3.0 — found 3"},
        {{"response_json", "count", "is_a_number", value("left-over")},
         "pass: response_json count is_a_number"},
        {{"response_json", "note", "equal", value(nullptr)}, "pass: response_json note equal null"},
        {{"response_json", "id", "equal", value(" c-17 ")},
         "fail: response_json id equal  c-17  — found c-17"},
        {{"response_json", "id", "equal", value("\"c-17\"")},
         "fail: response_json id equal \"c-17\" — found c-17"},
        {{"response_json", "count", "has_key", std::nullopt},
         "!column 1: has_key needs a value to compare with"},
        {{"response_json", "count", "is_less_than", value(nullptr)},
         "!column 1: is_less_than needs a value to compare with"},
        {{"response_json", "id", "eqal", value("x")},
         "!column 1: unknown comparison 'eqal' (did you mean 'equal'?)"},
        {{"respons_json", "id", "equal", value("x")},
         "!column 1: unknown source 'respons_json' (did you mean 'response_json'?)"},
        {{"response_json", "items[", "equal", value("x")},
         "!column 7: there is no index between the brackets (write for instance "
         "address.city, phones[0].number, phones[-1] or [\"a b\"])"},
        {{"response_json", "items[1].sku", "equal", value("{{sku}}")},
         "pass: response_json items[1].sku equal 42"},
        {{"response_json", "", "matches_schema", boost::json::parse(R"({"required": ["id"]})")},
         "pass: response_json matches_schema {\"required\":[\"id\"]}"},
    };
    const Answer answer;
    for (const auto& [fields, outcome] : table) {
        const auto parsed = Assertion::from_fields(fields);
        const auto given = parsed ? judged(*parsed, answer.view) : "!" + one_line(parsed.error());
        BOOST_TEST(given == outcome, "gives  " << given << "\n  wanted " << outcome);
        if (!parsed) continue;
        const auto again = Assertion::parse(parsed->text());
        BOOST_TEST((again && judged(*again, answer.view) == given), parsed->text());
    }
}

BOOST_AUTO_TEST_CASE(values_are_extracted) {
    const Answer answer;
    const auto variables = some_variables();
    const auto environment = frozen_environment();
    const auto extracted = [&](std::string_view text) {
        const auto source = ValueSource::parse(text);
        if (!source) return "!" + one_line(source.error());
        const auto result = source->extract(answer.view, {variables, environment});
        return result.value ? "=" + *result.value : "?" + result.why;
    };
    BOOST_TEST(extracted("response_json id") == "=c-17");
    BOOST_TEST(extracted("response_json items[0]") == "={\"sku\":\"41\"}");
    BOOST_TEST(extracted("response_json price") == "=1.5");
    BOOST_TEST(extracted("response_json empty") == "=");
    BOOST_TEST(extracted("response_json note") == "=null");
    BOOST_TEST(extracted("response_json \"a b\"") == "=1");
    BOOST_TEST(extracted("response_json a b") == "=1");
    BOOST_TEST(
        extracted("response_json id equal 3") ==
        "!column 18: there is nothing to compare here, 'equal 3' is too much (write the property in quotes "
        "when it belongs to it)");
    BOOST_TEST(
        extracted("response_json \"empty\" is_null") ==
        "!column 23: there is nothing to compare here, 'is_null' is too much (write the property in quotes "
        "when it belongs to it)");
    BOOST_TEST(extracted("dns_records zz") ==
               "!column 13: unknown type of record 'zz' (one of a, aaaa, cname)");
    BOOST_TEST(extracted("response_status") == "=500");
    BOOST_TEST(extracted("response_headers Set-Cookie") == "=sid=s3cr3t");
    BOOST_TEST(extracted("response_json idd") ==
               "?response_json idd: the document has no key 'idd' (did you mean 'id'?)");
    BOOST_TEST(extracted("response_jsn id") ==
               "!column 1: unknown source 'response_jsn' (did you mean 'response_json'?)");
    BOOST_TEST(extracted("response_headers") == "!column 17: response_headers needs a header name");
    BOOST_TEST(ValueSource::from_fields("response_header", "Via")->text() == "response_headers Via");
}

BOOST_AUTO_TEST_CASE(conditions) {
    const auto variables = some_variables();
    const auto environment = frozen_environment();
    const auto judge = [&](std::string_view text) {
        const auto condition = Condition::parse(text);
        if (!condition) return "!" + one_line(condition.error());
        BOOST_TEST(Condition::parse(condition->text())->text() == condition->text());
        const auto outcome = condition->evaluate({variables, environment});
        if (!outcome) return "?" + outcome.error().text();
        return (outcome->holds ? "yes: " : "no: ") + outcome->text;
    };
    BOOST_TEST(judge("{{sku}} not_empty") == "yes: 42 not_empty");
    BOOST_TEST(judge("{{blank}} not_empty") == "no: \"\" not_empty");
    BOOST_TEST(judge("{{sku}} equal 3") == "no: 42 equal 3");
    BOOST_TEST(judge("{{limit}} is_greater_than {{sku}}") == "yes: 200 is_greater_than 42");
    BOOST_TEST(judge("{{ sku }}-{{ index }} equal 42-1") == "yes: 42-1 equal 42-1");
    BOOST_TEST(judge("'an equal word' contains equal") == "yes: an equal word contains equal");
    BOOST_TEST(judge("{{token}} equal x") == "no: *** equal x");
    BOOST_TEST(judge("{{tokn}} not_empty") == "?undefined variable 'tokn' (did you mean 'token'?)");
    BOOST_TEST(judge("{{sku}}") ==
               "!column 1: there is no comparison (write for instance '{{cart}} not_empty')");
    BOOST_TEST(judge("{{sku}} eqaul 3") == "!column 9: unknown comparison 'eqaul' (did you mean 'equal'?)");
    BOOST_TEST(
        judge("equal 3") ==
        "!column 1: there is nothing to compare in front of equal (write for instance '{{cart}} not_empty')");
    BOOST_TEST(judge("") == "!column 1: there is no comparison (write for instance '{{cart}} not_empty')");
    const auto fields = Condition::from_fields("{{sku}}", "equal_number", boost::json::value(42));
    BOOST_TEST(fields->evaluate({variables, environment})->holds);
    BOOST_TEST(one_line(Condition::from_fields("a", "like", std::nullopt).error()) ==
               "column 1: unknown comparison 'like'");
}

BOOST_AUTO_TEST_CASE(every_source_row_is_sound) {
    for (const auto& source : all_sources()) {
        BOOST_TEST(find_source(source.name) == &source, source.name << " is there twice");
        for (const auto alias : source.aliases)
            BOOST_TEST(find_source(alias) == &source, alias << " is there twice");
        BOOST_TEST((source.property == Source::Property::none) == source.property_help.empty(), source.name);
        BOOST_TEST(!source.help.empty(), source.name);
    }
}

BOOST_AUTO_TEST_CASE(a_view_shows_a_whole_exchange) {
    net::Exchange exchange;
    exchange.error_detail = "connect: refused";
    BOOST_TEST(view_of(exchange, "http://a").failure == "connect: refused");
    BOOST_TEST(!view_of(exchange, "http://a").has_body);
    exchange.error_detail.clear();
    exchange.response.emplace();
    exchange.response->status = 204;
    exchange.response->body_size = 3;
    exchange.timings.total = 1500us;
    const auto view = view_of(exchange, "http://a");
    BOOST_TEST(judged("response_status equal 204", view) == "pass: response_status equal 204");
    BOOST_TEST(judged("response_size equal 3", view) == "pass: response_size equal 3");
    BOOST_TEST(judged("response_time equal 1", view) == "pass: response_time equal 1");
    net::DnsRecords records;
    records.a = {"192.0.2.1"};
    BOOST_TEST((to_json(records) == boost::json::parse(R"({"a": ["192.0.2.1"], "aaaa": [], "cname": []})")));
}

BOOST_AUTO_TEST_SUITE_END()
