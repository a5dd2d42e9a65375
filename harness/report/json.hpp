// The JSON document of a run: `--report json=…`, the history's copy, and what the API answers. Schema:
// docs/reports.md.
#pragma once

#include "harness/run/run.hpp"

#include <boost/json/object.hpp>

#include <span>
#include <string>

namespace ringback::harness {

[[nodiscard]] boost::json::object to_json(const Run& run);
/// {"ringback": version, "runs": [...]}, indented by two spaces, with a line break at its end.
[[nodiscard]] std::string json_report(std::span<const Run> runs);
/// Any JSON value, indented by two spaces.
[[nodiscard]] std::string pretty(const boost::json::value& value);
/// Any JSON value on one line, with numbers as pretty() writes them.
[[nodiscard]] std::string compact(const boost::json::value& value);

}  // namespace ringback::harness
