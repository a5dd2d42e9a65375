#include "tools/mock-bin/forwarded.hpp"

#include "tools/mock-bin/form_data.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace ringback::mock_bin {
namespace {

struct Node {
    std::string address;
    std::uint16_t port = 0;
};

/// "1.2.3.4", "1.2.3.4:80", "[::1]:80", "::1"; nothing for names and nonsense.
std::optional<Node> parse_node(std::string_view text) {
    text = trim(text);
    Node out;
    boost::system::error_code ec;
    std::string_view address = text, port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        address = text.substr(1, close - 1);
        if (text.substr(close + 1).starts_with(':')) port = text.substr(close + 2);
    } else if (std::count(text.begin(), text.end(), ':') == 1) {
        address = text.substr(0, text.find(':'));
        port = text.substr(text.find(':') + 1);
    }
    const auto parsed = boost::asio::ip::make_address(std::string(address), ec);
    if (ec) return std::nullopt;
    out.address = parsed.to_string();
    if (const auto number = parse_number(port); number && *number <= 65535)
        out.port = static_cast<std::uint16_t>(*number);
    return out;
}

template <class Use>
void each_part(std::string_view list, char separator, Use use) {
    while (!list.empty()) {
        const auto end = list.find(separator);
        use(trim(list.substr(0, end)));
        list.remove_prefix(end == std::string_view::npos ? list.size() : end + 1);
    }
}

}  // namespace

Forwarded forwarded(const net::ServerRequest& request) {
    Forwarded out;
    out.proto = request.secure ? "https" : "http";
    out.host = one_line(request.headers.get("Host").value_or(""));
    const auto add = [&](const Node& node) {
        if (std::find(out.ips.begin(), out.ips.end(), node.address) != out.ips.end() || out.ips.size() > 100)
            return;
        out.ips.push_back(node.address);
        out.hops.emplace_back(node.address, node.port);
        if (node.port) out.ports.push_back(node.port);
    };
    for (const auto field : request.headers.all("Forwarded"))
        each_part(field, ',', [&](std::string_view hop) {
            const std::string with_lead = ";" + std::string(hop);
            if (const auto node = parse_node(field_parameter(with_lead, "for").value_or(""))) add(*node);
            if (auto proto = field_parameter(with_lead, "proto")) out.proto = one_line(*proto);
            if (auto host = field_parameter(with_lead, "host")) out.host = one_line(*host);
            if (auto by = field_parameter(with_lead, "by")) out.by = one_line(*by);
        });
    for (const auto field : request.headers.all("X-Forwarded-For"))
        each_part(field, ',', [&](std::string_view hop) {
            if (const auto node = parse_node(hop)) add(*node);
        });
    if (const auto real = request.headers.get("X-Real-IP"))
        if (const auto node = parse_node(*real)) add(*node);
    if (const auto proto = request.headers.get("X-Forwarded-Proto"))
        out.proto = one_line(trim(proto->substr(0, proto->find(','))));
    if (const auto host = request.headers.get("X-Forwarded-Host"))
        out.host = one_line(trim(host->substr(0, host->find(','))));
    if (const auto port = parse_number(trim(request.headers.get("X-Forwarded-Port").value_or("")));
        port && *port <= 65535)
        out.ports.push_back(static_cast<std::uint16_t>(*port));
    add({request.peer.address().to_string(), request.peer.port()});
    if (out.ports.empty()) out.ports.push_back(request.peer.port());
    // A proxy tells addresses, seldom ports: then the port is the one that was connected from, as in Mockbin.
    for (auto& [address, port] : out.hops)
        if (port == 0) port = out.ports.back();
    out.host = to_text(out.host), out.proto = to_text(out.proto), out.by = to_text(out.by);
    return out;
}

}  // namespace ringback::mock_bin
