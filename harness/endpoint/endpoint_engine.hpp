// Runs the steps of an endpoint test in order.
#pragma once

#include "harness/expression/variables.hpp"
#include "harness/run/engine.hpp"
#include "harness/test/test.hpp"

#include <memory>
#include <string>

namespace ringback::harness {

struct EndpointSettings {
    Variables variables;      ///< later wins over the test's own
    std::string environment;  ///< its name, for templates; "" when none
    std::string location = "local";
};

/// `test` must hold an EndpointTest and outlive the engine.
[[nodiscard]] std::unique_ptr<Engine> make_endpoint_engine(const Test& test, EndpointSettings settings);

}  // namespace ringback::harness
