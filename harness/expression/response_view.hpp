// What assertions, extractions and scripts can see of one finished exchange of any protocol.
#pragma once

#include "net/headers.hpp"
#include "net/timings.hpp"

#include <boost/json/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::net {
struct DnsRecords;  // net/http_client.hpp
struct Exchange;
struct TlsInfo;
}  // namespace ringback::net

namespace ringback::harness {

/// The body as a document, parsed on first use and kept. Inside body_document.cpp.
class BodyDocument;

/// Views only: what they show must outlive it. What a protocol does not have stays empty, and a source that
/// reads it finds nothing ("no response was received", "the connection was not encrypted").
struct ResponseView {
    std::optional<unsigned> status;
    const net::Headers* headers = nullptr;
    std::string_view body;                    ///< decoded; a WebSocket step gives its last message
    bool has_body = false;                    ///< false: there was no response to have one
    bool truncated = false;                   ///< `body` is only a part: it cannot be read as JSON or XML
    std::optional<std::uint64_t> size_bytes;  ///< decoded bytes of the body
    std::optional<std::chrono::microseconds> time;  ///< whole exchange
    std::string_view url;                           ///< of the last request, after redirects
    net::Timings timings;
    const net::TlsInfo* certificate = nullptr;
    std::string
        remote_ip;  ///< the address that was connected to; a copy, since an exchange has no text of it
    const boost::json::value* dns_records = nullptr;  ///< {"a":["192.0.2.1"],"cname":[…],…}: keys lower case
    std::chrono::system_clock::time_point now = std::chrono::system_clock::now();  ///< for expires_in_days
    std::string_view failure;  ///< why there was no response: "connect: Connection refused"

    /// Cache, made on first use. Reset it when `body` is changed.
    mutable std::shared_ptr<BodyDocument> document;
};

/// View of a whole HTTP exchange. `dns` may be empty; it must outlive the view.
[[nodiscard]] ResponseView view_of(const net::Exchange& exchange, std::string_view url,
                                   const boost::json::value* dns = nullptr);

/// {"a":[…],"aaaa":[…],"cname":[…]}
[[nodiscard]] boost::json::value to_json(const net::DnsRecords& records);

}  // namespace ringback::harness
