// Mockbin's utilities: what came in, in a form that people and programs can read.
#include "tools/mock-bin/app.hpp"
#include "tools/mock-bin/entry.hpp"
#include "tools/mock-bin/form_data.hpp"
#include "tools/mock-bin/forwarded.hpp"
#include "tools/mock-bin/har.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <set>

namespace ringback::mock_bin {

namespace asio = boost::asio;

namespace {

/// The request as a recorded one, to share the code that shows it. `bytes` holds what the result points into.
RecordedRequest as_recorded(const Call& call, std::string& bytes) {
    bytes = pack(call.request);
    auto out = *unpack(bytes);
    out.method = call.method;
    return out;
}

net::ServerResponse ip(Call& call) {
    return answer_value(call, text_value(forwarded(call.request).ips.front()));
}

net::ServerResponse ips(Call& call) {
    json::object out;
    for (const auto& [address, port] : forwarded(call.request).hops)
        out[key(address)] = port;
    return answer_value(call, out);
}

net::ServerResponse forwarded_info(Call& call) {
    const auto info = forwarded(call.request);
    json::array addresses, ports;
    json::object hops;
    for (const auto& address : info.ips)
        addresses.emplace_back(text_value(address));
    for (const auto port : info.ports)
        ports.emplace_back(port);
    for (const auto& [address, port] : info.hops)
        hops[key(address)] = port;
    json::object out{{"ips", std::move(addresses)}, {"port", info.ports.back()}, {"ports", std::move(ports)},
                     {"proto", key(info.proto)},    {"host", key(info.host)},    {"for", std::move(hops)}};
    if (!info.by.empty()) out["by"] = text_value(info.by);
    return answer_value(call, out);
}

net::ServerResponse header_value(const Call& call, std::string_view name) {
    const auto value = call.request.headers.get(name);
    return answer_value(call, value ? text_value(to_text(*value)) : json::value(false));
}

net::ServerResponse agent(Call& call) {
    return header_value(call, "User-Agent");
}
net::ServerResponse one_header(Call& call) {
    return header_value(call, call.args[0]);
}

bool is_token(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
    });
}

net::ServerResponse set_header(Call& call) {
    const auto& name = call.args[0];
    if (!is_token(name))
        return answer_error(call, 400, "invalid", "\"" + to_text(name) + "\" is not a header name");
    for (const std::string_view framing :
         {"content-length", "transfer-encoding", "connection", "trailer", "upgrade"})
        if (net::same_name(name, framing))
            return answer_error(call, 400, "invalid", name + " frames the answer and cannot be chosen");
    auto response = answer_value(call, text_value(to_text(call.args[1])));
    response.headers.set(name, one_line(call.args[1]));
    return response;
}

net::ServerResponse all_headers(Call& call) {
    std::string bytes;
    const auto request = as_recorded(call, bytes);
    auto har = request_har(request);
    return answer_value(call, {{"headers", std::move(har["headers"])}, {"headersSize", request.head_size}});
}

net::ServerResponse all_cookies(Call& call) {
    std::string bytes;
    return answer_value(call, request_har(as_recorded(call, bytes))["cookies"]);
}

net::ServerResponse one_cookie(Call& call) {
    for (const auto field : call.request.headers.all("Cookie"))
        for (const auto& [name, value] : parse_cookies(field))
            if (name == call.args[0]) return answer_value(call, text_value(value));
    return answer_value(call, false);
}

