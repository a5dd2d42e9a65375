// JSON as receivers like to read it: compact, numbers without needless exponents, always valid UTF-8.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace ringback::webhook {

/// Members in their order, no white space. Boost.JSON itself writes 8.7 as 8.7E0 and passes broken UTF-8 on.
[[nodiscard]] std::string json_text(const boost::json::value& value);

/// `text` with every byte that is not UTF-8 replaced by U+FFFD, and with no NUL.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// At most `limit` code points; what is longer ends in "…".
[[nodiscard]] std::string clipped(std::string_view text, std::size_t limit);

}  // namespace ringback::webhook
