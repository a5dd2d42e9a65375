// Any bytes as requests to mock-bin, one after the other: each whole request is answered exactly once, no
// answer holds a line break where a field or a status line has none, the log stays readable, and the next
// request works.
#include "net/request_parser.hpp"
#include "tests/support/fake_responder.hpp"
#include "tools/mock-bin/app.hpp"

#include <boost/json.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace {

using namespace ringback;
using namespace ringback::mock_bin;
namespace asio = boost::asio;

asio::awaitable<void> no_sleep(net::Responder&, std::chrono::milliseconds) {
    co_return;
}

AppOptions options() {
    AppOptions out;
    out.limits.ring = 8;
    out.limits.bins = 16;
    out.limits.ring_bytes = out.limits.total_bytes = 1u << 20;
    out.sleep = no_sleep;
    return out;
}

void require(bool good, const char* what) {
    if (good) return;
    std::fprintf(stderr, "broken: %s\n", what);
    std::abort();
}

bool one_line(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == std::string_view::npos;
}

test::FakeResponder ask(App& app, asio::io_context& context, const net::ServerRequest& request) {
    test::FakeResponder responder(context);
    responder.stop = true;
    asio::co_spawn(context, app.handle(request, responder),
                   [](std::exception_ptr error) { require(!error, "a handler threw"); });
    context.restart();
    context.run();
    return responder;
}

void check(const test::FakeResponder& got) {
    // A fault answers nothing, or raw bytes, and closes.
    require(got.answers == 1 || (got.answers == 0 && got.closed), "answered once");
    if (got.answers == 0) return;
    require(got.head.status >= 100 && got.head.status <= 999, "a status");
    require(one_line(got.head.reason), "a reason of one line");
    for (const auto& header : got.head.headers)
        require(one_line(header.name) && one_line(header.value), "fields of one line");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > 20'000) return 0;
    App app(options());
    asio::io_context context;
    const auto put = [&](const char* id, const char* definition) {
        check(ask(app, context, test::make_request("PUT", std::string("/bin/upsert/") + id, {}, definition)));
    };
    put("x", R"({"verify":{"secret":"whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}})");
    put("t",
        R"({"template":true,"content":{"text":"{{url}} {{query.a}} {{headers.host}} {{body.a[0]}}"},"headers":[{"name":"X","value":"{{body}}"}]})");

    std::string_view bytes(reinterpret_cast<const char*>(data), size);
    const net::ServerLimits limits;
    while (!bytes.empty()) {
        net::ServerRequest request = test::make_request("", "");
        net::RequestParser parser(request, limits);
        std::size_t used = 1;
        while (used && !bytes.empty() && parser.state() != net::RequestParser::State::done &&
               parser.state() != net::RequestParser::State::rejected) {
            used = parser.parse(bytes);
            bytes.remove_prefix(used);
        }
        if (parser.state() != net::RequestParser::State::done) break;
        // The network is not part of this.
        if (request.path.find("/replay") == std::string::npos) check(ask(app, context, request));
    }
    for (const auto* id : {"x", "t"})
        for (const auto* accept : {"application/json", "application/yaml", "application/xml", "text/html"}) {
            const auto log =
                ask(app, context,
                    test::make_request("GET", std::string("/bin/") + id + "/log", {{"Accept", accept}}));
            check(log);
            if (std::string_view(accept) == "application/json") {
                boost::json::error_code ec;
                (void)boost::json::parse(log.body, ec);
                require(!ec, "a log that is JSON");
            }
        }
    require(ask(app, context, test::make_request("GET", "/ip")).head.status == 200, "the next request works");
    return 0;
}
