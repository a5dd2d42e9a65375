// Every dialect and status against its golden file in tests/fixtures/payloads.
#include "golden.hpp"
#include "sample.hpp"
#include "webhook/message.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;

constexpr std::array kStatuses{RunStatus::started, RunStatus::completed, RunStatus::warnings,
                               RunStatus::failure, RunStatus::timeout,   RunStatus::canceled};

/// Ids are random; a golden file shows "msg_…" in their place.
std::string without_ids(std::string text, const std::vector<store::Message>& messages) {
    for (const auto& message : messages)
        for (auto at = text.find(message.id); at != std::string::npos; at = text.find(message.id))
            text.replace(at, message.id.size(), "msg_…");
    return text;
}

std::string show(const std::vector<store::Message>& messages) {
    std::string text;
    for (const auto& message : messages) {
        if (!text.empty()) text += "\n";
        text += "POST " + message.url + "\n";
        for (const auto& [name, value] : read_headers(message.headers))
            text += name + ": " + value + "\n";
        const bool json = message.body.starts_with('{') || message.body.starts_with('[');
        text += "\n" + (json ? spread(message.body) : message.body + "\n");
    }
    return text.empty() ? "nothing is sent\n" : without_ids(text, messages);
}

WebhookTarget target_of(WebhookFormat format) {
    WebhookTarget target;
    target.url = "https://hooks.example/in/1";
    target.format = format;
    target.on = {kStatuses.begin(), kStatuses.end()};
    if (format == WebhookFormat::pagerduty) target.headers = {{"X-Routing-Key", "R0123456789"}};
    return target;
}

