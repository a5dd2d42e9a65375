#include "webhook/dialects/dialect.hpp"

#include <algorithm>
#include <array>

namespace ringback::webhook {
namespace {

struct Row {
    WebhookFormat format;
    Dialect dialect;
};

constexpr std::array kTable{
    Row{WebhookFormat::json_object, dialects::json_object},
    Row{WebhookFormat::json_text, dialects::json_text_message},
    Row{WebhookFormat::cloudevent, dialects::cloudevent},
    Row{WebhookFormat::form, dialects::form},
    Row{WebhookFormat::runscope, dialects::runscope},
    Row{WebhookFormat::currents, dialects::currents},
    Row{WebhookFormat::apicontext, dialects::apicontext},
    Row{WebhookFormat::slack, dialects::slack},
    Row{WebhookFormat::mattermost, dialects::mattermost},
    Row{WebhookFormat::google_chat, dialects::google_chat},
    Row{WebhookFormat::discord, dialects::discord},
    Row{WebhookFormat::msteams, dialects::msteams},
    Row{WebhookFormat::pagerduty, dialects::pagerduty},
    Row{WebhookFormat::opsgenie, dialects::opsgenie},
    Row{WebhookFormat::victorops, dialects::victorops},
};

}  // namespace

Dialect find_dialect(WebhookFormat format) noexcept {
    const auto row =
        std::find_if(kTable.begin(), kTable.end(), [&](const Row& r) { return r.format == format; });
    return row == kTable.end() ? nullptr : row->dialect;
}

}  // namespace ringback::webhook
