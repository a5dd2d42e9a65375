#include "net/exchange.hpp"

#include "net/connect.hpp"
#include "net/content_decoder.hpp"
#include "net/response_parser.hpp"

#include <boost/asio/ssl/error.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace ringback::net {
namespace {

constexpr std::size_t read_size = 16u << 10;

bool is_closed(error_code ec) {
    return ec == asio::error::eof || ec == asio::error::connection_reset || ec == asio::error::broken_pipe ||
           ec == asio::ssl::error::stream_truncated;
}

/// Collects the body within the limits, decoded.
class BodyCollector {
  public:
    BodyCollector(Progress& progress, const ResponseParser& parser) : progress_(progress), parser_(parser) {}

    /// Puts the head into the exchange once it is there.
    void take_head() {
        auto& response = progress_.exchange.response;
        if (response || !parser_.head_done()) return;
        response.emplace();
        response->status = parser_.status();
        response->reason = parser_.reason();
        response->version = parser_.version();
        response->headers = parser_.headers();
        progress_.note("< HTTP/1." + std::to_string(response->version % 10) + " " +
                       std::to_string(response->status) + " " + response->reason);
    }

    error_code take_body(std::string_view bytes) {
        take_head();
        progress_.exchange.response->wire_body_size += bytes.size();
        if (!decoder_) start_decoder();
        return decoder_->feed(bytes);
    }

    error_code finish() { return decoder_ ? decoder_->finish() : error_code(); }

    [[nodiscard]] std::string detail() const {
        if (too_large_)
            return "the response body is larger than " + std::to_string(progress_.options.max_body) +
                   " bytes";
        return decoder_ ? decoder_->detail() : std::string();
    }

  private:
    void start_decoder() {
        std::string codings;
        if (progress_.options.decompress)
            for (const auto value : progress_.exchange.response->headers.all("Content-Encoding"))
                codings.append(codings.empty() ? "" : ",").append(value);
        decoder_.emplace(codings, [this](std::string_view decoded) { return keep(decoded); });
    }

    error_code keep(std::string_view decoded) {
        HttpResponse& response = *progress_.exchange.response;
        response.body_size += decoded.size();
        const auto limit = std::min(progress_.options.keep_body, progress_.options.max_body);
        const auto room = limit - std::min<std::uint64_t>(limit, response.body.size());
        response.body.append(decoded.substr(0, room));
        response.truncated = response.body_size > response.body.size();
        if (response.body_size <= progress_.options.max_body) return {};
        too_large_ = true;
        return Error::body_too_large;
    }

