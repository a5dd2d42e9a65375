// Reading JSON that somebody else wrote: a body, a target, a schema.
#pragma once

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <string>
#include <string_view>

namespace ringback::harness {

/// Why a text is not JSON: "unexpected character at line 2, column 5".
struct JsonError {
    std::string message;
};
[[noreturn]] void throw_exception_from_error(const JsonError& error, const boost::source_location& where);

/// Strict JSON (RFC 8259; a UTF-8 byte-order mark is skipped), at most 256 deep. Numbers are the nearest
/// doubles: unlike boost::json::parse(), which may be off in the last place with long mantissas.
[[nodiscard]] boost::system::result<boost::json::value, JsonError> parse_json(std::string_view text);

/// Compact JSON. Numbers as people write them: 1.5, not 1.5E0 as boost::json::serialize() has it; a double
/// without a fraction keeps its ".0".
[[nodiscard]] std::string json_text(const boost::json::value& value);

}  // namespace ringback::harness
