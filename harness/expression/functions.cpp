#include "harness/expression/functions.hpp"

#include "harness/expression/encoding.hpp"
#include "harness/expression/text_position.hpp"
#include "run-options/parse_error.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <stdexcept>
#include <vector>

namespace ringback::harness {

namespace {

using Result = boost::system::result<std::string, FunctionError>;
using Arguments = std::span<const std::string>;
using Environment = FunctionEnvironment;
using std::chrono::system_clock;

FunctionError error(std::string message, std::optional<std::string> got = {}) {
    FunctionError made;
    made.message = std::move(message);
    made.got = std::move(got);
    return made;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    text = trimmed(text);
    if (text.starts_with('+')) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

// Time

std::int64_t unix_seconds(system_clock::time_point time) {
    return std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count();
}

Result timestamp(Arguments, const Environment& environment) {
    return std::to_string(unix_seconds(environment.now()));
}

Result timestamp_offset(Arguments arguments, const Environment& environment) {
    constexpr std::int64_t most = 1'000'000'000'000;  // 30,000 years; keeps the sum far from overflow
    const auto seconds = whole_number(arguments[0]);
    if (!seconds || *seconds > most || *seconds < -most)
        return error("timestamp_offset wants a whole number of seconds", arguments[0]);
    return std::to_string(unix_seconds(environment.now()) + *seconds);
}

/// A UTC calendar time.
struct Calendar {
    int year;
    unsigned month, day, hour, minute, second;
};

Calendar calendar_of(std::int64_t unix_time) {
    using namespace std::chrono;
    const sys_seconds time{seconds(unix_time)};
    const auto day = floor<days>(time);
    const year_month_day date{day};
    const hh_mm_ss clock{time - day};
    return {int(date.year()),
            unsigned(date.month()),
            unsigned(date.day()),
            unsigned(clock.hours().count()),
            unsigned(clock.minutes().count()),
            unsigned(clock.seconds().count())};
}

Result utc_datetime(Arguments, const Environment& environment) {
    const auto now = environment.now();
    const auto c = calendar_of(unix_seconds(now));
    const auto micros = std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch()).count();
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}", c.year, c.month, c.day, c.hour, c.minute,
                       c.second, ((micros % 1'000'000) + 1'000'000) % 1'000'000);
}

std::string formatted_time(const Calendar& c, std::string_view format) {
    struct Field {
        std::string_view letters;
        std::string text;
    };
    const auto two = [](unsigned value) { return fmt::format("{:02}", value); };
    const Field fields[] = {{"YYYY", fmt::format("{:04}", c.year)},
                            {"YY", two(unsigned(c.year % 100))},
                            {"MM", two(c.month)},
                            {"DD", two(c.day)},
                            {"HH", two(c.hour)},
                            {"hh", two(c.hour % 12 == 0 ? 12 : c.hour % 12)},
                            {"mm", two(c.minute)},
                            {"ss", two(c.second)}};
    std::string out;
    while (!format.empty()) {
        const auto field = std::find_if(std::begin(fields), std::end(fields),
                                        [&](const Field& f) { return format.starts_with(f.letters); });
        if (field == std::end(fields)) {
            out += format.front();
            format.remove_prefix(1);
        } else {
            out += field->text;
            format.remove_prefix(field->letters.size());
        }
    }
    return out;
}

Result format_timestamp(Arguments arguments, const Environment&) {
    constexpr double end_of_year_9999 = 253'402'300'800, start_of_year_0 = -62'167'219'200;
    const auto text = trimmed(arguments[0]);
    double value = 0;
    const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (status != std::errc() || end != text.data() + text.size() || !std::isfinite(value) ||
        value >= end_of_year_9999 || value < start_of_year_0)
        return error("format_timestamp wants seconds since 1970 in years 0 to 9999", arguments[0]);
    return formatted_time(calendar_of(std::int64_t(std::floor(value))), arguments[1]);
}

// Random

