// Finds mistakes in a script before anything is started.
#pragma once

#include "run-options/parse_error.hpp"

#include <string>
#include <string_view>

namespace ringback::harness {

/// Checks the syntax of a testRTC script: the body of a function, in which a top-level `return` is legal.
/// Nothing is executed. The error names file, line and column, and shows the offending line.
/// @param file for messages only
[[nodiscard]] Parsed<void> check_script(std::string_view text, const std::string& file);

}  // namespace ringback::harness
