// A run in a few words: what chat and incident tools show.
#pragma once

#include "webhook/dialects/dialect.hpp"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace ringback::webhook {

struct Summary {
    std::string headline;                                    ///< "Checkout API failed"
    std::string symbol;                                      ///< one character that stands for the verdict
    std::vector<std::pair<std::string, std::string>> facts;  ///< "Type" "test", "Test", "Run", "Status"
    std::vector<std::string> reasons;                        ///< the first three, each at most 300 characters
    std::size_t more_reasons = 0;                            ///< not shown
    std::optional<std::string> link;                         ///< to the result
    std::uint32_t color = 0;                                 ///< 0xRRGGBB
    std::string incident;  ///< stable per test, environment and location, so that one test's pass clears only
                           ///< its own incident
};

[[nodiscard]] Summary summarize(const harness::Run& run, const PayloadContext& context);
/// "#2ecc71"
[[nodiscard]] std::string hex_color(std::uint32_t color);
/// The reasons as lines, "• " before each, and how many more there are. "" when there are none.
[[nodiscard]] std::string reason_lines(const Summary& summary);

/// What an incident tool should do about a run: nothing where it says nothing about the service (started,
/// canceled).
enum class IncidentAction { none, open, close };
[[nodiscard]] IncidentAction incident_action(RunStatus status) noexcept;

/// Markdown's characters preceded by a backslash, and no way to call a whole channel: an "@" is followed by a
/// zero-width space. Line breaks become spaces.
[[nodiscard]] std::string markdown_escaped(std::string_view text);
/// &, < and > as entities.
[[nodiscard]] std::string entity_escaped(std::string_view text);

}  // namespace ringback::webhook
