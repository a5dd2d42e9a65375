#include "net/target.hpp"

#include "net/http_server.hpp"

#include <algorithm>
#include <charconv>

namespace ringback::net {
namespace {

using Result = boost::system::result<Target, std::string>;

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_hex(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}
bool is_alnum(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return out;
}

/// "0x7f" and "2130706433" count as numbers, as in the WHATWG "ends in a number" check.
bool ends_in_number(std::string_view host) {
    if (host.ends_with('.')) host.remove_suffix(1);
    const auto dot = host.rfind('.');
    const auto last = dot == host.npos ? host : host.substr(dot + 1);
    if (last.empty()) return false;
    if (std::all_of(last.begin(), last.end(), is_digit)) return true;
    return last.size() >= 2 && last[0] == '0' && last[1] == 'x' &&
           std::all_of(last.begin() + 2, last.end(), is_hex);
}

/// Says what is wrong with a host name, or nothing.
std::string wrong_name(std::string_view host) {
    if (host.empty()) return "the URL has no host";
    for (const char c : host) {
        if (static_cast<unsigned char>(c) >= 0x80)
            return "host names must be ASCII: write '" + std::string(host) + "' in its xn-- form";
        if (!is_alnum(c) && c != '-' && c != '_' && c != '.')
            return "'" + std::string(1, c) + "' cannot stand in a host name";
    }
    if (host.size() > 254 || host.front() == '.' || host.find("..") != host.npos)
        return "'" + std::string(host.substr(0, 80)) + "' is not a host name";
    if (ends_in_number(host))
        return "'" + std::string(host) + "' is not an IPv4 address: write four decimal numbers";
    return {};
}

/// Splits "host:port" or "[v6]:port" into the target; returns what is wrong, or nothing.
std::string read_host(std::string_view text, Target& target) {
    std::string_view host = text, port;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        if (end == text.npos) return "the '[' of the host has no ']'";
        host = text.substr(1, end - 1);
        port = text.substr(end + 1);
        if (!port.empty() && port.front() != ':') return "only ':PORT' may follow the ']' of the host";
        boost::system::error_code ec;
        const auto v6 = boost::asio::ip::make_address_v6(std::string(host), ec);
        // A zone ("%eth0") means something on one machine only.
        if (ec || host.find('%') != host.npos) return "'" + std::string(host) + "' is not an IPv6 address";
        target.literal = v6;
    } else if (const auto colon = text.find(':'); colon != text.npos) {
        host = text.substr(0, colon);
        port = text.substr(colon);
    }
    target.host = lower(host);
    if (!target.literal) {
        boost::system::error_code ec;
        const auto v4 = boost::asio::ip::make_address_v4(target.host, ec);
        if (!ec)
            target.literal = v4;
        else if (auto wrong = wrong_name(target.host); !wrong.empty())
            return wrong;
    }
    if (port.size() > 1) {
        unsigned number = 0;
        const auto [end, ec] = std::from_chars(port.data() + 1, port.data() + port.size(), number);
        if (ec != std::errc() || end != port.data() + port.size() || number == 0 || number > 65535)
            return "'" + std::string(port.substr(1)) + "' is not a port from 1 to 65535";
        target.port = static_cast<std::uint16_t>(number);
    }
    return {};
}

struct Scheme {
    std::string_view name;
    bool secure, websocket;
};
constexpr Scheme schemes[] = {
    {"http", false, false}, {"https", true, false}, {"ws", false, true}, {"wss", true, true}};

}  // namespace

// What is never legal there is encoded as well; "{}|[]" go as they are, as with curl.
std::string escape_target(std::string_view text) {
    static constexpr char digits[] = "0123456789ABCDEF";
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        if (c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>') {
            out += text[i];
            continue;
        }
        out += '%';
        out += digits[c >> 4];
        out += digits[c & 15];
    }
    return out;
}

std::string Target::origin() const {
    return (secure ? "https://" : "http://") + host_header;
}

boost::system::result<Target, std::string> parse_target(std::string_view url) {
    const auto colon = url.find("://");
    if (colon == url.npos)
        return Result(std::string("an absolute URL is needed, such as https://example.com/"));
    const auto name = lower(url.substr(0, colon));
    const auto scheme =
        std::find_if(std::begin(schemes), std::end(schemes), [&](const auto& s) { return s.name == name; });
    if (scheme == std::end(schemes)) return Result("'" + name + "' is not http or https");

    Target target;
    target.secure = scheme->secure;
    target.websocket = scheme->websocket;
    const std::uint16_t usual = target.port = scheme->secure ? 443 : 80;

    auto rest = url.substr(colon + 3);
    rest = rest.substr(0, rest.find('#'));
    const auto end = rest.find_first_of("/?\\");
    auto authority = rest.substr(0, end);
    if (const auto at = authority.rfind('@'); at != authority.npos) {
        target.user_info = percent_decode(authority.substr(0, at));
        authority = authority.substr(at + 1);
    }
    if (auto wrong = read_host(authority, target); !wrong.empty()) return Result(std::move(wrong));

    const bool v6 = target.literal && target.literal->is_v6();
    target.host_header = v6 ? "[" + target.host + "]" : target.host;
    if (target.port != usual) target.host_header += ":" + std::to_string(target.port);
    target.path = end == rest.npos ? "/" : escape_target(rest.substr(end));
    if (target.path.front() != '/') target.path.insert(0, "/");
    return target;
}

}  // namespace ringback::net
