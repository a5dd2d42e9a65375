// Whatever a server sends, read whole and byte by byte, comes to the same end.
#include "net/content_decoder.hpp"
#include "net/response_parser.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace ringback::net;

namespace {

struct Outcome {
    error_code error;
    unsigned status = 0;
    Headers headers;
    std::string body;
    bool done = false;
    bool operator==(const Outcome&) const = default;
};

Outcome parse(std::string_view bytes, std::size_t piece, ResponseParser::Options options) {
    Outcome outcome;
    ResponseParser parser(options, [&](std::string_view part) {
        outcome.body.append(part);
        return outcome.body.size() > (1u << 20) ? make_error_code(Error::body_too_large) : error_code();
    });
    for (std::size_t at = 0; at < bytes.size() && !outcome.error && !parser.done(); at += piece)
        outcome.error = parser.feed(bytes.substr(at, piece));
    if (!outcome.error && !parser.done()) outcome.error = parser.end_of_stream();
    outcome.done = parser.done();
    if (outcome.done) {
        outcome.status = parser.status();
        outcome.headers = parser.headers();
    }
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 64u << 10) return 0;
    const std::string_view bytes(reinterpret_cast<const char*>(data), size);
    for (const bool no_body : {false, true}) {
        ResponseParser::Options options;
        options.no_body = no_body;
        options.max_header = 4096;
        const auto whole = parse(bytes, bytes.size() + 1, options);
        const auto dripped = parse(bytes, 1, options);
        // A head that breaks its limit and is malformed as well may fail for either reason.
        if (whole.done != dripped.done) std::abort();
        if (whole.done && whole != dripped) std::abort();
        if (!whole.done) continue;
        std::size_t decoded = 0;
        ContentDecoder decoder(
            whole.headers.get("Content-Encoding").value_or(""), [&](std::string_view part) {
                decoded += part.size();
                return decoded > (8u << 20) ? make_error_code(Error::body_too_large) : error_code();
            });
        if (!decoder.feed(whole.body)) (void)decoder.finish();
    }
    return 0;
}
