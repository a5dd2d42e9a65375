#include "webhook/dialects/apicontext_result.hpp"

#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using harness::Verdict;

std::string show(const harness::StepResult& step) {
    const auto result = call_result(step);
    return std::string(result.result_class) + "/" + std::string(result.result);
}

harness::StepResult step(unsigned status, std::vector<harness::AssertionResult> assertions = {}) {
    auto one = request_step("1", "GET", "https://x.example/", answered(status));
    one.assertions = std::move(assertions);
    return one;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(apicontext_result)

BOOST_AUTO_TEST_CASE(follows_the_table) {
    const auto bad = [](const char* source, bool warning = false) {
        return assertion("x", false, source, warning);
    };
    const auto status_ok = assertion("response_status equal_number 404", true, "response_status");
    struct Row {
        const char* what;
        harness::StepResult step;
        const char* wanted;
    };
    std::vector<Row> rows = {
        {"all well", step(200), "PASS/COMPLETE"},
        {"3xx not followed", step(302), "WARNING/HTTP_REDIRECT_ERROR"},
        {"4xx", step(404), "WARNING/HTTP_CLIENT_ERROR"},
        {"4xx that an assertion allows", step(404, {status_ok}), "PASS/COMPLETE"},
        {"5xx", step(503), "FAIL/HTTP_SERVER_ERROR"},
        {"5xx outranks its content", step(503, {bad("response_json")}), "FAIL/HTTP_SERVER_ERROR"},
        {"header", step(200, {bad("response_headers")}), "FAIL/HEADER_ERROR"},
        {"body", step(200, {bad("response_json")}), "FAIL/CONTENT_ERROR"},
        {"body as a warning", step(200, {bad("response_text", true)}), "WARNING/CONTENT_WARNING"},
        {"time", step(200, {bad("response_time")}), "FAIL/SLA_ERROR"},
        {"time as a warning", step(200, {bad("timing", true)}), "WARNING/SLA_WARNING"},
        {"a failure outranks a warning", step(200, {bad("response_time", true), bad("response_headers")}),
         "FAIL/HEADER_ERROR"},
        {"another status than wanted", step(200, {bad("response_status")}), "FAIL/CONTENT_ERROR"},
    };
    auto slow = step(200);
    slow.slower_than_wanted = true;
    rows.push_back({"slow", slow, "SLOW/SLOW_COMPLETE"});
    slow.assertions = {bad("response_json", true)};
    rows.push_back({"slow and something else", slow, "WARNING/CONTENT_WARNING"});
    auto retried = step(200);
    retried.exchange->connect_retries = 1;
    rows.push_back({"second address", retried, "WARNING/CONNECTION_WARNING"});
    auto extraction = step(200);
    extraction.extractions.push_back({"id", "response_json id", false, "", "nothing found"});
    rows.push_back({"extraction", extraction, "FAIL/CONTENT_ERROR"});
    auto script = step(200);
    script.scripts.push_back({"after", false, "boom"});
    rows.push_back({"script", script, "FAIL/CONTENT_ERROR"});
    auto refused = step(200);
    refused.exchange =
        unanswered(net::make_error_code(net::Error::connect_timeout), net::Phase::connect, false);
    rows.push_back({"no connection", refused, "FAIL/CONNECTION_ERROR"});
    auto cut = step(200);
    cut.exchange->error = net::Error::response_timeout;
    rows.push_back({"no end of the answer in time", cut, "FAIL/CONNECTION_ERROR"});
    auto never = step(200);
    never.exchange.reset();
    rows.push_back({"never sent", never, "FAIL/CONNECTION_ERROR"});
    auto failed = step(200);
    failed.verdict = Verdict::failed;
    rows.push_back({"failed for another reason", failed, "FAIL/CONTENT_ERROR"});
    for (const auto& row : rows)
        BOOST_TEST(show(row.step) == row.wanted, row.what);
}

BOOST_AUTO_TEST_SUITE_END()