/// Uniform in [0, width]. Draws again rather than favour small numbers; a broken source cannot hang it.
std::uint64_t random_below_or_at(std::uint64_t width, const Environment& environment) {
    if (width == ~std::uint64_t{0}) return environment.random();
    const std::uint64_t count = width + 1;
    const std::uint64_t surplus = (~std::uint64_t{0} % count + 1) % count;
    for (int attempt = 0; attempt < 100; ++attempt)
        if (const auto drawn = environment.random(); drawn <= ~std::uint64_t{0} - surplus)
            return drawn % count;
    return environment.random() % count;
}

Result random_int(Arguments arguments, const Environment& environment) {
    if (arguments.empty()) return std::to_string(environment.random());
    const auto low = whole_number(arguments[0]), high = whole_number(arguments[1]);
    if (!low || !high) return error("random_int wants two whole numbers", low ? arguments[1] : arguments[0]);
    if (*low > *high)
        return error("random_int wants the smaller bound first", fmt::format("{},{}", *low, *high));
    const auto width = static_cast<std::uint64_t>(*high) - static_cast<std::uint64_t>(*low);
    const auto value = static_cast<std::uint64_t>(*low) + random_below_or_at(width, environment);
    return std::to_string(static_cast<std::int64_t>(value));
}

Result random_string(Arguments arguments, const Environment& environment) {
    static constexpr std::string_view letters =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    const auto length = whole_number(arguments[0]);
    if (!length || *length < 0 || *length > 1000)
        return error("random_string wants a length of 0 to 1000", arguments[0]);
    std::string out;
    for (std::int64_t i = 0; i < *length; ++i)
        out += letters[random_below_or_at(letters.size() - 1, environment)];
    return out;
}

/// Version 4 (RFC 9562).
Result uuid(Arguments, const Environment& environment) {
    const auto high = (environment.random() & ~0xF000ull) | 0x4000ull;
    const auto low = (environment.random() & ~(0xC0ull << 56)) | (0x80ull << 56);
    return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF, high & 0xFFFF,
                       low >> 48, low & 0xFFFF'FFFF'FFFF);
}

// Encoding

Result encode_base64(Arguments arguments, const Environment&) {
    return base64(arguments[0]);
}
Result url_encode(Arguments arguments, const Environment&) {
    return url_encoded(arguments[0]);
}

template <const EVP_MD* (*algorithm)()>
Result digest(Arguments arguments, const Environment&) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    if (EVP_Digest(arguments[0].data(), arguments[0].size(), bytes.data(), &size, algorithm(), nullptr) != 1)
        return error("OpenSSL refuses this digest");  // MD5 under a FIPS policy
    return hex({bytes.data(), size});
}

template <const EVP_MD* (*algorithm)()>
Result hmac(Arguments arguments, const Environment&) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    const auto& [text, key] = std::tie(arguments[0], arguments[1]);
    if (!HMAC(algorithm(), key.data(), int(std::min<std::size_t>(key.size(), 1u << 26)),
              reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(), &size))
        return error("OpenSSL refuses this digest");
    return hex({bytes.data(), size});
}

// Context

template <std::string RunContext::*field>
Result context(Arguments, const Environment& environment) {
    return environment.run.*field;
}

/// A test without a service-url that asks for it is wrong; an empty URL would only fail later and less
/// clearly.
Result service_url(Arguments, const Environment& environment) {
    if (environment.run.service_url.empty()) return error("the test has no service-url");
    return environment.run.service_url;
}

constexpr std::uint8_t none = 1 << 0, one = 1 << 1, two = 1 << 2;
constexpr auto first = ArgumentSplit::first_comma, last = ArgumentSplit::last_comma;

