// The files of the page.
#pragma once

#include "net/http_server.hpp"

namespace ringback::demo_room {

/// The file for a GET or HEAD request, or an error as JSON: 404, 405.
[[nodiscard]] net::ServerResponse page_response(const net::ServerRequest& request);

}  // namespace ringback::demo_room
