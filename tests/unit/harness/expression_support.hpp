// What the tests of expressions share: a clock that stands still, a random source that counts, one line per
// error.
#pragma once

#include "harness/expression/functions.hpp"
#include "harness/expression/template.hpp"
#include "run-options/parse_error.hpp"

#include <cstdint>
#include <string>

namespace ringback::harness::testing {

/// 2013-11-07T19:24:41.418968Z; random bits 1, 2, 3, …
inline FunctionEnvironment frozen_environment() {
    FunctionEnvironment environment;
    environment.now = [] {
        return std::chrono::system_clock::time_point(std::chrono::microseconds(1'383'852'281'418'968));
    };
    environment.random = [n = std::uint64_t{0}]() mutable { return ++n; };
    environment.run.environment = "staging";
    environment.run.test_name = "Checkout API";
    environment.run.region = "eu1";
    environment.run.service_url = "https://shop.example";
    return environment;
}

/// "column 4: unknown function 'encode_bas64' (did you mean 'encode_base64'?)"
inline std::string one_line(const ParseError& error) {
    const std::string hint = error.hint.empty() ? "" : " (" + error.hint + ")";
    const std::string line = error.line == 1 ? "" : "line " + std::to_string(error.line) + ", ";
    return line + "column " + std::to_string(error.column) + ": " + error.message + hint;
}

/// The rendered text, or "!" and the error.
inline std::string rendered(std::string_view text, const Variables& variables) {
    const auto parsed = Template::parse(text);
    if (!parsed) return "!" + one_line(parsed.error());
    const auto environment = frozen_environment();
    const auto result = parsed->render({variables, environment});
    return result ? *result
                  : "!column " + std::to_string(result.error().column) + ": " + result.error().text();
}

}  // namespace ringback::harness::testing
