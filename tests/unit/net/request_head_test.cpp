#include "net/request_head.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;

namespace {

RequestBytes make(HttpRequest request, HeadOptions options = {}) {
    const auto target = parse_target(request.url);
    return *make_request(request, *target, options);
}

const std::string agent = "User-Agent: ringback/0.1.0\r\n";
const std::string encoding = "Accept-Encoding: gzip, deflate\r\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(request_head)

BOOST_AUTO_TEST_CASE(adds_what_is_absent) {
    BOOST_TEST(make({.url = "http://h:81/x?y"}).head ==
               "GET /x?y HTTP/1.1\r\nHost: h:81\r\n" + agent + encoding + "\r\n");
    BOOST_TEST(
        make({.method = "POST", .url = "http://h/", .headers = {{"X-a", "1"}, {"x-A", "2"}}, .body = "four"})
            .head == "POST / HTTP/1.1\r\nHost: h\r\nX-a: 1\r\nx-A: 2\r\n" + agent + encoding +
                         "Content-Length: 4\r\n\r\n");
    BOOST_TEST(make({.method = "POST", .url = "http://h/"}).head ==
               "POST / HTTP/1.1\r\nHost: h\r\n" + agent + encoding + "Content-Length: 0\r\n\r\n");
    BOOST_TEST(make({.method = "DELETE", .url = "http://h/"}).head ==
               "DELETE / HTTP/1.1\r\nHost: h\r\n" + agent + encoding + "\r\n");
}

BOOST_AUTO_TEST_CASE(leaves_what_is_given) {
    const Headers own{
        {"host", "other"}, {"USER-AGENT", "me"}, {"accept-encoding", "br"}, {"content-length", "2"}};
    const auto bytes = make({.method = "PUT", .url = "http://h/", .headers = own, .body = "ab"});
    BOOST_TEST(bytes.head ==
               "PUT / HTTP/1.1\r\nhost: other\r\nUSER-AGENT: me\r\naccept-encoding: br\r\ncontent-length: "
               "2\r\n\r\n");
    BOOST_TEST(bytes.plain_length);
    BOOST_TEST(
        !make({.method = "PUT", .url = "http://h/", .headers = {{"Content-Length", "9"}}, .body = "ab"})
             .plain_length);
    BOOST_TEST(make({.url = "http://h/"}, {.decompress = false}).head ==
               "GET / HTTP/1.1\r\nHost: h\r\n" + agent + "\r\n");
}

BOOST_AUTO_TEST_CASE(frames_a_chunked_body) {
    const auto bytes = make({.method = "POST",
                             .url = "http://h/",
                             .headers = {{"Transfer-Encoding", "chunked"}},
                             .body = std::string(26, 'x')});
    BOOST_TEST(bytes.body == "1a\r\n" + std::string(26, 'x') + "\r\n0\r\n\r\n");
    BOOST_TEST(bytes.head.find("Content-Length") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(speaks_to_proxies) {
    BOOST_TEST(
        make({.url = "http://h:81/x"}, {.absolute_form = true, .decompress = false, .proxy_user_info = "u:p"})
            .head ==
        "GET http://h:81/x HTTP/1.1\r\nHost: h:81\r\nProxy-Authorization: Basic dTpw\r\n" + agent + "\r\n");
    const auto target = *parse_target("https://h/");
    BOOST_TEST(make_connect_request(target, "u:p") == "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n" + agent +
                                                          "Proxy-Authorization: Basic dTpw\r\n\r\n");
}

BOOST_AUTO_TEST_CASE(turns_user_info_into_authorization) {
    BOOST_TEST(make({.url = "http://u:p@h/"}, {.decompress = false}).head ==
               "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: Basic dTpw\r\n" + agent + "\r\n");
    BOOST_TEST(
        make({.url = "http://u:p@h/", .headers = {{"Authorization", "mine"}}}, {.decompress = false}).head ==
        "GET / HTTP/1.1\r\nHost: h\r\nAuthorization: mine\r\n" + agent + "\r\n");
}

BOOST_AUTO_TEST_CASE(refuses_what_would_break_the_head) {
    struct Row {
        HttpRequest request;
        const char* message;
    };
    const Row rows[] = {
        {{.method = "GE T", .url = "http://h/"}, "'GE T' is not a request method"},
        {{.method = "", .url = "http://h/"}, "'' is not a request method"},
        {{.url = "http://h/", .headers = {{"X:", "1"}}}, "'X:' is not a header field name"},
        {{.url = "http://h/", .headers = {{"", "1"}}}, "'' is not a header field name"},
        {{.url = "http://h/", .headers = {{"X", "1\r\nEvil: 2"}}},
         "the header field 'X' has a line break or NUL in its value"},
        {{.url = "http://h/", .headers = {{"X", std::string("a\0b", 3)}}},
         "the header field 'X' has a line break or NUL in its value"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.message) {
            const auto target = parse_target(row.request.url);
            const auto result = make_request(row.request, *target, {});
            BOOST_TEST_REQUIRE(result.has_error());
            BOOST_TEST(result.error() == row.message);
        }
}

BOOST_AUTO_TEST_SUITE_END()
