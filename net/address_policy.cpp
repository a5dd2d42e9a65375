#include "net/address_policy.hpp"

#include <boost/asio/ip/address_v4.hpp>
#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace ringback::net {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;
using Bytes = address_v6::bytes_type;

constexpr unsigned mapped_prefix = 96;
constexpr Bytes mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr Bytes nat64{0x00, 0x64, 0xff, 0x9b};

struct Range {
    const char* network;
    unsigned prefix;
};

// Cloud metadata services (and the link-local networks in which most of them live).
constexpr std::array metadata_v4{Range{"169.254.0.0", 16}, Range{"168.63.129.16", 32},
                                 Range{"100.100.100.200", 32}, Range{"192.0.0.192", 32}};
constexpr std::array metadata_v6{Range{"fe80::", 10}, Range{"fd00:ec2::254", 128}};

// What is not the public internet: the IANA special-purpose registries, and Azure's metadata address.
constexpr std::array special_v4{
    Range{"0.0.0.0", 8},      Range{"10.0.0.0", 8},     Range{"100.64.0.0", 10}, Range{"127.0.0.0", 8},
    Range{"169.254.0.0", 16}, Range{"172.16.0.0", 12},  Range{"192.0.0.0", 24},  Range{"192.0.2.0", 24},
    Range{"192.88.99.0", 24}, Range{"192.168.0.0", 16}, Range{"198.18.0.0", 15}, Range{"198.51.100.0", 24},
    Range{"203.0.113.0", 24}, Range{"224.0.0.0", 4},    Range{"240.0.0.0", 4},   Range{"168.63.129.16", 32}};
constexpr Range public_v6{"2000::", 3};
constexpr std::array special_v6{Range{"2001::", 23}, Range{"2001:db8::", 32}, Range{"2002::", 16},
                                Range{"3fff::", 20}};

bool in_network(const Bytes& bytes, const Bytes& network, unsigned prefix) {
    const unsigned whole = prefix / 8, rest = prefix % 8;
    if (!std::equal(bytes.begin(), bytes.begin() + whole, network.begin())) return false;
    if (rest == 0) return true;
    const auto mask = static_cast<unsigned char>(0xff << (8 - rest));
    return (bytes[whole] & mask) == (network[whole] & mask);
}

Bytes to_bytes(const address& value) {
    if (value.is_v6()) return value.to_v6().to_bytes();
    Bytes bytes = mapped;
    const auto v4 = value.to_v4().to_bytes();
    std::copy(v4.begin(), v4.end(), bytes.begin() + 12);
    return bytes;
}

bool is_mapped(const Bytes& bytes) {
    return in_network(bytes, mapped, mapped_prefix);
}

/// The IPv4 address that an address stands for: itself, IPv4-mapped (RFC 4291, 2.5.5.2), or behind the
/// well-known NAT64 prefix (RFC 6052, 2.1), where a gateway would send the packets on to it.
std::optional<address_v4> inner_v4(const Bytes& bytes) {
    if (!is_mapped(bytes) && !in_network(bytes, nat64, 96)) return std::nullopt;
    return address_v4({bytes[12], bytes[13], bytes[14], bytes[15]});
}

template <std::size_t N>
bool in_any(const Bytes& bytes, const std::array<Range, N>& ranges) {
    return std::any_of(ranges.begin(), ranges.end(), [&](const Range& range) {
        const auto network = boost::asio::ip::make_address(range.network);
        return in_network(bytes, to_bytes(network), range.prefix + (network.is_v4() ? mapped_prefix : 0));
    });
}

bool is_public_v6(const Bytes& bytes) {
    const auto global = boost::asio::ip::make_address_v6(public_v6.network).to_bytes();
    return in_network(bytes, global, public_v6.prefix) && !in_any(bytes, special_v6);
}

/// The text of an exception taken apart: "10.0.0.0/8:80", "[::1/128]:8090", "::1/128".
struct Parts {
    std::string_view address, prefix, port;
};

Parts take_apart(std::string_view text) {
    Parts parts;
    std::string_view network = text;
    if (text.starts_with('[')) {
        const auto end = text.find(']');
        network = text.substr(1, end == text.npos ? text.npos : end - 1);
        if (end != text.npos) parts.port = text.substr(end + 1);
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        const auto colon = text.find(':');
        network = text.substr(0, colon);
        parts.port = text.substr(colon);
    }
    const auto slash = network.find('/');
    parts.address = network.substr(0, slash);
    if (slash != network.npos) parts.prefix = network.substr(slash);
    return parts;
}

