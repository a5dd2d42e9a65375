// Every route without a socket: what comes in, what goes out.
#include "tests/support/fake_responder.hpp"
#include "tools/mock-bin/app.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace ringback::mock_bin;
namespace asio = boost::asio;
namespace json = boost::json;

namespace {

/// An app whose waits take no time; `slept` adds them up.
struct Fixture {
    static AppOptions options(std::chrono::milliseconds& slept) {
        AppOptions out;
        out.limits.ring = 5;
        out.sleep = [&slept](net::Responder&, std::chrono::milliseconds span) -> asio::awaitable<void> {
            slept += span;
            co_return;
        };
        return out;
    }
    std::chrono::milliseconds slept{0};
    App app{options(slept)};
    asio::io_context context;

    test::FakeResponder ask(std::string method, std::string target, net::Headers headers = {},
                            std::string body = {}) {
        if (!headers.contains("Host")) headers.add("Host", "bin.test");
        const auto request =
            test::make_request(std::move(method), std::move(target), std::move(headers), std::move(body));
        return test::answer(context, request, [this](const net::ServerRequest& r, net::Responder& to) {
            return app.handle(r, to);
        });
    }
    void bin(const std::string& id, const std::string& definition = "{}") {
        const auto made = ask("PUT", "/bin/upsert/" + id, {}, definition);
        BOOST_REQUIRE_MESSAGE(made.head.status < 300, made.body);
    }
    json::value log(const std::string& id, const std::string& query = "") {
        return json::parse(ask("GET", "/bin/" + id + "/log" + query, {{"Accept", "application/json"}}).body);
    }
};

/// One line of JSON, whatever the layout.
std::string flat(std::string_view text) {
    boost::system::error_code ec;
    const auto value = json::parse({text.data(), text.size()}, ec);
    return ec ? std::string(text) : json::serialize(value);
}

std::string header(const test::FakeResponder& got, std::string_view name) {
    return std::string(got.head.headers.get(name).value_or("(none)"));
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mock_bin_routes, Fixture)

BOOST_AUTO_TEST_CASE(utilities) {
    const struct {
        const char *method, *target, *body;
        unsigned status;
    } rows[] = {
        {"GET", "/", "\"Hello World!\"", 200},
        {"GET", "/ip", "\"127.0.0.1\"", 200},
        {"POST", "/ips", R"({"127.0.0.1":54321})", 200},
        {"GET", "/forwarded",
         R"({"ips":["127.0.0.1"],"port":54321,"ports":[54321],"proto":"http","host":"bin.test","for":{"127.0.0.1":54321}})",
         200},
        {"GET", "/agent", "false", 200},
        {"FANCY", "/status/418/teapot", R"({"code":"418","message":"teapot"})", 418},
        {"GET", "/status/418/I'm+a%20teapot", R"({"code":"418","message":"I'm a teapot"})", 418},
        {"GET", "/status/200/C%2B%2B+is/", R"({"code":"200","message":"C++ is"})", 200},
        {"GET", "/status/599", R"({"code":"599","message":"OK"})", 599},
        {"GET", "/status/200/a%0D%0ASet-Cookie:%20b", R"({"code":"200","message":"a  Set-Cookie: b"})", 200},
        {"GET", "/header/host", "\"bin.test\"", 200},
        {"GET", "/header/nope", "false", 200},
        {"GET", "/header/X-My/a%20b", "\"a b\"", 200},
        {"GET", "/headers", R"({"headers":[{"name":"host","value":"bin.test"}],"headersSize":100})", 200},
        {"GET", "/cookies", "[]", 200},
        {"GET", "/cookie/a", "false", 200},
        {"GET", "/cookie/a/b", "\"b\"", 200},
        {"GET", "/redirect/302/0", "\"redirect finished\"", 200},
        {"GET", "/delay", R"({"delay":200})", 200},
        {"GET", "/delay/5", R"({"delay":5})", 200},
        {"GET", "/delay/999999", R"({"delay":60000})", 200},
        {"GET", "/stream/2", "{\"type\":\"stream\",\"chunk\":1}\n{\"type\":\"stream\",\"chunk\":2}\n", 200},
    };
    for (const auto& row : rows) {
        const auto got = ask(row.method, row.target);
        BOOST_TEST(flat(got.body) == row.body, row.target << " gave " << got.body);
        BOOST_TEST(got.head.status == row.status, row.target);
        BOOST_TEST(got.answers == 1u, row.target);
    }
    BOOST_TEST(slept.count() == 60'205);
}

BOOST_AUTO_TEST_CASE(redirects_count_down) {
    const struct {
        const char *target, *location;
    } rows[] = {{"/redirect/302/3", "/redirect/302/2"},
                {"/redirect/308", "/redirect/308/0"},
                {"/redirect/301/1000", "/redirect/301/99"},
                {"/redirect/301/1?to=%2Fip%3Fa", "/ip?a"},
                {"/redirect/301/2?x=1&to=%2Fip", "/redirect/301/1?to=%2Fip"},
                {"/gzip/redirect/303/2", "/gzip/redirect/303/1"}};
    for (const auto& row : rows)
        BOOST_TEST(header(ask("GET", row.target), "Location") == row.location, row.target);
}

BOOST_AUTO_TEST_CASE(who_is_behind_the_proxies) {
    const auto got = ask("GET", "/forwarded",
                         {{"X-Forwarded-For", "10.1.1.1, 10.2.2.2:99, junk"},
                          {"X-Forwarded-Proto", "https"},
                          {"Forwarded", "for=\"[2001:db8::1]:4711\";host=real.test, for=10.1.1.1"}});
    BOOST_TEST(
        flat(got.body) ==
        R"({"ips":["2001:db8::1","10.1.1.1","10.2.2.2","127.0.0.1"],"port":54321,"ports":[4711,99,54321],"proto":"https",)"
        R"("host":"real.test","for":{"2001:db8::1":4711,"10.1.1.1":54321,"10.2.2.2":99,"127.0.0.1":54321}})");
    BOOST_TEST(ask("GET", "/ip", {{"X-Forwarded-For", "10.1.1.1"}}).body == "\"10.1.1.1\"");
}

BOOST_AUTO_TEST_CASE(negotiation_matrix) {
    const struct {
        const char *accept, *type, *body;
    } rows[] = {
        {"*/*", "application/json; charset=utf-8", "\"127.0.0.1\""},
        {"text/json", "text/json; charset=utf-8", "\"127.0.0.1\""},
        {"text/javascript", "text/javascript; charset=utf-8", "\"127.0.0.1\""},
        {"application/yaml", "application/yaml; charset=utf-8", "\"127.0.0.1\"\n"},
        {"text/plain", "text/plain; charset=utf-8", "127.0.0.1"},
        {"text/xml", "text/xml; charset=utf-8", "<?xml version=\"1.0\"?>\n<response>127.0.0.1</response>\n"},
    };
    for (const auto& row : rows) {
        const auto got = ask("GET", "/ip", {{"Accept", row.accept}});
        BOOST_TEST(header(got, "Content-Type") == row.type);
        BOOST_TEST(got.body == row.body);
    }
    BOOST_TEST(ask("GET", "/", {{"Accept", "text/plain"}}).body == "Hello World!");
    BOOST_TEST(header(ask("GET", "/ip", {{"Accept", "image/png"}, {"accept", "text/xml"}}), "Content-Type") ==
               "text/xml; charset=utf-8");
    const auto html = ask("GET", "/header/x", {{"Accept", "text/html"}, {"X", "<script>"}});
    BOOST_TEST(header(html, "Content-Type") == "text/html; charset=utf-8");
    BOOST_TEST(html.body.find("&quot;&lt;script&gt;&quot;") != std::string::npos);
    BOOST_TEST(header(html, "Content-Security-Policy").starts_with("default-src 'none'"));
    BOOST_TEST(ask("GET", "/ips", {{"X-Pretty-Print", "0"}}).body == "{\"127.0.0.1\":54321}");
    BOOST_TEST(ask("GET", "/ips", {{"X-Pretty-Print", "4"}}).body == "{\n    \"127.0.0.1\": 54321\n}");
    const auto jsonp = ask("GET", "/ip?__callback=a.b[0]();alert");
    BOOST_TEST(jsonp.body == "/**/ typeof a.b[0]alert === 'function' && a.b[0]alert(\"127.0.0.1\");");
    BOOST_TEST(header(jsonp, "Content-Type") == "text/javascript; charset=utf-8");
}

BOOST_AUTO_TEST_CASE(cors_everywhere) {
    bin("x", R"({"status":500})");
    for (const auto* target :
         {"/ip", "/bin/x", "/nope", "/bin/none", "/bin/x/log", "/stream", "/bin/x/events?never"}) {
        if (std::string_view(target).find("never") != std::string_view::npos) continue;
        const auto got = ask("GET", target, {{"X-B", "1"}, {"Accept", "*/*"}, {"Host", "h"}});
        BOOST_TEST(header(got, "Access-Control-Allow-Origin") == "*", target);
        BOOST_TEST(header(got, "Access-Control-Allow-Headers") == "x-b,accept,host", target);
        BOOST_TEST(header(got, "Access-Control-Allow-Methods") == "GET", target);
    }
    const auto preflight = ask("OPTIONS", "/bin/x",
                               {{"Origin", "https://a.test"},
                                {"Access-Control-Request-Method", "PUT"},
                                {"Access-Control-Request-Headers", "X-Q"}});
    BOOST_TEST(preflight.head.status == 204u);
    BOOST_TEST(header(preflight, "Access-Control-Allow-Origin") == "https://a.test");
    BOOST_TEST(header(preflight, "Access-Control-Allow-Headers") == "X-Q");
    BOOST_TEST(header(preflight, "Access-Control-Allow-Methods") == "PUT");
    // The preflight is the browser's, not the caller's: it is not among the calls.
    BOOST_TEST(log("x").at("log").at("entries").as_array().size() == 1u);
    BOOST_TEST(ask("OPTIONS", "/bin/x").head.status == 500u);
    bin("own", R"({"headers":[{"name":"Access-Control-Allow-Origin","value":"https://mine.test"}]})");
    BOOST_TEST(ask("GET", "/bin/own").head.headers.all("Access-Control-Allow-Origin").size() == 1u);
}

BOOST_AUTO_TEST_CASE(making_bins) {
    const struct {
        const char *type, *body;
        unsigned status;
    } rows[] = {
        {"application/json", "{}", 201},
        {"application/json", R"({"status":200})", 201},
        {"application/json; charset=utf-8", R"({"response":{"status":404}})", 201},
        {"application/x-www-form-urlencoded", "response=%7B%22status%22%3A200%7D", 201},
        {"application/x-www-form-urlencoded", R"({"status":200})", 201},  // curl -d
        {"multipart/form-data; boundary=B",
         "--B\r\nContent-Disposition: form-data; name=\"response\"\r\n\r\n{}\r\n--B--", 201},
        {"", "", 201},
        {"application/x-www-form-urlencoded", R"({"content":{"text":"a=1&response=2"}})", 201},
        {"application/json", "{", 400},
        {"application/json", "[]", 400},
        {"application/json", R"({"status":1})", 400},
        {"image/png", "\x89PNG", 415},
        {"application/xml", "<status>", 415},
    };
    for (const auto& row : rows) {
        const auto got = ask("POST", "/bin/create", {{"Content-Type", row.type}}, row.body);
        BOOST_TEST(got.head.status == row.status, row.type << " " << row.body << " gave " << got.body);
        if (row.status == 201) BOOST_TEST("\"" + header(got, "Location").substr(5) + "\"" == got.body);
        if (row.status != 201) BOOST_TEST(json::parse(got.body).at("error").at("message").is_string());
    }
    BOOST_TEST(
        flat(ask("POST", "/bin/create", {}, R"({"status":1})").body) ==
        R"({"error":{"code":"invalid","message":"/status: must be a whole number from 200 to 999","details":{"pointer":"/status"}}})");
}

BOOST_AUTO_TEST_CASE(a_bin_answers_as_it_says_and_remembers) {
    bin("x",
        R"({"status":201,"statusText":"Fine","headers":[{"name":"X-A","value":"1"}],"cookies":[{"name":"c","value":"d"}],
                 "content":{"mimeType":"text/css","text":"a{}"},"redirectURL":"/there","delay":30})");
    const auto got = ask("PROPFIND", "/bin/x/below?q=1", {{"X-Q", "1"}, {"x-q", "2"}}, "caf\xE9");
    BOOST_TEST(got.head.status == 201u);
    BOOST_TEST(got.head.reason == "Fine");
    BOOST_TEST(header(got, "X-A") == "1");
    BOOST_TEST(header(got, "Set-Cookie") == "c=d");
    BOOST_TEST(header(got, "Location") == "/there");
    BOOST_TEST(header(got, "Content-Type") == "text/css");
    BOOST_TEST(got.body == "a{}");
    BOOST_TEST(slept.count() == 30);
    const auto whole = log("x");
    const auto& entry = whole.at("log").at("entries").at(0);
    BOOST_TEST(
        json::serialize(entry.at("request")) ==
        R"({"method":"PROPFIND","url":"http://bin.test/bin/x/below?q=1","httpVersion":"HTTP/1.1","cookies":[],)"
        R"("headers":[{"name":"x-q","value":"1"},{"name":"x-q","value":"2"},{"name":"host","value":"bin.test"}],)"
        R"("queryString":[{"name":"q","value":"1"}],"postData":{"mimeType":"application/octet-stream","text":"Y2Fm6Q==",)"
        R"("encoding":"base64","params":[]},"headersSize":100,"bodySize":4})");
    BOOST_TEST(
        json::serialize(entry.at("_headers")) ==
        R"([{"name":"X-Q","value":"1"},{"name":"x-q","value":"2"},{"name":"Host","value":"bin.test"}])");
    BOOST_TEST(entry.at("_seq").as_int64() == 1);
    BOOST_TEST(json::serialize(entry.at("_response")) == R"({"status":201,"statusText":"Fine","delay":30})");
    BOOST_TEST(entry.at("startedDateTime").as_string() == "2023-11-14T22:13:20.000Z");
    BOOST_TEST(entry.at("clientIPAddress").as_string() == "127.0.0.1");
}

BOOST_AUTO_TEST_CASE(both_path_orders_and_methods) {
    bin("x");
    (void)ask("POST", "/bin/x", {}, "1");
    for (const auto* name : {"view", "sample", "log"}) {
        const auto one = ask("GET", std::string("/bin/x/") + name).body,
                   other = ask("GET", std::string("/bin/") + name + "/x").body;
        BOOST_TEST(one == other, name);
    }
    const struct {
        const char *method, *target;
        unsigned status;
    } rows[] = {
        {"DELETE", "/bin/x/log", 204},
        {"DELETE", "/bin/create", 405},
        {"PUT", "/bin/create", 405},
        {"GET", "/bin/upsert/x", 405},
        {"GET", "/bin/none/log", 404},
        {"GET", "/bin/none", 404},
        {"GET", "/bin/none/view", 404},
        {"GET", "/bin/none/history", 404},
        {"POST", "/bin/none/count", 404},
        {"PUT", "/bin/none/verify", 404},
        {"GET", "/bin/none/wait", 404},
        {"GET", "/bin/none/events", 404},
        {"GET", "/bin/none/entries", 404},
        {"GET", "/bin/x/entries/99", 404},
        {"GET", "/bin/x/entries/junk/raw", 404},
        {"GET", "/nope", 404},
        {"GET", "/bin", 404},
        {"GET", "/bin/", 404},
        {"PUT", "/bin/upsert/a%20b", 400},
        {"PUT", "/bin/upsert/log", 400},
        {"GET", "/bin/x/wait?count=0", 400},
        {"GET", "/bin/x/wait?timeout=1y", 400},
        {"GET", "/bin/x/log?since=x", 400},
        {"DELETE", "/bin/x", 204},
        {"DELETE", "/bin/delete/x", 404},
        {"GET", "/status/99", 400},
        {"GET", "/status/x", 400},
        {"GET", "/redirect/200", 400},
        {"GET", "/delay/x", 400},
        {"GET", "/stream/-1", 400},
        {"GET", "/header/a%20b/x", 400},
        {"GET", "/static/none.js", 404},
        {"GET", "/static/start.html", 404},
        {"GET", "/static/style.css", 200},
    };
    for (const auto& row : rows) {
        const auto got = ask(row.method, row.target);
        BOOST_TEST(got.head.status == row.status,
                   row.method << " " << row.target << " gave " << got.head.status << " " << got.body);
        if (row.status >= 400) BOOST_TEST(json::parse(got.body).at("error").at("code").is_string());
    }
    BOOST_TEST(header(ask("DELETE", "/bin/create"), "Allow") == "GET, POST");
}

BOOST_AUTO_TEST_CASE(method_override) {
    bin("x");
    // A call to a bin stays what it is.
    for (const auto* target : {"/bin/x", "/bin/x/log?__method=DELETE", "/gzip/bin/x"})
        BOOST_TEST(ask("POST", target, {{"X-HTTP-Method-Override", "delete"}}).head.status == 200u, target);
    BOOST_TEST(log("x").at("log").at("_total").as_int64() == 3);
    BOOST_TEST(json::parse(ask("POST", "/request", {{"X-HTTP-Method-Override", "HELLO"}}).body)
                   .at("method")
                   .as_string() == "HELLO");
    BOOST_TEST(json::parse(ask("GET", "/request?__method=PUT").body).at("method").as_string() == "GET");
}

BOOST_AUTO_TEST_CASE(sequences_faults_and_dribbles) {
    bin("s", R"({"responses":[{"status":500},{"status":500},{"status":200}]})");
    for (const unsigned status : {500u, 500u, 200u, 200u})
        BOOST_TEST(ask("POST", "/bin/s").head.status == status);
    const struct {
        const char* fault;
        bool reset, raw;
    } rows[] = {{"CONNECTION_RESET_BY_PEER", true, false},
                {"EMPTY_RESPONSE", false, false},
                {"MALFORMED_RESPONSE_CHUNK", false, true},
                {"RANDOM_DATA_THEN_CLOSE", false, true}};
    for (const auto& row : rows) {
        bin("f", std::string(R"({"fault":")") + row.fault + "\"}");
        const auto got = ask("POST", "/bin/f");
        BOOST_TEST(got.answers == 0u, row.fault);
        BOOST_TEST(got.closed, row.fault);
        BOOST_TEST(got.reset == row.reset, row.fault);
        BOOST_TEST(!got.raw.empty() == row.raw, row.fault);
    }
    BOOST_TEST(log("f").at("log").at("entries").at(3).at("_response").at("fault").as_string() ==
               "RANDOM_DATA_THEN_CLOSE");
    bin("d", R"({"dribble":{"chunks":3,"duration":"900ms"},"content":{"text":"abcdefg"}})");
    const auto got = ask("GET", "/bin/d");
    BOOST_TEST(got.body == "abcdefg");
    BOOST_TEST(got.pieces == 3u);
    BOOST_TEST(got.finished);
    BOOST_TEST(header(got, "Content-Length") == "7");
    BOOST_TEST(slept.count() == 900);
    bin("n", R"({"status":204,"dribble":{"chunks":3,"duration":"900ms"},"content":{"text":"abcdefg"}})");
    const auto none = ask("GET", "/bin/n");
    BOOST_TEST(!none.streamed);
    BOOST_TEST(header(none, "Content-Length") == "(none)");
    BOOST_TEST(slept.count() == 1800);
}

BOOST_AUTO_TEST_CASE(cookies_of_an_answer_stand_in_the_log) {
    bin("c",
        R"({"cookies":[{"name":"a","value":"x; Path=/evil","path":"/p","expires":"2030-01-02T03:04:05.000Z",
                             "httpOnly":true,"secure":true,"sameSite":"Lax"},{"name":"b"}]})");
    const auto got = ask("GET", "/bin/c");
    BOOST_TEST(header(got, "Set-Cookie") ==
               "a=x%3B Path=/evil; Path=/p; Expires=Wed, 02 Jan 2030 03:04:05 GMT; "
               "HttpOnly; Secure; SameSite=Lax");
    BOOST_TEST(json::serialize(log("c").at("log").at("entries").at(0).at("response").at("cookies")) ==
               R"([{"name":"a","value":"x%3B Path=/evil","path":"/p","expires":"2030-01-02T03:04:05.000Z",)"
               R"("httpOnly":true,"secure":true,"sameSite":"Lax"},{"name":"b","value":""}])");
}

