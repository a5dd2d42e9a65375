#include "webhook/signature.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <memory>
#include <optional>

namespace ringback::webhook {
namespace {

using PrivateKey = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

constexpr std::size_t kEd25519 = 32;  // bytes of a seed and of a public key
constexpr std::size_t kEd25519Signature = 64;
constexpr std::size_t kLongestSecret = 1024;
constexpr std::int64_t kLatestTimestamp = 253'402'300'799;  // end of the year 9999

const unsigned char* bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

std::string base64(std::string_view plain) {
    std::string out(4 * ((plain.size() + 2) / 3) + 1, '\0');
    const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(plain),
                                     static_cast<int>(plain.size()));
    out.resize(static_cast<std::size_t>(size));
    return out;
}

std::string signed_text(std::string_view id, std::string_view timestamp, std::string_view body) {
    std::string text;
    text.reserve(id.size() + timestamp.size() + body.size() + 2);
    return text.append(id).append(1, '.').append(timestamp).append(1, '.').append(body);
}

std::string hmac_sha256(std::string_view key, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> out{};
    unsigned size = 0;
    HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), out.data(), &size);
    return {reinterpret_cast<const char*>(out.data()), size};
}

PrivateKey private_key(std::string_view seed) {
    return {EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, bytes(seed), seed.size()),
            &EVP_PKEY_free};
}

std::string public_half(std::string_view seed) {
    const auto key = private_key(seed);
    std::string out(kEd25519, '\0');
    std::size_t size = out.size();
    if (!key ||
        EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(out.data()), &size) != 1)
        return {};
    return out;
}

std::string ed25519_sign(std::string_view seed, std::string_view text) {
    const auto key = private_key(seed);
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::string out(kEd25519Signature, '\0');
    std::size_t size = out.size();
    if (!key || !context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(out.data()), &size, bytes(text),
                       text.size()) != 1)
        return {};
    return out;
}

bool ed25519_verify(std::string_view public_key, std::string_view text, std::string_view signature) {
    const PrivateKey key(
        EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes(public_key), public_key.size()),
        &EVP_PKEY_free);
    const DigestContext context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytes(signature), signature.size(), bytes(text), text.size()) == 1;
}

enum class Kind { hmac, seed, public_key };

struct Material {
    Kind kind;
    std::string bytes;
};

struct Form {
    std::string_view prefix;
    Kind kind;
    std::string_view wanted;
};
constexpr std::array<Form, 3> kForms{
    Form{"whsec_", Kind::hmac, "'whsec_' and base64 of 24 to 64 bytes"},
    Form{"whsk_", Kind::seed, "'whsk_' and base64 of the 32-byte seed, alone or followed by the public key"},
    Form{"whpk_", Kind::public_key, "'whpk_' and base64 of the 32-byte public key"}};

bool right_size(Kind kind, std::size_t size) {
    switch (kind) {
        case Kind::hmac:
            return size >= 24 && size <= 64;
        case Kind::seed:
            return size == kEd25519 || size == 2 * kEd25519;
        case Kind::public_key:
            return size == kEd25519;
    }
    return false;
}

Signed<Material> material(std::string_view secret) {
    if (secret.size() > kLongestSecret)
        return std::string("a signing secret is at most 1,024 characters long");
    for (const auto& form : kForms) {
        if (!secret.starts_with(form.prefix)) continue;
        auto decoded = from_base64(secret.substr(form.prefix.size()));
        const auto wrong = [&](const char* what) {
            return std::string("the signing secret ") + what + ": it must be " + std::string(form.wanted);
        };
        if (!decoded) return wrong("is not base64");
        if (!right_size(form.kind, decoded->size())) return wrong("has the wrong length");
        if (decoded->size() == 2 * kEd25519 && form.kind == Kind::seed) {
            if (public_half(decoded->substr(0, kEd25519)) != decoded->substr(kEd25519))
                return wrong("holds a public key that does not belong to its seed");
            decoded->resize(kEd25519);
        }
        return Material{form.kind, std::move(*decoded)};
    }
    return std::string("a signing secret begins with 'whsec_' or 'whsk_'");
}

std::vector<std::string_view> words(std::string_view text) {
    constexpr std::string_view space = " \t\r\n";
    std::vector<std::string_view> out;
    for (auto at = text.find_first_not_of(space); at != std::string_view::npos;
         at = text.find_first_not_of(space, at)) {
        const auto end = std::min(text.find_first_of(space, at), text.size());
        out.push_back(text.substr(at, end - at));
        at = end;
    }
    return out;
}

/// Keys to verify with.
Signed<std::vector<Material>> materials(std::string_view secrets) {
    std::vector<Material> keys;
    for (const auto word : words(secrets)) {
        auto key = material(word);
        if (!key) return key.error();
        keys.push_back(std::move(*key));
    }
    if (keys.empty()) return std::string("there is no secret to verify with");
    return keys;
}

