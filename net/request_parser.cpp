#include "net/request_parser.hpp"

#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>

#include <algorithm>

namespace ringback::net {
namespace {

namespace http = boost::beast::http;

// Beast wants some error to stop on; which one does not matter, the rejection tells.
const boost::beast::error_code stop_parsing = http::make_error_code(http::error::bad_value);

std::string_view to_std(boost::beast::string_view text) {
    return {text.data(), text.size()};
}

bool holds_chunked(std::string_view value) {
    static constexpr std::string_view chunked = "chunked";
    for (std::size_t at = 0; at + chunked.size() <= value.size(); ++at)
        if (same_name(value.substr(at, chunked.size()), chunked)) return true;
    return false;
}

/// "HTTP/3.0" stands at the end of the request line: a version that is not spoken here, rather than nonsense.
bool names_other_version(std::string_view rest) {
    const auto line = rest.substr(0, rest.find_first_of("\r\n"));
    const auto space = line.rfind(' ');
    if (space == std::string_view::npos) return false;
    const auto version = line.substr(space + 1);
    const auto digit = [](char c) { return c >= '0' && c <= '9'; };
    return version.size() == 8 && version.starts_with("HTTP/") && digit(version[5]) && version[6] == '.' &&
           digit(version[7]) && version != "HTTP/1.0" && version != "HTTP/1.1";
}

Rejection rejection_of(const boost::beast::error_code& ec) {
    static constexpr std::string_view malformed = "malformed_request";
    if (ec == http::error::bad_method) return {400, malformed, "The request method is not a token."};
    if (ec == http::error::bad_target)
        return {400, malformed,
                "The request line is incomplete, or its target holds a character that is not allowed there."};
    if (ec == http::error::bad_version)
        return {400, malformed, "The request line does not end in HTTP/1.0 or HTTP/1.1."};
    if (ec == http::error::bad_field)
        return {400, malformed,
                "A header field name is empty, holds a character that is not allowed, or is not followed by "
                "a colon."};
    if (ec == http::error::bad_value) return {400, malformed, "A header field value is malformed."};
    if (ec == http::error::bad_obs_fold)
        return {400, malformed, "A header field is folded in a way that is not allowed."};
    if (ec == http::error::bad_line_ending) return {400, malformed, "A line does not end in CR LF."};
    if (ec == http::error::bad_content_length)
        return {400, malformed, "Content-Length is not one number, or stands beside Transfer-Encoding."};
    if (ec == http::error::multiple_content_length)
        return {400, malformed, "Content-Length is given more than once."};
    if (ec == http::error::bad_transfer_encoding)
        return {400, malformed,
                "Transfer-Encoding is given more than once, or stands beside Content-Length."};
    if (ec == http::error::bad_chunk || ec == http::error::bad_chunk_extension)
        return {400, malformed, "A chunk of the body is malformed."};
    if (ec == http::error::body_limit)
        return {413, "body_too_large", "The request body is larger than this server takes."};
    return {400, malformed, "The request is malformed."};
}

}  // namespace

RequestParser::RequestParser(ServerRequest& request, const ServerLimits& limits)
    : request_(request), limits_(limits) {
    header_limit(limits.max_header);
    body_limit(limits.max_body);
}

std::size_t RequestParser::parse(std::string_view bytes) {
    std::size_t used = 0;
    if (!begun_) {
        while (bytes.substr(used).starts_with("\r\n"))
            used += 2;  // RFC 9112, 2.2
        begun_ = used < bytes.size() && bytes[used] != '\r';
        if (!begun_ && bytes.size() - used > 1) begun_ = true;  // CR and something else: let it be judged
        head_size_ += static_cast<std::uint32_t>(used);
        if (!begun_) {
            limit_pending({});
            return used;
        }
    }
    // Beast asserts that five bytes of the last chunk are there; no chunked body ends in fewer.
    if (state_ == State::body && chunked() && bytes.size() < 5) return 0;
    const bool in_head = state_ == State::head;
    error_code ec;
    const auto taken = put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), ec);
    const auto rest = bytes.substr(used);
    used += taken;
    if (in_head) head_size_ += static_cast<std::uint32_t>(taken);

    if (ec && ec != http::error::need_more) {
        reject(ec, rest);
        return used;
    }
    if (is_done())
        state_ = State::done;
    else if (is_header_done())
        state_ = State::body;
    if (in_head && is_header_done()) {
        request_.head_size = head_size_;
        eager(true);
        if (head_size_ > limits_.max_header) reject(http::make_error_code(http::error::header_limit), {});
    }
    if (ec == http::error::need_more) limit_pending(bytes.substr(used));
    return used;
}

