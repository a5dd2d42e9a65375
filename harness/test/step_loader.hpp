// The `steps:` of an endpoint test, and durations in YAML files.
#pragma once

#include "harness/test/mapping.hpp"
#include "harness/test/test.hpp"

namespace ringback::harness::yaml {

/// At most 1,000 steps in all, nested at most 8 deep.
[[nodiscard]] Parsed<std::vector<Step>> read_steps(const Document& document, const YAML::Node& list);

/// A duration with its unit ("2s"); a number alone counts seconds. At least `least`, at most `most`.
[[nodiscard]] Parsed<std::chrono::milliseconds> read_duration(const Document& document,
                                                              const YAML::Node& scalar, std::string_view key,
                                                              std::chrono::milliseconds least,
                                                              std::chrono::milliseconds most);

}  // namespace ringback::harness::yaml

/// Binds NAME to the value of a Parsed<> expression, or returns its error from the enclosing function.
#define RINGBACK_TRY(NAME, ...)                       \
    auto NAME##_result = (__VA_ARGS__);               \
    if (!NAME##_result) return NAME##_result.error(); \
    auto NAME = std::move(*NAME##_result)
