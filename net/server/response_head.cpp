#include "net/server/response_head.hpp"

#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/status.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <ctime>

namespace ringback::net::server {
namespace {

constexpr std::uint64_t not_a_number = ~std::uint64_t{0};

bool is_token(std::string_view name) noexcept {
    static constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               marks.find(c) != std::string_view::npos;
    });
}

void append_value(std::string& out, std::string_view value) {
    const auto start = out.size();
    out += value;
    std::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
        [](char c) { return c == '\r' || c == '\n' || c == '\0'; }, ' ');
}

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits{};
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

void append_reason(std::string& out, const ServerResponse& response) {
    if (!response.reason.empty()) return append_value(out, response.reason);
    const auto status = boost::beast::http::int_to_status(response.status);
    if (status == boost::beast::http::status::unknown) return;
    const auto reason = boost::beast::http::obsolete_reason(status);
    out.append(reason.data(), reason.size());
}

std::uint64_t to_length(std::string_view text) noexcept {
    std::uint64_t length = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), length);
    return error == std::errc() && end == text.data() + text.size() ? length : not_a_number;
}

}  // namespace

GivenFields::GivenFields(const Headers& headers) {
    for (const auto& [name, value] : headers) {
        switch (name.size()) {  // spares most comparisons
            case 4:
                date = date || same_name(name, "Date");
                break;
            case 10:
                if (!same_name(name, "Connection")) break;
                connection = true;
                close = close || boost::beast::http::token_list(value).exists("close");
                break;
            case 14:
                if (!same_name(name, "Content-Length")) break;
                content_length = true;
                length = to_length(value);
                break;
            case 17:
                transfer_encoding = transfer_encoding || same_name(name, "Transfer-Encoding");
                break;
            default:
                break;
        }
    }
}

bool status_has_body(unsigned status) noexcept {
    return status >= 200 && status != 204 && status != 304;
}

void append_head(std::string& out, const ServerResponse& response, const GivenFields& given,
                 const HeadOptions& options) {
    out += response.version == 10 ? "HTTP/1.0 " : "HTTP/1.1 ";
    append_number(out, response.status >= 100 && response.status <= 999 ? response.status : 500);
    out += ' ';
    append_reason(out, response);
    out += "\r\n";
    for (const auto& [name, value] : response.headers) {
        if (!is_token(name)) continue;
        out += name;
        out += ": ";
        append_value(out, value);
        out += "\r\n";
    }
    if (options.framing == Framing::length) {
        out += "Content-Length: ";
        append_number(out, options.length);
        out += "\r\n";
    } else if (options.framing == Framing::chunked) {
        out += "Transfer-Encoding: chunked\r\n";
    }
    if (!given.date) {
        out += "Date: ";
        out += http_date();
        out += "\r\n";
    }
    if (!given.connection) {
        if (!options.keep_alive)
            out += "Connection: close\r\n";
        else if (options.request_version == 10 || response.version == 10)
            out += "Connection: keep-alive\r\n";
    }
    out += "\r\n";
}

std::string_view http_date() {
    thread_local std::time_t made_for = -1;
    thread_local std::array<char, 32> text{};
    thread_local std::size_t size = 0;
    const auto now = std::time(nullptr);
    if (now != made_for) {
        static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
        static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
        std::tm parts{};
        gmtime_r(&now, &parts);
        // strftime would follow the locale; the names are fixed (RFC 9110, 5.6.7).
        const auto day = days.at(static_cast<std::size_t>(parts.tm_wday));
        const auto month = months.at(static_cast<std::size_t>(parts.tm_mon));
        std::string format = std::string(day) + ", %d " + month + " %Y %H:%M:%S GMT";
        size = std::strftime(text.data(), text.size(), format.c_str(), &parts);
        made_for = now;
    }
    return {text.data(), size};
}

}  // namespace ringback::net::server