constexpr Function table[] = {
    {"timestamp", none, first, timestamp, "timestamp", "seconds since 1970"},
    {"utc_datetime", none, first, utc_datetime, "utc_datetime", "UTC time, as 2013-11-07T19:24:41.418968"},
    {"format_timestamp", two, first, format_timestamp, "format_timestamp(value, format)",
     "`value` in seconds since 1970 as UTC; YYYY YY MM DD HH (00–23) hh (01–12) mm ss"},
    {"timestamp_offset", one, first, timestamp_offset, "timestamp_offset(seconds)",
     "seconds since 1970, so many from now; may be negative"},
    {"random_int", none | two, first, random_int, "random_int, random_int(a, b)",
     "a whole number from 0 to 2^64−1, or from a to b inclusive"},
    {"random_string", one, first, random_string, "random_string(n)", "n letters and digits, at most 1,000"},
    {"uuid", none, first, uuid, "uuid", "a random UUID, version 4"},
    {"encode_base64", one, first, encode_base64, "encode_base64(text)", "Base64 with padding"},
    {"url_encode", one, first, url_encode, "url_encode(text)", "percent-encoding, a space is %20"},
    {"md5", one, first, digest<EVP_md5>, "md5(text)", "MD5 in hexadecimal"},
    {"sha1", one, first, digest<EVP_sha1>, "sha1(text)", "SHA-1 in hexadecimal"},
    {"sha256", one, first, digest<EVP_sha256>, "sha256(text)", "SHA-256 in hexadecimal"},
    {"hmac_sha1", two, last, hmac<EVP_sha1>, "hmac_sha1(text, key)", "HMAC-SHA-1 in hexadecimal"},
    {"hmac_sha256", two, last, hmac<EVP_sha256>, "hmac_sha256(text, key)", "HMAC-SHA-256 in hexadecimal"},
    {"runscope_environment", none, first, context<&RunContext::environment>, "runscope_environment",
     "name of the environment"},
    {"runscope_environment_uuid", none, first, context<&RunContext::environment_uuid>,
     "runscope_environment_uuid", "its id"},
    {"runscope_bucket", none, first, context<&RunContext::bucket>, "runscope_bucket", "key of the project"},
    {"runscope_bucket_name", none, first, context<&RunContext::bucket_name>, "runscope_bucket_name",
     "name of the project"},
    {"runscope_test_uuid", none, first, context<&RunContext::test_uuid>, "runscope_test_uuid",
     "id of the test"},
    {"runscope_test_name", none, first, context<&RunContext::test_name>, "runscope_test_name",
     "name of the test"},
    {"runscope_region", none, first, context<&RunContext::region>, "runscope_region", "the location"},
    {"runscope_agent", none, first, context<&RunContext::agent>, "runscope_agent",
     "the agent, empty when there is none"},
    {"run_id", none, first, context<&RunContext::run_id>, "run_id", "id of this run"},
    {"service_url", none, first, service_url, "service_url", "the test's service-url"},
};

}  // namespace

std::size_t Function::max_arguments() const noexcept {
    std::size_t most = 0;
    for (std::size_t n = 0; n < 8; ++n)
        if (accepts(n)) most = n;
    return most;
}

FunctionEnvironment FunctionEnvironment::system(RunContext run) {
    return {[] { return system_clock::now(); },
            [] {
                std::uint64_t bits = 0;
                if (RAND_bytes(reinterpret_cast<unsigned char*>(&bits), sizeof bits) != 1)
                    throw std::runtime_error("OpenSSL has no random bytes");
                return bits;
            },
            std::move(run)};
}

void throw_exception_from_error(const FunctionError& error, const boost::source_location&) {
    throw std::invalid_argument(error.message);
}

std::span<const Function> all_functions() noexcept {
    return table;
}

const Function* find_function(std::string_view name) noexcept {
    const auto found =
        std::find_if(std::begin(table), std::end(table), [&](const Function& f) { return f.name == name; });
    return found == std::end(table) ? nullptr : found;
}

std::string nearest_function_hint(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& function : table)
        names.push_back(function.name);
    return did_you_mean(nearest_name(name, names));
}

}  // namespace ringback::harness
