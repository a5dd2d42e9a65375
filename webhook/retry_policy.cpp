#include "webhook/retry_policy.hpp"

#include "run-options/redaction.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

namespace ringback::webhook {
namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

constexpr std::array<milliseconds, kInlineTries - 1> kInlineWaits{500ms, 1s, 2s, 4s, 8s};
constexpr std::array<milliseconds, kLongSteps> kLongWaits{5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
constexpr std::chrono::hours kLongestRetryAfter{24};

bool is_one_of(unsigned status, std::initializer_list<unsigned> list) {
    return std::find(list.begin(), list.end(), status) != list.end();
}

std::string status_text(const net::HttpResponse& response) {
    std::string text = "HTTP " + std::to_string(response.status);
    if (!response.reason.empty()) text += " " + response.reason.substr(0, 60);
    return text;
}

Outcome judge_response(const net::HttpResponse& response, store::Time now) {
    Outcome outcome;
    const unsigned status = response.status;
    outcome.reason = status_text(response);
    if (status >= 200 && status < 300) {
        outcome.verdict = Verdict::delivered;
        outcome.reason.clear();
    } else if (status == 410) {
        outcome.verdict = Verdict::gone;
        outcome.reason += ": the receiver wants no more calls at this URL";
    } else if (status >= 500 || is_one_of(status, {408, 425, 429})) {
        outcome.verdict = Verdict::retry;
        if (const auto after = response.headers.get("Retry-After"))
            outcome.not_before = parse_retry_after(*after, now);
    } else {
        outcome.verdict = Verdict::permanent;
        if (status >= 300 && status < 400) {
            outcome.reason += ": redirects are not followed";
            if (const auto location = response.headers.get("Location"))
                outcome.reason += " (Location: " + redacted_url(*location).substr(0, 200) + ")";
        }
    }
    return outcome;
}

/// Failures that no later attempt can mend.
bool is_permanent(const boost::system::error_code& error) {
    using net::Error;
    constexpr std::array kPermanent{Error::address_denied, Error::tls_untrusted, Error::tls_expired,
                                    Error::tls_wrong_host, Error::invalid_url,   Error::invalid_request};
    return std::any_of(kPermanent.begin(), kPermanent.end(),
                       [&](Error e) { return error == net::make_error_code(e); });
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

/// What ends a date in universal time: GMT by the book, the others by many servers.
bool is_universal(std::string_view zone) {
    return zone == "GMT" || zone == "UTC" || zone == "+0000";
}

/// An HTTP date in any of its three forms. strptime depends on the locale, hence by hand.
std::optional<std::chrono::sys_seconds> parse_http_date(std::string_view text) {
    constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
    std::array<std::string_view, 8> parts;
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size() && count < parts.size();) {
        const auto begin = text.find_first_not_of(" ,-", at);
        if (begin == std::string_view::npos) break;
        const auto end = std::min(text.find_first_of(" ,-", begin), text.size());
        parts[count++] = text.substr(begin, end - begin);
        at = end;
    }
    const auto number = [](std::string_view digits) -> std::optional<int> {
        int value = 0;
        const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
        if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
        return value;
    };
    // "Sun, 06 Nov 1994 08:49:37 GMT" and "Sunday, 06-Nov-94 08:49:37 GMT" against "Sun Nov  6 08:49:37
    // 1994".
    const bool asctime = count == 5;
    if (count != 5 && (count != 6 || !is_universal(parts[5]))) return std::nullopt;
    const auto day = number(parts[asctime ? 2 : 1]);
    const auto month_name = parts[asctime ? 1 : 2];
    auto year = number(parts[asctime ? 4 : 3]);
    const auto clock = parts[asctime ? 3 : 4];
    if (!day || !year || month_name.size() != 3 || clock.size() != 8 || clock[2] != ':' || clock[5] != ':')
        return std::nullopt;
    const auto month = kMonths.find(month_name);
    const auto hours = number(clock.substr(0, 2)), minutes = number(clock.substr(3, 2)),
               seconds = number(clock.substr(6));
    if (month == std::string_view::npos || month % 3 != 0 || !hours || !minutes || !seconds)
        return std::nullopt;
    if (*hours > 23 || *minutes > 59 || *seconds > 60) return std::nullopt;
    if (*year < 100) *year += *year < 70 ? 2000 : 1900;
    const std::chrono::year_month_day date{std::chrono::year(*year),
                                           std::chrono::month(static_cast<unsigned>(month / 3 + 1)),
                                           std::chrono::day(static_cast<unsigned>(*day))};
    if (!date.ok() || *year > 9999) return std::nullopt;
    return std::chrono::sys_days(date) + std::chrono::hours(*hours) + std::chrono::minutes(*minutes) +
           std::chrono::seconds(*seconds);
}

Decision final_decision(const Outcome& outcome, store::Time now) {
    Decision decision;
    decision.state =
        outcome.verdict == Verdict::delivered ? store::MessageState::delivered : store::MessageState::dead;
    decision.due_at = now;
    decision.reason = outcome.reason;
    return decision;
}

/// The next try of an inline delivery, if there is one.
std::optional<Decision> decide_inline(const Outcome& outcome, const Standing& standing, store::Time now,
                                      const Random& random) {
    const auto floor = outcome.not_before.value_or(now);
    if (!standing.inline_end || standing.inline_tries == 0) return std::nullopt;
    if (standing.inline_tries > kInlineWaits.size()) return std::nullopt;
    if (standing.failed_connects >= kConnectsBeforeSkip) return std::nullopt;
    const double wait = static_cast<double>(kInlineWaits[standing.inline_tries - 1].count()) * random();
    Decision decision;
    decision.due_at = std::max(now + milliseconds(static_cast<std::int64_t>(wait)), floor);
    if (decision.due_at >= *standing.inline_end) return std::nullopt;
    return decision;
}

}  // namespace

std::string_view to_string(Verdict verdict) noexcept {
    switch (verdict) {
        case Verdict::delivered:
            return "delivered";
        case Verdict::retry:
            return "retry";
        case Verdict::permanent:
            return "permanent";
        case Verdict::gone:
            return "gone";
        case Verdict::ambiguous:
            return "ambiguous";
    }
    return "retry";
}

std::optional<store::Time> parse_retry_after(std::string_view text, store::Time now) {
    text = trimmed(text);
    const auto latest = now + kLongestRetryAfter;
    if (!text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos) {
        std::uint64_t seconds = 0;
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
        constexpr std::uint64_t cap = std::chrono::seconds(kLongestRetryAfter).count();
        if (error != std::errc{}) seconds = cap;  // too many digits: as long as we ever wait
        return now + std::chrono::seconds(std::min(seconds, cap));
    }
    const auto date = parse_http_date(text);
    if (!date) return std::nullopt;
    // Compared in seconds: a far date would overflow the clock's nanoseconds.
    if (*date >= std::chrono::floor<std::chrono::seconds>(latest)) return latest;
    return *date <= std::chrono::ceil<std::chrono::seconds>(now) ? now : store::Time(*date);
}

Outcome classify(const net::Exchange& exchange, store::Time now) {
    // A whole response head decides, even when its body never ended: a 2xx was said, and asking again would
    // only send the message twice.
    if (exchange.response) return judge_response(*exchange.response, now);
    Outcome outcome;
    outcome.reason = exchange.error_detail.empty() ? exchange.error.message() : exchange.error_detail;
    if (exchange.error == net::make_error_code(net::Error::address_denied))
        outcome.reason += " (--allow-net ADDRESS allows it)";
    if (is_permanent(exchange.error)) {
        outcome.verdict = Verdict::permanent;
    } else if (exchange.request_sent) {
        outcome.verdict = Verdict::ambiguous;
    } else {
        outcome.verdict = Verdict::retry;
        outcome.connected = exchange.phase != net::Phase::resolve && exchange.phase != net::Phase::connect &&
                            exchange.phase != net::Phase::none;
    }
    return outcome;
}

Decision decide(const Outcome& outcome, const Standing& standing, store::Time now, const Random& random) {
    if (!outcome.again()) return final_decision(outcome, now);
    if (auto soon = decide_inline(outcome, standing, now, random)) return *soon;

    const auto floor = outcome.not_before.value_or(now);
    Decision decision;
    decision.parked = true;
    decision.reason = outcome.reason;
    if (standing.was_due) {
        decision.due_at = std::max({*standing.was_due, floor, now});
        return decision;
    }
    if (standing.long_steps >= kLongSteps) {
        decision.state = store::MessageState::dead;
        decision.due_at = now;
        decision.parked = false;
        decision.reason =
            "given up after the last of " + std::to_string(kLongSteps) + " retries: " + outcome.reason;
        return decision;
    }
    const auto wait = kLongWaits[standing.long_steps];
    const auto jitter =
        milliseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * 0.1 * random()));
    decision.due_at = std::max(now + wait + jitter, floor);
    decision.takes_step = true;
    return decision;
}

}  // namespace ringback::webhook
