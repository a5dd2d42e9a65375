#include "net/exchange.hpp"
#include "net/opened_stream.hpp"
#include "net/websocket_stream.hpp"

#include <boost/asio/this_coro.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>

namespace ringback::net {

std::string websocket_accept(std::string_view key) {
    const auto text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    std::array<unsigned char, 20> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha1(), nullptr);
    return base64(std::string_view(reinterpret_cast<const char*>(digest.data()), digest.size()));
}

std::string canned_answer(const std::string& request) {
    constexpr std::string_view field = "Sec-WebSocket-Key: ";
    const auto begin = request.find(field) + field.size();
    const auto key = request.substr(begin, request.find("\r\n", begin) - begin);
    return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
           "Upgrade\r\nSec-WebSocket-Accept: " +
           websocket_accept(key) + "\r\n\r\n";
}

namespace {

std::string new_key() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    return base64(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

/// The handshake's own fields first, then those of the caller, who may replace any of them.
void add_handshake_fields(HttpRequest& request) {
    Headers fields;
    const auto add = [&](const char* name, std::string value) {
        if (!request.headers.contains(name)) fields.add(name, std::move(value));
    };
    add("Upgrade", "websocket");
    add("Connection", "Upgrade");
    add("Sec-WebSocket-Key", new_key());
    add("Sec-WebSocket-Version", "13");
    for (const auto& field : request.headers)
        fields.add(field.name, field.value);
    request.headers = std::move(fields);
    request.method = "GET";
    request.body.clear();
}

/// Whether a comma-separated field holds a word, in any case.
bool has_word(const Headers& headers, std::string_view name, std::string_view word) {
    for (auto value : headers.all(name))
        while (!value.empty()) {
            const auto comma = value.find(',');
            auto item = value.substr(0, comma);
            while (!item.empty() && (item.front() == ' ' || item.front() == '\t'))
                item.remove_prefix(1);
            while (!item.empty() && (item.back() == ' ' || item.back() == '\t'))
                item.remove_suffix(1);
            if (same_name(item, word)) return true;
            value = comma == value.npos ? std::string_view() : value.substr(comma + 1);
        }
    return false;
}

/// What is wrong with the answer (RFC 6455, 4.1), or nothing.
std::string wrong_answer(const Headers& request, const Headers& answer) {
    if (!has_word(answer, "Upgrade", "websocket"))
        return "the answer to the handshake has no 'Upgrade: websocket'";
    if (!has_word(answer, "Connection", "Upgrade"))
        return "the answer to the handshake has no 'Connection: Upgrade'";
    if (answer.get("Sec-WebSocket-Accept") != websocket_accept(*request.get("Sec-WebSocket-Key")))
        return "the answer to the handshake has a wrong Sec-WebSocket-Accept";
    if (answer.contains("Sec-WebSocket-Extensions"))
        return "the answer to the handshake has an extension that was not offered";
    if (const auto chosen = answer.get("Sec-WebSocket-Protocol"))
        if (!has_word(request, "Sec-WebSocket-Protocol", *chosen))
            return "the answer to the handshake has the protocol '" + std::string(*chosen) +
                   "', which was not offered";
    return {};
}

template <class Next>
asio::awaitable<std::unique_ptr<WebSocket>> open_over(Next next, std::string received) {
    OpenedStream<Next> opened(std::move(next), std::move(received));
    boost::beast::websocket::stream<OpenedStream<Next>> stream(std::move(opened));
    const auto [ec] = co_await stream.async_handshake("localhost", "/", asio::as_tuple(asio::use_awaitable));
    if (ec) co_return nullptr;
    co_return make_websocket(std::move(stream));
}

asio::awaitable<void> run(Progress& progress, HttpRequest request, std::unique_ptr<WebSocket>& socket) {
    add_handshake_fields(request);
    // An extension that is offered would have to be spoken.
    request.headers.remove("Sec-WebSocket-Extensions");
    const auto prepared = prepare(progress, request, true);
    if (!prepared) co_return;
    const auto connection = co_await open_connection(progress, *prepared, std::string());
    if (!connection) co_return;
    auto outcome = co_await talk(progress, *connection, *prepared);
    if (!outcome.ok || progress.exchange.response->status != 101) co_return;
    if (auto wrong = wrong_answer(request.headers, progress.exchange.response->headers); !wrong.empty()) {
        progress.enter(Phase::receive);
        progress.fail(Error::malformed_response, std::move(wrong));
        co_return;
    }
    if (connection->secure())
        socket = co_await open_over(std::move(connection->tls()), std::move(outcome.leftover));
    else
        socket = co_await open_over(std::move(connection->socket()), std::move(outcome.leftover));
    if (!socket) progress.fail(Error::canceled, "the WebSocket could not be opened");
}

}  // namespace

asio::awaitable<WebSocketConnection> connect_websocket(asio::any_io_executor executor, HttpRequest request,
                                                       ExchangeOptions options) {
    const auto began = Progress::Clock::now();
    const bool throwing = co_await asio::this_coro::throw_if_cancelled();
    co_await asio::this_coro::throw_if_cancelled(false);
    const auto cancellation = co_await asio::this_coro::cancellation_state;
    Progress progress(executor, options, cancellation);
    WebSocketConnection made;
    co_await run(progress, std::move(request), made.socket);
    progress.exchange.timings.total = Progress::since(began);
    made.exchange = std::move(progress.exchange);
    co_await asio::this_coro::throw_if_cancelled(throwing);
    co_return made;
}

}  // namespace ringback::net
