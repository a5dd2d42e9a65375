// Named variables for tests: `--environment FILE`.
#pragma once

#include "run-options/parse_error.hpp"

#include <string>
#include <utility>
#include <vector>

namespace ringback::harness {

struct Environment {
    std::string name;  ///< the file's stem when it says none
    std::vector<std::pair<std::string, std::string>> variables;
};

/// YAML: `name:` and `variables:` (names to texts, which may hold templates).
[[nodiscard]] Parsed<Environment> load_environment(const std::string& path);

}  // namespace ringback::harness
