// Whether a JSON Schema is one. Insides of JsonSchema: nobody else includes this.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace ringback::harness {

/// The first thing that is wrong with the schema, as a sentence with its place, or "". What passes can be
/// walked without looking at types again: every keyword has the shape that draft 7 gives it, also at the end
/// of every $ref.
[[nodiscard]] std::string check_json_schema(const boost::json::value& root);

/// What "#/definitions/a~1b" (RFC 6901) names within `root`, or null.
[[nodiscard]] const boost::json::value* resolve_reference(const boost::json::value& root,
                                                          std::string_view reference);

}  // namespace ringback::harness
