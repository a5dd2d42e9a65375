// mock-bin without its sockets: takes a request, answers through a Responder.
#pragma once

#include "net/address_policy.hpp"
#include "net/http_server.hpp"
#include "tools/mock-bin/bin.hpp"
#include "tools/mock-bin/negotiation.hpp"
#include "tools/mock-bin/router.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/json/value.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ringback::mock_bin {

class Journal;

struct AppOptions {
    Limits limits;
    net::AddressPolicy replay_to = net::AddressPolicy::command_line();
    /// Waits; tests put a clock of their own here.
    std::function<boost::asio::awaitable<void>(net::Responder&, std::chrono::milliseconds)> sleep;
};

class App {
  public:
    explicit App(AppOptions options);
    ~App();

    /// Answers one request, whatever it is.
    [[nodiscard]] boost::asio::awaitable<void> handle(const net::ServerRequest& request,
                                                      net::Responder& responder);

    [[nodiscard]] Bins& bins() noexcept { return bins_; }
    [[nodiscard]] const AppOptions& options() const noexcept { return options_; }
    /// Null: state is in memory only. Must outlive every call of handle().
    Journal* journal = nullptr;

    [[nodiscard]] boost::asio::awaitable<void> sleep(net::Responder& responder,
                                                     std::chrono::milliseconds span) {
        return options_.sleep(responder, span);
    }

  private:
    AppOptions options_;
    Bins bins_;
};

// What handlers use.

/// A value in the form that the client accepts, pretty-printed as it asks.
[[nodiscard]] net::ServerResponse answer_value(const Call& call, const boost::json::value& value,
                                               unsigned status = 200);
/// One URL is JSON for programs and a page for browsers, and none of it lasts.
void add_cache_rules(net::ServerResponse& response);
/// One error. A page where the client wants HTML, JSON for everybody else.
[[nodiscard]] net::ServerResponse answer_error(const Call& call, unsigned status, std::string_view code,
                                               std::string_view message,
                                               boost::json::value details = nullptr);
[[nodiscard]] net::ServerResponse answer_invalid(const Call& call, const Invalid& invalid);
[[nodiscard]] net::ServerResponse answer_no_bin(const Call& call, std::string_view id);
/// Calls that are too many to be sent in one piece.
[[nodiscard]] net::ServerResponse answer_too_much(const Call& call);
/// No body.
[[nodiscard]] net::ServerResponse answer_status(unsigned status);
/// A page with its security policy.
[[nodiscard]] net::ServerResponse answer_page(std::string html, unsigned status = 200);
/// What is wrong with the first parameter of another name than these, or nothing. "__callback" and the like
/// are always allowed: a typo must not make a check pass. The pointer is the parameter's name.
[[nodiscard]] std::optional<Invalid> unknown_parameter(const Call& call,
                                                       std::span<const std::string_view> names);
[[nodiscard]] net::ServerResponse answer_parameter(const Call& call, const Invalid& invalid);
/// The request body as JSON, whatever its Content-Type says.
[[nodiscard]] Checked<boost::json::value> body_json(const net::ServerRequest& request);

/// Adds what every answer of ours has (CORS) and compresses when asked; the answer may then be sent.
void complete(const Call& call, net::ServerResponse& response);
/// complete() and respond().
[[nodiscard]] boost::asio::awaitable<void> send(Call& call, net::ServerResponse response);
/// Waits until the change at `position` is on the disk, then sends; 507 when the disk refuses.
[[nodiscard]] boost::asio::awaitable<void> send_durably(Call& call, std::uint64_t position,
                                                        net::ServerResponse response);

[[nodiscard]] Negotiated negotiated(const Call& call);
/// Of "X-Pretty-Print", 2 when absent, at most 10.
[[nodiscard]] unsigned indent_of(const Call& call);
[[nodiscard]] std::string query_value(const Call& call, std::string_view name);

// The tables, in the files of these names.
[[nodiscard]] std::span<const Route> bin_routes();
[[nodiscard]] std::span<const Route> watch_routes();
[[nodiscard]] std::span<const Route> verify_routes();
[[nodiscard]] std::span<const Route> utility_routes();
[[nodiscard]] std::span<const Route> page_routes();

}  // namespace ringback::mock_bin
