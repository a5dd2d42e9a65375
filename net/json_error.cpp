#include "net/json_error.hpp"

#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace ringback::net {

ServerResponse json_error_response(unsigned status, std::string_view code, std::string_view message,
                                   const boost::json::value& details) {
    boost::json::object error;
    error["code"] = boost::json::string_view(code.data(), code.size());
    error["message"] = boost::json::string_view(message.data(), message.size());
    error["details"] = details;
    boost::json::object body;
    body["error"] = std::move(error);

    ServerResponse response;
    response.status = status;
    response.headers.add("Content-Type", "application/json");
    response.body = boost::json::serialize(body);
    response.body += '\n';
    return response;
}

ServerResponse json_error_response(unsigned status, std::string_view code, std::string_view message) {
    return json_error_response(status, code, message, boost::json::value(nullptr));
}

}  // namespace ringback::net
