#include "harness/report/json.hpp"
#include "harness/report/junit.hpp"
#include "harness/report/terminal.hpp"

#include <boost/json/parse.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace ringback::harness;
using namespace std::chrono_literals;

namespace {

Run failed_run() {
    Run run;
    run.id = "0192f0c1-0000-7000-8000-000000000001";
    run.name = "brave-otter";
    run.kind = "endpoint";
    run.test_name = "Shop <API>";
    run.status = RunStatus::failure;
    run.started_at = SystemTime(1764000000s);
    run.duration = 412ms;
    StepResult good;
    good.path = "1", good.type = "request", good.title = "GET http://127.0.0.1/a", good.duration = 12ms;
    good.assertions.push_back(
        {"response_status equal_number 200", true, false, "200", "200", "response_status", "", "", {}});
    StepResult bad;
    bad.path = "2", bad.type = "request", bad.title = "GET http://127.0.0.1/b", bad.duration = 3ms;
    bad.verdict = Verdict::failed;
    bad.assertions.push_back(
        {"response_status equal_number 200", false, false, "503", "200", "response_status", "", "", {}});
    bad.reasons = {"response_status equal_number 200 — found 503"};
    StepResult skipped;
    skipped.path = "2.1", skipped.type = "request", skipped.title = "GET http://127.0.0.1/c",
    skipped.verdict = Verdict::skipped;
    run.steps = {good, bad, skipped};
    run.failure_reasons = {"step 2 (GET http://127.0.0.1/b): response_status equal_number 200 — found 503"};
    return run;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(report)

BOOST_AUTO_TEST_CASE(the_terminal_shows_value_found_and_value_wanted) {
    const auto text = render_run(failed_run(), {false, 80});
    BOOST_TEST(text ==
               "Shop <API>  brave-otter · 0192f0c1-0000-7000-8000-000000000001\n"
               "  ✓ 1    GET http://127.0.0.1/a                                            12 ms\n"
               "  ✗ 2    GET http://127.0.0.1/b                                             3 ms\n"
               "         ✗ response_status equal_number 200\n"
               "             found   503\n"
               "             wanted  200\n"
               "    – 2.1  GET http://127.0.0.1/c\n"
               "  failure  1 of 2 steps passed, 1 skipped, 1 of 2 checks passed  412 ms\n");
}

BOOST_AUTO_TEST_CASE(control_characters_from_outside_do_not_reach_the_terminal) {
    auto run = failed_run();
    run.steps[1].assertions[0].found = "\033[31mred\r\nnew";
    const auto text = render_run(run, {false, 80});
    BOOST_TEST(text.find('\033') == std::string::npos);
    BOOST_TEST(text.find('\r') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(verdicts_are_a_table_over_several_runs) {
    auto passed = failed_run();
    passed.status = RunStatus::completed;
    passed.test_name = "Fine";
    passed.failure_reasons.clear();
    BOOST_TEST(render_verdicts(std::vector<Run>{passed}, {false, 80}).empty());
    const auto text = render_verdicts(std::vector<Run>{failed_run(), passed}, {false, 120});
    BOOST_TEST(
        text.find("Shop <API>  failure        412 ms  step 2 (GET http://127.0.0.1/b): response_status") !=
            std::string::npos,
        text);
    BOOST_TEST(text.find("1 of 2 tests passed") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(durations_read_well) {
    BOOST_TEST(human_duration(400us) == "0.4 ms");
    BOOST_TEST(human_duration(12ms) == "12 ms");
    BOOST_TEST(human_duration(1234ms) == "1.23 s");
    BOOST_TEST(human_duration(12345ms) == "12.3 s");
    BOOST_TEST(human_duration(125s) == "2 min 5 s");
}

BOOST_AUTO_TEST_CASE(json_is_the_whole_run) {
    const auto document = boost::json::parse(json_report(std::vector<Run>{failed_run()}));
    const auto& run = document.at("runs").at(0);
    BOOST_TEST(run.at("testRunId").as_string() == "0192f0c1-0000-7000-8000-000000000001");
    BOOST_TEST(run.at("status").as_string() == "failure");
    BOOST_TEST(run.at("startedAt").as_string() == "2025-11-24T16:00:00.000Z");
    BOOST_TEST(run.at("steps").as_array().size() == 3u);
    BOOST_TEST(run.at("steps").at(1).at("assertions").at(0).at("found").as_string() == "503");
    BOOST_TEST(run.at("checks").at("failed").to_number<int>() == 1);
}

BOOST_AUTO_TEST_CASE(junit_is_well_formed_and_escaped) {
    auto run = failed_run();
    run.steps[1].reasons.push_back("a \"quote\" & <tag>\x01");
    const auto text = junit_report(std::vector<Run>{run});
    BOOST_TEST(
        text.find("<testsuites name=\"ringback\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\"") !=
            std::string::npos,
        text);
    BOOST_TEST(text.find("name=\"Shop &lt;API&gt;\"") != std::string::npos);
    BOOST_TEST(text.find("a &quot;quote&quot; &amp; &lt;tag&gt;\xEF\xBF\xBD") != std::string::npos);
    BOOST_TEST(text.find('\x01') == std::string::npos);
}

BOOST_AUTO_TEST_CASE(tap_has_a_line_a_run) {
    const auto text = tap_report(std::vector<Run>{failed_run()});
    BOOST_TEST(text.find("TAP version 14\n1..1\n# Subtest: Shop <API>\n    1..3\n    ok 1 - 1 GET "
                         "http://127.0.0.1/a\n    not ok 2 - 2 GET") == 0u,
               text);
    BOOST_TEST(text.find("not ok 1 - Shop <API>\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(identifiers) {
    const auto a = make_run_id(), b = make_run_id();
    BOOST_TEST(a.size() == 36u);
    BOOST_TEST(a[14] == '7');
    BOOST_TEST(a != b);
    BOOST_TEST(a.substr(0, 8) == b.substr(0, 8));  // time first
    BOOST_TEST(stable_uuid("x") == stable_uuid("x"));
    BOOST_TEST(stable_uuid("x") != stable_uuid("y"));
    BOOST_TEST(iso8601(SystemTime(-1ms)) == "1969-12-31T23:59:59.999Z");
}

BOOST_AUTO_TEST_SUITE_END()
