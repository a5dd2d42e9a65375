// A response head as text; owns no socket.
#pragma once

#include "net/http_server.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace ringback::net::server {

/// What the handler's own header fields say about framing.
struct GivenFields {
    bool content_length = false, date = false, connection = false, transfer_encoding = false, close = false;
    std::uint64_t length = 0;  ///< of Content-Length; ~0 when it is not a number
    explicit GivenFields(const Headers& headers);
};

enum class Framing {
    given,    ///< add nothing: the fields of the handler say it
    length,   ///< add Content-Length
    chunked,  ///< add Transfer-Encoding: chunked
    none,     ///< no body is allowed, or it ends with the connection
};

struct HeadOptions {
    Framing framing = Framing::length;
    std::uint64_t length = 0;  ///< for Framing::length
    bool keep_alive = true;
    unsigned request_version = 11;
};

/// Appends status line, fields and the empty line. Line breaks and NULs in values become spaces, and a field
/// whose name is not a token is left out, so that nothing a handler was told can split the response (RFC
/// 9110, 5.5).
void append_head(std::string& out, const ServerResponse& response, const GivenFields& given,
                 const HeadOptions& options);

/// 1xx, 204 and 304 have no body (RFC 9110, 6.4.1).
[[nodiscard]] bool status_has_body(unsigned status) noexcept;

/// "Sun, 06 Nov 1994 08:49:37 GMT", made once a second and thread.
[[nodiscard]] std::string_view http_date();

}  // namespace ringback::net::server
