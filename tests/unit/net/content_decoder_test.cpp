#include "net/content_decoder.hpp"

#include "compress.hpp"

#include <boost/test/unit_test.hpp>

#include <zlib.h>

using namespace ringback::net;

namespace {

std::string decode(std::string_view coding, std::string_view bytes, std::size_t piece) {
    std::string out;
    ContentDecoder decoder(coding, [&](std::string_view part) {
        out.append(part);
        return error_code();
    });
    error_code ec;
    for (std::size_t at = 0; at < bytes.size() && !ec; at += piece)
        ec = decoder.feed(bytes.substr(at, piece));
    if (!ec) ec = decoder.finish();
    return ec ? decoder.detail() : out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(content_decoder)

BOOST_AUTO_TEST_CASE(decodes_in_pieces_of_any_size) {
    std::string text;
    for (int i = 0; i < 2000; ++i)
        text += "line " + std::to_string(i) + "\n";
    const auto gzip = compressed(text, gzip_window), zlib = compressed(text, zlib_window),
               raw = compressed(text, raw_window);
    struct Row {
        const char* coding;
        std::string bytes, shown;
    };
    const Row rows[] = {
        {"", text, text},
        {"identity", text, text},
        {"br", gzip, gzip},
        {"gzip", gzip, text},
        {"X-GZIP", gzip, text},
        {"deflate", zlib, text},
        {"deflate", raw, text},
        {" gzip , identity", gzip, text},
        {"deflate, gzip", compressed(zlib, gzip_window), text},
        {"gzip", gzip + gzip, text + text},
        {"gzip", gzip + std::string(100, '\0'), text},
        {"gzip", "", ""},
        {"deflate", "", ""},
        {"gzip", gzip.substr(0, gzip.size() - 1), "gzip body: cut short"},
        {"gzip", "plain text", "gzip body: incorrect header check"},
        {"deflate", "x", "deflate body: cut short"},
    };
    for (const auto& row : rows)
        for (const std::size_t piece : {std::size_t(1) << 20, std::size_t(1), std::size_t(1000)})
            BOOST_TEST_CONTEXT(row.coding << ", " << row.bytes.size() << " bytes in pieces of " << piece) {
                BOOST_TEST((decode(row.coding, row.bytes, piece) == row.shown));
            }
}

BOOST_AUTO_TEST_CASE(stops_a_bomb_at_the_sinks_word) {
    const auto bomb = compressed(std::string(64u << 20, '\0'), gzip_window);
    BOOST_TEST(bomb.size() < 100000u);
    std::size_t got = 0, largest = 0;
    ContentDecoder decoder("gzip", [&](std::string_view part) -> error_code {
        got += part.size();
        largest = std::max(largest, part.size());
        if (got > 1000000) return Error::body_too_large;
        return {};
    });
    BOOST_TEST(decoder.feed(bomb) == make_error_code(Error::body_too_large));
    BOOST_TEST(got < 1100000u);
    BOOST_TEST(largest <= 64u << 10);
}

BOOST_AUTO_TEST_SUITE_END()