    Progress& progress_;
    const ResponseParser& parser_;
    std::optional<ContentDecoder> decoder_;
    bool too_large_ = false;
};

std::string peer_text(const Progress& progress) {
    const Exchange& exchange = progress.exchange;
    return exchange.address ? to_text(*exchange.address, exchange.port) : "the peer";
}

std::string closed_text(const Progress& progress, const ResponseParser& parser) {
    const auto begin = peer_text(progress) + " closed the connection ";
    if (!parser.got_some()) return begin + "before a response came";
    if (!progress.exchange.response) return begin + "in the middle of the response head";
    return begin + "after " + std::to_string(progress.exchange.response->wire_body_size) +
           " bytes of the response body";
}

/// The first response byte ends the wait.
void mark_first_byte(Progress& progress) {
    if (progress.exchange.phase == Phase::receive) return;
    progress.exchange.timings.wait = progress.since(progress.phase_began);
    progress.enter(Phase::receive);
}

std::string late_text(const Progress& progress, const ResponseParser& parser) {
    const auto after = " within " + std::to_string(progress.elapsed_ms(progress.phase_began)) + " ms";
    if (!parser.got_some()) return peer_text(progress) + " sent no response" + after;
    return peer_text(progress) + " sent no whole response" + after + " of its first byte";
}

bool fail_parse(Progress& progress, const ResponseParser& parser, const BodyCollector& body, error_code ec) {
    auto detail = body.detail();
    if (detail.empty()) detail = parser.detail();
    if (ec == make_error_code(Error::connection_closed)) detail = closed_text(progress, parser);
    return progress.fail(ec, detail.empty() ? ec.message() : detail);
}

/// A read that brought no bytes: the end of the stream, or a failure. True: the response is whole.
bool at_end(Progress& progress, ResponseParser& parser, BodyCollector& body, error_code ec) {
    if (progress.canceled()) return progress.fail(Error::canceled, "waiting for the response: canceled");
    if (progress.watchdog.fired()) return progress.fail(Error::response_timeout, late_text(progress, parser));
    if (ec == asio::error::eof) {
        const auto ended = parser.end_of_stream();
        if (!ended && parser.done()) {
            body.take_head();
            return true;
        }
        return fail_parse(progress, parser, body, ended ? ended : make_error_code(Error::connection_closed));
    }
    if (is_closed(ec))
        return progress.fail(Error::connection_closed,
                             closed_text(progress, parser) + " (" + ec.message() + ")");
    return progress.fail(ec, "reading the response: " + ec.message());
}

asio::awaitable<bool> read_response(Progress& progress, Connection& connection, ResponseParser& parser,
                                    BodyCollector& body) {
    const auto buffer = std::make_unique_for_overwrite<char[]>(read_size);
    while (!parser.done()) {
        const auto read = co_await connection.read_some(asio::buffer(buffer.get(), read_size));
        if (read.error || progress.canceled() || progress.watchdog.fired()) {
            if (!at_end(progress, parser, body, read.error)) co_return false;
            break;
        }
        mark_first_byte(progress);
        const auto ec = parser.feed(std::string_view(buffer.get(), read.size));
        body.take_head();
        if (ec) co_return fail_parse(progress, parser, body, ec);
    }
    if (const auto ec = body.finish()) co_return fail_parse(progress, parser, body, ec);
    co_return true;
}

/// @return false when nothing more is to be expected of the connection
asio::awaitable<bool> send_request(Progress& progress, Connection& connection, const Prepared& prepared) {
    Exchange& exchange = progress.exchange;
    progress.enter(Phase::send);
    exchange.request_head = prepared.request.head;
    progress.note("> " + prepared.request.head.substr(0, prepared.request.head.find("\r\n")));
    const auto ec = co_await connection.write(prepared.request.head, prepared.request.body);
    exchange.timings.send = progress.since(progress.phase_began);
    exchange.request_sent = !ec;
    if (progress.canceled() || progress.watchdog.fired())
        co_return progress.fail(ec, Error::send_timeout, "send the request to " + peer_text(progress));
    // Who refuses a request early answers and closes: the answer may be there although not all could be
    // written.
    if (ec && !is_closed(ec))
        co_return progress.fail(ec, "send the request to " + peer_text(progress) + ": " + ec.message());
    progress.enter(Phase::wait);
    co_return true;
}

asio::awaitable<bool> open_tunnel(Progress& progress, Connection& connection, const Prepared& prepared) {
    const auto proxy = "proxy " + prepared.proxy->host_header;
    progress.note("CONNECT through " + proxy);
    const auto request = make_connect_request(prepared.target, prepared.proxy->user_info);
    const auto failed = co_await connection.write(request, {});
    if (failed || progress.canceled() || progress.watchdog.fired())
        co_return progress.fail(failed, Error::connect_timeout, proxy);
    ResponseParser::Options options;
    options.no_body = true;
    options.max_header = progress.options.max_header;
    ResponseParser parser(options);
    std::array<char, 4096> buffer;
    while (!parser.done()) {
        const auto read = co_await connection.read_some(asio::buffer(buffer));
        if (progress.canceled() || progress.watchdog.fired())
            co_return progress.fail(read.error, Error::connect_timeout, proxy);
        if (read.error)
            co_return progress.fail(Error::proxy_refused,
                                    proxy + " closed the connection: " + read.error.message());
        if (const auto ec = parser.feed(std::string_view(buffer.data(), read.size)))
            co_return progress.fail(ec, proxy + ": " + parser.detail());
    }
    if (parser.status() / 100 != 2)
        co_return progress.fail(
            Error::proxy_refused,
            proxy + " answered CONNECT with " + std::to_string(parser.status()) + " " + parser.reason());
    if (!parser.leftover().empty())
        co_return progress.fail(Error::malformed_response, proxy + " sent bytes after its answer to CONNECT");
    co_return true;
}

/// Beyond the proxy names are the proxy's business; an address in the URL is judged all the same.
bool judge_behind_proxy(Progress& progress, const Target& target) {
    if (!progress.options.policy || !target.literal ||
        progress.options.policy->allowed(*target.literal, target.port))
        return true;
    return progress.fail(Error::address_denied,
                         to_text(*target.literal, target.port) + " is not an allowed address");
}

}  // namespace

