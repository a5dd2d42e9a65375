#include "run-options/run_status.hpp"

#include <array>

namespace ringback {
namespace {
constexpr std::array<std::string_view, 6> kStatusWords{"started", "completed", "warnings",
                                                       "failure", "timeout",   "canceled"};
}  // namespace

std::string_view to_string(RunStatus status) noexcept {
    return kStatusWords[static_cast<std::size_t>(status)];
}

std::string_view to_string(RunType type) noexcept {
    return type == RunType::test ? "test" : "monitor";
}

std::optional<RunStatus> parse_run_status(std::string_view word) noexcept {
    for (std::size_t i = 0; i < kStatusWords.size(); ++i)
        if (word == kStatusWords[i]) return static_cast<RunStatus>(i);
    return std::nullopt;
}

std::optional<RunType> parse_run_type(std::string_view word) noexcept {
    if (word == "test") return RunType::test;
    if (word == "monitor") return RunType::monitor;
    return std::nullopt;
}

}  // namespace ringback
