#include "tools/mock-bin/definition.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback::mock_bin;
namespace json = boost::json;

namespace {

/// What is stored, or "pointer: message".
std::string parsed(const char* text) {
    const auto definition = parse_definition(json::parse(text));
    if (!definition) return definition.error().pointer + ": " + definition.error().message;
    return (*definition)->json;
}

std::shared_ptr<const Definition> good(const char* text) {
    const auto definition = parse_definition(json::parse(text));
    BOOST_REQUIRE_MESSAGE(definition, text);
    return *definition;
}

std::string header(const CannedAnswer& answer, std::string_view name) {
    std::string out;
    for (const auto value : answer.headers.all(name))
        out += (out.empty() ? "" : " | ") + std::string(value);
    return out;
}

/// Everything that decides how a definition answers.
std::string behaviour(const Definition& definition) {
    std::string out = definition.after == Definition::After::cycle ? "cycle " : "";
    out += definition.secret;
    for (const auto& answer : definition.answers) {
        out += "\n" + std::to_string(answer.status) + " " + answer.reason + " " +
               std::to_string(answer.version) + " " + std::to_string(answer.delay.count()) + " " +
               std::string(to_string(answer.fault)) + (answer.templated ? " template" : "");
        if (answer.dribble)
            out += " dribble " + std::to_string(answer.dribble->chunks) + "/" +
                   std::to_string(answer.dribble->duration.count());
        for (const auto& header : answer.headers)
            out += "\n  " + header.name + ": " + header.value;
        out += "\n  " + *answer.body;
    }
    return out;
}

/// Numbers that are the same in every run.
struct Dice {
    std::uint32_t state = 1;
    std::uint32_t roll(std::uint32_t sides) {
        state = state * 1'664'525 + 1'013'904'223;
        return (state >> 16) % sides;
    }
};

/// Members with values that are taken, some of them saying "none" or nothing.
json::object any_response(Dice& dice) {
    static const std::vector<std::pair<const char*, std::vector<const char*>>> members{
        {"status", {"200", "204", "500", "null"}},
        {"statusText", {R"("Mine")", R"("")"}},
        {"httpVersion", {R"("HTTP/1.0")", R"("h2")"}},
        {"headers",
         {"[]", "null", R"([{"name":"Content-Type","value":"text/css"}])",
          R"([{"name":"Content-Encoding","value":"gzip"},{"name":"X-T","value":"{{method}}"}])"}},
        {"cookies", {"[]", R"([{"name":"a","_x":[[[1]]]},{"name":"b","value":"2","maxAge":60}])"}},
        {"content",
         {"{}", "null", R"({"text":"{{path}}"})", R"({"text":"a","mimeType":"text/html"})",
          R"({"text":"H4s=","encoding":"base64"})", R"({"text":"","encoding":"base64"})"}},
        {"redirectURL", {R"("")", R"("/there")"}},
        {"delay", {"0", "5", R"("1.5s")"}},
        {"fault", {"null", R"("")", R"("EMPTY_RESPONSE")"}},
        {"dribble", {"null", "{}", R"({"chunks":3,"duration":"1s"})"}},
        {"template", {"true", "false", "null"}}};
    json::object out;
    for (const auto& [name, values] : members)
        if (dice.roll(3) == 0)
            out[name] = json::parse(values[dice.roll(static_cast<std::uint32_t>(values.size()))]);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mock_bin_definition)

BOOST_AUTO_TEST_CASE(an_empty_object_is_a_whole_response) {
    BOOST_TEST(
        parsed("{}") ==
        R"({"status":200,"statusText":"OK","httpVersion":"HTTP/1.1","headers":[],"cookies":[],)"
        R"("content":{"size":0,"mimeType":"text/plain; charset=utf-8"},"redirectURL":"","headersSize":-1,"bodySize":0})");
    BOOST_TEST(good(R"({"response":{"status":404}})")->answers.front().reason == "Not Found");
}

BOOST_AUTO_TEST_CASE(broken_rules_name_their_place) {
    const struct {
        const char *text, *error;
    } rows[] = {
        {"[]", ": the body must be a JSON object, a HAR response, not an array"},
        {R"({"status":"200"})", "/status: must be a whole number from 200 to 999, not a string"},
        {R"({"status":1000})", "/status: must be a whole number from 200 to 999"},
        {R"({"status":101})", "/status: must be a whole number from 200 to 999"},
        {R"({"statusText":"a\r\nb"})", "/statusText: must be one line of text"},
        {R"({"httpVersion":"SPDY"})", "/httpVersion: must be \"HTTP/1.1\" or \"HTTP/1.0\""},
        {R"({"headers":{}})", "/headers: must be an array, not an object"},
        {R"({"headers":[{"name":"a b","value":"x"}]})",
         "/headers/0/name: must be a header name: letters, digits and !#$%&'*+-.^_`|~"},
        {R"({"headers":[{"name":"a","value":"x\ny"}]})", "/headers/0/value: must be one line of text"},
        {R"({"headers":["a"]})", "/headers/0: must be an object with name and value"},
        {R"({"cookies":[{"name":""}]})",
         "/cookies/0/name: must be a cookie name: letters, digits and !#$%&'*+-.^_`|~"},
        {R"({"cookies":[{"name":"a","expires":"soon"}]})",
         "/cookies/0/expires: must be an ISO 8601 time such as \"2030-01-01T00:00:00Z\""},
        {R"({"cookies":[{"name":"a","expires":"2030-02-31T00:00:00Z"}]})",
         "/cookies/0/expires: must be an ISO 8601 time such as \"2030-01-01T00:00:00Z\""},
        {R"({"content":{"text":"*","encoding":"base64"}})", "/content/text: is not base64"},
        {R"({"content":{"txt":"a"}})",
         "/content/txt: unknown member \"txt\"; known here: mimeType, text, encoding, size, compression"},
        {R"({"delay":-1})", "/delay: must be a whole number from 0 to 600000"},
        {R"({"delay":"1 day"})", "/delay: must be milliseconds or a time such as \"2s\", at most 600000 ms"},
        {R"({"fault":"FIRE"})",
         "/fault: must be CONNECTION_RESET_BY_PEER, EMPTY_RESPONSE, MALFORMED_RESPONSE_CHUNK or "
         "RANDOM_DATA_THEN_CLOSE"},
        {R"({"dribble":{"chunks":0}})", "/dribble/chunks: must be a whole number from 1 to 10000"},
        {R"({"responses":[]})", "/responses: must hold 1 to 1000 responses"},
        {R"({"responses":[{"status":200},{"status":7}]})",
         "/responses/1/status: must be a whole number from 200 to 999"},
        {R"({"responses":[{"responses":[]}]})",
         "/responses/0/responses: unknown member \"responses\"; known here: status, statusText, httpVersion, "
         "headers, cookies, content, "
         "redirectURL, delay, fault, dribble, template, size, bodySize, headersSize"},
        {R"({"after":"cycle"})", "/after: needs responses"},
        {R"({"responses":[{}],"after":"stop"})", "/after: must be repeat-last or cycle"},
        {R"({"verify":{}})", "/verify/secret: must be the secret that signs, such as \"whsec_…\""},
        {R"({"template":true,"content":{"text":"{{nonsense}}"}})",
         "/content/text: unknown value {{nonsense}}; known: method, path, url, query.NAME, headers.NAME, "
         "body, "
         "body.JSON.PATH"},
        {R"({"response":{"status":7}})", "/response/status: must be a whole number from 200 to 999"},
    };
    for (const auto& row : rows)
        BOOST_TEST(parsed(row.text) == row.error, row.text << "\n  got " << parsed(row.text));
    BOOST_TEST(
        parsed(R"({"stauts":200})").starts_with("/stauts: unknown member \"stauts\"; known here: status, "));
}

BOOST_AUTO_TEST_CASE(what_framed_the_original_is_not_sent) {
    const auto definition = good(
        R"({"headers":[{"name":"Transfer-Encoding","value":"chunked"},{"name":"Connection","value":"close"},
        {"name":"Content-Length","value":"7"},{"name":"Content-Encoding","value":"gzip"},{"name":"X-Kept","value":"yes"},
        {"name":"X-Kept","value":"twice"}], "content":{"mimeType":"text/html","text":"<p>"}, "redirectURL":"/there"})");
    const auto& answer = definition->answers.front();
    BOOST_TEST(header(answer, "X-Kept") == "yes | twice");
    BOOST_TEST(header(answer, "Content-Type") == "text/html");
    BOOST_TEST(header(answer, "Location") == "/there");
    BOOST_TEST(answer.headers.size() == 4u);
    // Bytes given as base64 may well be compressed: then the coding stays.
    const auto bytes = good(
        R"({"headers":[{"name":"Content-Encoding","value":"gzip"}],"content":{"text":"H4s=","encoding":"base64"}})");
    BOOST_TEST(header(bytes->answers.front(), "Content-Encoding") == "gzip");
    BOOST_TEST(*bytes->answers.front().body == "\x1F\x8B");
}

