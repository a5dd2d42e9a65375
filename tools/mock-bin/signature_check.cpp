#include "tools/mock-bin/signature_check.hpp"

#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/text.hpp"
#include "webhook/signature.hpp"

#include <boost/json.hpp>

namespace ringback::mock_bin {

json::object check_signature(const RecordedRequest& request, std::string_view secret) {
    const auto signature = request.header("webhook-signature");
    if (!signature) return {{"verdict", "missing"}, {"detail", "the call has no webhook-signature header"}};
    const auto id = request.header("webhook-id"), timestamp = request.header("webhook-timestamp");
    if (!id || !timestamp)
        return {{"verdict", "invalid"},
                {"detail",
                 id ? "the call has no webhook-timestamp header" : "the call has no webhook-id header"}};
    const auto checked =
        webhook::verify_signature(secret, *id, *timestamp, *signature, request.body, request.received_at);
    if (!checked) return {{"verdict", "invalid"}, {"detail", key(to_text(checked.error()))}};
    return {{"verdict", "valid"}, {"detail", "signed with " + std::string(webhook::to_string(*checked))}};
}

}  // namespace ringback::mock_bin
