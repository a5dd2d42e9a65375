// run-options: the `#name:value` text of a test's configuration, parsed once into typed values. No I/O in
// this room. Grammar and options: docs/run-options.md.
#pragma once

#include "run-options/parse_error.hpp"
#include "run-options/webhook_target.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback {

/// What a `#…` text says. An absent option stays empty, so that merging can tell "not said" from a default.
struct RunOptions {
    std::optional<std::uint32_t> session;              ///< #session: probes per session, at least 1
    std::optional<std::uint32_t> probes;               ///< #probes: in all, a multiple of the session size
    std::optional<std::chrono::milliseconds> timeout;  ///< #timeout
    std::vector<WebhookTarget> webhooks;               ///< #webhook, in the order written
    std::optional<std::chrono::milliseconds> getstats_frequency;  ///< #getstats-frequency
    bool getstats = false;                                        ///< #getstats
    bool random = false;                                          ///< #random
    std::vector<std::string> chrome_cli;                          ///< #chrome-cli: switches without "--"
    std::vector<std::string> extensions;                          ///< #extension: path or URL
    bool vnc = false;                                             ///< #vnc
    std::optional<std::uint32_t> tries;                           ///< #try: runs in all

    [[nodiscard]] bool operator==(const RunOptions&) const = default;

    // The values in force, defaults applied.
    [[nodiscard]] std::uint32_t session_size() const { return session.value_or(1); }
    [[nodiscard]] std::uint32_t probe_count() const { return probes.value_or(session_size()); }
    [[nodiscard]] std::chrono::milliseconds run_timeout() const {
        return timeout.value_or(std::chrono::minutes(5));
    }
    /// 1 s; 5 s from a time-out of 20 minutes on, 30 s from 60 minutes on.
    [[nodiscard]] std::chrono::milliseconds sampling_interval() const;
    [[nodiscard]] std::uint32_t max_tries() const { return tries.value_or(1); }
};

/// Parses the whole text. The error's column counts code points from 1 on the line it is on.
/// Bounded: at most 1 MiB of text, JSON at most 32 deep.
[[nodiscard]] Parsed<RunOptions> parse_run_options(std::string_view text);

/// `over` wins option by option; a `#webhook` in `over` replaces those of `base`.
/// An error when the result is inconsistent (#probes no multiple of #session).
[[nodiscard]] Parsed<RunOptions> merge(RunOptions base, RunOptions over);

}  // namespace ringback