net::ServerResponse set_cookie(Call& call) {
    const auto& name = call.args[0];
    if (!is_token(name))
        return answer_error(call, 400, "invalid", "\"" + to_text(name) + "\" is not a cookie name");
    auto response = answer_value(call, text_value(to_text(call.args[1])));
    std::string value;
    for (const char c : call.args[1]) {
        constexpr std::string_view kHex = "0123456789ABCDEF";
        const auto byte = static_cast<unsigned char>(c);
        if (byte > 0x20 && byte < 0x7F && std::string_view("\"%,;\\").find(c) == std::string_view::npos)
            value += c;
        else
            value += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
    response.headers.add("Set-Cookie", name + "=" + value + "; Path=/");
    return response;
}

/// Of "/status/418/I'm+a%2Bteapot": a "+" is a space, an escaped one is itself.
std::string reason_in(std::string_view path) {
    path.remove_prefix(std::string_view("/status/").size());
    path.remove_prefix(std::min(path.find('/'), path.size()));
    if (!path.empty()) path.remove_prefix(1);
    return net::percent_decode(path.substr(0, path.find('/')), true);
}

net::ServerResponse status(Call& call) {
    const auto code = parse_number(call.args[0]);
    if (!code || *code < 100 || *code > 999)
        return answer_error(call, 400, "invalid",
                            "a status is a number from 100 to 999, not " + to_text(call.args[0]));
    auto reason = one_line(reason_in(call.path));
    if (reason.empty()) reason = "OK";
    auto response = answer_value(call, {{"code", key(call.args[0])}, {"message", key(to_text(reason))}});
    response.status = static_cast<unsigned>(*code);
    response.reason = std::move(reason);
    // A client goes on waiting after a 1xx: closing tells it that nothing comes.
    if (*code < 200) call.responder.close_after();
    return response;
}

net::ServerResponse redirect(Call& call) {
    const auto code = parse_number(call.args[0]).value_or(0);
    constexpr std::uint64_t kValid[] = {300, 301, 302, 303, 307, 308};
    if (std::find(std::begin(kValid), std::end(kValid), code) == std::end(kValid))
        return answer_error(call, 400, "invalid",
                            "invalid status code, must be one of 300,301,302,303,307,308");
    const auto asked = call.args[1].empty() ? std::optional<std::uint64_t>(1) : parse_number(call.args[1]);
    if (!asked) return answer_error(call, 400, "invalid", "the count must be a whole number");
    const auto count = std::min<std::uint64_t>(100, *asked);
    if (count == 0) return answer_value(call, "redirect finished");
    const auto to = query_value(call, "to");
    std::string location;
    if (count == 1 && !to.empty()) {
        location = one_line(to);
    } else {
        location = std::string(call.gzip ? "/gzip" : "") + "/redirect/" + std::to_string(code) + "/" +
                   std::to_string(count - 1);
        // The query goes on as it came, so that what was escaped stays escaped.
        for (std::string_view rest = call.request.query; !rest.empty();) {
            const auto part = rest.substr(0, rest.find('&'));
            if (part.starts_with("to=")) location += "?" + std::string(part);
            if (part.starts_with("to=")) break;
            rest.remove_prefix(std::min(rest.size(), part.size() + 1));
        }
    }
    auto response = answer_status(static_cast<unsigned>(code));
    response.headers.add("Location", location);
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    response.body = standard_reason(response.status) + ". Redirecting to " + location;
    return response;
}

asio::awaitable<void> delay(Call& call) {
    const auto asked = call.args[0].empty() ? std::optional<std::uint64_t>(200) : parse_number(call.args[0]);
    net::ServerResponse response;
    if (!asked) {
        response = answer_error(call, 400, "invalid", "the delay must be a whole number of milliseconds");
    } else {
        const auto span = std::min<std::uint64_t>(60'000, *asked);
        co_await call.app.sleep(call.responder, std::chrono::milliseconds(span));
        response = answer_value(call, {{"delay", span}});
    }
    co_await send(call, std::move(response));
}

asio::awaitable<void> stream(Call& call) {
    const auto asked = call.args[0].empty() ? std::optional<std::uint64_t>(10) : parse_number(call.args[0]);
    net::ServerResponse response;
    if (!asked) {
        response = answer_error(call, 400, "invalid", "the number of chunks must be a whole number");
        co_await send(call, std::move(response));
        co_return;
    }
    const auto chunks = std::min<std::uint64_t>(100, *asked);
    const auto line = [](std::uint64_t i) {
        return "{\"type\":\"stream\",\"chunk\":" + std::to_string(i) + "}\n";
    };
    response.headers.add("Content-Type", "text/plain; charset=utf-8");
    if (call.gzip) {
        for (std::uint64_t i = 1; i <= chunks; ++i)
            response.body += line(i);
        co_await send(call, std::move(response));
        co_return;
    }
    complete(call, response);
    auto failed = co_await call.responder.begin(std::move(response));
    for (std::uint64_t i = 1; i <= chunks && !failed; ++i) {
        const auto bytes = line(i);
        failed = co_await call.responder.write(bytes);
    }
    if (!failed) (void)co_await call.responder.finish();
}

/// The log of this one request; the answer in it is the one being given, whose size is not known yet.
net::ServerResponse har(Call& call) {
    std::string bytes;
    const auto request = as_recorded(call, bytes);
    json::object response{{"status", 200},
                          {"statusText", "OK"},
                          {"httpVersion", "HTTP/1.1"},
                          {"cookies", json::array()},
                          {"headers", json::array()},
                          {"redirectURL", ""},
                          {"headersSize", -1},
                          {"bodySize", -1}};
    response["content"] = {{"size", -1}, {"mimeType", key(negotiated(call).type)}};
    json::object entry{{"startedDateTime", key(iso_time(request.received_at))},
                       {"time", 0},
                       {"clientIPAddress", key(request.peer)},
                       {"request", request_har(request)},
                       {"response", std::move(response)},
                       {"cache", json::object()},
                       {"timings", {{"send", 0}, {"wait", 0}, {"receive", 0}}}};
    return answer_value(call, whole_log(json::array{std::move(entry)}));
}

net::ServerResponse request(Call& call) {
    std::string bytes;
    return answer_value(call, simple_request(as_recorded(call, bytes)));
}

net::ServerResponse echo(Call& call) {
    net::ServerResponse response;
    const auto type = call.request.headers.get("Content-Type");
    response.headers.add("Content-Type", type ? one_line(*type) : "text/plain; charset=utf-8");
    // What anybody sends comes back under our name: a browser must neither guess its type nor run it.
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Content-Security-Policy", "default-src 'none'; sandbox");
    response.body = call.request.body;
    return response;
}

constexpr Route kRoutes[] = {
    {"*", "/ip", ip},
    {"*", "/ips", ips},
    {"*", "/forwarded", forwarded_info},
    {"*", "/agent", agent},
    {"*", "/status/:code/:reason?", status},
    {"*", "/headers", all_headers},
    {"*", "/header/:name", one_header},
    {"*", "/header/:name/:value", set_header},
    {"*", "/cookies", all_cookies},
    {"*", "/cookie/:name", one_cookie},
    {"*", "/cookie/:name/:value", set_cookie},
    {"*", "/redirect/:status/:count?", redirect},
    {"*", "/delay/:ms?", delay},
    {"*", "/stream/:chunks?", stream},
    {"*", "/har/*", har},
    {"*", "/echo/*", echo},
    {"*", "/request/*", request},
};

}  // namespace

std::span<const Route> utility_routes() {
    return kRoutes;
}

}  // namespace ringback::mock_bin
