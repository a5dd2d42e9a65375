// The words for how a run stands, shared by every room: run options name them in a webhook's "on" list,
// the store keeps them, webhooks and reports show them.
#pragma once

#include <optional>
#include <string_view>

namespace ringback {

/// `started`, then exactly one of the others.
enum class RunStatus { started, completed, warnings, failure, timeout, canceled };

/// What asked for a run: somebody once (`test`) or a schedule (`monitor`). testRTC's "runType".
enum class RunType { test, monitor };

/// The lower-case word, e.g. "completed".
[[nodiscard]] std::string_view to_string(RunStatus status) noexcept;
[[nodiscard]] std::string_view to_string(RunType type) noexcept;
[[nodiscard]] std::optional<RunStatus> parse_run_status(std::string_view word) noexcept;
[[nodiscard]] std::optional<RunType> parse_run_type(std::string_view word) noexcept;

/// True for every status but `started`.
[[nodiscard]] constexpr bool is_final(RunStatus status) noexcept {
    return status != RunStatus::started;
}

/// True for `completed` and `warnings`: the two that let a test pass.
[[nodiscard]] constexpr bool is_pass(RunStatus status) noexcept {
    return status == RunStatus::completed || status == RunStatus::warnings;
}

}  // namespace ringback