BOOST_AUTO_TEST_CASE(compressed_calls_are_below_the_bin_too) {
    bin("x");
    (void)ask("POST", "/gzip/bin/x/q", {}, "1");
    BOOST_TEST(flat(ask("POST", "/bin/x/count", {}, R"({"urlPath":"/q"})").body) == R"({"count":1})");
}

BOOST_AUTO_TEST_CASE(templates) {
    bin("t", R"({"template":true,"headers":[{"name":"X-Echo","value":"{{headers.X-In}}"}],
                 "content":{"text":"{{method}} {{ request.path }} {{query.a}} {{query.none}}<{{body.user.name}}>[{{body.list}}] {{url}}"}})");
    const auto got =
        ask("POST", "/bin/t/z?a=%3Cb%3E", {{"X-In", "in"}}, R"({"user":{"name":"Ada"},"list":[1,2]})");
    BOOST_TEST(got.body == "POST /bin/t/z <b> <Ada>[[1,2]] /bin/t/z?a=%3Cb%3E");
    BOOST_TEST(header(got, "X-Echo") == "in");
    BOOST_TEST(ask("POST", "/bin/t", {}, "not json").body == "POST /bin/t  <>[] /bin/t");
    // What was answered stands in the log, made again from the call.
    BOOST_TEST(log("t").at("log").at("entries").at(1).at("response").at("content").at("text").as_string() ==
               "POST /bin/t  <>[] /bin/t");
}