void RequestParser::limit_pending(std::string_view pending) {
    // In the body only the line of a chunk and the trailers wait for more; they get the room of a head.
    const auto size = state_ == State::body ? pending.size() : head_size_ + pending.size();
    if (size < limits_.max_header) return;
    reject(http::make_error_code(http::error::header_limit), pending);
}

void RequestParser::reject(const error_code& ec, std::string_view rest) {
    state_ = State::rejected;
    if (rejection_.status != 0) return;
    const bool line_over =
        line_done_ || rest.substr(0, limits_.max_header).find('\n') != std::string_view::npos;
    if (ec == http::error::header_limit && line_over)
        rejection_ = {431, "header_too_large", "The header fields are larger than this server takes."};
    else if (ec == http::error::header_limit)
        rejection_ = {414, "target_too_long", "The request line is longer than this server takes."};
    else if (ec == http::error::bad_version && names_other_version(rest))
        rejection_ = {505, "version_not_supported", "Only HTTP/1.0 and HTTP/1.1 are spoken here."};
    else
        rejection_ = rejection_of(ec);
}

void RequestParser::reject(unsigned status, std::string_view code, std::string_view message, error_code& ec) {
    rejection_ = {status, code, message};
    ec = stop_parsing;
}

void RequestParser::on_request_impl(http::verb, view method, view target, int version, error_code& ec) {
    line_done_ = true;
    request_.method.assign(method.data(), method.size());
    request_.target.assign(target.data(), target.size());
    request_.version = static_cast<unsigned>(version);
    request_.headers.reserve(16);
    if (request_.method == "CONNECT")
        reject(501, "not_implemented", "This server is no proxy: CONNECT is not done here.", ec);
}

void RequestParser::on_field_impl(http::field field, view name, view value, error_code& ec) {
    if (state_ == State::body) {
        request_.trailers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
        return;
    }
    request_.headers.add(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    switch (field) {
        case http::field::content_length:
            // Beast takes "5, 5" and two equal fields; a proxy in front may read them in another way.
            if (++lengths_ > 1 || value.find(',') != view::npos)
                reject(400, "malformed_request", "Content-Length is given more than once.", ec);
            break;
        case http::field::transfer_encoding:
            check_transfer_encoding(to_std(value), ec);
            break;
        case http::field::host:
            if (++hosts_ > 1) reject(400, "malformed_request", "Host is given more than once.", ec);
            break;
        case http::field::expect:
            if (same_name(to_std(value), "100-continue"))
                expects_continue_ =
                    request_.version == 11;  // RFC 9110, 10.1.1: ignored from an HTTP/1.0 client
            else
                reject(417, "expectation_failed", "Expect can only be 100-continue.", ec);
            break;
        default:
            break;
    }
}

void RequestParser::check_transfer_encoding(std::string_view value, error_code& ec) {
    if (request_.version == 10)
        return reject(400, "malformed_request", "Transfer-Encoding is not part of HTTP/1.0.", ec);
    if (same_name(value, "chunked")) return;
    if (holds_chunked(value) && !(value.size() > 7 && same_name(value.substr(value.size() - 7), "chunked")))
        return reject(400, "malformed_request", "Transfer-Encoding does not end in chunked.", ec);
    reject(501, "not_implemented", "The only transfer coding taken here is chunked.", ec);
}

void RequestParser::on_header_impl(error_code& ec) {
    if (request_.version == 11 && hosts_ == 0)
        return reject(400, "malformed_request", "Host is missing.", ec);
    request_.keep_alive = keep_alive();
    const auto parts = split_target(request_.target);
    request_.path = parts.path;
    request_.query = parts.query;
}

void RequestParser::on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) {
    // No more than a client has earned by sending: an announcement alone must not take memory.
    static constexpr std::uint64_t trusted = 256u << 10;
    if (length) request_.body.reserve(static_cast<std::size_t>(std::min(*length, trusted)));
}

std::size_t RequestParser::on_body_impl(view body, error_code&) {
    request_.body.append(body.data(), body.size());
    return body.size();
}

std::size_t RequestParser::on_chunk_body_impl(std::uint64_t, view body, error_code&) {
    request_.body.append(body.data(), body.size());
    return body.size();
}

TargetParts split_target(std::string_view target) noexcept {
    if (!target.starts_with('/')) {
        const auto scheme = target.find("://");
        if (scheme != std::string_view::npos && scheme < target.find_first_of("/?")) {
            const auto path = target.find_first_of("/?", scheme + 3);
            if (path == std::string_view::npos) return {"/", {}};
            target.remove_prefix(path);
        }
    }
    const auto mark = target.find('?');
    const auto path = target.substr(0, mark);
    return {path.empty() ? std::string_view("/") : path,
            mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1)};
}

}  // namespace ringback::net
