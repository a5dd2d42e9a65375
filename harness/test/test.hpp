// A test as its author wrote it, parsed and checked whole.
#pragma once

#include "harness/expression/assertion.hpp"
#include "harness/expression/expectation.hpp"
#include "harness/expression/template.hpp"
#include "harness/expression/variables.hpp"
#include "run-options/run_options.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace ringback::harness {

/// Where in the file something stands; both from 1.
struct Position {
    std::size_t line = 1, column = 1;
};

struct Step;

struct RequestStep {
    Template method, url, body;
    std::vector<std::pair<std::string, Template>> headers;
    std::vector<std::pair<std::string, Template>> query, form;
    std::optional<std::pair<Template, Template>> basic;  ///< user name and password
    std::vector<Assertion> assertions;                   ///< a failed one fails the step
    std::vector<Assertion> warnings;                     ///< a failed one is a warning
    struct Extract {
        std::string variable;
        ValueSource source;  ///< "response_json id"
    };
    std::vector<Extract> extracts;
    std::optional<std::chrono::milliseconds> timeout, slow_after;
    bool follow_redirects = true;
    bool verify_tls = true;
};
struct PauseStep {
    std::chrono::milliseconds duration{0};
};
struct ConditionStep {
    Condition condition;
    std::vector<Step> steps;
};

struct Step {
    Position at;
    std::string note;
    bool skipped = false;
    std::variant<RequestStep, PauseStep, ConditionStep> action;
};

struct EndpointTest {
    std::vector<Step> steps;
    bool stop_on_failure = false;
};

struct Profile {
    std::string browser = "chromium", network, firewall, media, location;
};

/// Chromium, by its own name or by one of testRTC's for Chrome.
[[nodiscard]] inline bool is_known_browser(const std::string& name) {
    return name == "chromium" || name.starts_with("linux-chrome");
}

/// A statement about a call's figures, with its author's words for a failure.
struct TestExpectation {
    Expectation criteria;
    std::string message;   ///< may be empty
    bool warning = false;  ///< a failed one is a warning
};

struct WebrtcTest {
    std::string script, script_file;  ///< text, and the file it came from for messages
    std::size_t script_line = 1;      ///< line of script_file on which the text begins
    std::vector<TestExpectation> expectations;
    std::vector<Profile> profiles;  ///< dealt to the probes; empty: one default profile
};

struct Test {
    std::string name, description, project = "default", file;
    std::string service_url;
    std::string run_options_text;
    RunOptions run_options;
    std::vector<std::pair<std::string, std::string>> variables;  ///< in the order written; may hold templates
    std::variant<EndpointTest, WebrtcTest> body;
    /// What an import could not take over as it was, one sentence each. Whoever reads a test tells them.
    std::vector<std::string> remarks;

    [[nodiscard]] const char* kind() const { return body.index() == 0 ? "endpoint" : "webrtc"; }
};

}  // namespace ringback::harness
