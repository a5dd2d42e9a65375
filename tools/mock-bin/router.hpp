// Which handler answers a request: one table row each, {method, path pattern, handler}.
#pragma once

#include "net/http_server.hpp"

#include <boost/asio/awaitable.hpp>

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringback::mock_bin {

class App;

/// One request on its way to an answer.
struct Call {
    App& app;
    const net::ServerRequest& request;
    net::Responder& responder;
    std::string_view path;            ///< what is routed: without "/gzip" before it
    std::string method;               ///< what is routed: after a method override
    bool gzip = false;                ///< asked for by "/gzip" before the path
    std::vector<std::string> args{};  ///< the pattern's ":name" parts, decoded; one that is absent is empty
    std::string rest{};               ///< what "*" stands for, not decoded, without its first slash
};

/// Answers at once; the answer gets CORS fields, gzip and the like afterwards.
using AnswerHandler = net::ServerResponse (*)(Call&);
/// Answers by itself, in its own time.
using StreamHandler = boost::asio::awaitable<void> (*)(Call&);

struct Route {
    std::string_view method;  ///< "*" for all
    std::string_view
        pattern;  ///< "/bin/:id/log", "/status/:code/:reason?", "/bin/:id/*" (at the end: anything below)
    std::variant<AnswerHandler, StreamHandler> handler;
};

struct Match {
    const Route* route = nullptr;         ///< null: none
    std::vector<std::string_view> allow;  ///< methods that the path takes when only the method does not fit
};

/// The first row that fits; fills in call.args and call.rest. HEAD fits where GET does.
[[nodiscard]] Match match(std::span<const Route> routes, Call& call);

}  // namespace ringback::mock_bin
