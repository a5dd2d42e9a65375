#include "tools/mock-bin/app.hpp"

#include "net/json_error.hpp"
#include "run-options/parse_error.hpp"
#include "tools/mock-bin/form_data.hpp"
#include "tools/mock-bin/journal.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/page.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include <zlib.h>

#include <algorithm>
#include <array>

namespace ringback::mock_bin {

namespace asio = boost::asio;

namespace {

/// Less when the server is asked to stop: an answer that is due then goes out early rather than never.
asio::awaitable<void> sleep_on_timer(net::Responder& responder, std::chrono::milliseconds span) {
    constexpr std::chrono::milliseconds kStep{250};
    const auto end = std::chrono::steady_clock::now() + span;
    asio::steady_timer timer(responder.executor());
    boost::system::error_code ec;
    while (!responder.stopping() && !ec && std::chrono::steady_clock::now() < end) {
        timer.expires_at(std::min(end, std::chrono::steady_clock::now() + kStep));
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    }
}

bool is_method(std::string_view text) {
    return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
    });
}

/// Forms and old clients can only POST: they name the method they mean (Mockbin, method-override).
std::string routed_method(const net::ServerRequest& request) {
    if (request.method != "POST") return request.method;
    std::string other(request.headers.get("X-HTTP-Method-Override").value_or(""));
    if (request.query.find("__method=") != std::string::npos)
        for (auto& [name, value] : net::parse_query(request.query))
            if (name == "__method") other = value;
    if (!is_method(other)) return request.method;
    std::transform(other.begin(), other.end(), other.begin(),
                   [](char c) { return c >= 'a' && c <= 'z' ? c - 32 : c; });
    return other;
}

bool is_preflight(const net::ServerRequest& request) {
    return request.method == "OPTIONS" && request.headers.contains("Origin") &&
           request.headers.contains("Access-Control-Request-Method");
}

/// "/bin/create" and the like are never a bin called "create".
bool takes_word_for_id(const Route& route, const Call& call) {
    return route.pattern.starts_with("/bin/:id") && !valid_bin_id(call.args.front());
}

std::string gzip(std::string_view bytes) {
    z_stream stream{};
    constexpr int kGzipHeader = 16;
    if (deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, 15 + kGzipHeader, 8, Z_DEFAULT_STRATEGY) !=
        Z_OK)
        return {};
    std::string out(deflateBound(&stream, bytes.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const bool good = deflate(&stream, Z_FINISH) == Z_STREAM_END;
    out.resize(good ? stream.total_out : 0);
    deflateEnd(&stream);
    return out;
}

net::ServerResponse answer_unrouted(const Call& call, const std::vector<std::string_view>& allow) {
    if (allow.empty())
        return answer_error(call, 404, "unknown_route",
                            "there is no " + to_text(call.request.path) + " here; see / for what there is");
    std::string methods;
    for (const auto method : allow)
        methods += (methods.empty() ? "" : ", ") + std::string(method);
    auto response =
        answer_error(call, 405, "method_not_allowed", to_text(call.request.path) + " takes " + methods);
    response.headers.add("Allow", methods);
    return response;
}

/// "Any method, the bin and below" is the very last row of all.
Match find_route(Call& call) {
    const auto tables =
        call.path.starts_with("/bin/")
            ? std::array{verify_routes(), watch_routes(), page_routes(), bin_routes()}
            : std::array{page_routes(), utility_routes(), std::span<const Route>(), std::span<const Route>()};
    Match out;
    for (const auto table : tables) {
        auto found = match(table, call);
        out.allow.insert(out.allow.end(), found.allow.begin(), found.allow.end());
        out.route = found.route;
        if (out.route) break;
    }
    return out;
}

}  // namespace

App::App(AppOptions options) : options_(std::move(options)), bins_(options_.limits) {
    if (!options_.sleep) options_.sleep = sleep_on_timer;
}

App::~App() = default;

