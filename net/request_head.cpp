#include "net/request_head.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace ringback::net {
namespace {

using Result = boost::system::result<RequestBytes, std::string>;

Result refuse(std::string why) {
    return Result(boost::system::in_place_error, std::move(why));
}

constexpr std::string_view user_agent = "ringback/" RINGBACK_VERSION;

/// RFC 9110, 5.6.2
bool is_token(std::string_view text) {
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != marks.npos;
    });
}

bool is_field_value(std::string_view text) {
    return text.find_first_of(std::string_view("\r\n\0", 3)) == text.npos;
}

void put(std::string& head, std::string_view name, std::string_view value) {
    head.append(name).append(": ").append(value).append("\r\n");
}

/// Methods whose requests say "Content-Length: 0" when they have no body (RFC 9110, 8.6).
bool expects_body(std::string_view method) {
    return method == "POST" || method == "PUT" || method == "PATCH";
}

std::string chunked(const std::string& body) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string size;
    for (auto left = body.size(); left > 0; left >>= 4)
        size.insert(0, 1, digits[left & 15]);
    return body.empty() ? "0\r\n\r\n" : size + "\r\n" + body + "\r\n0\r\n\r\n";
}

std::string authority(const Target& target) {
    return target.host_header.ends_with(":" + std::to_string(target.port))
               ? target.host_header
               : target.host_header + ":" + std::to_string(target.port);
}

}  // namespace

std::string base64(std::string_view bytes) {
    std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

boost::system::result<RequestBytes, std::string> make_request(const HttpRequest& request,
                                                              const Target& target, HeadOptions options) {
    if (!is_token(request.method)) return refuse("'" + request.method + "' is not a request method");
    for (const auto& field : request.headers) {
        if (!is_token(field.name)) return refuse("'" + field.name + "' is not a header field name");
        if (!is_field_value(field.value))
            return refuse("the header field '" + field.name + "' has a line break or NUL in its value");
    }

    RequestBytes bytes;
    std::string& head = bytes.head;
    head = request.method + " " + (options.absolute_form ? "http://" + target.host_header : "") +
           target.path + " HTTP/1.1\r\n";
    const Headers& given = request.headers;
    if (!given.contains("Host")) put(head, "Host", target.host_header);
    for (const auto& field : given)
        put(head, field.name, field.value);
    if (!target.user_info.empty() && !given.contains("Authorization"))
        put(head, "Authorization", "Basic " + base64(target.user_info));
    if (!options.proxy_user_info.empty() && !given.contains("Proxy-Authorization"))
        put(head, "Proxy-Authorization", "Basic " + base64(options.proxy_user_info));
    if (!given.contains("User-Agent")) put(head, "User-Agent", user_agent);
    if (options.decompress && !options.websocket && !given.contains("Accept-Encoding"))
        put(head, "Accept-Encoding", "gzip, deflate");

    const auto coding = given.get("Transfer-Encoding");
    const auto length = given.get("Content-Length");
    if (coding && same_name(*coding, "chunked")) {
        bytes.body = chunked(request.body);
    } else {
        bytes.body = request.body;
        if (!coding && !length && !options.websocket &&
            (!request.body.empty() || expects_body(request.method)))
            put(head, "Content-Length", std::to_string(request.body.size()));
        bytes.plain_length = !coding && (!length || *length == std::to_string(request.body.size()));
    }
    head += "\r\n";
    return bytes;
}

std::string make_connect_request(const Target& target, const std::string& proxy_user_info) {
    const auto to = authority(target);
    std::string head = "CONNECT " + to + " HTTP/1.1\r\n";
    put(head, "Host", to);
    put(head, "User-Agent", user_agent);
    if (!proxy_user_info.empty()) put(head, "Proxy-Authorization", "Basic " + base64(proxy_user_info));
    return head + "\r\n";
}

}  // namespace ringback::net