BOOST_AUTO_TEST_CASE(cookies_have_their_attributes) {
    const auto definition = good(R"({"cookies":[{"name":"a","value":"1","path":"/x","domain":"example.org",
        "expires":"2030-01-02T03:04:05.000Z","httpOnly":true,"secure":true,"sameSite":"Lax"},{"name":"b","value":"2","maxAge":60}]})");
    BOOST_TEST(header(definition->answers.front(), "Set-Cookie") ==
               "a=1; Path=/x; Domain=example.org; Expires=Wed, 02 Jan 2030 03:04:05 GMT; HttpOnly; Secure; "
               "SameSite=Lax | b=2; Max-Age=60");
}

BOOST_AUTO_TEST_CASE(sequences_inherit_and_take_turns) {
    const auto last = good(
        R"({"headers":[{"name":"X-A","value":"1"}],"responses":[{"status":500},{"status":503,"delay":5},{"status":200}]})");
    BOOST_TEST(last->answers.size() == 3u);
    BOOST_TEST(last->answers[0].reason == "Internal Server Error");
    BOOST_TEST(header(last->answers[2], "X-A") == "1");
    BOOST_TEST(last->answers[1].delay.count() == 5);
    const struct {
        std::uint64_t turn;
        unsigned repeat_last, cycle;
    } rows[] = {{0, 0, 0}, {1, 1, 1}, {2, 2, 2}, {3, 2, 0}, {4, 2, 1}, {300, 2, 0}};
    const auto cycle = good(R"({"responses":[{},{},{}],"after":"cycle"})");
    for (const auto& row : rows) {
        BOOST_TEST(last->index(row.turn) == row.repeat_last);
        BOOST_TEST(cycle->index(row.turn) == row.cycle);
    }
}