asio::awaitable<void> App::handle(const net::ServerRequest& request, net::Responder& responder) {
    Call call{*this, request, responder, request.path, request.method};
    if (call.path == "/gzip" || call.path.starts_with("/gzip/")) {
        call.gzip = true;
        call.path = call.path.size() <= 6 ? std::string_view("/") : call.path.substr(5);
    }
    // A call to a bin is recorded as it came, whatever it carries for the server that it is meant for.
    if (!call.path.starts_with("/bin/")) call.method = routed_method(request);
    if (is_preflight(request)) {
        auto response = answer_status(204);
        co_await send(call, std::move(response));
        co_return;
    }
    Match found = find_route(call);
    if (found.route && takes_word_for_id(*found.route, call)) found.route = nullptr;
    if (!found.route) {
        auto response = answer_unrouted(call, found.allow);
        co_await send(call, std::move(response));
        co_return;
    }
    if (const auto* stream = std::get_if<StreamHandler>(&found.route->handler)) {
        co_await (*stream)(call);
        co_return;
    }
    auto response = std::get<AnswerHandler>(found.route->handler)(call);
    co_await send(call, std::move(response));
}

Negotiated negotiated(const Call& call) {
    std::string accept;
    for (const auto line : call.request.headers.all("Accept"))
        accept += (accept.empty() ? "" : ", ") + std::string(line);
    return negotiate(accept);
}

unsigned indent_of(const Call& call) {
    const auto text = call.request.headers.get("X-Pretty-Print");
    if (!text) return 2;
    return static_cast<unsigned>(std::min<std::uint64_t>(10, parse_number(trim(*text)).value_or(2)));
}

std::string query_value(const Call& call, std::string_view name) {
    if (call.request.query.empty()) return {};
    for (auto& [key, value] : net::parse_query(call.request.query))
        if (key == name) return std::move(value);
    return {};
}

namespace {

/// As Express writes it: the callback's name is cleaned, and a browser must not take the answer for anything
/// else.
net::ServerResponse jsonp(const std::string& callback, const json::value& value, unsigned indent) {
    std::string name;
    for (const char c : callback)
        if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
            c == '$' || c == '.' || c == '[' || c == ']')
            name += c;
    net::ServerResponse response;
    response.headers.add("Content-Type", "text/javascript; charset=utf-8");
    response.headers.add("X-Content-Type-Options", "nosniff");
    std::string body = to_json(value, indent);
    // These two end a line in old JavaScript, inside of strings too.
    for (const auto& [bytes, escape] :
         {std::pair{"\xE2\x80\xA8", "\\u2028"}, std::pair{"\xE2\x80\xA9", "\\u2029"}})
        for (auto at = body.find(bytes); at != std::string::npos; at = body.find(bytes, at + 6))
            body.replace(at, 3, escape);
    response.body = "/**/ typeof " + name + " === 'function' && " + name + "(" + body + ");";
    return response;
}

}  // namespace

void add_cache_rules(net::ServerResponse& response) {
    response.headers.add("Vary", "Accept");
    response.headers.add("Cache-Control", "no-store");
}

net::ServerResponse answer_value(const Call& call, const json::value& value, unsigned status) {
    const auto form = negotiated(call);
    const auto indent = indent_of(call);
    net::ServerResponse response;
    switch (form.format) {
        case Format::json:
            response.body = to_json(value, indent);
            if (const auto callback = query_value(call, "__callback"); !callback.empty())
                response = jsonp(callback, value, indent);
            break;
        case Format::xml:
            response.body = to_xml(value, indent);
            break;
        case Format::yaml:
            response.body = to_yaml(value, indent);
            break;
        case Format::text:
            response.body = to_plain_text(value, indent);
            break;
        case Format::html:
            return answer_page(value_page(call.request.path, value), status);
    }
    response.status = status;
    if (!response.headers.contains("Content-Type"))
        response.headers.add("Content-Type", std::string(form.type) + "; charset=utf-8");
    add_cache_rules(response);
    return response;
}

net::ServerResponse answer_error(const Call& call, unsigned status, std::string_view code,
                                 std::string_view message, json::value details) {
    if (negotiated(call).format == Format::html) return answer_page(error_page(status, message), status);
    auto response = net::json_error_response(status, code, message);
    response.body =
        to_json({{"error", {{"code", key(code)}, {"message", key(message)}, {"details", details}}}}, 0) +
        "\n";
    add_cache_rules(response);
    return response;
}

