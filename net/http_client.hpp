// net: HTTP/1.1 and WebSocket over Boost.Beast, TLS, names, phase timings, address policy. Knows nothing of
// tests.
//
// The one HTTP client of the house: endpoint steps, webhooks and tools all use it.
#pragma once

#include "net/address_policy.hpp"
#include "net/deadline.hpp"
#include "net/error.hpp"
#include "net/headers.hpp"
#include "net/timings.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace ringback::net {

namespace asio = boost::asio;

/// One request. Host, Content-Length, User-Agent and Accept-Encoding are added when absent from `headers`.
struct HttpRequest {
    std::string method = "GET";
    std::string url;  ///< absolute http or https URL
    Headers headers{};
    std::string body{};
};

struct HttpResponse {
    unsigned status = 0;
    std::string reason;
    unsigned version = 11;  ///< 10 or 11
    Headers headers;
    std::string body;  ///< after transfer and content decoding, at most ExchangeLimits::keep_body bytes
    std::uint64_t body_size = 0;       ///< decoded bytes received in all
    std::uint64_t wire_body_size = 0;  ///< bytes received before content decoding
    bool truncated = false;            ///< `body` holds less than was received
};

struct TlsOptions {
    std::string ca{};           ///< PEM file of trusted issuers in place of the system's; empty: system
    std::string certificate{};  ///< client certificate chain, PEM file
    std::string key{};          ///< its key, PEM file
    bool verify = true;         ///< issuer, validity and host name
};

/// What the handshake agreed on and the certificate says.
struct TlsInfo {
    std::string protocol, cipher, subject, issuer;
    std::vector<std::string> subject_alternative_names;
    std::optional<std::chrono::system_clock::time_point> not_before, not_after;
};

/// DNS records seen on the way to the target; empty for an address literal.
struct DnsRecords {
    std::vector<std::string> a, aaaa, cname;
};

struct ExchangeOptions {
    Deadline deadline{};                          ///< over the whole exchange, body included
    std::chrono::milliseconds dns_timeout{5000};  ///< within the deadline
    /// TCP connect, all addresses together, within the deadline.
    std::chrono::milliseconds connect_timeout{5000};
    std::uint64_t max_body = 100ull << 20;   ///< decoded bytes; more is Error::body_too_large
    std::uint64_t keep_body = 100ull << 20;  ///< bytes of it that are kept; the rest is read and dropped
    std::uint32_t max_header = 256u << 10;
    bool decompress = true;  ///< ask for and decode gzip and deflate
    TlsOptions tls{};
    const AddressPolicy* policy = nullptr;  ///< null: everything is allowed
    std::string proxy{};  ///< "http://[user:password@]host:port", used only when set; https and WebSocket go
                          ///< through a tunnel; its address is judged, names behind it are not
    bool keep_alive = false;  ///< keep and reuse the connection within this client
    bool transcript = false;  ///< record the lines below
};

/// The outcome of one exchange. There is always one: with `error` set, `phase` says where it ended, and all
/// that was known by then is filled in.
struct Exchange {
    error_code error;
    std::string error_detail;   ///< for people: "connect to 127.0.0.1:1: Connection refused"; empty when well
    Phase phase = Phase::none;  ///< done when well
    Timings timings;
    std::optional<HttpResponse> response;  ///< set as soon as a whole response head was read
    std::vector<asio::ip::address> resolved;
    std::optional<asio::ip::address> address;  ///< the one connected to
    std::uint16_t port = 0;
    std::optional<asio::ip::address> local_address;
    DnsRecords dns_records;
    std::optional<TlsInfo> tls;
    bool request_sent = false;  ///< the whole request was written: a later failure is ambiguous
    bool reused_connection = false;
    std::uint32_t connect_retries = 0;    ///< addresses that failed before the one that worked
    std::string request_head;             ///< as sent: request line and header fields
    std::vector<std::string> transcript;  ///< one line per thing that happened, when asked for
    [[nodiscard]] bool ok() const noexcept { return !error && response.has_value(); }
};

/// Makes exchanges on one executor (one thread or strand), any number at a time. Never follows redirects.
/// Outlives its exchanges.
class HttpClient {
  public:
    explicit HttpClient(asio::any_io_executor executor);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;
    HttpClient& operator=(HttpClient&&) noexcept;

    /// Never throws for anything that happens on the network; asio cancellation ends it with Error::canceled.
    [[nodiscard]] asio::awaitable<Exchange> send(HttpRequest request, ExchangeOptions options);

    /// Name server(s) to ask in place of the system's, "127.0.0.1:5353"; for tests and for pinned set-ups.
    void use_name_servers(std::string csv);

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ringback::net
