#include "webhook/signature.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

namespace {

using namespace ringback::webhook;
using std::chrono::seconds;
using Time = std::chrono::system_clock::time_point;

// The known pair of the Standard Webhooks specification.
const std::string kSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const std::string kId = "msg_p5jXN8AQM9LWM0D4loKWxJek";
constexpr std::int64_t kTimestamp = 1614265330;
const std::string kBody = R"({"test": 2432232314})";
const std::string kSignature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const Time kNow{seconds(kTimestamp + 10)};

// RFC 8032, 7.1, test 1: seed and public key.
const std::string kSeed = "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=";
const std::string kPublic = "whpk_11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

std::string verdict(const std::string& secrets, const std::string& id, const std::string& timestamp,
                    const std::string& signature, const std::string& body, Time now = kNow) {
    const auto verified = verify_signature(secrets, id, timestamp, signature, body, now);
    return verified ? std::string(to_string(*verified)) : verified.error();
}

std::string problem(const std::string& secret) {
    const auto key = SigningKey::parse(secret);
    return key ? "" : key.error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signature)

BOOST_AUTO_TEST_CASE(reads_base64_strictly) {
    BOOST_TEST(from_base64("Yf9i").value_or("none") ==
               "a\xff"
               "b");
    BOOST_TEST(from_base64("YQ==").value_or("none") == "a");
    for (const char* wrong : {"", "YQ", "YQ=", "Y===", "Y Q=", "YQ==\n"})
        BOOST_TEST(!from_base64(wrong), wrong);
}

BOOST_AUTO_TEST_CASE(signs_the_known_pair) {
    const auto key = SigningKey::parse(kSecret);
    BOOST_REQUIRE(key);
    BOOST_TEST(key->sign(kId, kTimestamp, kBody) == kSignature);
    BOOST_TEST(key->public_key() == "");
    BOOST_TEST(verdict(kSecret, kId, "1614265330", kSignature, kBody) == "v1");
}

BOOST_AUTO_TEST_CASE(refuses_what_was_not_signed) {
    const std::string nothing =
        "no signature matches: the body was changed, or it was signed with another secret";
    const std::string other = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSx";
    struct Row {
        const char* what;
        std::string secret, id, timestamp, signature, body, wanted;
    };
    const Row rows[] = {
        {"a flipped byte", kSecret, kId, "1614265330", kSignature, R"({"test": 2432232315})", nothing},
        {"another id", kSecret, "msg_x", "1614265330", kSignature, kBody, nothing},
        {"another second", kSecret, kId, "1614265331", kSignature, kBody, nothing},
        {"another key", other, kId, "1614265330", kSignature, kBody, nothing},
        {"another version", kSecret, kId, "1614265330", "v2," + kSignature.substr(3), kBody, nothing},
        {"a cut signature", kSecret, kId, "1614265330", kSignature.substr(0, 20), kBody, nothing},
        {"not base64", kSecret, kId, "1614265330", "v1,####", kBody, nothing},
        {"an empty signature", kSecret, kId, "1614265330", "v1,", kBody, nothing},
        {"no id", kSecret, "", "1614265330", kSignature, kBody, "the header 'webhook-id' is missing"},
        {"no timestamp", kSecret, kId, "", kSignature, kBody, "the header 'webhook-timestamp' is missing"},
        {"no signature", kSecret, kId, "1614265330", "", kBody, "the header 'webhook-signature' is missing"},
        {"a word", kSecret, kId, "now", kSignature, kBody,
         "the timestamp 'now' is not a number of Unix seconds"},
        {"a negative time", kSecret, kId, "-5", kSignature, kBody,
         "the timestamp '-5' is not a number of Unix seconds"},
        {"no secret", "", kId, "1614265330", kSignature, kBody, "there is no secret to verify with"},
    };
    for (const auto& row : rows)
        BOOST_TEST(verdict(row.secret, row.id, row.timestamp, row.signature, row.body) == row.wanted,
                   row.what);
}

BOOST_AUTO_TEST_CASE(refuses_old_and_future_timestamps) {
    const auto at = [&](int age) {
        return verdict(kSecret, kId, "1614265330", kSignature, kBody, Time(seconds(kTimestamp + age)));
    };
    BOOST_TEST(at(300) == "v1");
    BOOST_TEST(at(-300) == "v1");
    BOOST_TEST(at(301) == "the timestamp is 301 s old: this may be a replay");
    BOOST_TEST(at(-301) == "the timestamp is 301 s in the future");
}

BOOST_AUTO_TEST_CASE(signs_with_every_key_of_a_rotation) {
    const std::string old_key = "whsec_" + std::string(32, 'A');
    const auto keys = parse_signing_keys(kSecret + " \n" + old_key);
    BOOST_REQUIRE(keys);
    const auto both = signatures(*keys, kId, kTimestamp, kBody);
    BOOST_TEST(both.starts_with(kSignature + " v1,"));
    for (const auto& secret : {kSecret, old_key, "whsec_" + std::string(32, 'B') + " " + old_key})
        BOOST_TEST(verdict(secret, kId, "1614265330", both, kBody) == "v1", secret);
}

BOOST_AUTO_TEST_CASE(signs_with_ed25519) {
    const auto key = SigningKey::parse(kSeed);
    BOOST_REQUIRE(key);
    BOOST_TEST(key->public_key() == kPublic);
    const auto signature = key->sign(kId, kTimestamp, kBody);
    BOOST_TEST(signature.starts_with("v1a,"));
    BOOST_TEST(verdict(kPublic, kId, "1614265330", signature, kBody) == "v1a");
    BOOST_TEST(verdict(kSeed, kId, "1614265330", signature, kBody) == "v1a");
    BOOST_TEST(verdict(kPublic, kId, "1614265330", kSignature + " " + signature, kBody) == "v1a");
    BOOST_TEST(verdict(kPublic, kId, "1614265330", signature, kBody + " ") ==
               "no signature matches: the body was changed, or it was signed with another secret");
    // Seed and public key together give the same signature: Ed25519 is deterministic.
    const auto whole = SigningKey::parse(
        "whsk_nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==");
    BOOST_REQUIRE_MESSAGE(whole, whole.error());
    BOOST_TEST(whole->sign(kId, kTimestamp, kBody) == signature);
}

BOOST_AUTO_TEST_CASE(refuses_bad_secrets_without_showing_them) {
    struct Row {
        std::string secret, wanted;
    };
    const Row rows[] = {
        {"", "a signing secret begins with 'whsec_' or 'whsk_'"},
        {"hunter2", "a signing secret begins with 'whsec_' or 'whsk_'"},
        {"whsec_", "the signing secret is not base64: it must be 'whsec_' and base64 of 24 to 64 bytes"},
        {"whsec_####", "the signing secret is not base64: it must be 'whsec_' and base64 of 24 to 64 bytes"},
        {"whsec_AAAA AAAA",
         "the signing secret is not base64: it must be 'whsec_' and base64 of 24 to 64 bytes"},
        {"whsec_" + std::string(28, 'A'),
         "the signing secret has the wrong length: it must be 'whsec_' and base64 of 24 to 64 bytes"},
        {"whsec_" + std::string(88, 'A'),
         "the signing secret has the wrong length: it must be 'whsec_' and base64 of 24 to 64 bytes"},
        {"whsk_" + std::string(32, 'A'),
         "the signing secret has the wrong length: it must be 'whsk_' and base64 of the 32-byte seed, alone "
         "or followed by the public key"},
        {"whsk_" + std::string(84, 'A') + "AA==",
         "the signing secret holds a public key that does not belong to its seed: it must be 'whsk_' and "
         "base64 of the 32-byte seed, "
         "alone or followed by the public key"},
        {kPublic, "a public key ('whpk_') cannot sign: give the secret one ('whsk_')"},
        {"whsec_" + std::string(2000, 'A'), "a signing secret is at most 1,024 characters long"},
    };
    for (const auto& row : rows)
        BOOST_TEST(problem(row.secret) == row.wanted);
    BOOST_TEST(parse_signing_keys(" \n").error() == "the signing secret is empty");
}

BOOST_AUTO_TEST_SUITE_END()
