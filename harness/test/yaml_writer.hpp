// A test as the text of a test file: for imports.
#pragma once

#include "harness/test/test.hpp"

#include <string>
#include <string_view>

namespace ringback::harness {

/// A WebRTC test as import_testrtc() makes one, as YAML that load_tests() reads back to an equal test.
/// Expectations and variables, which exports do not have, are left out.
/// @param script name of the file, beside this one, that the script is written to
/// @param comment a line to stand at the top; "" for none
[[nodiscard]] std::string yaml_text(const Test& test, const std::string& script, std::string_view comment);

/// A text as a YAML scalar that fits behind "key: ", in the simplest style that keeps it: plain, quoted, or a
/// block. UTF-8.
/// @param indent of the lines of a block
[[nodiscard]] std::string yaml_scalar(const std::string& text, std::size_t indent = 2);

}  // namespace ringback::harness
