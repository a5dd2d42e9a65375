#include "net/request_parser.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;
using State = RequestParser::State;

namespace {

constexpr const char* host = "Host: h\r\n";

struct Parsed {
    ServerRequest request;
    State state = State::head;
    Rejection rejection;
    std::string rest;  ///< bytes that were not used
};

/// Feeds the bytes in pieces of `step`, as a socket would.
Parsed parse(const std::string& bytes, std::size_t step, const ServerLimits& limits = {}) {
    Parsed parsed;
    RequestParser parser(parsed.request, limits);
    std::string pending;
    for (std::size_t at = 0; at < bytes.size() || at == 0; at += step) {
        if (parser.state() == State::done || parser.state() == State::rejected)
            pending += bytes.substr(at, step);
        else {
            pending += bytes.substr(at, step);
            for (std::size_t used = 1; used != 0 && !pending.empty() && parser.state() != State::done &&
                                       parser.state() != State::rejected;) {
                used = parser.parse(pending);
                pending.erase(0, used);
            }
        }
    }
    parsed.state = parser.state();
    parsed.rejection = parser.rejection();
    parsed.rest = pending;
    return parsed;
}

std::string show(const Headers& headers) {
    std::string text;
    for (const auto& [name, value] : headers)
        text += name + "=" + value + "|";
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_parser)

BOOST_AUTO_TEST_CASE(a_request_is_read_however_it_is_cut) {
    const std::string head =
        "POST /bin/1%20?x=y HTTP/1.1\r\nhOsT: h\r\nX-A: 1\r\nx-a:  2 \r\nX-A: 1\r\nEmpty:\r\n";
    const std::string chunks =
        "Transfer-Encoding: chunked\r\n\r\n5;ext=1\r\nhello\r\n6\r\n world\r\n0\r\nX-T: a\r\nx-t: b\r\n\r\n";
    const std::string message = head + chunks;
    for (std::size_t step :
         {std::size_t(1), std::size_t(2), std::size_t(3), std::size_t(7), message.size() + 4})
        BOOST_TEST_CONTEXT("in pieces of " << step) {
            const auto parsed = parse(message + "NEXT", step);
            BOOST_TEST_REQUIRE((parsed.state == State::done), parsed.rejection.message);
            BOOST_TEST(parsed.request.method == "POST");
            BOOST_TEST(parsed.request.target == "/bin/1%20?x=y");
            BOOST_TEST(parsed.request.path == "/bin/1%20");
            BOOST_TEST(parsed.request.query == "x=y");
            BOOST_TEST(parsed.request.version == 11u);
            BOOST_TEST(show(parsed.request.headers) ==
                       "hOsT=h|X-A=1|x-a=2|X-A=1|Empty=|Transfer-Encoding=chunked|");
            BOOST_TEST(parsed.request.body == "hello world");
            BOOST_TEST(show(parsed.request.trailers) == "X-T=a|x-t=b|");
            BOOST_TEST(parsed.request.head_size == message.find("\r\n\r\n") + 4);
            BOOST_TEST(parsed.request.keep_alive);
            BOOST_TEST(parsed.rest == "NEXT");
        }
}

BOOST_AUTO_TEST_CASE(what_is_taken) {
    const struct {
        const char* what;
        std::string bytes, path, body;
        bool keep_alive;
    } rows[] = {
        {"no body", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", "/", "", true},
        {"HTTP/1.0 without Host", "GET /a HTTP/1.0\r\n\r\n", "/a", "", false},
        {"HTTP/1.0 kept alive", "GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "/a", "", true},
        {"close", "GET / HTTP/1.1\r\nHost: h\r\nConnection: Close\r\n\r\n", "/", "", false},
        {"empty lines before", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", "/", "", true},
        {"a body by length", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nabc", "/", "abc", true},
        {"binary body", std::string("PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n\0\xff\n", 49),
         "/", std::string("\0\xff\n", 3), true},
        {"length 0", "PUT / HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\n\r\n", "/", "", true},
        {"an empty chunked body", "PUT / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n0\r\n\r\n",
         "/", "", true},
        {"a method of its own", "BREW /pot HTTP/1.1\r\nHost: h\r\n\r\n", "/pot", "", true},
        {"absolute form", "GET http://h:1/p?q HTTP/1.1\r\nHost: h\r\n\r\n", "/p", "", true},
        {"absolute form without path", "GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n", "/", "", true},
        {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", "*", "", true},
        {"a URL in the query", "GET /r?to=http://x/ HTTP/1.1\r\nHost: h\r\n\r\n", "/r", "", true},
    };
    for (const auto& row : rows)
        for (std::size_t step : {std::size_t(1), std::size_t(1000)})
            BOOST_TEST_CONTEXT(row.what << ", in pieces of " << step) {
                const auto parsed = parse(row.bytes, step);
                BOOST_TEST_REQUIRE((parsed.state == State::done), parsed.rejection.message);
                BOOST_TEST(parsed.request.path == row.path);
                BOOST_TEST(parsed.request.body == row.body);
                BOOST_TEST(parsed.request.keep_alive == row.keep_alive);
            }
}

BOOST_AUTO_TEST_CASE(what_is_refused_and_what_is_said) {
    const auto get = [](const std::string& fields) {
        return "GET / HTTP/1.1\r\n" + std::string(host) + fields + "\r\n";
    };
    const struct {
        const char* what;
        std::string bytes;
        unsigned status;
        std::string code, message;
    } rows[] = {
        {"nonsense", "hello there\r\n\r\n", 400, "malformed_request",
         "The request line is incomplete, or its target holds a character that is not allowed there."},
        {"a method that is no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed_request",
         "The request method is not a token."},
        {"NUL in the target", std::string("GET /\0 HTTP/1.1\r\nHost: h\r\n\r\n", 28), 400,
         "malformed_request",
         "The request line is incomplete, or its target holds a character that is not allowed there."},
        {"no target", "GET  HTTP/1.1\r\nHost: h\r\n\r\n", 400, "malformed_request",
         "The request line is incomplete, or its target holds a character that is not allowed there."},
        {"a bare CR after the version", "GET / HTTP/1.1\rHost: h\r\n\r\n", 400, "malformed_request",
         "The request line does not end in HTTP/1.0 or HTTP/1.1."},
        {"another version", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, "version_not_supported",
         "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
        {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "version_not_supported",
         "Only HTTP/1.0 and HTTP/1.1 are spoken here."},
        {"a version that is none", "GET / HTTQ/1.1\r\nHost: h\r\n\r\n", 400, "malformed_request",
         "The request line does not end in HTTP/1.0 or HTTP/1.1."},
        {"CONNECT", "CONNECT h:443 HTTP/1.1\r\nHost: h\r\n\r\n", 501, "not_implemented",
         "This server is no proxy: CONNECT is not done here."},
        {"no Host", "GET / HTTP/1.1\r\n\r\n", 400, "malformed_request", "Host is missing."},
        {"two Hosts", get("Host: other\r\n"), 400, "malformed_request", "Host is given more than once."},
        {"white space before the colon", get("X : 1\r\n"), 400, "malformed_request",
         "A header field name is empty, holds a character that is not allowed, or is not followed by a "
         "colon."},
        {"a field without a colon", get("novalue\r\n"), 400, "malformed_request",
         "A header field name is empty, holds a character that is not allowed, or is not followed by a "
         "colon."},
        {"NUL in a value", get(std::string("X: a\0b\r\n", 8)), 400, "malformed_request",
         "A header field value is malformed."},
        {"a bare CR in a value", get("X: a\rb\r\n"), 400, "malformed_request",
         "A line does not end in CR LF."},
        {"length and chunked", get("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400,
         "malformed_request", "Transfer-Encoding is given more than once, or stands beside Content-Length."},
        {"chunked and length", get("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"), 400,
         "malformed_request", "Content-Length is not one number, or stands beside Transfer-Encoding."},
        {"two lengths", get("Content-Length: 5\r\nContent-Length: 6\r\n"), 400, "malformed_request",
         "Content-Length is given more than once."},
        {"the same length twice", get("Content-Length: 5\r\nContent-Length: 5\r\n"), 400, "malformed_request",
         "Content-Length is given more than once."},
        {"two lengths in one field", get("Content-Length: 5, 5\r\n"), 400, "malformed_request",
         "Content-Length is given more than once."},
        {"a length that is no number", get("Content-Length: five\r\n"), 400, "malformed_request",
         "Content-Length is not one number, or stands beside Transfer-Encoding."},
        {"a signed length", get("Content-Length: +5\r\n"), 400, "malformed_request",
         "Content-Length is not one number, or stands beside Transfer-Encoding."},
        {"a length beyond 64 bits", get("Content-Length: 99999999999999999999999\r\n"), 400,
         "malformed_request", "Content-Length is not one number, or stands beside Transfer-Encoding."},
        {"chunked twice", get("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400,
         "malformed_request", "Transfer-Encoding is given more than once, or stands beside Content-Length."},
        {"chunked not last", get("Transfer-Encoding: chunked, identity\r\n"), 400, "malformed_request",
         "Transfer-Encoding does not end in chunked."},
        {"another coding before", get("Transfer-Encoding: gzip, chunked\r\n"), 501, "not_implemented",
         "The only transfer coding taken here is chunked."},
        {"another coding and a length", get("Transfer-Encoding: identity\r\nContent-Length: 5\r\n"), 501,
         "not_implemented", "The only transfer coding taken here is chunked."},
        {"a coding that looks alike", get("Transfer-Encoding: xchunked\r\n"), 501, "not_implemented",
         "The only transfer coding taken here is chunked."},
        {"a coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
         "malformed_request", "Transfer-Encoding is not part of HTTP/1.0."},
        {"another expectation", get("Expect: 200-ok\r\n"), 417, "expectation_failed",
         "Expect can only be 100-continue."},
        {"a length over the limit", get("Content-Length: 1001\r\n"), 413, "body_too_large",
         "The request body is larger than this server takes."},
        {"chunks over the limit", get("Transfer-Encoding: chunked\r\n") + "3e9\r\n" + std::string(1001, 'x'),
         413, "body_too_large", "The request body is larger than this server takes."},
        {"a chunk that is no number", get("Transfer-Encoding: chunked\r\n") + "xyz\r\n\r\n", 400,
         "malformed_request", "A chunk of the body is malformed."},
        {"a chunk that does not end", get("Transfer-Encoding: chunked\r\n") + "2\r\nabc\r\n0\r\n\r\n", 400,
         "malformed_request", "A chunk of the body is malformed."},
        {"a length among the trailers",
         get("Transfer-Encoding: chunked\r\n") + "0\r\nContent-Length: 5\r\n\r\n", 400, "malformed_request",
         "Content-Length is not one number, or stands beside Transfer-Encoding."},
        {"a long target", "GET /" + std::string(600, 'a') + " HTTP/1.1\r\n", 414, "target_too_long",
         "The request line is longer than this server takes."},
        {"one long field", get("X: " + std::string(600, 'a') + "\r\n"), 431, "header_too_large",
         "The header fields are larger than this server takes."},
        {"many fields", get([] {
             std::string fields;
             for (int i = 0; i < 60; ++i)
                 fields += "X-Many: 1\r\n";
             return fields;
         }()),
         431, "header_too_large", "The header fields are larger than this server takes."},
        {"endless empty lines",
         std::string(2000, '\r')
             .replace(0, 2000,
                      [] {
                          std::string lines;
                          for (int i = 0; i < 1000; ++i)
                              lines += "\r\n";
                          return lines;
                      }()),
         414, "target_too_long", "The request line is longer than this server takes."},
        {"a long chunk extension", get("Transfer-Encoding: chunked\r\n") + "1;x=" + std::string(600, 'e'),
         431, "header_too_large", "The header fields are larger than this server takes."},
        {"long trailers", get("Transfer-Encoding: chunked\r\n") + "0\r\nX: " + std::string(600, 't'), 431,
         "header_too_large", "The header fields are larger than this server takes."},
    };
    ServerLimits limits;
    limits.max_header = 512;
    limits.max_body = 1000;
    for (const auto& row : rows)
        for (std::size_t step : {std::size_t(1), std::size_t(100000)})
            BOOST_TEST_CONTEXT(row.what << ", in pieces of " << step) {
                const auto parsed = parse(row.bytes, step, limits);
                BOOST_TEST_REQUIRE((parsed.state == State::rejected));
                BOOST_TEST(parsed.rejection.status == row.status);
                BOOST_TEST(parsed.rejection.code == row.code);
                BOOST_TEST(parsed.rejection.message == row.message);
            }
}

BOOST_AUTO_TEST_CASE(a_whole_limit_is_still_taken) {
    ServerLimits limits;
    limits.max_body = 1000;
    const std::string head = "POST / HTTP/1.1\r\nHost: h\r\n";
    BOOST_TEST((parse(head + "Content-Length: 1000\r\n\r\n" + std::string(1000, 'x'), 64, limits).state ==
                State::done));
    BOOST_TEST(
        (parse(head + "Transfer-Encoding: chunked\r\n\r\n3e8\r\n" + std::string(1000, 'x') + "\r\n0\r\n\r\n",
               64, limits)
             .state == State::done));
}

BOOST_AUTO_TEST_CASE(an_expectation_is_told_once_and_not_for_the_old_version) {
    for (const auto& [version, expected] : {std::pair("1.1", true), std::pair("1.0", false)}) {
        ServerRequest request;
        const ServerLimits limits;
        RequestParser parser(request, limits);
        const std::string bytes = std::string("POST / HTTP/") + version +
                                  "\r\nHost: h\r\nContent-Length: 3\r\nExpect: 100-Continue\r\n\r\n";
        BOOST_TEST(parser.parse(bytes) == bytes.size());
        BOOST_TEST((parser.state() == State::body));
        BOOST_TEST(parser.take_expectation() == expected);
        BOOST_TEST(!parser.take_expectation());
    }
}

BOOST_AUTO_TEST_SUITE_END()
