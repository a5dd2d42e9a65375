#include "webhook/message.hpp"

#include "harness/expression/encoding.hpp"
#include "net/headers.hpp"
#include "webhook/dialects/dialect.hpp"
#include "webhook/json_text.hpp"

#include <boost/json.hpp>

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <chrono>
#include <span>

namespace ringback::webhook {
namespace {

namespace json = boost::json;

/// What an attempt needs of the target: whatever went into the message's bytes is left out.
std::string sending_part(WebhookTarget target) {
    target.headers.clear();
    target.fieldname.reset();
    target.body.reset();
    target.on.clear();
    return to_json_text(target);
}

/// "fieldname" makes the payload the value of one key. A form has done so itself.
std::string body_text(Payload& payload, const WebhookTarget& target) {
    if (auto* text = std::get_if<std::string>(&payload.content)) {
        if (!target.fieldname || target.format == WebhookFormat::form) return valid_utf8(*text);
        payload.content_type = "application/json";
        return json_text(json::object{{*target.fieldname, *text}});
    }
    auto& value = std::get<json::value>(payload.content);
    return target.fieldname ? json_text(json::object{{*target.fieldname, std::move(value)}})
                            : json_text(value);
}

/// The format's own headers, then the target's, which replace those of the same name.
HeaderList frozen_headers(const Payload& payload, const WebhookTarget& target) {
    HeaderList all{{"Content-Type", payload.content_type}};
    all.insert(all.end(), payload.headers.begin(), payload.headers.end());
    for (const auto& [name, value] : target.headers) {
        std::erase_if(all,
                      [&, own = &name](const auto& header) { return net::same_name(header.first, *own); });
        all.emplace_back(name, value);
    }
    return all;
}

}  // namespace

std::string make_message_id() {
    constexpr std::string_view alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    constexpr unsigned whole = 256 / 62 * 62;  // bytes from here on would favour the first letters
    std::string id = "msg_";
    // Ids that begin with their time lie side by side in the store's indexes, which so change fewer pages.
    auto time = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(
                                               std::chrono::system_clock::now().time_since_epoch())
                                               .count());
    for (int i = 0; i < 7; ++i, time /= alphabet.size())
        id.insert(4, 1, alphabet[time % alphabet.size()]);
    std::array<unsigned char, 64> bytes{};
    while (id.size() < 4 + 27) {
        if (RAND_bytes(bytes.data(), static_cast<int>(bytes.size())) != 1)
            throw std::runtime_error("the random source of this machine gives nothing");
        for (const auto byte : bytes)
            if (byte < whole && id.size() < 4 + 27) id += alphabet[byte % alphabet.size()];
    }
    return id;
}

std::string target_key(const WebhookTarget& target) {
    const auto text = to_json_text(target);
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
    return harness::hex(std::span(digest).first(16));
}

std::vector<store::Message> build_messages(const harness::Run& run, const std::vector<WebhookTarget>& targets,
                                           const Publisher& publisher, store::Time now) {
    std::vector<store::Message> messages;
    for (const auto& target : targets) {
        const auto dialect = find_dialect(target.format);
        if (!dialect || !target.wants(run.status)) continue;
        const PayloadContext context{publisher, now, make_message_id()};
        auto payloads = dialect(run, target, context);
        for (std::size_t i = 0; i < payloads.size(); ++i) {
            auto& payload = payloads[i];
            store::Message message;
            message.id = i == 0 ? context.message_id : make_message_id();
            message.run_id = run.id;
            message.target_key = target_key(target);
            message.event = run.status;
            message.url = payload.url.empty() ? target.url : payload.url;
            message.body = body_text(payload, target);
            message.headers = headers_text(frozen_headers(payload, target));
            message.target = sending_part(target);
            message.created_at = now;
            message.due_at = now;
            messages.push_back(std::move(message));
        }
    }
    return messages;
}

std::string headers_text(const HeaderList& headers) {
    json::array list;
    for (const auto& [name, value] : headers)
        list.push_back(json::array{name, value});
    return json_text(list);
}

HeaderList read_headers(std::string_view text) {
    HeaderList headers;
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    if (error || !parsed.is_array()) return headers;
    for (const auto& item : parsed.get_array()) {
        const auto* pair = item.if_array();
        if (pair && pair->size() == 2 && (*pair)[0].is_string() && (*pair)[1].is_string())
            headers.emplace_back((*pair)[0].get_string(), (*pair)[1].get_string());
    }
    return headers;
}

}  // namespace ringback::webhook
