// One page that tells everything of some runs: charts, tables, pictures. It needs no network and no other
// file.
#pragma once

#include "harness/run/run.hpp"

#include <span>
#include <string>
#include <string_view>

namespace ringback::harness {

/// The page. Its data are the JSON document of reports (json.hpp) with fewer samples where a run has very
/// many (thinning.hpp); screenshots are read from the runs' artifact directories. Scripts:
/// harness/report/html/.
[[nodiscard]] std::string html_report(std::span<const Run> runs);

/// Text for HTML, in elements and in quoted attributes. Bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string html_text(std::string_view words);

/// JSON text that can stand inside a <script> element: the same value, without "<", ">", "&", U+2028 and
/// U+2029.
[[nodiscard]] std::string script_safe(std::string_view json);

}  // namespace ringback::harness
