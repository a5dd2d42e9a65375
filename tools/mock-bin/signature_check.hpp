// Standard Webhooks signatures of recorded calls, checked when an entry is read.
#pragma once

#include "tools/mock-bin/entry.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace ringback::mock_bin {

/// What is wrong with it as a secret to check calls with, or nothing.
[[nodiscard]] std::optional<std::string> wrong_secret(std::string_view secret);
/// {"verdict": "valid" | "invalid" | "missing", "detail": a sentence}. The age of the timestamp is judged
/// against the time the call came.
[[nodiscard]] boost::json::object check_signature(const RecordedRequest& request, std::string_view secret);

}  // namespace ringback::mock_bin
