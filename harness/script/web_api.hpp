// The few things of the web platform that scripts use besides the language: URL and URLSearchParams.
#pragma once

#include "harness/script/engine.hpp"

#include <string>

namespace ringback::harness {

/// Makes URL and URLSearchParams global.
/// @return what went wrong, "" when nothing did
[[nodiscard]] std::string add_web_api(ScriptContext& context);

}  // namespace ringback::harness
