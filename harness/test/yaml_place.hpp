// Where in a YAML text that stands which yaml-cpp does not place itself. Inside of harness/test.
#pragma once

#include <cstddef>
#include <string_view>

namespace ringback::harness::yaml {

/// Where a value is missing: behind the last character in front of `mark` that is neither white space nor in
/// a comment. yaml-cpp marks a missing value at whatever comes next, lines below.
[[nodiscard]] std::size_t place_of_missing(std::string_view source, std::size_t mark);

/// Where byte `offset` of a scalar's value is written. A plain or quoted scalar may go over several lines and
/// hold escapes; the lines of a block scalar are indented, and folded or not.
/// @param mark where the scalar begins: its first character, quotation mark, "|" or ">", or the anchor or tag
/// in front of it
[[nodiscard]] std::size_t place_inside(std::string_view source, std::size_t mark, std::string_view value,
                                       std::size_t offset);

}  // namespace ringback::harness::yaml
