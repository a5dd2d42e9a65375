#include "tools/demo-room/site.hpp"

#include "embedded/demo-room.hpp"
#include "net/json_error.hpp"
#include "pages/assets.hpp"

namespace ringback::demo_room {
namespace {

std::string_view media_type(std::string_view file) {
    if (file.ends_with(".js")) return "text/javascript; charset=utf-8";
    if (file.ends_with(".css")) return "text/css; charset=utf-8";
    if (file.ends_with(".svg")) return "image/svg+xml";
    return "text/html; charset=utf-8";
}

}  // namespace

net::ServerResponse page_response(const net::ServerRequest& request) {
    const auto name = request.path == "/" ? std::string("index.html") : request.path.substr(1);
    const auto file = name == "style.css" ? std::optional(pages::style_sheet()) : files::find(name);
    if (!file) return net::json_error_response(404, "not_found", "There is no such page; the room is at /.");
    if (request.method != "GET" && request.method != "HEAD") {
        auto response =
            net::json_error_response(405, "method_not_allowed", "Only GET and HEAD are allowed here.");
        response.headers.add("Allow", "GET, HEAD");
        return response;
    }
    net::ServerResponse response;
    response.headers.add("Content-Type", std::string(media_type(name)));
    response.headers.add("Cache-Control", "no-cache");
    response.headers.add("Content-Security-Policy",
                         "default-src 'self'; img-src 'self' data:; media-src 'self' blob:; frame-ancestors "
                         "'none'; base-uri 'none'");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Permissions-Policy", "camera=(self), microphone=(self)");
    response.body = *file;
    return response;
}

}  // namespace ringback::demo_room
