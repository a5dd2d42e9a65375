#include "tests/support/fake_responder.hpp"
#include "tools/mock-bin/filter.hpp"
#include "tools/mock-bin/request_pattern.hpp"
#include "tools/mock-bin/verdict.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace ringback::mock_bin;
namespace json = boost::json;

namespace {

const auto kRequest = pack(test::make_request(
    "POST", "/bin/id/orders/7?sku=42&tag=a&tag=b",
    {{"Host", "h"},
     {"Content-Type", "application/json"},
     {"X-Tag", "one"},
     {"x-tag", "two"},
     {"Cookie", "session=abc; lang=en"}},
    R"({"id": 7, "items": [{"sku": "42", "n": 2}, {"sku": "43", "n": 1}], "note": "hello world"})"));

std::string joined(const std::vector<std::string>& lines) {
    std::string out;
    for (const auto& line : lines)
        out += (out.empty() ? "" : "; ") + line;
    return out;
}

template <class Parse>
std::string compared(const char* text, Parse parse) {
    const auto pattern = parse(json::parse(text), "");
    if (!pattern) return "error " + pattern.error().pointer + ": " + pattern.error().message;
    return joined(differences(*pattern, *unpack(kRequest)));
}

struct Row {
    const char *pattern, *differences;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(mock_bin_pattern)

BOOST_AUTO_TEST_CASE(wiremock) {
    const Row rows[] = {
        {"{}", ""},
        {R"({"method": "POST"})", ""},
        {R"({"method": "ANY"})", ""},
        {R"({"method": "PUT"})", "method is \"POST\", wanted \"PUT\" in any case"},
        {R"({"url": "/orders/7?sku=42&tag=a&tag=b"})", ""},
        {R"({"url": "/bin/id/orders/7?sku=42&tag=a&tag=b"})", ""},
        {R"({"url": "/orders/7"})", "url is \"/bin/id/orders/7?sku=42&tag=a&tag=b\", wanted \"/orders/7\""},
        {R"({"urlPath": "/orders/7"})", ""},
        {R"({"urlPathPattern": "/orders/[0-9]+"})", ""},
        {R"({"urlPathPattern": "/orders"})", "path is \"/bin/id/orders/7\", wanted a match of //orders/"},
        {R"({"urlPattern": ".*sku=4\\d.*"})", ""},
        {R"({"headers": {"x-TAG": {"equalTo": "two"}, "Host": "h"}})", ""},
        {R"({"headers": {"X-Tag": {"equalTo": "three"}}})",
         "header X-Tag is \"one\" and \"two\", wanted \"three\""},
        {R"({"headers": {"X-None": {"contains": "a"}}})", "header X-None is missing, wanted text with \"a\""},
        {R"({"headers": {"X-None": {"absent": true}}})", ""},
        {R"({"headers": {"Host": {"absent": true}}})", "header Host is \"h\", wanted none"},
        {R"({"headers": {"Host": {"equalTo": "H", "caseInsensitive": true}}})", ""},
        {R"({"headers": {"Content-Type": {"doesNotMatch": ".*json"}}})",
         "header Content-Type is \"application/json\", wanted anything but a match of /.*json/"},
        {R"({"queryParameters": {"tag": {"equalTo": "b"}, "sku": {"matches": "\\d+"}}})", ""},
        {R"({"queryParameters": {"sku": {"equalTo": "1"}}})", "query parameter sku is \"42\", wanted \"1\""},
        {R"({"cookies": {"session": {"contains": "b"}}})", ""},
        {R"({"bodyPatterns": [{"contains": "hello"}, {"matches": ".*world.*"}, {"doesNotContain": "bye"}]})",
         ""},
        {R"({"bodyPatterns": [{"matchesJsonPath": "$.items[?(@.n == 2)]"}]})", ""},
        {R"({"bodyPatterns": [{"matchesJsonPath": {"expression": "$.items[*].sku", "equalTo": "43"}}]})", ""},
        {R"({"bodyPatterns": [{"matchesJsonPath": "$.missing"}]})",
         "body is \"{\\\"id\\\": 7, \\\"items\\\": [{\\\"sku\\\": \\\"42\\\", \\\"n\\\": 2}, {\\\"sku\\\": "
         "\\\"43\\\", \\\"n\\\": 1}], "
         "\\\"note\\\": \\\"hello world\\\"}\", wanted something at $.missing"},
        {R"({"bodyPatterns": [{"equalToJson": {"note": "hello world", "id": 7, "items": [{"n": 2, "sku": "42"}, {"sku": "43", "n": 1}]}}]})",
         ""},
        {R"({"bodyPatterns": [{"equalToJson": "{\"id\": 7}", "ignoreExtraElements": true}]})", ""},
        {R"({"bodyPatterns": [{"equalToJson": {"id": 8}, "ignoreExtraElements": true}]})",
         "body: /id is \"7\", wanted \"8\""},
        {R"({"bodyPatterns": [{"equalToJson": {"id": 7}}]})", "body: /items is not wanted"},
        {R"({"bodyPatterns": [{"equalToJson": {"items": [{"sku": "43", "n": 1}, {"sku": "42", "n": 2}]}, "ignoreExtraElements": true, "ignoreArrayOrder": true}]})",
         ""},
        {R"({"method": "GET", "headers": {"Host": "x"}})",
         "method is \"POST\", wanted \"GET\" in any case; header Host is \"h\", wanted \"x\""},
        {R"({"methd": "GET"})",
         "error /methd: unknown member \"methd\"; known here: method, url, urlPattern, urlPath, "
         "urlPathPattern, headers, queryParameters, "
         "cookies, bodyPatterns"},
        {R"({"headers": {"a/b": {"equalsTo": "x"}}})",
         "error /headers/a~1b/equalsTo: unknown condition \"equalsTo\"; known: equalTo, contains, "
         "doesNotContain, matches, doesNotMatch, "
         "absent, equalToJson, matchesJsonPath"},
        {R"({"urlPattern": "("})", "error /urlPattern: is not a valid regular expression: ("},
        {R"({"bodyPatterns": [{"matchesJsonPath": "x"}]})",
         "error /bodyPatterns/0/matchesJsonPath: a path begins with \"$\" at column 1"},
        {R"({"bodyPatterns": [{"matchesJsonPath": {"expression": "$.id", "contains": "7", "equalTo": "9"}}]})",
         "error /bodyPatterns/0/matchesJsonPath: takes one condition beside expression"},
        {R"({"bodyPatterns": [{"matchesJsonPath": {"expression": "$.id", "equalTo": "7", "caseInsensitive": true}}]})",
         ""},
        {R"({"bodyPatterns": [{}]})",
         "error /bodyPatterns/0: holds no condition; known: equalTo, contains, doesNotContain, matches, "
         "doesNotMatch, absent, equalToJson, "
         "matchesJsonPath"},
        {R"({"bodyPatterns": [{"equalToJson": "{"}]})",
         "error /bodyPatterns/0/equalToJson: is not JSON: incomplete JSON"},
        {"[]", "error : must be a request pattern, a JSON object"},
    };
    for (const auto& row : rows)
        BOOST_TEST(compared(row.pattern, parse_wiremock_pattern) == row.differences,
                   row.pattern << "\n  got " << compared(row.pattern, parse_wiremock_pattern));
}

BOOST_AUTO_TEST_CASE(mockserver) {
    const Row rows[] = {
        {"{}", ""},
        {R"({"method": "POST", "path": "/orders/7"})", ""},
        {R"({"path": "/orders/.*"})", ""},
        {R"({"method": "!GET", "path": "/bin/id/orders/7"})", ""},
        {R"({"method": "!POST"})", "method is \"POST\", wanted anything but \"POST\""},
        {R"({"headers": {"X-Tag": ["two"], "host": "h"}})", ""},
        {R"({"headers": [{"name": "X-Tag", "values": ["t.o"]}, {"name": "Host"}]})", ""},
        {R"({"queryStringParameters": {"tag": ["a", "b"], "sku": ["41"]}})",
         "query parameter sku is \"42\", wanted \"41\""},
        {R"({"cookies": {"lang": "en"}})", ""},
        {R"({"body": {"type": "JSON", "json": {"id": 7}}})", ""},
        {R"({"body": {"id": 7}})", ""},
        {R"({"body": {"type": "JSON", "json": {"id": 7}, "matchType": "STRICT"}})",
         "body: /items is not wanted"},
        {R"({"body": {"type": "STRING", "string": "hello", "subString": true}})", ""},
        {R"({"body": {"type": "REGEX", "regex": ".*hello.*", "not": true}})",
         "body is \"{\\\"id\\\": 7, \\\"items\\\": [{\\\"sku\\\": \\\"42\\\", \\\"n\\\": 2}, {\\\"sku\\\": "
         "\\\"43\\\", \\\"n\\\": 1}], "
         "\\\"note\\\": \\\"hello world\\\"}\", wanted anything but a match of /.*hello.*/"},
        {R"({"body": {"type": "JSON_PATH", "jsonPath": "$.items[1]"}})", ""},
        {R"({"body": {"type": "JSON", "json": {"id": 7}, "matchType": "STRICTX"}})",
         "error /body/matchType: must be STRICT or ONLY_MATCHING_FIELDS"},
        {R"({"body": {"type": "JSON", "json": {"id": 7}, "regex": "x"}})",
         "error /body/regex: unknown member \"regex\"; known here: type, not, contentType, json, matchType"},
        {R"({"body": {"type": "STRING"}})", "error /body: needs string"},
        {R"({"body": {"type": "XML", "xml": "<a/>"}})",
         "error /body/type: the type XML is not known here; known: STRING, JSON, REGEX, JSON_PATH; a body "
         "that "
         "is this JSON: {\"type\":\"JSON\",\"json\":…}"},
        {R"({"body": {"type": "order"}})", "body: /type is missing"},
        {R"({"headers": {"a": 1}})", "error /headers/a: must be a string or an array of strings"},
        {R"({"pth": "/"})",
         "error /pth: unknown member \"pth\"; known here: method, path, queryStringParameters, headers, "
         "cookies, body"},
    };
    for (const auto& row : rows)
        BOOST_TEST(compared(row.pattern, parse_mockserver_request) == row.differences,
                   row.pattern << "\n  got " << compared(row.pattern, parse_mockserver_request));
}

BOOST_AUTO_TEST_CASE(json_is_compared_exactly_and_in_any_order) {
    const struct {
        const char *wanted, *body;
        bool same;
    } rows[] = {
        {"9007199254740993", "9007199254740992", false},
        {"18446744073709551615", "18446744073709551614", false},
        {"1", "1.0", true},
        {"-1", "18446744073709551615", false},
        {"0.1", "1e-1", true},
        {R"([{"id":1},{"id":1,"x":2}])", R"([{"id":1,"x":2},{"id":1}])", true},
        {R"([{"id":1},{"id":1,"x":2}])", R"([{"id":1,"x":2},{"id":1,"y":2}])", true},
        {R"([{"id":1,"x":2},{"id":1,"x":2}])", R"([{"id":1,"x":2},{"id":1}])", false},
        {R"([{"a":1},{"b":1},{"c":1}])", R"([{"a":1,"b":1},{"b":1,"c":1},{"c":1,"a":1}])", true},
        {R"([[{"a":1},{}],[{}]])", R"([[{"b":1}],[{"b":1},{"a":1}]])", true},
        {"[]", "[]", true},
        {"[1,2,2]", "[2,1,2,3]", true},
        {"[1,2,2]", "[2,1,1,3]", false},
    };
    for (const auto& row : rows) {
        const auto bytes = pack(test::make_request("POST", "/bin/id", {}, row.body));
        const auto wanted = json::parse(row.wanted);
        const auto mockserver =
            parse_mockserver_request({{"body", {{"type", "JSON"}, {"json", wanted}}}}, "");
        const auto wiremock = parse_wiremock_pattern(
            {{"bodyPatterns",
              {{{"equalToJson", wanted}, {"ignoreArrayOrder", true}, {"ignoreExtraElements", true}}}}},
            "");
        BOOST_REQUIRE(mockserver);
        BOOST_REQUIRE(wiremock);
        BOOST_TEST(differences(*mockserver, *unpack(bytes)).empty() == row.same, row.body);
        BOOST_TEST(differences(*wiremock, *unpack(bytes)).empty() == row.same, row.body);
    }
    // Many elements that all but one fit: an answer comes, and soon.
    json::array wanted, found;
    for (int i = 0; i < 1000; ++i) {
        wanted.push_back(json::object());
        found.push_back(json::object{{"n", i}});
    }
    wanted.push_back(json::object{{"n", 0}});
    wanted.erase(wanted.begin());
    const auto bytes = pack(test::make_request("POST", "/bin/id", {}, json::serialize(found)));
    const auto fits = parse_mockserver_request({{"body", {{"type", "JSON"}, {"json", wanted}}}}, "");
    BOOST_TEST(joined(differences(*fits, *unpack(bytes))) == "");
    wanted.back() = json::object{{"n", -1}};
    const auto none = parse_mockserver_request({{"body", {{"type", "JSON"}, {"json", wanted}}}}, "");
    BOOST_TEST(joined(differences(*none, *unpack(bytes))) ==
               "body: the document has no element \"{\\\"n\\\":-1}\"");
}

BOOST_AUTO_TEST_CASE(regular_expressions_cannot_hang_or_crash) {
    auto request = test::make_request("POST", "/bin/id", {}, std::string(200'000, 'a') + "b");
    const auto bytes = pack(request);
    for (const auto* pattern :
         {R"({"bodyPatterns": [{"matches": "(a+)+c"}]})", R"({"bodyPatterns": [{"matches": "(a|aa)*c"}]})",
          R"({"bodyPatterns": [{"matches": "(.*)(.*)(.*)(.*)(.*)x"}]})"}) {
        const auto parsed = parse_wiremock_pattern(json::parse(pattern), "");
        BOOST_REQUIRE(parsed);
        BOOST_TEST(differences(*parsed, *unpack(bytes)).size() == 1u);
    }
}

BOOST_AUTO_TEST_CASE(verdicts) {
    const auto definition = *parse_definition(json::parse("{}"));
    const auto told = [&](std::size_t ring, const char* pattern, Times times) {
        Bins bins({.ring = ring});
        const auto bin = bins.create(definition).bin;
        for (const auto* method : {"GET", "POST", "GET"})
            (void)bin->record(pack(test::make_request(method, "/bin/x")));
        const auto verdict =
            verify(*parse_mockserver_request(json::parse(pattern), ""), times, bin->snapshot());
        const char* const names[] = {"passed", "failed", "inconclusive"};
        return names[static_cast<int>(verdict.kind)] +
               (verdict.message.empty() ? "" : ": " + verdict.message);
    };
    const struct {
        std::size_t ring;
        const char* pattern;
        Times times;
        const char* verdict;
    } rows[] = {
        {10, R"({"method":"GET"})", {1, {}}, "passed"},
        {10, R"({"method":"GET"})", {2, 2}, "passed"},
        {10,
         R"({"method":"GET"})",
         {{}, 1},
         "failed: the call came 2 times, wanted at most once; 3 calls were recorded"},
        {10,
         R"({"method":"GET"})",
         {3, {}},
         "failed: the call came 2 times, wanted at least 3 times; 3 calls were recorded\nnearest call, "
         "number 2:\n  method is \"POST\", wanted \"GET\""},
        {10, R"({"method":"PUT"})", {0, 0}, "passed"},
        {10,
         R"({"method":"POST"})",
         {0, 0},
         "failed: the call came 1 time, wanted never; 3 calls were recorded"},
        {10,
         R"({"method":"POST"})",
         {2, 5},
         "failed: the call came 1 time, wanted at least 2 times and at most 5 times; 3 calls were "
         "recorded\nnearest call, number 1:\n  "
         "method is \"GET\", wanted \"POST\""},
        // The first call was dropped: what is certain is said, the rest is open.
        {2, R"({"method":"GET"})", {1, {}}, "passed"},
        {2,
         R"({"method":"GET"})",
         {2, {}},
         "inconclusive: cannot tell whether the call came at least 2 times: 1 of the calls still kept match, "
         "but 3 calls were recorded, 1 of "
         "them dropped from the ring"},
        {2,
         R"({"method":"PUT"})",
         {0, 0},
         "inconclusive: cannot tell whether the call came never: 0 of the calls still kept match, but 3 "
         "calls were recorded, 1 of them "
         "dropped from the ring"},
        {2,
         R"({"method":"GET"})",
         {{}, 0},
         "failed: the call came 1 time, wanted at most 0 times; 3 calls were recorded, 1 of them dropped "
         "from the ring"},
    };
    for (const auto& row : rows)
        BOOST_TEST(told(row.ring, row.pattern, row.times) == row.verdict,
                   "got " << told(row.ring, row.pattern, row.times));
}

BOOST_AUTO_TEST_CASE(sequences) {
    const auto definition = *parse_definition(json::parse("{}"));
    Bins bins({.ring = 3});
    const auto bin = bins.create(definition).bin;
    for (const auto* method : {"GET", "POST", "PUT"})
        (void)bin->record(pack(test::make_request(method, "/bin/x")));
    const auto told = [&](std::initializer_list<const char*> methods) {
        std::vector<RequestPattern> patterns;
        for (const auto* method : methods)
            patterns.push_back(*parse_mockserver_request(json::object{{"method", method}}, ""));
        return verify_sequence(patterns, bin->snapshot());
    };
    BOOST_TEST((told({"GET", "PUT"}).kind == Verdict::Kind::passed));
    const auto wrong = told({"PUT", "GET"});
    BOOST_TEST((wrong.kind == Verdict::Kind::failed));
    BOOST_TEST(wrong.message.starts_with(
        "call 2 of 2 of the sequence was not found after the one before it; 3 calls were recorded"));
    (void)bin->record(pack(test::make_request("PATCH", "/bin/x")));
    BOOST_TEST((told({"GET", "PUT"}).kind == Verdict::Kind::inconclusive));
    BOOST_TEST((told({"POST", "PATCH"}).kind == Verdict::Kind::passed));
}

BOOST_AUTO_TEST_CASE(filters) {
    Bins bins({});
    const auto bin = bins.create(*parse_definition(json::parse("{}"))).bin;
    const auto record = [&](const char* method, const char* target, const char* body, int second) {
        auto request = test::make_request(method, target, {{"X-Note", "Remember"}}, body);
        request.received_at =
            std::chrono::system_clock::time_point(std::chrono::seconds(1'700'000'000 + second));
        (void)bin->record(pack(request));
    };
    record("GET", "/bin/x/a", "", 0);
    record("POST", "/bin/x/a/b", "Hello", 1);
    record("puT", "/bin/x", "hello", 2);
    const struct {
        const char *query, *seqs;
    } rows[] = {{"", "1 2 3"},
                {"method=get", "1"},
                {"method=GET,put", "1 3"},
                {"path=/a", "1"},
                {"path=/a*", "1 2"},
                {"path=/bin/x/*", "1 2"},
                {"path=*b", "2"},
                {"since=1", "2 3"},
                {"since=2023-11-14T22:13:21Z", "2 3"},
                {"limit=2", "2 3"},
                {"limit=0", ""},
                {"search=HELLO", "2 3"},
                {"search=remember", "1 2 3"},
                {"search=nope", ""},
                {"method=POST&search=x/a", "2"},
                {"other=1", "1 2 3"}};
    for (const auto& row : rows) {
        const auto filter = Filter::parse(row.query);
        BOOST_REQUIRE_MESSAGE(filter, row.query);
        auto entries = bin->snapshot().entries;
        filter->apply(entries);
        std::string seqs;
        for (const auto& entry : entries)
            seqs += (seqs.empty() ? "" : " ") + std::to_string(entry->seq);
        BOOST_TEST(seqs == row.seqs, row.query << " gave " << seqs);
    }
    BOOST_TEST(Filter::parse("since=then").error().message ==
               "must be a _seq, such as 17, or an ISO 8601 time, such as 2026-01-02T03:04:05Z");
    BOOST_TEST(Filter::parse("limit=-1").error().pointer == "limit");
}

BOOST_AUTO_TEST_SUITE_END()
