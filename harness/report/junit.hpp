// JUnit XML: one suite per run, one case per step or expectation, as CI systems read it.
#pragma once

#include "harness/run/run.hpp"

#include <span>
#include <string>

namespace ringback::harness {

[[nodiscard]] std::string junit_report(std::span<const Run> runs);
/// TAP 14: one line per run, sub-tests per step or expectation.
[[nodiscard]] std::string tap_report(std::span<const Run> runs);

}  // namespace ringback::harness