BOOST_AUTO_TEST_CASE(templates_do_not_grow_without_bound) {
    std::string text;
    for (int i = 0; i < 12; ++i)
        text += "{{body}}";
    bin("t", json::serialize(json::object{{"template", true}, {"content", {{"text", text}}}}));
    const std::string megabytes(1'390'000, 'x');
    BOOST_TEST(ask("POST", "/bin/t", {}, megabytes).body.size() == 12 * megabytes.size());
    const auto refused = ask("POST", "/bin/t", {}, megabytes + std::string(10'000, 'x'));
    BOOST_TEST(refused.head.status == 500u);
    BOOST_TEST(json::parse(refused.body).at("error").at("code").as_string() == "answer_too_large");
    const auto logged = log("t");
    const auto& entries = logged.at("log").at("entries");
    BOOST_TEST(entries.at(0).at("response").at("content").at("size").as_int64() == 12 * 1'390'000);
    BOOST_TEST(entries.at(1).at("response").at("status").as_int64() == 500);
    // A log with such answers is sent call by call where the form allows it.
    BOOST_TEST(ask("GET", "/bin/t/log").streamed);
    BOOST_TEST(ask("GET", "/bin/t/wait?count=9&timeout=0").streamed);
    BOOST_TEST(ask("GET", "/bin/t/wait?count=9&timeout=0").head.status == 408u);
}

BOOST_AUTO_TEST_CASE(a_log_in_one_piece_is_bounded) {
    bin("u", R"({"template":true,"content":{"text":"{{body}}{{body}}"}})");
    for (int i = 0; i < 5; ++i)
        (void)ask("POST", "/bin/u", {}, std::string(8'300'000, 'x'));
    const net::Headers yaml{{"Accept", "text/yaml"}};
    BOOST_TEST(ask("GET", "/bin/u/log?limit=1", yaml).head.status == 200u);
    BOOST_TEST(ask("GET", "/bin/u/log", yaml).head.status == 413u);
    BOOST_TEST(ask("POST", "/bin/u/find", {}, "{}").head.status == 413u);
    BOOST_TEST(ask("GET", "/bin/u/log").streamed);
}

BOOST_AUTO_TEST_CASE(what_all_bins_answer_is_bounded) {
    AppOptions small;
    small.limits.total_bytes = 100'000;
    App other(small);
    const auto put = [&](const char* id, std::size_t size) {
        const auto request = test::make_request("PUT", std::string("/bin/upsert/") + id, {},
                                                R"({"content":{"text":")" + std::string(size, 'x') + "\"}}");
        return test::answer(context, request, [&](const net::ServerRequest& r, net::Responder& to) {
            return other.handle(r, to);
        });
    };
    BOOST_TEST(put("a", 20'000).head.status == 201u);
    const auto refused = put("b", 20'001);
    BOOST_TEST(refused.head.status == 507u);
    BOOST_TEST(json::parse(refused.body).at("error").at("code").as_string() == "too_large");
    BOOST_TEST(put("a", 100).head.status == 200u);
    BOOST_TEST(put("b", 20'001).head.status == 201u);
}

BOOST_AUTO_TEST_CASE(waiting) {
    bin("x");
    (void)ask("POST", "/bin/x/a", {}, "1");
    (void)ask("PUT", "/bin/x/b", {}, "2");
    BOOST_TEST(ask("GET", "/bin/x/wait").head.status == 200u);
    const auto two = ask("GET", "/bin/x/wait?count=2&timeout=0");
    BOOST_TEST(two.head.status == 200u);
    BOOST_TEST(json::parse(two.body).at("log").at("entries").as_array().size() == 2u);
    const auto late = ask("GET", "/bin/x/wait?count=3&timeout=30ms");
    BOOST_TEST(late.head.status == 408u);
    BOOST_TEST(json::parse(late.body).at("log").at("entries").as_array().size() == 2u);
    BOOST_TEST(json::parse(late.body).at("error").at("message").as_string() ==
               "2 of 3 calls came within 30 ms");
    BOOST_TEST(ask("GET", "/bin/x/wait?method=PUT&timeout=0").head.status == 200u);
    BOOST_TEST(ask("GET", "/bin/x/wait?path=/c&timeout=0").head.status == 408u);
}

BOOST_AUTO_TEST_CASE(waiting_over_a_ring_is_never_a_false_zero) {
    bin("x");
    for (const auto* path : {"/a", "/p1", "/p2", "/p3", "/p4", "/p5", "/q"})
        (void)ask("POST", std::string("/bin/x") + path);
    const struct {
        const char *query, *code, *message;
    } rows[] = {
        {"path=/a&timeout=5ms", "inconclusive",
         "0 of 1 calls came within 5 ms; 2 dropped from the ring may have been among them"},
        {"path=/p*&count=6&limit=1&timeout=5ms", "inconclusive",
         "4 of 6 calls came within 5 ms; 2 dropped from the ring may have been among them"},
        {"path=/a&since=1&timeout=5ms", "inconclusive",
         "0 of 1 calls came within 5 ms; 1 dropped from the ring may have been among them"},
        {"path=/a&since=2&timeout=5ms", "timeout", "0 of 1 calls came within 5 ms"},
        {"path=/a&since=9&timeout=5ms", "timeout", "0 of 1 calls came within 5 ms"},
        {"path=/a&since=2030-01-01T00:00:00Z&timeout=5ms", "timeout", "0 of 1 calls came within 5 ms"},
        {"count=8&limit=1&timeout=5ms", "timeout", "7 of 8 calls came within 5 ms"},
    };
    for (const auto& row : rows) {
        const auto got = ask("GET", std::string("/bin/x/wait?") + row.query);
        BOOST_TEST(got.head.status == 408u, row.query);
        const auto error = json::parse(got.body).at("error");
        BOOST_TEST(error.at("code").as_string() == row.code, row.query);
        BOOST_TEST(error.at("message").as_string() == row.message, row.query << " gave " << got.body);
    }
    BOOST_TEST(ask("GET", "/bin/x/wait?path=/p*&count=4&timeout=5ms").head.status == 200u);
    (void)ask("DELETE", "/bin/x/log");
    BOOST_TEST(
        json::parse(ask("GET", "/bin/x/wait?path=/a&timeout=5ms").body).at("error").at("code").as_string() ==
        "timeout");
}

BOOST_AUTO_TEST_CASE(a_parameter_with_a_typo_makes_no_check_pass) {
    bin("x");
    (void)ask("POST", "/bin/x?metod=GET", {}, "1");
    const struct {
        const char *method, *target, *message;
    } rows[] = {
        {"GET", "/bin/x/wait?cont=100", "parameter cont: is not known here; did you mean count?"},
        {"GET", "/bin/x/log?metod=PUT", "parameter metod: is not known here; did you mean method?"},
        {"GET", "/bin/x/log?count=2",
         "parameter count: is not known here; known: method, path, search, since, limit"},
        {"GET", "/bin/x/entries?timeout=1",
         "parameter timeout: is not known here; known: method, path, search, since, limit"},
        {"GET", "/bin/x/events?afer=1", "parameter afer: is not known here; did you mean after?"},
        {"POST", "/bin/x/count?method=GET", "parameter method: is not known here"},
        {"POST", "/bin/x/find?method=GET", "parameter method: is not known here"},
        {"PUT", "/bin/x/verify?atLeast=2", "parameter atLeast: is not known here"},
        {"PUT", "/bin/x/verifySequence?a", "parameter a: is not known here"},
    };
    for (const auto& row : rows) {
        const auto got = ask(row.method, row.target);
        BOOST_TEST(got.head.status == 400u, row.target);
        BOOST_TEST(json::parse(got.body).at("error").at("message").as_string() == row.message,
                   row.target << " gave " << got.body);
    }
    BOOST_TEST(ask("GET", "/bin/x/log?__callback=f&_=17").head.status == 200u);
    BOOST_TEST(log("x").at("log").at("_total").as_int64() == 1);
}

BOOST_AUTO_TEST_CASE(counting_over_a_ring) {
    bin("x");
    for (int i = 0; i < 5; ++i)
        (void)ask("POST", "/bin/x", {}, "1");
    BOOST_TEST(flat(ask("POST", "/bin/x/count", {}, R"({"method":"POST"})").body) == R"({"count":5})");
    BOOST_TEST(flat(ask("POST", "/bin/x/count", {}, R"({"method":"GET"})").body) == R"({"count":0})");
    BOOST_TEST(json::parse(ask("POST", "/bin/x/find", {}, "").body).at("requests").as_array().size() == 5u);
    (void)ask("POST", "/bin/x", {}, "1");
    BOOST_TEST(flat(ask("POST", "/bin/x/count", {}, R"({"method":"GET"})").body) ==
               R"({"count":null,"inconclusive":true,"atLeast":0,"total":6,"dropped":1})");
    BOOST_TEST(json::parse(ask("POST", "/bin/x/find", {}, "{}").body).at("inconclusive").as_bool());
    const auto never =
        ask("PUT", "/bin/x/verify", {}, R"({"httpRequest":{"method":"GET"},"times":{"atMost":0}})");
    BOOST_TEST(never.head.status == 406u);
    BOOST_TEST(json::parse(never.body).at("error").at("code").as_string() == "inconclusive");
    BOOST_TEST(ask("PUT", "/bin/x/verify", {}, R"({"httpRequest":{"method":"POST"}})").head.status == 202u);
    BOOST_TEST(ask("PUT", "/bin/x/verifySequence", {}, R"({"httpRequests":[{},{}]})").head.status == 202u);
    BOOST_TEST(ask("PUT", "/bin/x/verify", {}, R"({"httpRequest":{},"times":{"atLeast":2,"atMost":1}})")
                   .head.status == 400u);
    BOOST_TEST(ask("PUT", "/bin/x/verify", {}, R"({"httpRequests":{}})").head.status == 400u);
    BOOST_TEST(ask("PUT", "/bin/x/verifySequence", {}, "{}").head.status == 400u);
    BOOST_TEST(json::parse(ask("PUT", "/bin/x/verifySequence", {}, R"({"httpRequests":[{}],"foo":1})").body)
                   .at("error")
                   .at("details")
                   .at("pointer")
                   .as_string() == "/foo");
    const auto text = ask("PUT", "/bin/x/verify", {{"Accept", "text/plain"}},
                          R"({"httpRequest":{"method":"POST"},"times":{"atMost":1}})");
    BOOST_TEST(text.body ==
               "the call came 5 times, wanted at most once; 6 calls were recorded, 1 of them dropped from "
               "the ring\n");
}

BOOST_AUTO_TEST_CASE(entries) {
    bin("x", R"({"verify":{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}})");
    (void)ask("POST", "/bin/x", {{"Content-Type", "text/html"}}, "<script>alert(1)</script>");
    BOOST_TEST(
        flat(ask("GET", "/bin/x/entries").body) ==
        R"({"total":1,"dropped":0,"last":1,"entries":[{"_id":"1","_seq":1,"startedDateTime":"2023-11-14T22:13:20.000Z",)"
        R"("clientIPAddress":"127.0.0.1","method":"POST","url":"http://bin.test/bin/x","path":"/bin/x","mimeType":"text/html",)"
        R"("bodySize":25,"status":200,"signature":"missing"}]})");
    BOOST_TEST(json::parse(ask("GET", "/bin/x/entries/1").body).at("_signature").at("verdict").as_string() ==
               "missing");
    const auto raw = ask("GET", "/bin/x/entries/1/raw");
    BOOST_TEST(raw.body == "<script>alert(1)</script>");
    BOOST_TEST(header(raw, "Content-Type") == "application/octet-stream");
}

BOOST_AUTO_TEST_CASE(secrets_that_cannot_be_used_are_refused) {
    const auto pointer = [&](const char* id, const char* body) {
        const auto got = ask("PUT", std::string("/bin/upsert/") + id, {}, body);
        return got.head.status == 400
                   ? std::string(json::parse(got.body).at("error").at("details").at("pointer").as_string())
                   : std::to_string(got.head.status);
    };
    BOOST_TEST(pointer("v", R"({"verify":{"secret":"whsec_!!!"}})") == "/verify/secret");
    BOOST_TEST(pointer("v", R"({"response":{"verify":{"secret":"mine"}}})") == "/response/verify/secret");
    BOOST_TEST(pointer("v", R"({"verify":{"secret":"whpk_AAAA"}})") == "/verify/secret");
    BOOST_TEST(pointer("v", R"({"verify":{"secret":"***"}})") == "/verify/secret");
    bin("v", R"({"verify":{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}})");
    // What a view shows may be put back.
    const auto shown = ask("GET", "/bin/v/view").body;
    BOOST_TEST(shown.find("***") != std::string::npos);
    bin("v", shown);
    BOOST_TEST(app.bins().find("v")->definition()->secret == "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    BOOST_TEST(json::parse(ask("POST", "/bin/create", {}, "{\"a\":,}").body)
                   .at("error")
                   .at("message")
                   .as_string()
                   .ends_with("at byte 6"));
}

BOOST_AUTO_TEST_CASE(signatures) {
    bin("v", R"({"verify":{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}})");
    auto request =
        test::make_request("POST", "/bin/v",
                           {{"webhook-id", "msg_p5jXN8AQM9LWM0D4loKWxJek"},
                            {"webhook-timestamp", "1614265330"},
                            {"webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
                           R"({"test": 2432232314})");
    request.received_at = std::chrono::system_clock::time_point(std::chrono::seconds(1'614'265'331));
    const auto handle = [this](const net::ServerRequest& r, net::Responder& to) { return app.handle(r, to); };
    (void)test::answer(context, request, handle);
    request.body += " ";
    (void)test::answer(context, request, handle);
    const auto entries = log("v").at("log").at("entries");
    BOOST_TEST(entries.at(0).at("_signature").at("verdict").as_string() == "valid");
    BOOST_TEST(entries.at(1).at("_signature").at("verdict").as_string() == "invalid");
}

BOOST_AUTO_TEST_CASE(pages_answer_browsers) {
    bin("x");
    const net::Headers browser{{"Accept", "text/html,application/xhtml+xml,*/*;q=0.8"}};
    for (const auto* target : {"/", "/bin/create", "/bin/x/view", "/bin/x/history", "/bin/x/log"}) {
        const auto got = ask("GET", target, browser);
        BOOST_TEST(got.head.status == 200u, target);
        BOOST_TEST(header(got, "Content-Type") == "text/html; charset=utf-8", target);
        BOOST_TEST(header(got, "Content-Security-Policy").find("script-src 'self'") != std::string::npos,
                   target);
        BOOST_TEST(got.body.starts_with("<!doctype html>"), target);
    }
    const auto made = ask("POST", "/bin/create", browser, "");
    BOOST_TEST(made.head.status == 201u);
    BOOST_TEST(made.body.find("url=" + header(made, "Location") + "/view") != std::string::npos);
    const auto lost = ask("GET", "/bin/<b>/view", browser);
    BOOST_TEST(lost.head.status == 404u);
    BOOST_TEST(lost.body.find("<b>") == std::string::npos);
    BOOST_TEST(lost.body.find("href=\"/bin/create\"") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(caches_tell_pages_from_values) {
    bin("x");
    (void)ask("POST", "/bin/x", {}, std::string(2u << 20, 'x'));
    for (const auto* target : {"/bin/x/view", "/bin/x/log", "/ip", "/bin/none/view"}) {
        const auto value = ask("GET", target);
        BOOST_TEST(header(value, "Vary") == "Accept", target);
        BOOST_TEST(header(value, "Cache-Control") == "no-store", target);
        BOOST_TEST(header(ask("GET", target, {{"Accept", "text/html"}}), "Vary") == "Accept", target);
    }
    // What a bin answers is its own business.
    BOOST_TEST(header(ask("POST", "/bin/x"), "Cache-Control") == "(none)");
}

BOOST_AUTO_TEST_CASE(json_is_read_to_a_depth_of_256) {
    bin("t", R"({"template":true,"content":{"text":"{{body.id}}"}})");
    const auto deep = [](int levels) {
        return R"({"id":3,"d":)" + std::string(levels, '[') + std::string(levels, ']') + "}";
    };
    BOOST_TEST(ask("POST", "/bin/t", {}, deep(200)).body == "3");
    BOOST_TEST(
        flat(ask("POST", "/bin/t/count", {}, R"({"bodyPatterns":[{"matchesJsonPath":"$.id"}]})").body) ==
        R"({"count":1})");
    BOOST_TEST(ask("PUT", "/bin/t/verify", {}, R"({"httpRequest":{"body":)" + deep(200) + "}}").head.status ==
               202u);
    (void)ask("DELETE", "/bin/t/log");
    (void)ask("POST", "/bin/t", {}, deep(300));
    const auto verdict =
        ask("PUT", "/bin/t/verify", {{"Accept", "text/plain"}}, R"({"httpRequest":{"body":{"id":3}}})");
    BOOST_TEST(verdict.body.find("body is JSON of more than 256 levels") != std::string::npos, verdict.body);
}

BOOST_AUTO_TEST_CASE(gzip_in_front) {
    const auto got = ask("GET", "/gzip/ip");
    BOOST_TEST(header(got, "Content-Encoding") == "gzip");
    BOOST_TEST(got.body.starts_with("\x1F\x8B"));
    BOOST_TEST(ask("GET", "/gzip").head.status == 200u);
    BOOST_TEST(ask("GET", "/gzipped").head.status == 404u);
}

BOOST_AUTO_TEST_CASE(replays_are_refused_to_other_origins) {
    bin("x");
    (void)ask("POST", "/bin/x", {}, "1");
    const auto body = R"({"url":"http://127.0.0.1:1/"})";
    BOOST_TEST(ask("POST", "/bin/x/entries/1/replay", {{"Origin", "https://evil.test"}}, body).head.status ==
               403u);
    BOOST_TEST(ask("POST", "/bin/x/entries/1/replay", {{"Sec-Fetch-Site", "cross-site"}}, body).head.status ==
               403u);
    for (const auto* url : {"file:///etc/passwd", "http://127.0.0.1:99999/", "http://127.0.0.1:0/"})
        BOOST_TEST(ask("POST", "/bin/x/entries/1/replay",
                       {{"Host", "localhost:8090"}, {"Origin", "http://localhost:8090"}},
                       json::serialize(json::object{{"url", url}}))
                           .head.status == 400u,
                   url);
    // A page that got here by a name of its own.
    BOOST_TEST(ask("POST", "/bin/x/entries/1/replay",
                   {{"Origin", "http://bin.test"}, {"Sec-Fetch-Site", "same-origin"}}, body)
                   .head.status == 403u);
    for (const auto* host : {"127.0.0.1:8090", "[::1]:8090", "localhost", "bins.localhost:8090"})
        BOOST_TEST(ask("POST", "/bin/x/entries/1/replay",
                       {{"Host", host}, {"Origin", std::string("http://") + host}}, body)
                           .head.status == 502u,
                   host);
    BOOST_TEST(ask("POST", "/bin/x/entries/2/replay", {}, body).head.status == 404u);
    BOOST_TEST(
        ask("POST", "/bin/x/entries/1/replay", {}, R"({"url":"http://169.254.169.254/"})").head.status ==
        403u);
    const auto failed = ask("POST", "/bin/x/entries/1/replay", {}, body);
    BOOST_TEST(failed.head.status == 502u);
    BOOST_TEST(failed.body.find("E-") == std::string::npos, failed.body);  // 0.044 rather than 4.4E-2
}

BOOST_AUTO_TEST_SUITE_END()