BOOST_AUTO_TEST_CASE(what_is_stored_answers_as_before) {
    Dice dice;
    for (int i = 0; i < 3000; ++i) {
        auto given = any_response(dice);
        if (dice.roll(4)) {
            json::array responses;
            for (auto left = 1 + dice.roll(3); left; --left)
                responses.push_back(any_response(dice));
            given["responses"] = std::move(responses);
            if (dice.roll(2)) given["after"] = "cycle";
        }
        const auto once = parse_definition(given);
        BOOST_REQUIRE_MESSAGE(once, json::serialize(given));
        const auto again = parse_definition(json::parse((*once)->json));
        BOOST_REQUIRE_MESSAGE(again, (*once)->json);
        BOOST_REQUIRE_MESSAGE((*again)->json == (*once)->json, json::serialize(given));
        BOOST_REQUIRE_MESSAGE(behaviour(**again) == behaviour(**once), json::serialize(given));
    }
    const auto own =
        good(R"({"template":true,"content":{"text":"{{method}}"},"delay":7,"fault":"EMPTY_RESPONSE",
                          "responses":[{},{"template":false,"content":{"text":"{{name}}"},"delay":0,"fault":null}]})");
    BOOST_TEST(behaviour(*own) ==
               "\n200 OK 11 7 EMPTY_RESPONSE template\n  Content-Type: text/plain; "
               "charset=utf-8\n  {{method}}\n200 OK 11 0 \n  Content-Type: text/plain; "
               "charset=utf-8\n  {{name}}");
}

BOOST_AUTO_TEST_CASE(a_sequence_holds_what_it_inherits_once) {
    json::object given{{"content", {{"text", std::string(1u << 20, 'x')}}}};
    json::array responses(1000, json::object());
    given["responses"] = responses;
    const auto definition = parse_definition(given);
    BOOST_REQUIRE(definition);
    BOOST_TEST((*definition)->size < 4u << 20);
    BOOST_TEST((*definition)->answers.front().body == (*definition)->answers.back().body);
    BOOST_TEST((*definition)->json.size() < 2u << 20);
    given["headers"] = {{{"name", "X-Long"}, {"value", std::string(100'000, 'x')}}};
    BOOST_TEST(parse_definition(given).error().pointer == "/responses/167");
}

BOOST_AUTO_TEST_CASE(nothing_beside_a_wrapped_response_is_dropped) {
    BOOST_TEST(parsed(R"({"response":{"status":201},"delay":3000})") ==
               "/delay: must stand inside \"response\", not beside it");
    BOOST_TEST(good(R"({"_from":"a HAR","response":{"status":201}})")->answers.front().status == 201u);
}

BOOST_AUTO_TEST_CASE(what_is_stored_parses_to_itself) {
    for (
        const auto* text :
        {"{}", R"({"status":204,"statusText":"Nothing","cookies":[{"name":"a"}],"_mine":1,"comment":"x"})",
         R"({"responses":[{"status":500,"fault":"EMPTY_RESPONSE"},{"dribble":{"chunks":3,"duration":"1s"}}],"after":"cycle"})",
         R"({"template":true,"content":{"text":"{{ request.body.a[0] }} {{headers.X-A}}"},"verify":{"secret":"whsec_x"}})"}) {
        const auto once = parsed(text);
        BOOST_TEST(parsed(once.c_str()) == once);
    }
}

BOOST_AUTO_TEST_CASE(secrets_are_not_shown) {
    const auto definition = good(R"({"verify":{"secret":"whsec_topsecret"}})");
    BOOST_TEST(json::serialize(shown(*definition)).find("topsecret") == std::string::npos);
    BOOST_TEST(json::serialize(shown(*definition)).find(R"("verify":{"secret":"***"})") != std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()
