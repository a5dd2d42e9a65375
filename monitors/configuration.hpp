// The service's configuration file, parsed and checked whole.
#pragma once

#include "harness/test/test.hpp"
#include "monitors/schedule.hpp"
#include "run-options/run_options.hpp"
#include "webhook/retention.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace ringback::monitors {

/// A test with a schedule.
struct Monitor {
    std::string name;
    std::shared_ptr<const harness::Test> test;
    RunOptions options;  ///< the test's, with the monitor's merged over
    Schedule schedule;
    std::string environment;  ///< its name
    std::vector<std::pair<std::string, std::string>> variables;
    bool retry_on_failure = false;  ///< one more run right after a failed one
};

struct Configuration {
    std::string location = "local", artifacts, chromium;
    std::string base_url;  ///< where results can be looked at; "": nowhere
    std::chrono::milliseconds keep = webhook::kKeepByDefault;  ///< runs, after their end
    std::vector<Monitor> monitors;
};

/// YAML, docs/monitors.md. Test and environment files are named relative to the configuration.
[[nodiscard]] Parsed<Configuration> load_configuration(const std::string& path);

}  // namespace ringback::monitors
