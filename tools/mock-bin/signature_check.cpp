#include "tools/mock-bin/signature_check.hpp"

#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/text.hpp"
#include "webhook/signature.hpp"

#include <boost/json.hpp>

namespace ringback::mock_bin {

std::optional<std::string> wrong_secret(std::string_view secret) {
    for (std::string_view rest = secret; !rest.empty();) {
        const auto word = rest.substr(0, rest.find(' '));
        rest.remove_prefix(std::min(rest.size(), word.size() + 1));
        if (word.starts_with("whpk_")) {
            const auto bytes = base64_decode(word.substr(5));
            if (!bytes || bytes->size() != 32) return "a public key is 'whpk_' and base64 of 32 bytes";
        } else if (const auto parsed = webhook::SigningKey::parse(word); !parsed && !word.empty()) {
            return parsed.error();
        }
    }
    return std::nullopt;
}

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
