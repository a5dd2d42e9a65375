// The facts of a run under testRTC's names, as every payload and body template may use them.
// docs/payloads.md.
#pragma once

#include "webhook/dialects/dialect.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::webhook {

/// testRTC's word: "completed", "warnings", "failure" (also for a time-out and a canceled run) or "started".
[[nodiscard]] std::string_view outward_status(RunStatus status) noexcept;

/// "BASE/runs/ID" and the like; empty without a base URL.
[[nodiscard]] std::optional<std::string> run_url(const harness::Run& run, const PayloadContext& context);
[[nodiscard]] std::optional<std::string> test_url(const harness::Run& run, const PayloadContext& context);
[[nodiscard]] std::optional<std::string> screenshot_url(const harness::Run& run,
                                                        const PayloadContext& context);

/// A string, or null when there is none (or it is empty).
[[nodiscard]] boost::json::value or_null(const std::optional<std::string>& text);
[[nodiscard]] boost::json::value text_or_null(std::string_view text);

/// The thirteen members of the default payload, in their order: testRTC's four first.
[[nodiscard]] boost::json::object default_payload(const harness::Run& run, const PayloadContext& context);

/// Every variable a body template may name (webhook_variable_names()), testRTC's and ours.
[[nodiscard]] boost::json::object template_variables(const harness::Run& run, const PayloadContext& context);

/// How a value is written where it is put into a text; null: as it is.
using Encoding = std::string (*)(std::string_view value);

/// `text` or every string within `value`, with each "<%this.NAME%>" replaced. An unknown name stays.
[[nodiscard]] boost::json::value expand_template(const boost::json::value& value,
                                                 const boost::json::object& variables,
                                                 Encoding encoding = nullptr);

/// The payload of a target with "body", else nullopt: a JSON template gives JSON, any other text stays text,
/// with the values in it encoded.
[[nodiscard]] std::optional<Payload> templated_payload(const harness::Run& run, const WebhookTarget& target,
                                                       const PayloadContext& context,
                                                       Encoding encoding = nullptr);

}  // namespace ringback::webhook
