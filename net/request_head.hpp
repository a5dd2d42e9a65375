// The bytes of a request, made and checked without a socket.
#pragma once

#include "net/http_client.hpp"
#include "net/target.hpp"

#include <boost/system/result.hpp>

#include <string>

namespace ringback::net {

struct HeadOptions {
    bool absolute_form = false;     ///< the request goes to a proxy (RFC 9112, 3.2.2)
    bool decompress = true;         ///< Accept-Encoding is added
    bool websocket = false;         ///< no Content-Length, no Accept-Encoding
    std::string proxy_user_info{};  ///< "user:password" for Proxy-Authorization; empty: none
};

struct RequestBytes {
    std::string head;          ///< request line and fields, with the empty line
    std::string body;          ///< as it goes out: framed when the request asks for chunked
    bool plain_length = true;  ///< the framing is what it says: the connection may be used again
};

/// Host, User-Agent, Accept-Encoding, Content-Length and Authorization (from the URL) are added when absent.
/// The error says which part of the request cannot be sent: a method or field name that is no token, a value
/// with a line break.
[[nodiscard]] boost::system::result<RequestBytes, std::string> make_request(const HttpRequest& request,
                                                                            const Target& target,
                                                                            HeadOptions options);

/// The CONNECT request for a tunnel through a proxy.
[[nodiscard]] std::string make_connect_request(const Target& target, const std::string& proxy_user_info);

[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace ringback::net
