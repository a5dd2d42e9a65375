// testRTC's test exports (JSON), old and new. Unknown keys are ignored: exports carry many that mean nothing
// here.
#pragma once

#include "harness/test/test.hpp"

#include <boost/json/value.hpp>

#include <string>

namespace ringback::harness {

/// True for an object with a `testScript`.
[[nodiscard]] bool is_testrtc_export(const boost::json::value& document);

/// One export as a test. Errors name the key; run options inside it have a column of their own.
[[nodiscard]] Parsed<Test> import_testrtc(const boost::json::value& document, const std::string& file);

}  // namespace ringback::harness
