#include "run-options/redaction.hpp"

#include "run-options/text/utf8.hpp"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace ringback {
namespace {

using Ranges = std::vector<std::pair<std::size_t, std::size_t>>;  // [begin, end) in bytes, ascending, apart

constexpr std::string_view kUrlEnds = " \t\r\n\v\f\"'<>";
constexpr std::size_t kSecretSegment = 20;
constexpr std::size_t kSegmentShown = 4;

bool is_space(char c) {
    return c == ' ' || (c >= '\t' && c <= '\r');
}
bool is_digit(char c) {
    return c >= '0' && c <= '9';
}
bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

std::string lower(std::string_view words) {
    std::string out(words);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// Whether `wanted` stands in `words` by itself, not inside a longer word as in "bypass".
bool has_word(std::string_view words, std::string_view wanted) {
    const auto outside = [&](std::size_t at) {
        return at >= words.size() || !(is_letter(words[at]) || is_digit(words[at]));
    };
    for (std::size_t at = words.find(wanted); at != std::string_view::npos; at = words.find(wanted, at + 1))
        if ((at == 0 || outside(at - 1)) && outside(at + wanted.size())) return true;
    return false;
}

bool is_secret_segment(std::string_view segment) {
    return segment.size() >= kSecretSegment && std::any_of(segment.begin(), segment.end(), is_digit) &&
           std::any_of(segment.begin(), segment.end(), is_letter);
}

void add(Ranges& ranges, std::size_t begin, std::size_t end) {
    if (begin < end) ranges.emplace_back(begin, end);
}

/// Where user name and password end ("@"), in the part of a URL behind "://"; npos without any.
std::size_t user_end(std::string_view rest) {
    const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
    if (const std::size_t sign = authority.rfind('@'); sign != std::string_view::npos) return sign;
    // "user:p#w@host": the password should have been encoded, but it is no less secret. A port is digits, an
    // IPv6 address begins with "[".
    const std::size_t colon = authority.find(':');
    const bool port =
        colon == std::string_view::npos || colon + 1 >= authority.size() || is_digit(authority[colon + 1]);
    return port || authority.starts_with('[') ? std::string_view::npos : rest.find('@');
}

/// Secrets in the URL that fills [begin, end) of the text, its scheme and "://" included.
void find_in_url(std::string_view text, std::size_t begin, std::size_t end, Ranges& ranges) {
    const std::string_view url = text.substr(0, end);
    const auto first_of = [&](std::string_view stops, std::size_t from) {
        return std::min(url.find_first_of(stops, from), end);
    };
    const std::size_t scheme = url.find("://", begin);
    std::size_t at = begin;
    // A "://" further behind belongs to a path or a query: "/login?next=http://…".
    if (scheme != std::string_view::npos && first_of("/?#", begin) == scheme + 1) {
        at = scheme + 3;
        if (const std::size_t sign = user_end(url.substr(at)); sign != std::string_view::npos) {
            add(ranges, at, at + sign);
            at += sign;
        }
    }
    at = first_of("/?#", at);
    while (at < end && url[at] == '/') {
        const std::size_t segment_end = first_of("/?#", at + 1);
        if (is_secret_segment(url.substr(at + 1, segment_end - at - 1)))
            add(ranges, at + 1 + kSegmentShown, segment_end);
        at = segment_end;
    }
    while (at < end && url[at] != '#') {  // at "?" or "&"
        const std::size_t pair_end = first_of("&#", at + 1);
        const std::size_t equals = url.substr(0, pair_end).find('=', at);
        if (equals != std::string_view::npos) add(ranges, equals + 1, pair_end);
        at = pair_end;
    }
}

/// URLs anywhere in a text: from "http" to white space or a quotation mark.
void find_urls(std::string_view text, Ranges& ranges) {
    for (std::size_t at = text.find("://"); at != std::string_view::npos;) {
        std::size_t begin = at;
        while (begin > 0 && is_letter(text[begin - 1]))
            --begin;
        const std::size_t end = std::min(text.find_first_of(kUrlEnds, at), text.size());
        find_in_url(text, begin, end, ranges);
        at = text.find("://", end);
    }
}

void find_signing_secrets(std::string_view text, Ranges& ranges) {
    for (const std::string_view prefix : {std::string_view("whsec_"), std::string_view("whsk_")})
        for (std::size_t at = text.find(prefix); at != std::string_view::npos;) {
            std::size_t end = at + prefix.size();
            while (end < text.size() && (is_letter(text[end]) || is_digit(text[end]) ||
                                         std::string_view("+/=_-").find(text[end]) != std::string_view::npos))
                ++end;
            add(ranges, at + prefix.size(), end);
            at = text.find(prefix, end);
        }
}

std::size_t skip_space(std::string_view text, std::size_t at) {
    while (at < text.size() && is_space(text[at]))
        ++at;
    return at;
}

/// Behind the closing quotation mark of the string whose content begins at `at`; the end when there is none.
std::size_t string_end(std::string_view text, std::size_t at) {
    for (; at < text.size() && text[at] != '"'; ++at)
        if (text[at] == '\\') ++at;
    return std::min(at, text.size());
}

/// "key": "value" pairs, without asking whether the JSON around them is sound: it is mostly the unsound that
/// is shown.
void find_in_json(std::string_view text, Ranges& ranges) {
    for (std::size_t at = text.find('"'); at < text.size();) {
        const std::size_t key = at + 1;
        const std::size_t key_end = string_end(text, key);
        const std::size_t colon = skip_space(text, std::min(key_end + 1, text.size()));
        const std::size_t open =
            colon < text.size() && text[colon] == ':' ? skip_space(text, colon + 1) : text.size();
        if (open < text.size() && text[open] == '"') {
            const std::size_t value_end = string_end(text, open + 1);
            const std::string_view value = text.substr(open + 1, value_end - open - 1);
            if (is_secret_name(text.substr(key, key_end - key)) && !value.starts_with("env:"))
                add(ranges, open + 1, value_end);
            at = text.find('"', std::min(value_end + 1, text.size()));
        } else {
            at = text.find('"', std::min(key_end + 1, text.size()));
        }
    }
}

}  // namespace

bool is_secret_name(std::string_view name) {
    constexpr std::array<std::string_view, 15> kWords{
        "authorization", "cookie",     "token",      "secret",     "password",
        "passwd",        "passphrase", "apikey",     "authkey",    "accesskey",
        "webhookkey",    "signature",  "credential", "privatekey", "routingkey"};
    std::string words = lower(name);
    if (has_word(words, "pass")) return true;
    std::erase_if(words, [](char c) { return c == '-' || c == '_'; });
    return std::any_of(kWords.begin(), kWords.end(),
                       [&](std::string_view word) { return words.find(word) != std::string::npos; });
}

bool is_secret_header(std::string_view name) {
    constexpr std::array<std::string_view, 4> kOpen{"webhook-signature", "idempotency-key", "surrogate-key",
                                                    "x-cache-key"};
    const std::string words = lower(name);
    if (words.starts_with("access-control-") || std::find(kOpen.begin(), kOpen.end(), words) != kOpen.end())
        return false;
    return is_secret_name(name) || words.ends_with("-key");
}

std::string redacted_header(std::string_view name, std::string_view value) {
    if (is_secret_header(name)) return "***";
    // These hold one URL, which may be relative.
    const std::string words = lower(name);
    if (words == "location" || words == "content-location") return redacted_url(value);
    return masked_line(value, 0, value.size());
}

std::string redacted_url(std::string_view url) {
    Ranges ranges;
    find_in_url(url, 0, url.size(), ranges);
    std::string out;
    std::size_t at = 0;
    for (const auto& [begin, end] : ranges) {
        out.append(url.substr(at, begin - at)).append("***");
        at = end;
    }
    return out.append(url.substr(at));
}

std::string without_user_info(std::string_view text) {
    std::string out;
    std::size_t copied = 0;
    for (std::size_t at = text.find("://"); at != std::string_view::npos; at = text.find("://", at)) {
        at += 3;
        const std::size_t end = std::min(text.find_first_of(kUrlEnds, at), text.size());
        const std::size_t sign = user_end(text.substr(at, end - at));
        if (sign == std::string_view::npos) continue;
        out.append(text.substr(copied, at - copied)).append("***");
        copied = at + sign;
    }
    return out.append(text.substr(copied));
}

std::string masked_line(std::string_view text, std::size_t begin, std::size_t end) {
    Ranges ranges;
    find_in_json(text, ranges);
    find_urls(text, ranges);
    find_signing_secrets(text, ranges);
    std::vector<bool> secret(text.size(), false);
    for (const auto& [from, to] : ranges)
        std::fill(secret.begin() + from, secret.begin() + to, true);
    std::string out;
    for (std::size_t at = begin; at < end;) {
        const std::size_t length = text::code_point_at(text.substr(0, end), at).length;
        if (secret[at])
            out += '*';
        else
            out += text.substr(at, length);
        at += length;
    }
    return out;
}

}  // namespace ringback
