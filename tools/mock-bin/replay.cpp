#include "tools/mock-bin/replay.hpp"

#include "net/http_client.hpp"
#include "tools/mock-bin/app.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/json.hpp>
#include <boost/url/parse.hpp>

namespace ringback::mock_bin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kShownBody = 64u << 10;
constexpr std::chrono::milliseconds kLongest{60'000};

/// Of the recorded connection, not of the call: the new exchange has its own.
bool of_connection(std::string_view name) {
    for (const std::string_view other :
         {"host", "content-length", "transfer-encoding", "connection", "keep-alive", "te", "trailer",
          "upgrade", "expect", "proxy-connection"})
        if (net::same_name(name, other)) return true;
    return false;
}

struct Wanted {
    std::string url;
    std::chrono::milliseconds timeout{10'000};
};

Checked<Wanted> read_wanted(const net::ServerRequest& request) {
    auto value = body_json(request);
    if (!value) return value.error();
    const auto* object = value->if_object();
    if (!object) return Invalid{"", "must be an object with url"};
    std::optional<Invalid> error;
    Members members(*object, "", error);
    members.only({"url", "timeout"});
    Wanted out;
    out.url = members.text("url");
    const auto url = boost::urls::parse_uri(key(out.url));
    if (!url || (url->scheme() != "http" && url->scheme() != "https") || url->host().empty())
        members.fail("url", "must be an absolute http or https URL");
    else if (const auto port = parse_number(view(url->port()));
             !url->port().empty() && (!port || *port < 1 || *port > 65535))
        members.fail("url", "must have a port from 1 to 65535, or none");
    if (members.find("timeout")) out.timeout = members.span("timeout", kLongest);
    if (error) return *error;
    return out;
}

/// "localhost:8090", "127.0.0.1", "[::1]:8090": a name that no other's DNS decides about.
bool is_own_name(std::string_view host) {
    const auto text = "http://" + std::string(host);
    const auto url = boost::urls::parse_uri(text);
    if (!url) return false;
    const std::string name = url->host_name();
    return url->host_type() != boost::urls::host_type::name || name == "localhost" ||
           name.ends_with(".localhost");
}

/// Every page on the web can make a browser POST here; only our own pages, and clients that are no browsers,
/// may. A page whose host name was made to lead to loopback (DNS rebinding) passes for one of ours by all but
/// that name.
bool from_elsewhere(const net::ServerRequest& request) {
    const auto site = request.headers.get("Sec-Fetch-Site");
    if (site && *site != "same-origin" && *site != "none") return true;
    const auto origin = request.headers.get("Origin");
    const auto host = request.headers.get("Host").value_or("");
    if ((site || origin) && request.local.address().is_loopback() && !is_own_name(host)) return true;
    if (!origin) return false;
    return *origin != "http://" + std::string(host) && *origin != "https://" + std::string(host);
}

json::value milliseconds(const net::Timings::Span& span) {
    return span ? json::value(static_cast<double>(span->count()) / 1000.0) : json::value(nullptr);
}

json::object outcome(const net::Exchange& exchange) {
    json::object out{{"phase", net::to_string(exchange.phase)},
                     {"timings",
                      {{"dns", milliseconds(exchange.timings.dns)},
                       {"connect", milliseconds(exchange.timings.connect)},
                       {"tls", milliseconds(exchange.timings.tls)},
                       {"send", milliseconds(exchange.timings.send)},
                       {"wait", milliseconds(exchange.timings.wait)},
                       {"receive", milliseconds(exchange.timings.receive)},
                       {"total", static_cast<double>(exchange.timings.total.count()) / 1000.0}}}};
    if (exchange.address)
        out["address"] = exchange.address->to_string() + ":" + std::to_string(exchange.port);
    if (exchange.response) {
        json::array headers;
        for (const auto& header : exchange.response->headers)
            headers.emplace_back(
                json::object{{"name", key(to_text(header.name))}, {"value", key(to_text(header.value))}});
        out["status"] = exchange.response->status;
        out["statusText"] = text_value(to_text(exchange.response->reason));
        out["headers"] = std::move(headers);
        out["body"] = text_value(to_text(exchange.response->body));
        out["bodySize"] = exchange.response->body_size;
    }
    if (exchange.error) out["error"] = text_value(to_text(exchange.error_detail));
    return out;
}

net::ServerResponse answer_exchange(const Call& call, const net::Exchange& exchange) {
    if (exchange.ok()) return answer_value(call, outcome(exchange));
    if (exchange.error == net::make_error_code(net::Error::address_denied))
        return answer_error(call, 403, "address_denied",
                            "replays may not go there: " + to_text(exchange.error_detail));
    return answer_error(call, 502, "replay_failed", to_text(exchange.error_detail), outcome(exchange));
}

}  // namespace

asio::awaitable<void> replay_entry(Call& call) {
    const auto bin = call.app.bins().find(call.args[0]);
    const auto seq = parse_number(call.args[1]);
    const auto entry = bin && seq ? bin->find(*seq) : nullptr;
    const auto wanted = read_wanted(call.request);
    net::ServerResponse refused;
    if (!entry)
        refused = bin ? answer_error(call, 404, "unknown_entry",
                                     "the bin has no entry \"" + to_text(call.args[1]) + "\"")
                      : answer_no_bin(call, call.args[0]);
    else if (from_elsewhere(call.request))
        refused =
            answer_error(call, 403, "cross_origin",
                         "a page of another origin may not replay calls; open mock-bin by its address or as "
                         "localhost");
    else if (!wanted)
        refused = answer_invalid(call, wanted.error());
    if (refused.status != 200) {
        co_await send(call, std::move(refused));
        co_return;
    }

    const auto recorded = entry->request();
    net::HttpRequest request;
    request.method = std::string(recorded.method);
    request.url = wanted->url;
    for (const auto& [name, value] : recorded.headers)
        if (!of_connection(name)) request.headers.add(std::string(name), std::string(value));
    request.body = std::string(recorded.body);
    net::ExchangeOptions options;
    options.deadline = net::Deadline::after(wanted->timeout);
    options.keep_body = kShownBody;
    options.decompress =
        request.headers.contains("Accept-Encoding");  // never asked for what the call did not
    options.policy = &call.app.options().replay_to;
    net::HttpClient client(call.responder.executor());
    const auto exchange = co_await client.send(std::move(request), std::move(options));
    auto response = answer_exchange(call, exchange);
    co_await send(call, std::move(response));
}

}  // namespace ringback::mock_bin