std::string file_name(WebhookFormat format, const std::string& kind, RunStatus status) {
    std::string name(to_string(format));
    std::replace(name.begin(), name.end(), '/', '-');
    return name + "." + kind + "." + std::string(to_string(status)) + ".txt";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(payloads)

BOOST_AUTO_TEST_CASE(every_format_in_every_status) {
    for (int number = 0; number <= static_cast<int>(WebhookFormat::victorops); ++number) {
        const auto format = static_cast<WebhookFormat>(number);
        for (const auto status : kStatuses) {
            compare_with_golden(
                file_name(format, "endpoint", status),
                show(build_messages(endpoint_run(status), {target_of(format)}, publisher(), at(2200ms))));
            if (status == RunStatus::completed || status == RunStatus::failure)
                compare_with_golden(
                    file_name(format, "webrtc", status),
                    show(build_messages(webrtc_run(status), {target_of(format)}, publisher(), at(2200ms))));
        }
    }
}

BOOST_AUTO_TEST_CASE(says_null_for_what_nobody_knows) {
    Publisher plain;
    plain.version = "0.1.0";
    const auto run = endpoint_run(RunStatus::completed);
    for (const auto format : {WebhookFormat::json_object, WebhookFormat::runscope, WebhookFormat::currents,
                              WebhookFormat::apicontext, WebhookFormat::slack}) {
        std::string name(to_string(format));
        std::replace(name.begin(), name.end(), '/', '-');
        compare_with_golden(name + ".no-base-url.txt",
                            show(build_messages(run, {target_of(format)}, plain, at(2200ms))));
    }
}

BOOST_AUTO_TEST_CASE(json_bodies_are_json_whatever_a_test_is_called) {
    auto run = endpoint_run(RunStatus::failure);
    run.test_name = "\"\\\x01\xff </script> \xe2\x82\xac @everyone <!channel> \xf0\x9f\x9a\x80";
    run.failure_reasons = {std::string("NUL \0 and \xc3\x28", 11)};
    run.project = run.environment = run.location = run.test_name;
    for (int number = 0; number <= static_cast<int>(WebhookFormat::victorops); ++number) {
        const auto format = static_cast<WebhookFormat>(number);
        if (format == WebhookFormat::form) continue;
        for (const auto& message : build_messages(run, {target_of(format)}, publisher(), at(0ms))) {
            boost::system::error_code error;
            boost::json::parse(message.body, error);
            BOOST_TEST(!error, to_string(format) << ": " << message.body);
            for (const auto& [name, value] : read_headers(message.headers))
                BOOST_TEST(
                    std::all_of(value.begin(), value.end(), [](char c) { return c >= 0x20 && c < 0x7f; }),
                    name << ": " << value);
        }
    }
}

BOOST_AUTO_TEST_CASE(runscope_sends_status_codes_as_documented_when_asked_to) {
    auto target = target_of(WebhookFormat::runscope);
    const auto code = [&] {
        const auto body = boost::json::parse(
            build_messages(endpoint_run(RunStatus::completed), {target}, publisher(), at(0ms)).at(0).body);
        return boost::json::serialize(body.at("requests").at(0).at("response_status_code"));
    };
    BOOST_TEST(code() == "\"201\"");
    target.strict_docs = true;
    BOOST_TEST(code() == "201");
}

BOOST_AUTO_TEST_CASE(currents_counts_as_flaky_what_failed_before) {
    auto who = publisher();
    who.failed_before = {"3"};
    auto run = endpoint_run(RunStatus::completed);
    run.try_number = 2;
    const auto body = boost::json::parse(
        build_messages(run, {target_of(WebhookFormat::currents)}, who, at(0ms)).at(0).body);
    BOOST_TEST(body.at("flaky").as_int64() == 1);
    BOOST_TEST(body.at("retries").as_int64() == 1);
    BOOST_TEST(body.at("passes").as_int64() == 3);
    BOOST_TEST((failed_checks(endpoint_run(RunStatus::failure)) == std::vector<std::string>{"3"}));
    BOOST_TEST(
        (failed_checks(webrtc_run(RunStatus::failure)) == std::vector<std::string>{"video.in.bitrate > 50"}));
}

BOOST_AUTO_TEST_CASE(a_canceled_run_says_nothing_of_what_was_cut_off) {
    auto run = webrtc_run(RunStatus::canceled);
    const auto told = [&](WebhookFormat format) {
        return build_messages(run, {target_of(format)}, publisher(), at(0ms));
    };
    BOOST_TEST(told(WebhookFormat::apicontext).empty());
    const auto runscope = boost::json::parse(told(WebhookFormat::runscope).at(0).body);
    BOOST_TEST(runscope.at("result").as_string() == "canceled");
    BOOST_TEST(runscope.at("requests").as_array().empty());
}

BOOST_AUTO_TEST_CASE(pagerduty_takes_half_a_megabyte_at_most) {
    auto run = endpoint_run(RunStatus::failure);
    run.failure_reasons.assign(5000, std::string(3000, 'x'));
    run.error = run.additional_info = std::string(1'000'000, 'y');
    const auto body =
        build_messages(run, {target_of(WebhookFormat::pagerduty)}, publisher(), at(0ms)).at(0).body;
    BOOST_TEST(body.size() < 512'000u);
    const auto details = boost::json::parse(body).at("payload").at("custom_details");
    BOOST_TEST(details.at("failureReasons").as_array().size() == 21u);
    BOOST_TEST(details.at("failureReasons").as_array().back().as_string() == "and 4980 more");
}

BOOST_AUTO_TEST_CASE(incidents_are_kept_apart_by_test_environment_and_location) {
    const auto key = [](const harness::Run& run) {
        const auto messages =
            build_messages(run, {target_of(WebhookFormat::pagerduty)}, publisher(), at(0ms));
        return std::string(boost::json::parse(messages.at(0).body).at("dedup_key").as_string());
    };
    const auto failed = endpoint_run(RunStatus::failure);
    auto passed = endpoint_run(RunStatus::completed);
    passed.id = "another run";
    BOOST_TEST(key(failed) == key(passed));
    auto other = passed;
    other.environment = "production";
    BOOST_TEST(key(failed) != key(other));
    other = passed;
    other.location = "eu-west";
    BOOST_TEST(key(failed) != key(other));
    other = passed;
    other.test_id = "x";
    BOOST_TEST(key(failed) != key(other));
}

BOOST_AUTO_TEST_SUITE_END()
