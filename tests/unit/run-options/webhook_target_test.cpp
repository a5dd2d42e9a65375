#include "run-options/webhook_target.hpp"

#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>

using namespace ringback;
using namespace std::chrono_literals;

namespace {

const std::string kSymmetric = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kAsymmetric = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// A JSON target with the members given, behind its URL.
std::string json_with(std::string_view members) {
    return R"({"url": "https://x/hooks", )" + std::string(members) + "}";
}

WebhookTarget parsed(std::string_view text) {
    const auto target = parse_webhook_target(text);
    BOOST_REQUIRE_MESSAGE(target, (target ? "" : render(target.error())));
    return *target;
}

/// "column: message (hint)"
std::string error_of(std::string_view text) {
    const auto target = parse_webhook_target(text);
    if (target) return "accepted";
    const ParseError& error = target.error();
    return std::to_string(error.column) + ": " + error.message +
           (error.hint.empty() ? "" : " (" + error.hint + ")");
}

struct Row {
    std::string text, expected;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_target)

BOOST_AUTO_TEST_CASE(plain_urls) {
    for (const std::string_view url :
         {"http://x", "HTTPS://Example.com:8443/a/b?c=d&e#f", "http://127.0.0.1:8090/bin/1",
          "http://[::1]:80/", "https://x/%20", "http://x:65535", "http://x:/"}) {
        WebhookTarget expected;
        expected.url = url;
        BOOST_TEST((parsed(url) == expected), url);
        BOOST_TEST((parsed("  " + std::string(url) + "\n") == expected), url);
        BOOST_TEST((parsed("\"" + std::string(url) + "\"") == expected), url);
    }
}

BOOST_AUTO_TEST_CASE(several_urls_one_per_line) {
    const auto several = [](std::string_view text) {
        const auto targets = parse_webhook_targets(text);
        if (!targets) return render(targets.error());
        std::string shown;
        for (const auto& target : *targets)
            shown += target.url + " at " + std::to_string(target.place.line) + ":" +
                     std::to_string(target.place.column) + "\n";
        return shown;
    };
    BOOST_TEST(several("http://a/,\n\n  http://b/\n") == "http://a/ at 1:1\nhttp://b/ at 3:3\n");
    BOOST_TEST(several(" {\"url\": \"http://a/\"}") == "http://a/ at 1:2\n");
    BOOST_TEST(several("\"http://a/\"") == "http://a/ at 1:1\n");
    BOOST_TEST(several("http://a/\nftp://b/").starts_with("2:1: a webhook is called over http or https"));
    BOOST_TEST(several(" \n").starts_with("1:1: an empty webhook"));
    BOOST_TEST(several(",").starts_with("1:1: an empty webhook"));
}

BOOST_AUTO_TEST_CASE(urls_that_are_none) {
    const std::string scheme = " (begin with 'https://' or 'http://')";
    const std::string port = " does not exist (a port is a number from 1 to 65535)";
    const Row rows[] = {
        {"", "1: an empty webhook (a URL or a JSON object)"},
        {"example.com/hook", "1: a URL without a scheme" + scheme},
        {"localhost:8090/x", "1: a URL without a scheme" + scheme},
        {"://x", "1: a URL without a scheme" + scheme},
        {"file:///etc/passwd", "1: a webhook is called over http or https, not over 'file'" + scheme},
        {"http:///x", "8: a URL without a host"},
        {"http://x:99999/", "10: the port '99999'" + port},
        {"http://x:0", "10: the port '0'" + port},
        {"http://x:a/", "10: the port 'a'" + port},
        {"http://[::1]:70000/", "14: the port '70000'" + port},
        {"http://[::1/", "12: not a valid URL"},
        {"http://x/%zz",
         "10: a '%' in a URL needs two hexadecimal digits behind it (write the character itself as %25)"},
        {"http://é/x",
         "8: the character 'é' must be percent-encoded in a URL (a host name outside ASCII is written in its "
         "'xn--' form)"},
        {"http://x/" + std::string(2040, 'a'), "2049: a URL longer than 2,048 characters"},
        {"http://me@x/",
         "8: a user name or password inside a URL (in the JSON form: \"basic\": {\"username\": \"…\", "
         "\"password\": "
         "\"env:NAME\"})"},
        {R"({"url": "ftp://x"})", "10: a webhook is called over http or https, not over 'ftp'" + scheme},
        {R"({"url": "http://a b"})",
         "18: white space inside a URL (write a space as %20; several URLs stand on one line each)"},
    };
    for (const Row& row : rows)
        BOOST_TEST(error_of(row.text) == row.expected);
    BOOST_TEST(parsed("http://x/" + std::string(2039, 'a')).url.size() == 2048u);
}

BOOST_AUTO_TEST_CASE(every_key) {
    const WebhookTarget target = parsed(R"({"url": "https://example.com/hook",
        "headers": {"custom-webhook-header": "web-testrtc-webhook", "X-Tab": "a\tb"},
        "format": "runscope", "fieldname": "payload", "body": {"id": "<% this.testRunId %>", "n": [1, 2.5, null, true]},
        "on": ["failure", "start"], "secret": ")" +
                                        kSymmetric + R"(",
        "basic": {"username": "me", "password": "env:HOOK_PASSWORD"},
        "tls": {"ca": "ca.pem", "certificate": "c.pem", "key": "k.pem", "verify": false},
        "timeout": 2.5, "strict": "docs"})");
    BOOST_TEST(target.url == "https://example.com/hook");
    BOOST_TEST(target.headers.size() == 2u);
    BOOST_TEST(target.headers[0].first == "custom-webhook-header");
    BOOST_TEST(target.headers[0].second == "web-testrtc-webhook");
    BOOST_TEST((target.format == WebhookFormat::runscope));
    BOOST_TEST(target.fieldname.value() == "payload");
    BOOST_TEST(boost::json::serialize(target.body.value()) ==
               R"({"id":"<% this.testRunId %>","n":[1,2.5E0,null,true]})");
    BOOST_TEST((target.on == std::set{RunStatus::started, RunStatus::failure}));
    BOOST_TEST(target.wants(RunStatus::started));
    BOOST_TEST(!target.wants(RunStatus::completed));
    BOOST_TEST(target.secret.value().literal == kSymmetric);
    BOOST_TEST(target.basic.value().username.literal == "me");
    BOOST_TEST(target.basic.value().password.environment == "HOOK_PASSWORD");
    BOOST_TEST(target.tls.ca == "ca.pem");
    BOOST_TEST(target.tls.certificate == "c.pem");
    BOOST_TEST(target.tls.key == "k.pem");
    BOOST_TEST(!target.tls.verify);
    BOOST_TEST((target.timeout == 2500ms));
    BOOST_TEST(target.strict_docs);
}

BOOST_AUTO_TEST_CASE(knows_where_it_is_written) {
    BOOST_TEST(render(parsed("  http://x").error("no")) == "1:3: no\n    http://x\n    ^");
    BOOST_TEST(render(parsed("\n{\"url\": \"http://x\"}").error("no")) ==
               "2:1: no\n  {\"url\": \"http://x\"}\n  ^");
}

BOOST_AUTO_TEST_CASE(without_on_every_end_is_told) {
    const WebhookTarget target = parsed("http://x");
    BOOST_TEST(!target.wants(RunStatus::started));
    for (const RunStatus end : {RunStatus::completed, RunStatus::warnings, RunStatus::failure,
                                RunStatus::timeout, RunStatus::canceled})
        BOOST_TEST(target.wants(end), to_string(end));
}

BOOST_AUTO_TEST_CASE(format_names) {
    for (const std::string_view name :
         {"json/object", "json/text", "cloudevent", "form", "runscope", "currents", "apicontext", "slack",
          "mattermost", "google-chat", "discord", "msteams", "pagerduty", "opsgenie", "victorops"}) {
        const auto format = parse_webhook_format(name);
        BOOST_REQUIRE(format.has_value());
        BOOST_TEST(to_string(*format) == name);
        BOOST_TEST((parsed(json_with("\"format\": \"" + std::string(name) + "\"")).format == *format));
    }
    BOOST_TEST((parse_webhook_format("google-chat") == WebhookFormat::google_chat));
    BOOST_TEST(!parse_webhook_format("JSON").has_value());
}

BOOST_AUTO_TEST_CASE(what_belongs_to_another_template_language_is_let_through) {
    for (const std::string body : {"<%= x %>", "<% if (a) { %>b<% } %>", "<% %>", "<%%>", "<%", "%><% a b"})
        BOOST_TEST(parsed(json_with("\"body\": \"" + body + "\"")).body.value().as_string() == body, body);
}

BOOST_AUTO_TEST_CASE(secrets_from_the_environment) {
    ::setenv("RINGBACK_TEST_SECRET", "s3cret", 1);
    ::unsetenv("RINGBACK_TEST_NOTHING");
    BOOST_TEST((SecretText{"", "RINGBACK_TEST_SECRET"}.resolve() == "s3cret"));
    BOOST_TEST(!(SecretText{"", "RINGBACK_TEST_NOTHING"}.resolve().has_value()));
    BOOST_TEST((SecretText{"literal", ""}.resolve() == "literal"));
}

BOOST_AUTO_TEST_CASE(keys_and_their_errors) {
    // Columns count from the first brace: the members begin at 28.
    const Row rows[] = {
        {R"("frmat": 1)", "28: unknown key 'frmat' in the webhook (did you mean 'format'?)"},
        {R"("zzzzz": 1)",
         "28: unknown key 'zzzzz' in the webhook (the keys are url, headers, format, fieldname, body, on, "
         "secret, basic, tls, "
         "timeout, strict)"},
        {R"("url": "http://y")", "28: the key 'url' is given twice (keep one of them)"},
        {R"("\u0075rl": "http://y")", "28: the key 'url' is given twice (keep one of them)"},
        {R"("body": {"a": {"b": 1, "b": 2}})", "51: the key 'b' is given twice (keep one of them)"},
        {R"("headers": ["a"])", "39: 'headers' takes an object of strings, not a list"},
        {R"("headers": {"a": 1})", "45: 'a' takes a string, not a number"},
        {R"("headers": {"a": "b\r\nX: y"})", "45: a line break in the header 'a'"},
        {R"("headers": {"a": "\u0000"})", "45: a control character in the header 'a'"},
        {R"("headers": {"a b": "c"})",
         "40: 'a b' is no header name (letters, digits and '-', for example 'X-Api-Key')"},
        {R"("headers": {"": "c"})", "40: a header without a name"},
        {R"("headers": {"X-A": "1", "x-a": "2"})",
         "52: the header 'x-a' is given twice (header names do not tell capital from small letters)"},
        {R"("headers": {"Host": "y"})",
         "40: the header 'Host' cannot be set (it follows from the URL and the body)"},
        {R"("headers": {"CONTENT-LENGTH": "1"})",
         "40: the header 'CONTENT-LENGTH' cannot be set (it follows from the URL and the body)"},
        {R"("headers": {"transfer-encoding": "chunked"})",
         "40: the header 'transfer-encoding' cannot be set (it follows from the URL and the body)"},
        {R"("headers": {"Connection": "close"})",
         "40: the header 'Connection' cannot be set (it follows from the URL and the body)"},
        {R"("headers": {"webhook-ID": "1"})",
         "40: the header 'webhook-ID' cannot be set (ringback sets it anew for each attempt; 'secret' signs "
         "calls)"},
        {R"("headers": {"Webhook-Timestamp": "1"})",
         "40: the header 'Webhook-Timestamp' cannot be set (ringback sets it anew for each attempt; 'secret' "
         "signs calls)"},
        {R"("headers": {"webhook-signature": "v1,x"})",
         "40: the header 'webhook-signature' cannot be set (ringback sets it anew for each attempt; 'secret' "
         "signs calls)"},
        {R"("headers": {"Expect": "100-continue"})",
         "40: the header 'Expect' cannot be set (it concerns one connection, not the call)"},
        {R"("headers": {"TE": "trailers"})",
         "40: the header 'TE' cannot be set (it concerns one connection, not the call)"},
        {R"("headers": {"Trailer": "X"})",
         "40: the header 'Trailer' cannot be set (it concerns one connection, not the call)"},
        {R"("headers": {"upgrade": "h2c"})",
         "40: the header 'upgrade' cannot be set (it concerns one connection, not the call)"},
        {R"("headers": {"Keep-Alive": "timeout=5"})",
         "40: the header 'Keep-Alive' cannot be set (it concerns one connection, not the call)"},
        {R"("format": "slak")", "38: unknown format 'slak' (did you mean 'slack'?)"},
        {R"("format": "zzz")",
         "38: unknown format 'zzz' (the formats are json/object json/text cloudevent form runscope currents "
         "apicontext slack "
         "mattermost google-chat discord msteams pagerduty opsgenie victorops)"},
        {R"("fieldname": "")", "41: 'fieldname' is empty (leave it out, or give it a value)"},
        {R"("body": 3)", "36: 'body' takes an object or a string, not a number"},
        {R"("body": ["a"])", "36: 'body' takes an object or a string, not a list"},
        {R"("body": {"a": ["x<% this.testRunID %>"]})",
         "45: unknown template variable 'this.testRunID' (did you mean '<%this.testRunId%>'?)"},
        {R"("body": "A<% <%this.bogus%> %>")", "41: unknown template variable 'this.bogus'"},
        {R"("body": "<%that.status%>")",
         "37: unknown template variable 'that.status' (did you mean '<%this.status%>'?)"},
        {R"("body": "<%testName%>")",
         "37: unknown template variable 'testName' (did you mean '<%this.testName%>'?)"},
        {R"("body": {"a": "<%\tthis.bogus\t%>"})", "43: unknown template variable 'this.bogus'"},
        {R"("body": "<%this.test name%>")",
         "37: unknown template variable 'this.test name' (did you mean '<%this.testName%>'?)"},
        {R"("body": "a <%this.status")", "39: '<%' without '%>' (write <%this.testName%>)"},
        {R"("body": {"n": 1e400})", "42: the number '1e400' is out of range"},
        {R"("on": "failure")", "34: 'on' takes a list such as [\"failure\", \"timeout\"], not a string"},
        {R"("on": [])", "34: 'on' names no status (without 'on' the webhook is called at every end)"},
        {R"("on": ["failure", "started"])", "46: unknown status 'started' in 'on' (did you mean 'start'?)"},
        {R"("secret": "whsex_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")",
         "38: 'secret' begins with 'whsec_' or 'whsk_', or names a variable: 'env:NAME'"},
        {R"("secret": "whsec_abc=")", "38: a 'whsec_' secret has 24 to 64 bytes, not 2"},
        {R"("secret": "whsec_a?c")",
         "38: 'secret' is not base64 behind its prefix (its length is a multiple of four, with '=' at its "
         "end "
         "where needed)"},
        {R"("secret": "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")",
         "38: 'secret' is not base64 behind its prefix (its length is a multiple of four, with '=' at its "
         "end "
         "where needed)"},
        {R"("secret": "whsk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")",
         "38: a 'whsk_' secret has 32 or 64 bytes, not 24"},
        {R"("secret": "env:")",
         "38: 'env:' needs the name of an environment variable behind it (for example 'env:WEBHOOK_SECRET')"},
        {R"("secret": "env:A-B")",
         "38: 'env:' needs the name of an environment variable behind it (for example 'env:WEBHOOK_SECRET')"},
        {R"("basic": {"username": "me"})",
         "37: 'basic' needs both 'username' and 'password' (one of them may be \"\")"},
        {R"("basic": {"username": "a:b", "password": "c"})",
         "50: a colon in 'username' (Basic authentication cannot carry it)"},
        {R"("basic": {"user": "a"})", "38: unknown key 'user' in 'basic' (the keys are username, password)"},
        {R"("basic": {"username": "a", "password": "b"}, "headers": {"authorization": "c"})",
         "1: the webhook has both 'basic' and a header Authorization (keep one of them)"},
        {R"("tls": {"verify": "no"})", "46: 'verify' takes true or false, not a string"},
        {R"("tls": {"key": "k.pem"})",
         "35: 'tls' has a 'key' without a 'certificate' (a client certificate needs both)"},
        {R"("tls": {"certificate": "c.pem"})",
         "35: 'tls' has a 'certificate' without a 'key' (a client certificate needs both)"},
        {R"("tls": {"ca": "a\u0000b"})", "42: a line break or control character in 'ca'"},
        {R"("timeout": "9")", "39: 'timeout' takes a number of seconds, not a string"},
        {R"("timeout": 0)", "39: 'timeout' must lie between 0.1 and 300 seconds"},
        {R"("timeout": 301)", "39: 'timeout' must lie between 0.1 and 300 seconds"},
        {R"("strict": true)", "38: 'strict' takes a string, not true or false"},
        {R"("strict": "doc")", "38: unknown value 'doc' of 'strict' (the only one is 'docs')"},
    };
    for (const Row& row : rows)
        BOOST_TEST(error_of(json_with(row.text)) == row.expected, row.text);
}

BOOST_AUTO_TEST_CASE(json_and_its_errors) {
    const Row rows[] = {
        {"{}", "1: the webhook has no 'url' (for example {\"url\": \"https://example.com/hook\"})"},
        {"{'url': 'x'}", "2: malformed JSON: unexpected ''' (JSON strings stand in double quotation marks)"},
        {"{url: 1}",
         "2: malformed JSON: unexpected 'u' (JSON keys and strings stand in double quotation marks)"},
        {R"({"url": "http://x",})", "20: malformed JSON: unexpected '}' (remove the comma before it)"},
        {R"({"url" "http://x"})",
         "8: malformed JSON: unexpected '\"' (is a comma or colon missing before it?)"},
        {R"({"url": "http://x"} {})", "21: text behind the JSON value: '{}'"},
        {R"({"url": "http://x")", "1: the JSON that begins here is not closed (a '}' is missing at its end)"},
        {R"({"url": "http://x)",
         "9: the string that begins here is not closed (a '\"' is missing at its end)"},
        {R"("http://x" y)", "12: text behind the JSON value: 'y'"},
        {"{\"url\": \"a\nb\"}",
         "11: malformed JSON: unexpected '␊' (write a line break inside a string as \\n, a tab as \\t)"},
    };
    for (const Row& row : rows)
        BOOST_TEST_CONTEXT(row.text) BOOST_TEST(error_of(row.text) == row.expected);
}

BOOST_AUTO_TEST_CASE(secrets_that_are_sound) {
    for (const std::string& secret : {kSymmetric, kAsymmetric, std::string("env:HOOK_SECRET")})
        BOOST_TEST(parsed(json_with("\"secret\": \"" + secret + "\"")).secret.has_value(), secret);
}

BOOST_AUTO_TEST_CASE(as_json_and_back) {
    const Row rows[] = {
        {"http://x", R"({"url":"http://x"})"},
        {json_with(
             R"("headers": {"B": "1", "A": "é\t\""}, "format": "json/object", "on": ["timeout", "start"])"),
         R"({"url":"https://x/hooks","headers":{"B":"1","A":"é\t\""},"on":["start","timeout"]})"},
        {json_with(R"("body": {"n": [0.1, 1e308, 5e-324, -0, 18446744073709551615, 8.7]}, "timeout": 0.1)"),
         R"({"url":"https://x/hooks","body":{"n":[1E-1,1E308,5E-324,0,18446744073709551615,8.7E0]},"timeout":1E-1})"},
        {json_with(
             R"("body": "<%this.status%> #x", "fieldname": "f", "format": "google-chat", "timeout": 30)"),
         R"({"url":"https://x/hooks","format":"google-chat","fieldname":"f","body":"<%this.status%> #x","timeout":30})"},
        {json_with(R"("secret": "env:S", "basic": {"username": "u", "password": "env:P"}, "strict": "docs")"),
         R"({"url":"https://x/hooks","secret":"env:S","basic":{"username":"u","password":"env:P"},"strict":"docs"})"},
        {json_with(R"("basic": {"username": "key", "password": ""})"),
         R"({"url":"https://x/hooks","basic":{"username":"key","password":""}})"},
        {json_with(R"("tls": {"verify": false, "ca": "a b.pem"})"),
         R"({"url":"https://x/hooks","tls":{"ca":"a b.pem","verify":false}})"},
        {json_with(R"("tls": {"verify": true})"), R"({"url":"https://x/hooks"})"},
    };
    for (const Row& row : rows) {
        const WebhookTarget target = parsed(row.text);
        BOOST_TEST(to_json_text(target) == row.expected);
        BOOST_TEST((parsed(to_json_text(target)) == target));
    }
}

BOOST_AUTO_TEST_SUITE_END()
