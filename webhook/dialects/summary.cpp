#include "webhook/dialects/summary.hpp"

#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"

#include <array>
#include <cstdio>

namespace ringback::webhook {
namespace {

constexpr std::size_t kReasons = 3;
constexpr std::size_t kReasonLength = 300;
constexpr std::size_t kNameLength = 100;

struct Look {
    const char* words;
    const char* symbol;
    std::uint32_t color;
};

Look look_of(RunStatus status) {
    switch (status) {
        case RunStatus::started:
            return {"started", "▶", 0x3498db};
        case RunStatus::completed:
            return {"passed", "✔", 0x2ecc71};
        case RunStatus::warnings:
            return {"passed with warnings", "⚠", 0xf1c40f};
        case RunStatus::failure:
            return {"failed", "✘", 0xe74c3c};
        case RunStatus::timeout:
            return {"timed out", "✘", 0xe74c3c};
        case RunStatus::canceled:
            return {"was canceled", "■", 0x95a5a6};
    }
    return {"ended", "■", 0x95a5a6};
}

}  // namespace

Summary summarize(const harness::Run& run, const PayloadContext& context) {
    const auto look = look_of(run.status);
    Summary summary;
    summary.headline = clipped(valid_utf8(run.test_name), kNameLength) + " " + look.words;
    summary.symbol = look.symbol;
    summary.color = look.color;
    summary.facts = {{"Type", std::string(to_string(run.type))},
                     {"Test", clipped(valid_utf8(run.test_name), kNameLength)},
                     {"Run", run.id},
                     {"Status", std::string(to_string(run.status))}};
    const auto& reasons = is_pass(run.status) ? run.warnings : run.failure_reasons;
    for (const auto& reason : reasons) {
        if (summary.reasons.size() == kReasons) break;
        summary.reasons.push_back(clipped(valid_utf8(reason), kReasonLength));
    }
    summary.more_reasons = reasons.size() - summary.reasons.size();
    summary.link = run_url(run, context);
    summary.incident = "ringback-" + harness::stable_uuid("incident:" + run.test_id + '\n' + run.environment +
                                                          '\n' + run.location);
    return summary;
}

std::string hex_color(std::uint32_t color) {
    std::array<char, 8> text{};
    std::snprintf(text.data(), text.size(), "#%06x", static_cast<unsigned>(color & 0xffffffu));
    return text.data();
}

std::string reason_lines(const Summary& summary) {
    std::string lines;
    for (const auto& reason : summary.reasons) {
        if (!lines.empty()) lines += '\n';
        lines += "• " + reason;
    }
    if (summary.more_reasons) lines += "\n… and " + std::to_string(summary.more_reasons) + " more";
    return lines;
}

IncidentAction incident_action(RunStatus status) noexcept {
    if (status == RunStatus::failure || status == RunStatus::timeout) return IncidentAction::open;
    return is_pass(status) ? IncidentAction::close : IncidentAction::none;
}

std::string markdown_escaped(std::string_view text) {
    constexpr std::string_view special = "\\`*_{}[]<>()#|~";
    std::string out;
    for (const char c : text) {
        if (special.find(c) != std::string_view::npos) out += '\\';
        out += c == '\n' || c == '\r' ? ' ' : c;
        if (c == '@') out += "\u200b";
    }
    return out;
}

std::string entity_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '&')
            out += "&amp;";
        else if (c == '<')
            out += "&lt;";
        else if (c == '>')
            out += "&gt;";
        else
            out += c;
    }
    return out;
}

}  // namespace ringback::webhook
