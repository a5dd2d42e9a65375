// Any bytes, cut anywhere: the request parser never crashes, uses no more than it was given, and comes to the
// same end however the bytes arrive.
#include "net/request_parser.hpp"

#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace ringback::net;
using State = RequestParser::State;

struct Outcome {
    ServerRequest request;
    State state = State::head;
    unsigned status = 0;
    std::size_t used = 0;
};

Outcome parse(std::string_view bytes, std::size_t step, const ServerLimits& limits) {
    Outcome outcome;
    RequestParser parser(outcome.request, limits);
    std::string pending;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        pending += bytes.substr(at, step);
        for (std::size_t used = 1; used != 0 && !pending.empty();) {
            if (parser.state() == State::done || parser.state() == State::rejected) break;
            used = parser.parse(pending);
            if (used > pending.size()) std::abort();
            pending.erase(0, used);
            outcome.used += used;
        }
    }
    outcome.state = parser.state();
    outcome.status = parser.rejection().status;
    return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 1) return 0;
    ServerLimits limits;
    limits.max_header = 4096;
    limits.max_body = 2048;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    const std::size_t step = 1 + data[0] % 64;
    const auto whole = parse(bytes, bytes.size() + 1, limits), cut = parse(bytes, step, limits);
    if ((whole.state == State::rejected) != (whole.status != 0)) std::abort();
    if (whole.state == State::done) {
        if (cut.state != State::done || cut.used != whole.used) std::abort();
        if (cut.request.body != whole.request.body || cut.request.target != whole.request.target ||
            !(cut.request.headers == whole.request.headers) ||
            !(cut.request.trailers == whole.request.trailers))
            std::abort();
        if (whole.request.body.size() > limits.max_body || whole.request.head_size > limits.max_header)
            std::abort();
        (void)parse_query(whole.request.query);
        (void)whole.request.is_websocket_upgrade();
    }
    return 0;
}
