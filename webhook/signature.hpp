// Standard Webhooks 1.0: signing and verifying. Needs nothing of this room, so that receivers link it too.
//
// Signed text: id "." timestamp "." body. v1 is HMAC-SHA256 ("whsec_" and base64 of 24 to 64 bytes), v1a is
// Ed25519
// ("whsk_" and base64 of the 32-byte seed, alone or with the public key behind it; the public key is shown as
// "whpk_"). https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::webhook {

/// A sentence in place of the value: what is wrong with the key or the signature. Never shows key material.
template <class T>
using Signed = boost::system::result<T, std::string>;

enum class SignatureVersion { v1, v1a };
[[nodiscard]] std::string_view to_string(SignatureVersion version) noexcept;

class SigningKey {
  public:
    /// "whsec_…" or "whsk_…".
    [[nodiscard]] static Signed<SigningKey> parse(std::string_view secret);
    /// "v1,…" or "v1a,…" for one attempt. `timestamp` in Unix seconds.
    [[nodiscard]] std::string sign(std::string_view id, std::int64_t timestamp, std::string_view body) const;
    /// "whpk_…" of an asymmetric key, "" of a symmetric one.
    [[nodiscard]] const std::string& public_key() const noexcept { return public_key_; }

  private:
    bool asymmetric_ = false;
    std::string key_;  ///< the HMAC key, or the 32-byte seed
    std::string public_key_;
};

/// Keys separated by white space, newest first, as during a rotation. An error when there is none or one is
/// wrong.
[[nodiscard]] Signed<std::vector<SigningKey>> parse_signing_keys(std::string_view secrets);

/// The value of "webhook-signature": one signature per key, separated by spaces.
[[nodiscard]] std::string signatures(const std::vector<SigningKey>& keys, std::string_view id,
                                     std::int64_t timestamp, std::string_view body);

/// RFC 4648, section 4, strictly: whole groups of four, padding only at the end, nothing else; "" is none.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

/// What is wrong with keys to verify with, as verify_signature() takes them.
[[nodiscard]] std::optional<std::string> wrong_secrets(std::string_view secrets);

/// What a receiver checks: `secrets` are whsec_, whsk_ or whpk_ keys separated by white space, any of which
/// may have signed. The three header values are taken as they stand on the wire. A timestamp further than
/// `tolerance` from `now` in either direction is refused. Compares in constant time. Returns which version
/// matched.
[[nodiscard]] Signed<SignatureVersion> verify_signature(
    std::string_view secrets, std::string_view id, std::string_view timestamp, std::string_view signature,
    std::string_view body, std::chrono::system_clock::time_point now,
    std::chrono::seconds tolerance = std::chrono::minutes(5));

}  // namespace ringback::webhook
