#include "webhook/message.hpp"

#include "run-options/webhook_target.hpp"
#include "sample.hpp"
#include "tests/unit/net/self_signed.hpp"
#include "webhook/dialects/variables.hpp"
#include "webhook/json_text.hpp"
#include "webhook/recovery_record.hpp"
#include "webhook/supported.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <set>
#include <thread>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;

WebhookTarget target(const std::string& text) {
    const auto parsed = parse_webhook_target(text);
    BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message));
    return *parsed;
}

store::Message only_message(const std::string& webhook, RunStatus status = RunStatus::failure) {
    auto messages = build_messages(endpoint_run(status), {target(webhook)}, publisher(), at(0ms));
    BOOST_REQUIRE(messages.size() == 1);
    return std::move(messages.front());
}

std::string header(const store::Message& message, const std::string& wanted) {
    std::string values;
    for (const auto& [name, value] : read_headers(message.headers))
        if (name == wanted) values += (values.empty() ? "" : "|") + value;
    return values;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(message)

BOOST_AUTO_TEST_CASE(ids_are_unique_and_hold_no_dot) {
    std::set<std::string> ids;
    for (int i = 0; i < 1000; ++i) {
        const auto id = make_message_id();
        BOOST_REQUIRE(id.size() == 31);
        BOOST_REQUIRE(id.starts_with("msg_"));
        BOOST_REQUIRE(id.find_first_not_of("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
                                           4) == std::string::npos);
        ids.insert(id);
    }
    BOOST_TEST(ids.size() == 1000);
    // In the order of their time, as far as a millisecond tells.
    const auto early = make_message_id();
    std::this_thread::sleep_for(std::chrono::milliseconds(3));
    BOOST_TEST(early < make_message_id());
}

BOOST_AUTO_TEST_CASE(a_target_has_one_key) {
    const auto plain = target_key(target("http://x.example/"));
    BOOST_TEST(plain.size() == 32);
    BOOST_TEST(plain == target_key(target(R"({"url": "http://x.example/"})")));
    BOOST_TEST(plain != target_key(target("http://x.example/y")));
    BOOST_TEST(plain != target_key(target(R"({"url": "http://x.example/", "headers": {"a": "b"}})")));
}

BOOST_AUTO_TEST_CASE(tells_only_who_wants_to_hear) {
    struct Row {
        const char* on;
        RunStatus status;
        std::size_t messages;
    };
    const Row rows[] = {
        {"", RunStatus::started, 0},
        {"", RunStatus::completed, 1},
        {"", RunStatus::canceled, 1},
        {R"(, "on": ["start"])", RunStatus::started, 1},
        {R"(, "on": ["start"])", RunStatus::completed, 0},
        {R"(, "on": ["failure", "timeout"])", RunStatus::completed, 0},
        {R"(, "on": ["failure", "timeout"])", RunStatus::timeout, 1},
    };
    for (const auto& row : rows) {
        const auto one = target(R"({"url": "http://x.example/")" + std::string(row.on) + "}");
        BOOST_TEST(
            build_messages(endpoint_run(row.status), {one}, publisher(), at(0ms)).size() == row.messages,
            row.on << " " << to_string(row.status));
    }
}

BOOST_AUTO_TEST_CASE(headers_of_the_target_replace_those_of_the_format) {
    const auto message = only_message(
        R"({"url": "http://x.example/", "headers": {"custom-webhook-header": "web-testrtc-webhook", "content-type": "application/vnd.x+json"}})");
    BOOST_TEST(header(message, "custom-webhook-header") == "web-testrtc-webhook");
    BOOST_TEST(header(message, "content-type") == "application/vnd.x+json");
    BOOST_TEST(header(message, "Content-Type") == "");
}

BOOST_AUTO_TEST_CASE(the_body_may_be_a_template) {
    struct Row {
        const char *keys, *type, *body;
    };
    const Row rows[] = {
        {R"("body": {"text": "<%this.testName%>: <% this.status %>", "n": [1, {"id": "<%this.testRunId%>"}]})",
         "application/json",
         R"({"text":"Checkout API: failure","n":[1,{"id":"0192f0c1-0000-7000-8000-000000000001"}]})"},
        {R"("body": "<%this.type%> <%this.testName%> took <%this.duration%> s in <%this.location%>/<%this.environment%>, try <%this.try%>")",
         "text/plain; charset=utf-8", "test Checkout API took 2.132 s in local/staging, try 1"},
        {R"("body": "<%\tthis.status\n%><% <%this.type%> %>")", "text/plain; charset=utf-8",
         "failure<% test %>"},
        {R"("body": "{\"reason\": \"<%this.failureReasons%>\"}")", "application/json",
         R"({"reason":"step 3 (GET https://shop.example/cart/<42>): response_status equal_number 200: found 503; step 3 (GET https://shop.example/cart/<42>): response_json items[0].sku equal 42: nothing found; a third reason; a fourth reason"})"},
        {R"("body": {"a": "<%this.score%>|<%this.monitor%>|<%this.resultUrl%>", "b": "<%= other %> <%"})",
         "application/json",
         R"({"a":"||https://ringback.example/runs/0192f0c1-0000-7000-8000-000000000001","b":"<%= other %> <%"})"},
        {R"("body": {"a": "<%this.startedAt%> <%this.finishedAt%>"}, "fieldname": "payload")",
         "application/json", R"({"payload":{"a":"2013-11-12T18:35:08.548Z 2013-11-12T18:35:10.680Z"}})"},
        {R"("body": "<%this.status%>", "fieldname": "text")", "application/json", R"({"text":"failure"})"},
        {R"("body": {"s": "<%this.status%>", "n": 1}, "format": "form")", "application/x-www-form-urlencoded",
         "s=failure&n=1"},
        {R"("body": "name=<%this.testName%>&why=<%this.failureReasons%>", "format": "form")",
         "application/x-www-form-urlencoded",
         "name=Checkout+API&why=step+3+%28GET+https%3A%2F%2Fshop.example%2Fcart%2F%3C42%3E%29%3A+response_"
         "status+equal_"
         "number+200%3A+found+503%3B+step+3+%28GET+https%3A%2F%2Fshop.example%2Fcart%2F%3C42%3E%29%3A+"
         "response_json+"
         "items%5B0%5D.sku+equal+42%3A+nothing+found%3B+a+third+reason%3B+a+fourth+reason"},
        {R"("body": "name=<%this.testName%>", "format": "form", "fieldname": "f")",
         "application/x-www-form-urlencoded", "f=name%3DCheckout+API"},
        {R"("body": {"s": "<%this.status%>"}, "format": "json/text")", "application/json",
         R"({"username":"ringback","text":"{\"s\":\"failure\"}"})"},
        {R"("body": "<%this.status%>!", "format": "slack")", "text/plain; charset=utf-8", "failure!"},
    };
    for (const auto& row : rows) {
        const auto message = only_message(R"({"url": "http://x.example/", )" + std::string(row.keys) + "}");
        BOOST_TEST(message.body == row.body);
        BOOST_TEST(header(message, "Content-Type") == row.type);
    }
}

BOOST_AUTO_TEST_CASE(a_field_name_takes_the_whole_payload) {
    const auto object =
        only_message(R"({"url": "http://x.example/", "fieldname": "payload"})", RunStatus::completed);
    BOOST_TEST(boost::json::parse(object.body).at("payload").at("status").as_string() == "completed");
    const auto text =
        only_message(R"({"url": "http://x.example/", "fieldname": "payload", "format": "json/text"})",
                     RunStatus::completed);
    const auto inner = boost::json::parse(text.body).at("payload").as_string();
    BOOST_TEST(boost::json::parse(inner).at("status").as_string() == "completed");
    const auto form = only_message(
        R"({"url": "http://x.example/", "fieldname": "payload", "format": "form"})", RunStatus::completed);
    BOOST_TEST(form.body.starts_with("payload=%7B%22runType%22%3A%22test%22"));
}

BOOST_AUTO_TEST_CASE(has_a_value_for_every_variable_that_a_template_may_name) {
    const auto who = publisher();
    const PayloadContext context{who, at(0ms), "msg_1"};
    const auto variables = template_variables(endpoint_run(RunStatus::completed), context);
    for (const auto name : webhook_variable_names())
        BOOST_TEST(variables.contains(name), name);
    BOOST_TEST(variables.size() == webhook_variable_names().size());
}

BOOST_AUTO_TEST_CASE(keeps_for_the_attempt_only_what_it_needs) {
    const auto message = only_message(
        R"({"url": "http://x.example/", "headers": {"a": "b"}, "secret": "env:HOOK_SECRET", "timeout": 3, "body": "x", "on": ["failure"]})");
    BOOST_TEST(message.target == R"({"url":"http://x.example/","secret":"env:HOOK_SECRET","timeout":3})");
}

BOOST_AUTO_TEST_CASE(numbers_and_text_are_written_for_readers) {
    namespace json = boost::json;
    const json::value value{{"a", 8.7}, {"b", 1384281308.548077}, {"c", 1e300},     {"d", -0.0},
                            {"e", 3},   {"f", nullptr},           {"g", "\xff\"\n"}};
    BOOST_TEST(json_text(value) ==
               "{\"a\":8.7,\"b\":1384281308.548077,\"c\":1e+300,\"d\":-0,\"e\":3,\"f\":null,\"g\":"
               "\"\xEF\xBF\xBD\\\"\\n\"}");
    BOOST_TEST(clipped("äöü", 3) == "äöü");
    BOOST_TEST(clipped("äöüß", 3) == "äö…");
    BOOST_TEST(clipped("", 3) == "");
}

BOOST_AUTO_TEST_CASE(says_before_a_run_what_cannot_work) {
    ::unsetenv("RINGBACK_TEST_UNSET");
    ::setenv("RINGBACK_TEST_BAD_SECRET", "whsec_####", 1);
    struct Row {
        const char *keys, *wanted;
    };
    const Row rows[] = {
        {R"("format": "json/object")", ""},
        {R"("secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")", ""},
        {R"("secret": "env:RINGBACK_TEST_UNSET")", "the environment variable RINGBACK_TEST_UNSET is not set"},
        {R"("secret": "env:RINGBACK_TEST_BAD_SECRET")",
         "the environment variable RINGBACK_TEST_BAD_SECRET: the signing secret is not base64: it must be "
         "'whsec_' and base64 of 24 to 64 bytes"},
        {R"("basic": {"username": "u", "password": "env:RINGBACK_TEST_UNSET"})",
         "the environment variable RINGBACK_TEST_UNSET is not set"},
        {R"("tls": {"ca": "/nowhere/ca.pem"})", "the webhook's 'tls': CA file /nowhere/ca.pem: no such file"},
        {R"("format": "pagerduty")",
         "a webhook of format 'pagerduty' needs its integration key in the header \"X-Routing-Key\""},
        {R"("strict": "docs", "format": "runscope")", ""},
        {R"("strict": "docs", "format": "slack")",
         "'strict' has a meaning for the format 'runscope' only, not for 'slack'"},
        {R"("format": "pagerduty", "headers": {"x-routing-key": "R"})", ""},
    };
    for (const auto& row : rows) {
        const auto one = target(R"({"url": "https://x.example/", )" + std::string(row.keys) + "}");
        BOOST_TEST(unusable(one).value_or("") == row.wanted);
        // What another machine may have is not held against the target.
        const bool of_this_machine =
            std::string_view(row.wanted).find("variable") != std::string_view::npos ||
            std::string_view(row.wanted).find("file") != std::string_view::npos;
        BOOST_TEST(unsound(one).value_or("") == (of_this_machine ? "" : row.wanted));
    }
}

BOOST_AUTO_TEST_CASE(says_before_a_run_which_address_is_none) {
    BOOST_TEST(
        unsound(target("http://2130706433/")).value_or("").starts_with("the webhook http://2130706433/: "));
    BOOST_TEST(!unsound(target("http://127.0.0.1/")));
    BOOST_TEST(
        unsound(target(R"({"url": "http://127.0.0.1/", "tls": {"verify": false}})")).value_or("") ==
        "the webhook http://127.0.0.1/: 'tls' has no meaning for an http URL; write https, or leave it out");
}

BOOST_AUTO_TEST_CASE(says_before_a_run_which_tls_file_cannot_be_used) {
    const net::test::SelfSigned mine("mine"), other("other");
    const auto keys = [](const std::string& certificate, const std::string& key) {
        return R"("certificate": ")" + certificate + R"(", "key": ")" + key + "\"";
    };
    const std::string said = "the webhook's 'tls': ";
    const std::pair<std::string, std::string> rows[] = {
        {R"("ca": ")" + mine.certificate_file() + "\"", ""},
        {R"("ca": ")" + mine.key_file() + "\"",
         said + "CA file " + mine.key_file() + ": no certificate or crl found"},
        {keys(mine.certificate_file(), mine.key_file()), ""},
        {keys(mine.certificate_file(), other.key_file()),
         said + "key file " + other.key_file() + ": key values mismatch"},
        {keys(mine.key_file(), mine.key_file()),
         said + "certificate file " + mine.key_file() + ": no start line"},
    };
    for (const auto& [tls, wanted] : rows) {
        const auto one = target(R"({"url": "https://x.example/", "tls": {)" + tls + "}}");
        BOOST_TEST(unusable(one).value_or("") == wanted);
    }
}

BOOST_AUTO_TEST_CASE(warns_of_tls_without_verification) {
    BOOST_TEST(!caution(target("https://x.example/")));
    BOOST_TEST(!caution(target(R"({"url": "http://x.example/", "tls": {"verify": false}})")));
    BOOST_TEST(caution(target(R"({"url": "https://x.example/?token=abc", "tls": {"verify": false}})"))
                   .value_or("") ==
               "the webhook to https://x.example/?token=*** does not verify the receiver's certificate "
               "(tls.verify is false): "
               "anybody in between can read it");
}

BOOST_AUTO_TEST_CASE(a_run_can_be_told_from_what_it_left_behind) {
    const auto begun = endpoint_run(RunStatus::started);
    const auto secret =
        target(R"({"url": "http://x.example/", "secret": "env:HOOK", "body": {"a": "<%this.status%>"}})");
    auto record = run_record(begun, publisher(), at(0ms));
    BOOST_TEST((record.lease_until == at(60s)));
    BOOST_TEST(record.result == "");
    record.recovery = recovery_text(begun, {secret}, publisher());
    const auto read = read_recovery(record);
    BOOST_REQUIRE_MESSAGE(read, (read ? "" : read.error()));
    BOOST_TEST(read->targets.size() == 1);
    BOOST_TEST((read->targets.front() == secret));
    auto ended = read->run;
    end_as(ended, RunStatus::failure);
    auto expected = begun;
    end_as(expected, RunStatus::failure);
    const auto of = [&](const harness::Run& run, const Publisher& who, WebhookFormat format) {
        WebhookTarget one;
        one.url = "http://x.example/";
        one.format = format;
        return build_messages(run, {one}, who, at(0ms)).at(0).body;
    };
    for (const auto format :
         {WebhookFormat::json_object, WebhookFormat::runscope, WebhookFormat::currents, WebhookFormat::slack})
        BOOST_TEST(of(ended, read->publisher, format) == of(expected, publisher(), format));
    record.recovery = "{";
    BOOST_TEST(read_recovery(record).error() ==
               "the recovery data of run 0192f0c1-0000-7000-8000-000000000001 cannot be read");
}

BOOST_AUTO_TEST_SUITE_END()
