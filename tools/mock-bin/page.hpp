// The pages: files of pages/, and pages/message.html with something of the request in it, escaped.
#pragma once

#include "net/http_server.hpp"

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace ringback::mock_bin {

/// A value for people, as the answer of a utility route.
[[nodiscard]] std::string value_page(std::string_view title, const boost::json::value& value);
[[nodiscard]] std::string error_page(unsigned status, std::string_view message);
/// With a link to the builder.
[[nodiscard]] std::string no_bin_page(std::string_view id);
/// Says where the new bin is, and goes there.
[[nodiscard]] std::string created_page(std::string_view location);

[[nodiscard]] net::ServerResponse bin_page();
[[nodiscard]] net::ServerResponse history_page();

}  // namespace ringback::mock_bin
