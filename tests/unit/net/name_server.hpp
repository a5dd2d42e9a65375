// A small UDP name server whose answers a test writes down.
#pragma once

#include "world.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/udp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace ringback::net {

/// What is known of one name. Several zones for a name are used one after the other, the last for good
/// (rebinding).
struct Zone {
    std::vector<std::string> a{}, aaaa{}, cname{}, ns{};
    int rcode = 0;  ///< 2 SERVFAIL, 3 NXDOMAIN, 5 REFUSED
    bool silent = false;
    bool silent_aaaa = false;
    bool garbage = false;
    std::chrono::milliseconds delay{0};
};

class NameServer {
  public:
    NameServer(World& world, std::map<std::string, std::vector<Zone>> zones)
        : state_(std::make_shared<State>(world.io, std::move(zones))) {
        asio::co_spawn(world.io, serve(state_), asio::detached);
    }
    ~NameServer() {
        error_code ignored;
        state_->socket.close(ignored);
    }
    /// For HttpClient::use_name_servers
    [[nodiscard]] std::string csv() const {
        return "127.0.0.1:" + std::to_string(state_->socket.local_endpoint().port());
    }
    [[nodiscard]] int queries() const { return state_->queries; }

  private:
    struct State {
        State(asio::io_context& io, std::map<std::string, std::vector<Zone>> z)
            : socket(io, {asio::ip::address_v4::loopback(), 0}), zones(std::move(z)) {}
        asio::ip::udp::socket socket;
        std::map<std::string, std::vector<Zone>> zones;
        std::map<std::string, std::size_t> asked;  ///< A queries for a name
        int queries = 0;
    };

    static void number(std::string& out, unsigned value) {
        out += static_cast<char>(value >> 8);
        out += static_cast<char>(value & 255);
    }
    static std::string encode(std::string name) {
        std::string out;
        while (!name.empty()) {
            const auto dot = name.find('.');
            const auto label = name.substr(0, dot);
            out += static_cast<char>(label.size()) + label;
            name = dot == name.npos ? "" : name.substr(dot + 1);
        }
        return out + '\0';
    }
    static void record(std::string& out, const std::string& owner, unsigned type, const std::string& data) {
        out += encode(owner);
        number(out, type);
        number(out, 1);
        out += std::string("\0\0\0\x3c", 4);
        number(out, static_cast<unsigned>(data.size()));
        out += data;
    }
    static std::string bytes_of(const std::string& text) {
        const auto address = asio::ip::make_address(text);
        if (address.is_v4()) {
            const auto bytes = address.to_v4().to_bytes();
            return {bytes.begin(), bytes.end()};
        }
        const auto bytes = address.to_v6().to_bytes();
        return {bytes.begin(), bytes.end()};
    }

    static std::string answer(const Zone& zone, const std::string& query, const std::string& name,
                              unsigned type) {
        std::string records;
        unsigned count = 0;
        std::string owner = name;
        for (const auto& alias : zone.cname) {
            record(records, owner, 5, encode(alias));
            owner = alias;
            ++count;
        }
        const auto& list = type == 1 ? zone.a : type == 28 ? zone.aaaa : zone.ns;
        for (const auto& value : list) {
            record(records, owner, type, type == 2 ? encode(value) : bytes_of(value));
            ++count;
        }
        std::string out = query.substr(0, 2);
        number(out, 0x8180u | static_cast<unsigned>(zone.rcode));
        number(out, 1);
        number(out, count);
        number(out, 0);
        number(out, 0);
        return out + query.substr(12, query.find('\0', 12) + 5 - 12) + records;
    }

    static asio::awaitable<void> serve(std::shared_ptr<State> state) {
        for (;;) {
            std::array<char, 1500> buffer;
            asio::ip::udp::endpoint from;
            const auto [ec, size] = co_await state->socket.async_receive_from(
                asio::buffer(buffer), from, asio::as_tuple(asio::use_awaitable));
            if (ec) co_return;
            ++state->queries;
            asio::co_spawn(state->socket.get_executor(), reply(state, std::string(buffer.data(), size), from),
                           asio::detached);
        }
    }

    static asio::awaitable<void> reply(std::shared_ptr<State> state, std::string query,
                                       asio::ip::udp::endpoint to) {
        std::string name;
        std::size_t at = 12;
        for (; query.at(at) != 0; at += static_cast<std::size_t>(query[at]) + 1)
            name += (name.empty() ? "" : ".") + query.substr(at + 1, static_cast<std::size_t>(query[at]));
        const unsigned type = static_cast<unsigned char>(query.at(at + 2));
        const auto found = state->zones.find(name);
        Zone zone;
        zone.rcode = 3;
        if (found != state->zones.end()) {
            auto& asked = state->asked[name];
            zone = found->second[std::min(asked, found->second.size() - 1)];
            if (type == 28) ++asked;  // the client asks for A, then AAAA
        }
        if (zone.silent || (zone.silent_aaaa && type == 28)) co_return;
        asio::steady_timer timer(state->socket.get_executor(), zone.delay);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        std::string message = answer(zone, query, name, type);
        if (zone.garbage) message.resize(14);
        co_await state->socket.async_send_to(asio::buffer(message), to, asio::as_tuple(asio::use_awaitable));
    }

    std::shared_ptr<State> state_;
};

}  // namespace ringback::net
