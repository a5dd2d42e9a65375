// Any bytes as run options and as a webhook: never a crash, errors that can be shown, and targets that
// survive being written and read again.
#include "run-options/run_options.hpp"
#include "run-options/text/utf8.hpp"

#include <cstdint>
#include <cstdlib>
#include <string_view>

namespace {

using namespace ringback;

void require(bool holds) {
    if (!holds) std::abort();
}

void check_shown(const ParseError& error) {
    require(!error.message.empty());
    require(error.line >= 1 && error.column >= 1);
    const std::string shown = render(error);
    for (std::size_t at = 0; at < shown.size();) {
        const text::CodePoint point = text::code_point_at(shown, at);
        require(point.valid);
        require(point.value == '\n' || text::printable(point.value) == point.value);
        at += point.length;
    }
}

void check_survives(const WebhookTarget& target) {
    const Parsed<WebhookTarget> again = parse_webhook_target(to_json_text(target));
    require(again.has_value());
    require(*again == target);
    (void)redacted_url(target.url);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    (void)redacted_url(text);
    if (const auto target = parse_webhook_target(text))
        check_survives(*target);
    else
        check_shown(target.error());

    const Parsed<RunOptions> options = parse_run_options(text);
    if (!options) {
        check_shown(options.error());
        return 0;
    }
    for (const WebhookTarget& target : options->webhooks)
        check_survives(target);
    // A contradiction between #probes and #session is found while parsing, so that merging finds nothing new.
    const Parsed<RunOptions> merged = merge(*options, *options);
    require(merged.has_value());
    require(*merged == *options);
    return 0;
}
