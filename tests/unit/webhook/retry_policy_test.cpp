#include "webhook/retry_policy.hpp"

#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using net::Error;
using net::Phase;
using store::MessageState;

const store::Time kNow{1'800'000'000s};
const Random kNoJitter = [] { return 0.0; };
const Random kMostJitter = [] { return 0.999999; };

std::string show(const Outcome& outcome) {
    std::string text(to_string(outcome.verdict));
    if (!outcome.connected) text += ", not connected";
    if (!outcome.reason.empty()) text += ": " + outcome.reason;
    if (outcome.not_before)
        text += " [not before +" +
                std::to_string(
                    std::chrono::duration_cast<std::chrono::seconds>(*outcome.not_before - kNow).count()) +
                " s]";
    return text;
}

std::string after(const char* header) {
    const auto at = parse_retry_after(header, kNow);
    return at ? std::to_string(std::chrono::duration_cast<std::chrono::seconds>(*at - kNow).count())
              : "unreadable";
}

Outcome failing(std::optional<store::Time> not_before = std::nullopt) {
    Outcome outcome;
    outcome.reason = "HTTP 503";
    outcome.not_before = not_before;
    return outcome;
}

double wait_of(const Decision& decision) {
    return std::chrono::duration<double>(decision.due_at - kNow).count();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(retry_policy)

BOOST_AUTO_TEST_CASE(judges_answers) {
    struct Row {
        unsigned status;
        const char *reason, *header, *value, *wanted;
    };
    const Row rows[] = {
        {200, "OK", "", "", "delivered"},
        {202, "", "", "", "delivered"},
        {204, "", "Retry-After", "5", "delivered"},
        {301, "Moved", "Location", "https://x.example/",
         "permanent: HTTP 301 Moved: redirects are not followed (Location: https://x.example/)"},
        {302, "Found", "Location", "https://x.example/?token=t0p",
         "permanent: HTTP 302 Found: redirects are not followed (Location: https://x.example/?token=***)"},
        {302, "", "", "", "permanent: HTTP 302: redirects are not followed"},
        {304, "", "", "", "permanent: HTTP 304: redirects are not followed"},
        {400, "Bad Request", "", "", "permanent: HTTP 400 Bad Request"},
        {401, "", "", "", "permanent: HTTP 401"},
        {404, "", "Retry-After", "5", "permanent: HTTP 404"},
        {408, "", "", "", "retry: HTTP 408"},
        {410, "Gone", "", "", "gone: HTTP 410 Gone: the receiver wants no more calls at this URL"},
        {425, "", "", "", "retry: HTTP 425"},
        {429, "", "Retry-After", "120", "retry: HTTP 429 [not before +120 s]"},
        {500, "", "", "", "retry: HTTP 500"},
        {503, "", "retry-after", "Fri, 15 Jan 2027 08:00:30 GMT", "retry: HTTP 503 [not before +30 s]"},
        {503, "", "Retry-After", "soon", "retry: HTTP 503"},
        {599, "", "", "", "retry: HTTP 599"},
    };
    for (const auto& row : rows) {
        auto exchange = answered(row.status, row.reason);
        if (*row.header) exchange.response->headers.add(row.header, row.value);
        BOOST_TEST(show(classify(exchange, kNow)) == row.wanted);
    }
}

BOOST_AUTO_TEST_CASE(judges_what_brought_no_answer) {
    struct Row {
        Error error;
        Phase phase;
        bool sent;
        const char* wanted;
    };
    const Row rows[] = {
        {Error::name_not_found, Phase::resolve, false, "retry, not connected: x"},
        {Error::resolve_timeout, Phase::resolve, false, "retry, not connected: x"},
        {Error::address_denied, Phase::resolve, false, "permanent: x (--allow-net ADDRESS allows it)"},
        {Error::connect_timeout, Phase::connect, false, "retry, not connected: x"},
        {Error::tls_timeout, Phase::tls, false, "retry: x"},
        {Error::tls_untrusted, Phase::tls, false, "permanent: x"},
        {Error::tls_expired, Phase::tls, false, "permanent: x"},
        {Error::tls_wrong_host, Phase::tls, false, "permanent: x"},
        {Error::tls_failed, Phase::tls, false, "retry: x"},
        {Error::bad_certificate_file, Phase::tls, false, "retry: x"},
        {Error::proxy_refused, Phase::connect, false, "retry, not connected: x"},
        {Error::send_timeout, Phase::send, false, "retry: x"},
        {Error::response_timeout, Phase::wait, true, "ambiguous: x"},
        {Error::connection_closed, Phase::wait, true, "ambiguous: x"},
        {Error::malformed_response, Phase::wait, true, "ambiguous: x"},
        {Error::canceled, Phase::wait, true, "ambiguous: x"},
        {Error::canceled, Phase::send, false, "retry: x"},
        {Error::invalid_url, Phase::none, false, "permanent: x"},
        {Error::invalid_request, Phase::none, false, "permanent: x"},
    };
    for (const auto& row : rows)
        BOOST_TEST(show(classify(unanswered(row.error, row.phase, row.sent, "x"), kNow)) == row.wanted,
                   net::make_error_code(row.error).message());
    BOOST_TEST(
        show(classify(unanswered(net::make_error_code(Error::connect_timeout), Phase::connect, false), kNow))
            .starts_with("retry, not connected: "));
}

BOOST_AUTO_TEST_CASE(a_whole_head_decides_even_when_its_body_never_ends) {
    auto drips = answered(200, "OK");
    drips.error = Error::response_timeout;
    drips.phase = Phase::receive;
    BOOST_TEST(show(classify(drips, kNow)) == "delivered");
    drips.response->status = 503;
    BOOST_TEST(show(classify(drips, kNow)) == "retry: HTTP 503 OK");
}

BOOST_AUTO_TEST_CASE(reads_retry_after) {
    // 1,800,000,000 is Fri, 15 Jan 2027 08:00:00 GMT.
    struct Row {
        const char *text, *wanted;
    };
    const Row rows[] = {
        {"0", "0"},
        {" 120 ", "120"},
        {"86400", "86400"},
        {"86401", "86400"},
        {"99999999999999999999999999", "86400"},
        {"Fri, 15 Jan 2027 08:01:00 GMT", "60"},
        {"Friday, 15-Jan-27 08:01:00 GMT", "60"},
        {"Fri Jan 15 08:01:00 2027", "60"},
        {"Fri, 15 Jan 2027 08:01:00 UTC", "60"},
        {"Fri, 15 Jan 2027 08:01:00 +0000", "60"},
        {"Fri, 15 Jan 2027 08:01:00 +0100", "unreadable"},
        {"Fri, 15 Jan 2027 07:00:00 GMT", "0"},
        {"Sun, 06 Nov 1994 08:49:37 GMT", "0"},
        {"Fri, 31 Dec 9999 23:59:59 GMT", "86400"},
        {"Fri, 15 Jan 2027 08:01:00 CET", "unreadable"},
        {"Fri, 31 Feb 2027 08:01:00 GMT", "unreadable"},
        {"Fri, 15 Jan 2027 25:01:00 GMT", "unreadable"},
        {"Fri, 15 Xyz 2027 08:01:00 GMT", "unreadable"},
        {"-5", "unreadable"},
        {"1.5", "unreadable"},
        {"5 s", "unreadable"},
        {"", "unreadable"},
        {"soon", "unreadable"},
    };
    for (const auto& row : rows)
        BOOST_TEST(after(row.text) == row.wanted, row.text);
}

BOOST_AUTO_TEST_CASE(waits_inline_with_full_jitter_then_parks) {
    Standing standing;
    standing.inline_end = kNow + 30s;
    const double most[] = {0.5, 1, 2, 4, 8};
    for (std::uint32_t tries = 1; tries <= 5; ++tries) {
        standing.inline_tries = tries;
        const auto least = decide(failing(), standing, kNow, kNoJitter);
        BOOST_TEST(wait_of(least) == 0);
        BOOST_TEST(!least.parked);
        BOOST_TEST(wait_of(decide(failing(), standing, kNow, kMostJitter)) == most[tries - 1],
                   boost::test_tools::tolerance(0.01));
    }
    standing.inline_tries = 6;
    const auto parked = decide(failing(), standing, kNow, kNoJitter);
    BOOST_TEST(parked.parked);
    BOOST_TEST((parked.state == MessageState::due));
    BOOST_TEST(parked.takes_step);
    BOOST_TEST(wait_of(parked) == 5);
    BOOST_TEST(parked.reason == "HTTP 503");
}

BOOST_AUTO_TEST_CASE(parks_when_the_budget_or_the_receiver_does_not_allow_more) {
    Standing standing;
    standing.inline_tries = 1;
    standing.inline_end = kNow + 30s;
    // Retry-After within the budget is waited for, beyond it the message is parked until then.
    const auto soon = decide(failing(kNow + 20s), standing, kNow, kNoJitter);
    BOOST_TEST(!soon.parked);
    BOOST_TEST(wait_of(soon) == 20);
    const auto later = decide(failing(kNow + 40s), standing, kNow, kNoJitter);
    BOOST_TEST(later.parked);
    BOOST_TEST(wait_of(later) == 40);
    standing.inline_end = kNow;
    BOOST_TEST(decide(failing(), standing, kNow, kNoJitter).parked);
    standing.inline_end = kNow + 30s;
    standing.failed_connects = 1;
    BOOST_TEST(!decide(failing(), standing, kNow, kNoJitter).parked);
    standing.failed_connects = 2;
    BOOST_TEST(decide(failing(), standing, kNow, kNoJitter).parked);
}

BOOST_AUTO_TEST_CASE(follows_the_long_schedule_then_gives_up) {
    const double hours[] = {5.0 / 3600, 5.0 / 60, 0.5, 2, 5, 10, 14, 20, 24};
    Standing standing;
    for (std::uint32_t step = 0; step < kLongSteps; ++step) {
        standing.long_steps = step;
        BOOST_TEST(wait_of(decide(failing(), standing, kNow, kNoJitter)) == hours[step] * 3600);
        // Jitter only adds, at most a tenth.
        BOOST_TEST(wait_of(decide(failing(), standing, kNow, kMostJitter)) == hours[step] * 3600 * 1.1,
                   boost::test_tools::tolerance(0.001));
    }
    standing.long_steps = kLongSteps;
    const auto dead = decide(failing(), standing, kNow, kNoJitter);
    BOOST_TEST((dead.state == MessageState::dead));
    BOOST_TEST(dead.reason == "given up after the last of 9 retries: HTTP 503");
    // Even then the receiver's own wish to be asked later does not keep a message alive for ever.
    BOOST_TEST((decide(failing(kNow + 60s), standing, kNow, kNoJitter).state == MessageState::dead));
}

BOOST_AUTO_TEST_CASE(an_early_look_takes_no_step) {
    Standing standing;
    standing.long_steps = 4;
    standing.was_due = kNow + 3h;
    const auto decision = decide(failing(), standing, kNow, kNoJitter);
    BOOST_TEST(!decision.takes_step);
    BOOST_TEST(wait_of(decision) == 3 * 3600);
    BOOST_TEST(wait_of(decide(failing(kNow + 4h), standing, kNow, kNoJitter)) == 4 * 3600);
}

BOOST_AUTO_TEST_CASE(ends_what_is_delivered_or_refused) {
    const Standing standing;
    struct Row {
        unsigned status;
        MessageState state;
        const char* reason;
    };
    const Row rows[] = {{200, MessageState::delivered, ""},
                        {404, MessageState::dead, "HTTP 404"},
                        {410, MessageState::dead, "HTTP 410: the receiver wants no more calls at this URL"}};
    for (const auto& row : rows) {
        const auto decision = decide(classify(answered(row.status), kNow), standing, kNow, kNoJitter);
        BOOST_TEST((decision.state == row.state));
        BOOST_TEST(decision.reason == row.reason);
    }
}

BOOST_AUTO_TEST_SUITE_END()
