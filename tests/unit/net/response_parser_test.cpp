#include "net/response_parser.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;

namespace {

/// What a parse came to, as one line: "200 OK | A: 1 | body | done".
std::string parse(std::string_view bytes, std::size_t piece, bool end = true,
                  ResponseParser::Options options = {}) {
    std::string body, shown;
    ResponseParser parser(options, [&](std::string_view part) {
        body.append(part);
        return error_code();
    });
    error_code ec;
    for (std::size_t at = 0; at < bytes.size() && !ec; at += piece)
        ec = parser.feed(bytes.substr(at, piece));
    if (!ec && !parser.done() && end) ec = parser.end_of_stream();
    if (parser.head_done()) {
        shown = std::to_string(parser.status()) + " " + parser.reason() + " |";
        for (const auto& field : parser.headers())
            shown += " " + field.name + ": " + field.value + " |";
        shown += " " + body + " | ";
    }
    if (ec) return shown + (parser.detail().empty() ? ec.message() : parser.detail());
    if (!parser.done()) return shown + "more";
    shown += parser.keep_alive() ? "keep" : "close";
    if (!parser.leftover().empty()) shown += " | left: " + parser.leftover();
    return shown;
}

struct Row {
    std::string bytes, shown;
    ResponseParser::Options options{};
};

const std::string closed = "the connection was closed before a whole response";

const Row rows[] = {
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "200 OK | Content-Length: 3 | abc | keep"},
    {"HTTP/1.1 200 OK\r\nb: 1\r\nA: 2\r\nB:3\r\na:  4  \r\nContent-Length: 0\r\n\r\n",
     "200 OK | b: 1 | A: 2 | B: 3 | a: 4 | Content-Length: 0 |  | keep"},
    {"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
     "200 OK | Connection: close | Content-Length: 1 | x | close"},
    {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "200 OK | Content-Length: 1 | x | close"},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
     "200 OK | Connection: keep-alive | Content-Length: 1 | x | keep"},
    {"HTTP/1.0 200 OK\r\n\r\nuntil the end", "200 OK | until the end | close"},
    {"HTTP/1.1 200 OK\r\n\r\n", "200 OK |  | close"},
    {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", "200  | Content-Length: 0 |  | keep"},
    {"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "200  | Content-Length: 0 |  | keep"},
    {"HTTP/1.1 799 W\xc3\xa4"
     "r's\r\nContent-Length: 0\r\n\r\n",
     "799 W\xc3\xa4"
     "r's | Content-Length: 0 |  | keep"},
    {"HTTP/1.1 200 OK\r\nX: a\r\n  b\r\nContent-Length: 0\r\n\r\n",
     "200 OK | X: a b | Content-Length: 0 |  | keep"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=\"1\"\r\nde\r\n0\r\n\r\n",
     "200 OK | Transfer-Encoding: chunked | abcde | keep"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nTrailer: t\r\nX: y\r\n\r\n",
     "200 OK | Transfer-Encoding: chunked | a | keep"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     "200 OK | Transfer-Encoding: chunked |  | keep"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r",
     "200 OK | Transfer-Encoding: chunked |  | " + closed},
    {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", "204 No Content | Content-Length: 5 |  | keep"},
    {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n",
     "304 Not Modified | Content-Length: 5 |  | keep"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
     "200 OK | Content-Length: 5 |  | keep",
     {.no_body = true}},
    {"HTTP/1.1 100 Continue\r\nX: 1\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 "
     "OK\r\nContent-Length: 1\r\n\r\nx",
     "200 OK | Content-Length: 1 | x | keep"},
    {"HTTP/1.1 100\r\n\r\nHTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", "200  | Content-Length: 1 | x | keep"},
    {"HTTP/1.1 100 Continue\r\n\r\n", closed},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n",
     "101 Switching Protocols | Upgrade: x |  | keep",
     {.upgrade = true}},
    {"HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
     "200 OK | Content-Length: 0 |  | keep"},
    {"", closed},
    {"HTTP/1.", closed},
    {"HTTP/1.1 200 OK\r\nA: 1\r\n", closed},
    {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", "200 OK | Content-Length: 3 | ab | " + closed},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nab",
     "200 OK | Transfer-Encoding: chunked | ab | " + closed},
    {"SSH-2.0-OpenSSH_9\r\n", "the answer is not HTTP/1.x"},
    {"HTTP/2 200\r\n\r\n", "the answer is not HTTP/1.x"},
    {"HTTP/1.1 100 C\r\n\r\n220 smtp", "the answer is not HTTP/1.x"},
    {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n\x81\x05hello",
     "the answer changes the protocol (101), which was not asked for"},
    {"HTTP/1.1 20 OK\r\n\r\n", "malformed response head: bad status"},
    {"HTTP/1.1 200 OK\r\nNo colon\r\n\r\n", "malformed response head: bad field"},
    {"HTTP/1.1 200 OK\r\nA : 1\r\n\r\n", "malformed response head: bad field"},
    {"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "malformed response head: bad Content-Length"},
    {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
     "malformed response head: multiple Content-Length"},
    {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
     "200 OK | Transfer-Encoding: chunked |  | malformed response body: bad chunk"},
    {"HTTP/1.1 200 OK\r\nX: " + std::string(300, 'x') + "\r\n\r\n",
     "the response head is larger than 256 bytes",
     {.max_header = 256}},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(response_parser)

BOOST_AUTO_TEST_CASE(reads_responses_in_pieces_of_any_size) {
    for (const auto& row : rows)
        for (const std::size_t piece : {std::size_t(1) << 20, std::size_t(1), std::size_t(2), std::size_t(7)})
            BOOST_TEST_CONTEXT(row.bytes << " in pieces of " << piece) {
                BOOST_TEST(parse(row.bytes, piece, true, row.options) == row.shown);
            }
}

BOOST_AUTO_TEST_CASE(keeps_what_follows_apart) {
    BOOST_TEST(parse("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxHTTP", 1000) ==
               "200 OK | Content-Length: 1 | x | close | left: HTTP");
    BOOST_TEST(parse("HTTP/1.1 101 S\r\n\r\n\x81\x01x", 1000, true, {.upgrade = true}) ==
               "101 S |  | close | left: \x81\x01x");
}

BOOST_AUTO_TEST_CASE(bounds_a_head_that_comes_field_by_field) {
    ResponseParser parser({.max_header = 1000});
    error_code ec = parser.feed("HTTP/1.1 200 OK\r\n");
    int fields = 0;
    while (!ec && fields < 1000) {
        ec = parser.feed("Field: value\r\n");
        ++fields;
    }
    BOOST_TEST(ec == make_error_code(Error::header_too_large));
    BOOST_TEST(fields < 80);
}

BOOST_AUTO_TEST_CASE(bounds_interim_responses_and_chunk_extensions) {
    ResponseParser interim({});
    error_code ec;
    for (int i = 0; i < 100 && !ec; ++i)
        ec = interim.feed("HTTP/1.1 100 Continue\r\n\r\n");
    BOOST_TEST(ec == make_error_code(Error::malformed_response));
    BOOST_TEST(interim.detail() == "malformed response head: too many interim responses");

    ResponseParser chunks({});
    ec = chunks.feed("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;");
    for (int i = 0; i < 100 && !ec; ++i)
        ec = chunks.feed(std::string(1000, 'e'));
    BOOST_TEST(ec == make_error_code(Error::malformed_response));
}

BOOST_AUTO_TEST_CASE(ends_with_the_error_of_the_sink) {
    ResponseParser parser({}, [](std::string_view) { return make_error_code(Error::body_too_large); });
    BOOST_TEST(parser.feed("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx") ==
               make_error_code(Error::body_too_large));
    BOOST_TEST(parser.feed("more") == make_error_code(Error::body_too_large));
    BOOST_TEST(!parser.done());
}

BOOST_AUTO_TEST_SUITE_END()
