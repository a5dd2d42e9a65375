#include "harness/run/run.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <cstdio>
#include <ctime>

namespace ringback::harness {
namespace {

using Uuid = std::array<unsigned char, 16>;

std::string format_uuid(Uuid bytes, unsigned version) {
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0f) | (version << 4));
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3f) | 0x80);
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        constexpr std::string_view digits = "0123456789abcdef";
        if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
        text += digits[bytes[i] >> 4];
        text += digits[bytes[i] & 0x0f];
    }
    return text;
}

Uuid random_bytes() {
    Uuid bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    return bytes;
}

constexpr std::array<std::string_view, 48> kAdjectives{
    "able",  "amber",  "azure",  "bold",   "brave",  "bright", "brisk", "calm",   "clear", "clever",
    "cool",  "crisp",  "deft",   "eager",  "early",  "fair",   "fast",  "fine",   "fond",  "free",
    "fresh", "gentle", "glad",   "golden", "grand",  "happy",  "hardy", "honest", "jolly", "keen",
    "kind",  "light",  "lively", "lucky",  "merry",  "mild",   "neat",  "noble",  "proud", "quick",
    "quiet", "ready",  "sharp",  "smart",  "steady", "sunny",  "swift", "warm"};
constexpr std::array<std::string_view, 48> kAnimals{
    "badger", "beaver", "bison", "cat",   "condor", "crane",  "deer",   "dolphin", "eagle", "falcon",
    "ferret", "finch",  "fox",   "gecko", "goose",  "hare",   "hawk",   "heron",   "horse", "ibex",
    "jay",    "koala",  "lark",  "lemur", "lynx",   "magpie", "marten", "mole",    "moose", "newt",
    "orca",   "otter",  "owl",   "panda", "pony",   "puffin", "quail",  "raven",   "robin", "salmon",
    "seal",   "stork",  "swan",  "tiger", "trout",  "turtle", "whale",  "wren"};

void count(Run::Counts& counts, bool passed) {
    ++counts.total;
    ++(passed ? counts.passed : counts.failed);
}

}  // namespace

std::string_view to_string(CallFaultKind kind) noexcept {
    switch (kind) {
        case CallFaultKind::no_media:
            return "no-media";
        case CallFaultKind::no_signalling:
            return "no-signalling";
        case CallFaultKind::no_candidates:
            return "no-candidates";
        case CallFaultKind::turn_unreachable:
            return "turn-unreachable";
        case CallFaultKind::turn_refused:
            return "turn-refused";
        case CallFaultKind::relay_refused:
            return "relay-refused";
        case CallFaultKind::ice_failed:
            return "ice-failed";
        case CallFaultKind::dtls_failed:
            return "dtls-failed";
        case CallFaultKind::lost:
            return "lost";
    }
    return "ice-failed";
}

std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::passed:
            return "passed";
        case Verdict::warned:
            return "warned";
        case Verdict::failed:
            return "failed";
        case Verdict::skipped:
            return "skipped";
    }
    return "failed";
}

Run::Counts Run::checks() const {
    Counts counts;
    for (const auto& step : steps) {
        for (const auto& assertion : step.assertions)
            count(counts, assertion.passed);
        for (const auto& extraction : step.extractions)
            count(counts, extraction.passed);
        for (const auto& script : step.scripts)
            count(counts, script.passed);
    }
    for (const auto& probe : probes)
        for (const auto& expectation : probe.expectations)
            count(counts, expectation.passed);
    return counts;
}

Run::Counts Run::step_counts() const {
    Counts counts;
    for (const auto& step : steps) {
        ++counts.total;
        switch (step.verdict) {
            case Verdict::passed:
            case Verdict::warned:
                ++counts.passed;
                break;
            case Verdict::failed:
                ++counts.failed;
                break;
            case Verdict::skipped:
                ++counts.skipped;
                break;
        }
    }
    return counts;
}

std::string make_run_id() {
    auto bytes = random_bytes();
    const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
                         std::chrono::system_clock::now().time_since_epoch())
                         .count();
    for (int i = 0; i < 6; ++i)
        bytes[static_cast<std::size_t>(i)] =
            static_cast<unsigned char>(static_cast<std::uint64_t>(now) >> (40 - 8 * i));
    return format_uuid(bytes, 7);
}

std::string make_run_name() {
    const auto bytes = random_bytes();
    const auto pick = [&](const auto& words, std::size_t at) {
        return words[(static_cast<std::size_t>(bytes[at]) << 8 | bytes[at + 1]) % words.size()];
    };
    return std::string(pick(kAdjectives, 0)) + '-' + std::string(pick(kAnimals, 2));
}

std::string stable_uuid(std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), digest.data(), &size, EVP_sha256(), nullptr);
    Uuid bytes{};
    std::copy_n(digest.begin(), bytes.size(), bytes.begin());
    return format_uuid(bytes, 8);
}

std::string iso8601(SystemTime time) {
    using namespace std::chrono;
    const auto ms = floor<milliseconds>(time.time_since_epoch()).count();
    const std::time_t seconds = static_cast<std::time_t>((ms - (ms % 1000 + 1000) % 1000) / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    std::array<char, 96> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", utc.tm_year + 1900,
                  utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec,
                  static_cast<int>((ms % 1000 + 1000) % 1000));
    return text.data();
}

}  // namespace ringback::harness
