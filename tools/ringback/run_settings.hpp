// The options of `ringback run`, parsed and checked.
#pragma once

#include "harness/expression/variables.hpp"
#include "harness/test/network_conditions.hpp"
#include "harness/test/test.hpp"
#include "run-options/run_options.hpp"
#include "tools/ringback/commands.hpp"
#include "webhook/delivery.hpp"
#include "webhook/retention.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace ringback {

struct ReportWish {
    std::string format, path;  ///< path "-": standard output
};

/// One test with the run options in force for it.
struct PlannedTest {
    harness::Test test;
    RunOptions options;
};

struct RunSettings {
    std::vector<PlannedTest> tests;
    harness::Variables variables;
    std::string environment;  ///< its name
    std::vector<ReportWish> reports;
    unsigned jobs = 1;
    bool webhook_required = false, quiet = false, verbose = false;
    std::string state_directory, artifacts, chromium, location = "local";
    std::string webhook_secret_env;
    std::string base_url;  ///< "": payloads say null
    std::chrono::milliseconds keep = webhook::kKeepByDefault;
    harness::NetworkEmulation network_emulation = harness::NetworkEmulation::automatic;
    std::string external_values;        ///< where they are taken, [HOST:]PORT; "": nowhere
    webhook::DeliveryOptions delivery;  ///< policy, proxy and name servers filled in
};

/// The settings, or the exit code with everything said already (help, wrong usage, bad input).
[[nodiscard]] std::variant<RunSettings, int> read_run_settings(const Arguments& arguments);

}  // namespace ringback
