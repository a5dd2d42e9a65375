// Standard Webhooks signatures of recorded calls, checked when an entry is read.
#pragma once

#include "tools/mock-bin/entry.hpp"

#include <boost/json/object.hpp>

#include <string_view>

namespace ringback::mock_bin {

/// {"verdict": "valid" | "invalid" | "missing", "detail": a sentence}. The age of the timestamp is judged
/// against the time the call came.
[[nodiscard]] boost::json::object check_signature(const RecordedRequest& request, std::string_view secret);

}  // namespace ringback::mock_bin
