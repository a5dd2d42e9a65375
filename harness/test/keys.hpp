// The keys of test files, one list per mapping: what the loader takes, and what docs/test-file.schema.json
// must name. Inside of harness/test, and of the test that compares the two.
#pragma once

#include <array>
#include <string_view>

namespace ringback::harness::yaml {

inline constexpr std::array<std::string_view, 11> kTestKeys{
    "name",  "description", "project",      "service-url", "run-options",    "variables",
    "steps", "script",      "expectations", "profiles",    "stop-on-failure"};
inline constexpr std::array<std::string_view, 5> kProfileKeys{"browser", "network", "firewall", "media",
                                                              "location"};
inline constexpr std::array<std::string_view, 3> kExpectationKeys{"expect", "message", "level"};
inline constexpr std::array<std::string_view, 19> kStepKeys{"request",
                                                            "pause",
                                                            "if",
                                                            "steps",
                                                            "note",
                                                            "skip",
                                                            "headers",
                                                            "query",
                                                            "form",
                                                            "body",
                                                            "json",
                                                            "basic",
                                                            "assertions",
                                                            "extract",
                                                            "timeout",
                                                            "slow-after",
                                                            "follow-redirects",
                                                            "verify-tls",
                                                            "warnings"};
inline constexpr std::array<std::string_view, 4> kAssertionKeys{"source", "property", "comparison", "value"};
inline constexpr std::array<std::string_view, 2> kBasicKeys{"username", "password"};

}  // namespace ringback::harness::yaml
