#include "run-options/redaction.hpp"

#include <boost/test/unit_test.hpp>

#include <tuple>

using namespace ringback;

namespace {
struct Row {
    std::string_view text, expected;
};
std::string masked(std::string_view text) {
    return masked_line(text, 0, text.size());
}
}  // namespace

BOOST_AUTO_TEST_SUITE(redaction)

BOOST_AUTO_TEST_CASE(urls) {
    const Row rows[] = {
        {"https://example.com/hook", "https://example.com/hook"},
        {"https://hooks.slack.com/services/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",
         "https://hooks.slack.com/services/T024BE7LD/B024BE7LH/aBcD***"},
        {"http://127.0.0.1:8090/bin/4cb0e0a1-0b52-4c5e-9a3c-2f8f6a9b1c11/x",
         "http://127.0.0.1:8090/bin/4cb0***/x"},
        {"https://x/a?key=abc&t=1&flag#part", "https://x/a?key=***&t=***&flag#part"},
        {"https://user:pw@x/a", "https://***@x/a"},
        {"https://user@x/a", "https://***@x/a"},
        {"https://user:p#w/?@x/a", "https://***@x/a"},  // unsound, and secret all the same
        {"http://[::1]:80/@x", "http://[::1]:80/@x"},
        {"http://x:80/@y", "http://x:80/@y"},
        {"https://x/a-quite-long-name-without-digits", "https://x/a-quite-long-name-without-digits"},
        {"no url at all", "no url at all"},
        {"/s?token=abc&next=http://x/", "/s?token=***&next=***"},
        {"/login/http://x/?t=abc", "/login/http://x/?t=***"},
        {"", ""},
    };
    for (const Row& row : rows)
        BOOST_TEST(redacted_url(row.text) == row.expected);
}

BOOST_AUTO_TEST_CASE(excerpts_keep_their_columns) {
    const Row rows[] = {
        {R"(#webhook:{"secret": "whsec_abc="} x)", R"(#webhook:{"secret": "**********"} x)"},
        {"run whsk_abc, x", "run whsk_***, x"},
        {R"({"headers": {"Authorization": "Bearer é", "X-A": "b"}})",
         R"({"headers": {"Authorization": "********", "X-A": "b"}})"},
        {R"({"password" : "a\"b", "x": 1})", R"({"password" : "****", "x": 1})"},
        {R"({"password": "env:NAME", "ca": "token"})", R"({"password": "env:NAME", "ca": "token"})"},
        {"{\"api_key\":\n\"abc", "{\"api_key\":\n\"***"},
        {"#webhook:http://u:p@x/?a=b #vnc", "#webhook:http://***@x/?a=* #vnc"},
        {"\"url\": \"https://x/?a=b\" é", "\"url\": \"https://x/?a=*\" é"},
    };
    for (const Row& row : rows)
        BOOST_TEST(masked(row.text) == row.expected);
    // Only one line is asked for, but its key stands on another.
    const std::string_view text = "{\"token\":\n\"abc\"}";
    BOOST_TEST(masked_line(text, 10, text.size()) == "\"***\"}");
}

BOOST_AUTO_TEST_CASE(names) {
    for (const std::string_view name :
         {"Authorization", "proxy-authorization", "Set-Cookie", "X-API-Key", "access_token", "client_secret",
          "PASSWORD", "X-Vault-Pass", "x-auth-key", "accessKey", "routing_key"})
        BOOST_TEST(is_secret_name(name), name);
    for (const std::string_view name : {"Content-Type", "url", "key", "custom-webhook-header", "", "bypass",
                                        "compass", "passes", "dedup_key"})
        BOOST_TEST(!is_secret_name(name), name);
}

BOOST_AUTO_TEST_CASE(headers) {
    for (const std::string_view secret :
         {"Authorization", "Cookie", "Set-Cookie", "X-Api-Key", "x-routing-key", "X-Auth-Token", "X-Auth-Key",
          "X-Access-Key", "X-Webhook-Key", "X-Vault-Pass", "x-functions-key"})
        BOOST_TEST(is_secret_header(secret), secret);
    for (const std::string_view open :
         {"Access-Control-Allow-Credentials", "access-control-allow-headers", "Webhook-Signature",
          "Content-Type", "webhook-id", "Date", "Idempotency-Key", "X-Cache-Key"})
        BOOST_TEST(!is_secret_header(open), open);
    const std::tuple<std::string_view, std::string_view, std::string_view> rows[] = {
        {"X-Auth-Key", "abc", "***"},
        {"Location", "/next?token=abc", "/next?token=***"},
        {"location", "http://h/?token=abc", "http://h/?token=***"},
        {"Link", "<http://h/?page=2>; rel=next", "<http://h/?page=*>; rel=next"},
        {"Content-Type", "application/json; charset=utf-8", "application/json; charset=utf-8"},
    };
    for (const auto& [name, value, wanted] : rows)
        BOOST_TEST(redacted_header(name, value) == wanted);
}

BOOST_AUTO_TEST_CASE(user_info_of_urls_in_a_text) {
    for (const auto& [text, shown] : std::initializer_list<std::pair<const char*, const char*>>{
             {"GET http://ann:pw@h/a?b=c#d", "GET http://***@h/a?b=c#d"},
             {"'https://ann@h' and http://h/x@y", "'https://***@h' and http://h/x@y"},
             {"http://h:80/ http://a:b@c@h:80/", "http://h:80/ http://***@h:80/"},
             {"ann:pw@h", "ann:pw@h"},
             {"", ""}})
        BOOST_TEST(without_user_info(text) == shown);
}

BOOST_AUTO_TEST_SUITE_END()
