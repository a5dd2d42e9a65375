// The one way to write a JSON error: {"error":{"code","message","details"}}.
#pragma once

#include "net/http_server.hpp"

#include <boost/json/fwd.hpp>

#include <string_view>

namespace ringback::net {

/// @param status  the HTTP status, 400 and up
/// @param code    for programs, snake_case: "body_too_large"
/// @param message for people, one sentence
/// @param details anything else that helps, for instance {"pointer": "/status"}; null when there is nothing
[[nodiscard]] ServerResponse json_error_response(unsigned status, std::string_view code,
                                                 std::string_view message, const boost::json::value& details);
[[nodiscard]] ServerResponse json_error_response(unsigned status, std::string_view code,
                                                 std::string_view message);

}  // namespace ringback::net
