// Reads a test file of any supported kind. A file is checked whole: either tests, or the first error with its
// place.
#pragma once

#include "harness/test/test.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// @param path YAML file of ringback, or a testRTC export (JSON; an array holds several). The script a WebRTC
/// test names is read, relative to the file. Bounded: 4 MiB.
[[nodiscard]] Parsed<std::vector<Test>> load_tests(const std::string& path);

/// The same of an export only: a test file of ringback's own is an error.
[[nodiscard]] Parsed<std::vector<Test>> load_exports(const std::string& path);

/// The same from text; `file` is for messages and for finding scripts.
[[nodiscard]] Parsed<Test> parse_yaml_test(std::string_view text, const std::string& file);

}  // namespace ringback::harness