std::optional<Prepared> prepare(Progress& progress, const HttpRequest& request, bool websocket) {
    const auto refuse = [&](Error error, std::string detail) -> std::optional<Prepared> {
        progress.fail(error, std::move(detail));
        return std::nullopt;
    };
    Prepared prepared;
    prepared.method = request.method;
    prepared.websocket = websocket;
    auto target = parse_target(request.url);
    if (!target) return refuse(Error::invalid_url, "'" + request.url + "': " + target.error());
    if (target->websocket && !websocket)
        return refuse(Error::invalid_url, "'" + request.url + "' is not an http or https URL");
    prepared.target = std::move(*target);

    HeadOptions options;
    if (!progress.options.proxy.empty()) {
        auto proxy = parse_target(progress.options.proxy);
        const auto what = "proxy '" + progress.options.proxy + "': ";
        if (!proxy) return refuse(Error::invalid_request, what + proxy.error());
        if (proxy->secure || proxy->websocket)
            return refuse(Error::invalid_request, what + "an http URL is needed");
        prepared.proxy = std::move(*proxy);
        options.absolute_form = !prepared.tunnel();
        if (options.absolute_form) options.proxy_user_info = prepared.proxy->user_info;
    }
    options.decompress = progress.options.decompress;
    options.websocket = websocket;
    auto bytes = make_request(request, prepared.target, options);
    if (!bytes) return refuse(Error::invalid_request, bytes.error());
    prepared.request = std::move(*bytes);
    return prepared;
}

asio::awaitable<std::unique_ptr<Connection>> open_connection(Progress& progress, const Prepared& prepared,
                                                             std::string name_servers) {
    std::shared_ptr<asio::ssl::context> context;
    if (prepared.target.secure) {
        auto made = tls_context(progress.options.tls);
        if (!made) {
            progress.fail(Error::bad_certificate_file, made.error());
            co_return nullptr;
        }
        context = *made;
    }
    if (prepared.proxy && !judge_behind_proxy(progress, prepared.target)) co_return nullptr;

    asio::ip::tcp::socket socket(progress.executor);
    const bool connected = co_await connect(progress, prepared.proxy ? *prepared.proxy : prepared.target,
                                            std::move(name_servers), socket);
    if (!connected) {
        // Else it would read as if the receiver were dead.
        if (prepared.proxy) progress.exchange.error_detail.insert(0, "proxy: ");
        co_return nullptr;
    }

    auto connection = std::make_unique<Connection>(std::move(socket));
    connection->address = *progress.exchange.address;
    connection->local_address = *progress.exchange.local_address;
    const auto began = Progress::Clock::now();
    progress.watchdog.arm(progress.options.deadline, [raw = connection.get()] { raw->close(); });
    if (prepared.tunnel()) {
        const bool open = co_await open_tunnel(progress, *connection, prepared);
        if (!open) co_return nullptr;
    }
    if (context) {
        progress.enter(Phase::tls);
        const bool secured =
            co_await tls_handshake(progress, prepared.target, connection->start_tls(*context));
        progress.exchange.timings.tls = progress.since(began);
        if (!secured) co_return nullptr;
        connection->tls_info = progress.exchange.tls;
    }
    progress.watchdog.disarm();
    co_return connection;
}

asio::awaitable<TalkOutcome> talk(Progress& progress, Connection& connection, const Prepared& prepared) {
    ResponseParser::Options options;
    options.no_body = prepared.method == "HEAD";
    options.upgrade = prepared.websocket;
    options.max_header = progress.options.max_header;
    BodyCollector* collector = nullptr;
    ResponseParser parser(options,
                          [&collector](std::string_view bytes) { return collector->take_body(bytes); });
    BodyCollector body(progress, parser);
    collector = &body;

    TalkOutcome outcome;
    progress.watchdog.arm(progress.options.deadline, [&connection] { connection.close(); });
    outcome.ok = co_await send_request(progress, connection, prepared);
    if (outcome.ok) outcome.ok = co_await read_response(progress, connection, parser, body);
    progress.watchdog.disarm();
    outcome.got_some = parser.got_some();
    if (progress.exchange.phase == Phase::receive)
        progress.exchange.timings.receive = progress.since(progress.phase_began);
    if (!outcome.ok) co_return outcome;

    progress.enter(Phase::done);
    progress.note("received " + std::to_string(progress.exchange.response->body_size) + " bytes of body");
    outcome.reusable = parser.keep_alive() && progress.exchange.request_sent && prepared.request.plain_length;
    outcome.leftover = parser.leftover();
    co_return outcome;
}

}  // namespace ringback::net