SignatureVersion version_of(const Material& key) {
    return key.kind == Kind::hmac ? SignatureVersion::v1 : SignatureVersion::v1a;
}

bool same_bytes(std::string_view a, std::string_view b) {
    return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

/// Whether `key` signed `text`, as one of the signatures says.
bool matches(const Material& key, std::string_view text, const std::vector<std::string_view>& given) {
    const bool symmetric = key.kind == Kind::hmac;
    const auto version = to_string(version_of(key));
    const std::string expected = symmetric ? hmac_sha256(key.bytes, text) : "";
    const std::string public_key = key.kind == Kind::seed ? public_half(key.bytes) : key.bytes;
    for (const auto word : given) {
        const auto comma = word.find(',');
        if (comma == std::string_view::npos || word.substr(0, comma) != version) continue;
        const auto signature = from_base64(word.substr(comma + 1));
        if (!signature) continue;
        if (symmetric ? same_bytes(*signature, expected) : ed25519_verify(public_key, text, *signature))
            return true;
    }
    return false;
}

}  // namespace

std::optional<std::string> from_base64(std::string_view text) {
    constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    if (text.empty() || text.size() % 4 != 0) return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    if (text.substr(0, text.size() - padding).find_first_not_of(alphabet) != std::string_view::npos)
        return std::nullopt;
    std::string out(text.size() / 4 * 3, '\0');
    if (EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), bytes(text),
                        static_cast<int>(text.size())) < 0)
        return std::nullopt;
    out.resize(out.size() - padding);
    return out;
}

std::string_view to_string(SignatureVersion version) noexcept {
    return version == SignatureVersion::v1 ? "v1" : "v1a";
}

Signed<SigningKey> SigningKey::parse(std::string_view secret) {
    auto parsed = material(secret);
    if (!parsed) return parsed.error();
    if (parsed->kind == Kind::public_key)
        return std::string("a public key ('whpk_') cannot sign: give the secret one ('whsk_')");
    SigningKey key;
    key.asymmetric_ = parsed->kind == Kind::seed;
    key.key_ = std::move(parsed->bytes);
    if (key.asymmetric_) key.public_key_ = "whpk_" + base64(public_half(key.key_));
    return key;
}

std::string SigningKey::sign(std::string_view id, std::int64_t timestamp, std::string_view body) const {
    const auto text = signed_text(id, std::to_string(timestamp), body);
    return asymmetric_ ? "v1a," + base64(ed25519_sign(key_, text)) : "v1," + base64(hmac_sha256(key_, text));
}

Signed<std::vector<SigningKey>> parse_signing_keys(std::string_view secrets) {
    std::vector<SigningKey> keys;
    for (const auto word : words(secrets)) {
        auto key = SigningKey::parse(word);
        if (!key) return key.error();
        keys.push_back(std::move(*key));
    }
    if (keys.empty()) return std::string("the signing secret is empty");
    return keys;
}

std::string signatures(const std::vector<SigningKey>& keys, std::string_view id, std::int64_t timestamp,
                       std::string_view body) {
    std::string out;
    for (const auto& key : keys) {
        if (!out.empty()) out += ' ';
        out += key.sign(id, timestamp, body);
    }
    return out;
}

std::optional<std::string> wrong_secrets(std::string_view secrets) {
    const auto keys = materials(secrets);
    return keys ? std::nullopt : std::optional(keys.error());
}

Signed<SignatureVersion> verify_signature(std::string_view secrets, std::string_view id,
                                          std::string_view timestamp, std::string_view signature,
                                          std::string_view body, std::chrono::system_clock::time_point now,
                                          std::chrono::seconds tolerance) {
    const auto keys = materials(secrets);
    if (!keys) return keys.error();
    if (id.empty()) return std::string("the header 'webhook-id' is missing");
    if (timestamp.empty()) return std::string("the header 'webhook-timestamp' is missing");
    if (signature.empty()) return std::string("the header 'webhook-signature' is missing");
    std::int64_t seconds = 0;
    const auto [end, error] = std::from_chars(timestamp.data(), timestamp.data() + timestamp.size(), seconds);
    if (error != std::errc{} || end != timestamp.data() + timestamp.size() || seconds < 0 ||
        seconds > kLatestTimestamp)
        return "the timestamp '" + std::string(timestamp.substr(0, 40)) + "' is not a number of Unix seconds";
    const std::int64_t age =
        std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count() - seconds;
    if (age > tolerance.count())
        return "the timestamp is " + std::to_string(age) + " s old: this may be a replay";
    if (age < -tolerance.count()) return "the timestamp is " + std::to_string(-age) + " s in the future";
    const auto text = signed_text(id, timestamp, body);
    const auto given = words(signature);
    for (const auto& key : *keys) {
        if (matches(key, text, given)) return version_of(key);
    }
    return std::string("no signature matches: the body was changed, or it was signed with another secret");
}

}  // namespace ringback::webhook