net::ServerResponse answer_invalid(const Call& call, const Invalid& invalid) {
    const std::string place = invalid.pointer.empty() ? "" : invalid.pointer + ": ";
    return answer_error(call, 400, "invalid", place + invalid.message, {{"pointer", key(invalid.pointer)}});
}

std::optional<Invalid> unknown_parameter(const Call& call, std::span<const std::string_view> names) {
    if (call.request.query.empty()) return std::nullopt;
    for (const auto& [name, value] : net::parse_query(call.request.query)) {
        if (name.starts_with('_') || std::find(names.begin(), names.end(), name) != names.end()) continue;
        const auto nearest = nearest_name(name, names);
        std::string known;
        for (const auto other : names)
            known += (known.empty() ? "; known: " : ", ") + std::string(other);
        return Invalid{
            to_text(name),
            "is not known here" + (nearest.empty() ? known : "; did you mean " + std::string(nearest) + "?")};
    }
    return std::nullopt;
}

net::ServerResponse answer_parameter(const Call& call, const Invalid& invalid) {
    return answer_error(call, 400, "invalid", "parameter " + invalid.pointer + ": " + invalid.message,
                        {{"parameter", key(invalid.pointer)}});
}

net::ServerResponse answer_no_bin(const Call& call, std::string_view id) {
    if (negotiated(call).format == Format::html) return answer_page(no_bin_page(id), 404);
    return answer_error(call, 404, "unknown_bin",
                        "there is no bin \"" + to_text(id) + "\"; create one with POST /bin/create");
}

net::ServerResponse answer_too_much(const Call& call) {
    return answer_error(
        call, 413, "too_large",
        "these calls have more than 100 MiB; ask for fewer, or read the log as JSON, which is "
        "sent call by call");
}

net::ServerResponse answer_status(unsigned status) {
    net::ServerResponse response;
    response.status = status;
    return response;
}

net::ServerResponse answer_page(std::string html, unsigned status) {
    net::ServerResponse response;
    response.status = status;
    response.headers.add("Content-Type", "text/html; charset=utf-8");
    response.headers.add(
        "Content-Security-Policy",
        "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Referrer-Policy", "no-referrer");
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("Vary", "Accept");
    response.body = std::move(html);
    return response;
}

Checked<json::value> body_json(const net::ServerRequest& request) {
    return parse_body(request.body);
}

void complete(const Call& call, net::ServerResponse& response) {
    const auto& asked = call.request.headers;
    auto& headers = response.headers;
    if (!headers.contains("Access-Control-Allow-Origin")) {
        const auto origin = asked.get("Origin");
        headers.add("Access-Control-Allow-Origin", one_line(origin.value_or("*")));
        if (origin) headers.add("Vary", "Origin");
        headers.add("Access-Control-Allow-Methods",
                    one_line(asked.get("Access-Control-Request-Method").value_or(call.request.method)));
        std::string names;
        if (const auto wanted = asked.get("Access-Control-Request-Headers")) {
            names = one_line(*wanted);
        } else {
            for (const auto& header : asked) {
                if (!names.empty()) names += ',';
                names += lower(header.name);
            }
        }
        headers.add("Access-Control-Allow-Headers", std::move(names));
        headers.add("Access-Control-Allow-Credentials", "true");
    }
    if (call.gzip && !response.body.empty() && !headers.contains("Content-Encoding")) {
        response.body = gzip(response.body);
        headers.add("Content-Encoding", "gzip");
    }
}

asio::awaitable<void> send(Call& call, net::ServerResponse response) {
    complete(call, response);
    (void)co_await call.responder.respond(std::move(response));
}

asio::awaitable<void> send_durably(Call& call, std::uint64_t position, net::ServerResponse response) {
    if (call.app.journal && position) {
        const bool kept = co_await call.app.journal->durable(position);
        if (!kept)
            response = answer_error(call, 507, "not_kept",
                                    "the state file could not be written; the change is in memory only");
    }
    co_await send(call, std::move(response));
}

}  // namespace ringback::mock_bin