/// Digits after one leading character ("/24", ":80"), nothing else.
std::optional<unsigned> number_after(char lead, std::string_view text) {
    if (text.size() < 2 || text.front() != lead) return std::nullopt;
    unsigned value = 0;
    const auto [end, ec] = std::from_chars(text.data() + 1, text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

ParseError wrong(std::string message, std::string hint = {}) {
    ParseError error;
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error;
}

/// The network's own address: the bits below the prefix cleared.
Bytes masked(Bytes bytes, unsigned prefix) {
    for (unsigned bit = prefix; bit < 128; ++bit)
        bytes[bit / 8] &= static_cast<unsigned char>(~(0x80u >> (bit % 8)));
    return bytes;
}

}  // namespace

AddressPolicy AddressPolicy::allow_all() {
    return {};
}

AddressPolicy AddressPolicy::command_line() {
    AddressPolicy policy;
    policy.base_ = Base::command_line;
    return policy;
}

AddressPolicy AddressPolicy::service() {
    AddressPolicy policy;
    policy.base_ = Base::service;
    return policy;
}

Parsed<void> AddressPolicy::allow(std::string_view text) {
    const std::string shown = "'" + std::string(text) + "'";
    const std::string form = "write CIDR:PORT, for example 10.1.2.0/24:8080 or [fd00::/64]:8080";
    const auto parts = take_apart(text);

    boost::system::error_code ec;
    const auto parsed = boost::asio::ip::make_address(std::string(parts.address), ec);
    if (ec || parts.address.find('%') != parts.address.npos)
        return wrong(shown + " does not begin with an IP address", form);

    const unsigned width = parsed.is_v4() ? 32 : 128;
    const auto prefix = parts.prefix.empty() ? std::optional(width) : number_after('/', parts.prefix);
    if (!prefix || *prefix > width)
        return wrong(shown + ": the prefix must be a number from 1 to " + std::to_string(width), form);
    if (*prefix == 0) return wrong(shown + " would allow every address; a prefix of /0 is refused", form);

    const auto port = parts.port.empty() ? std::optional(0u) : number_after(':', parts.port);
    if (!port || (*port == 0 && !parts.port.empty()) || *port > 65535)
        return wrong(shown + ": the port must be a number from 1 to 65535", form);

    Network network;
    network.bytes = to_bytes(parsed);
    network.prefix = *prefix + (parsed.is_v4() ? mapped_prefix : 0);
    network.port = static_cast<std::uint16_t>(*port);
    // These two networks stand for all of IPv4, and so does whatever holds them.
    for (const Bytes& every_v4 : {mapped, nat64})
        if (network.prefix <= 96 && in_network(every_v4, network.bytes, network.prefix))
            return wrong(shown + " would allow every IPv4 address; that is refused like /0", form);
    if (const auto base = masked(network.bytes, network.prefix); base != network.bytes) {
        const auto v6 = address_v6(base);
        const auto right = parsed.is_v4() ? address(*inner_v4(base)).to_string() : v6.to_string();
        return wrong(shown + " has bits set beyond its prefix",
                     "did you mean " + right + "/" + std::to_string(*prefix) + "?");
    }
    exceptions_.push_back(network);
    return {};
}

bool AddressPolicy::allowed(const address& address, std::uint16_t port) const {
    if (base_ == Base::all) return true;
    const Bytes given = to_bytes(address);
    const auto v4 = inner_v4(given);
    const Bytes judged = v4 ? to_bytes(*v4) : given;

    for (const auto& exception : exceptions_) {
        if (exception.port != 0 && exception.port != port) continue;
        if (in_network(judged, exception.bytes, exception.prefix)) return true;
        if (in_network(given, exception.bytes, exception.prefix)) return true;
    }
    if (base_ == Base::command_line) return !in_any(judged, metadata_v4) && !in_any(judged, metadata_v6);
    return v4 ? !in_any(judged, special_v4) : is_public_v6(judged);
}

}  // namespace ringback::net
