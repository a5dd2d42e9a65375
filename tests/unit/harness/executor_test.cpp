// Whole runs of endpoint tests against a real server in this process.
#include "harness/executor.hpp"

#include "harness/report/json.hpp"
#include "harness/test/load.hpp"
#include "net/http_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace ringback::harness;
using namespace std::chrono_literals;
namespace asio = boost::asio;

namespace {

struct Recorder : Observer {
    int started = 0, finished = 0, steps = 0;
    RunStatus at_start = RunStatus::failure, at_end = RunStatus::started;
    asio::awaitable<void> on_started(const Run& run) override {
        ++started, at_start = run.status;
        co_return;
    }
    void on_event(const Run&, const RunEvent& event) override {
        steps += std::holds_alternative<StepFinished>(event);
    }
    asio::awaitable<void> on_finished(const Run& run) override {
        ++finished, at_end = run.status;
        co_return;
    }
};

asio::awaitable<void> answer(const net::ServerRequest& request, net::Responder& responder) {
    net::ServerResponse response;
    response.headers.add("Content-Type", "application/json");
    if (request.path == "/hang") {
        co_await responder.peer_gone();
        co_return;
    }
    if (request.path == "/redirect") {
        response.status = 302;
        response.headers.add("Location", "/ok?from=redirect");
    } else if (request.path.starts_with("/redirect-to/")) {
        response.status = 302;
        response.headers.add("Location", "http://[::" + request.path.substr(13));
    } else if (request.path == "/loop") {
        response.status = 302;
        response.headers.add("Location", "/loop");
    } else if (request.path.starts_with("/status/")) {
        response.status = static_cast<unsigned>(std::stoi(request.path.substr(8)));
    } else {
        response.headers.add("Set-Cookie", "session=s3cret");
        response.headers.add("X-RateLimit-Token", "5");
        response.body = R"({"id": "c-17", "method": ")" + request.method + R"(", "query": ")" +
                        request.query + R"(", "token": ")" +
                        std::string(request.headers.get("X-Token").value_or("")) + R"("})";
    }
    co_await responder.respond(std::move(response));
}

/// Runs `yaml` (service-url set to the server's) and gives the finished run.
struct Bench {
    asio::io_context io;
    net::HttpServer server{{io.get_executor()}, {}, answer};
    Recorder recorder;
    Variables variables;

    Bench() { BOOST_REQUIRE(server.start().has_value()); }

    Run run(std::string steps, const std::string& options = "",
            std::function<void(Cancellation)> meanwhile = {}) {
        auto test = parse_yaml_test(
            "name: T\nservice-url: " + server.origin() + "\nrun-options: '" + options + "'\n" + steps,
            "t.yaml");
        BOOST_REQUIRE_MESSAGE(test.has_value(), render(test.error()));
        Execution execution;
        execution.options = test->run_options;
        execution.variables = variables;
        Cancellation cancellation(io.get_executor());
        Run result;
        bool done = false;
        asio::co_spawn(io, execute(*test, execution, {&recorder}, cancellation),
                       [&](std::exception_ptr failure, Run run) {
                           BOOST_CHECK(!failure);
                           result = std::move(run);
                           done = true;
                           asio::co_spawn(io, server.stop(net::Deadline::after(1s)), asio::detached);
                       });
        if (meanwhile) meanwhile(cancellation);
        io.run_for(20s);
        BOOST_REQUIRE_MESSAGE(done, "the run did not end");
        BOOST_TEST(recorder.started == 1);
        BOOST_TEST(recorder.finished == 1);
        BOOST_TEST((recorder.at_start == RunStatus::started));
        BOOST_TEST((recorder.at_end == result.status));
        BOOST_TEST(is_final(result.status));
        return result;
    }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(executor)

BOOST_AUTO_TEST_CASE(a_run_passes_and_carries_values_from_step_to_step) {
    Bench bench;
    const auto run = bench.run(R"(
variables: {who: "{{service_url}}"}
steps:
  - request: POST {{service_url}}/cart
    query: {"a b": "ü&"}
    assertions: [response_status equal_number 200, remote_ip equal 127.0.0.1, response_json id equal c-17, response_json query equal a%20b=%C3%BC%26]
    extract: {cart: response_json id}
  - pause: 10ms
  - if: '{{cart}} equal c-17'
    steps:
      - {request: 'GET {{service_url}}/redirect', assertions: [response_json query equal from=redirect, response_url contains /ok]}
  - if: '{{cart}} equal other'
    steps:
      - {request: 'GET {{service_url}}/never'}
)");
    BOOST_TEST((run.status == RunStatus::completed), boost::json::serialize(to_json(run)));
    std::vector<std::string> shown;
    for (const auto& step : run.steps)
        shown.push_back(step.path + " " + step.type + " " + std::string(to_string(step.verdict)));
    BOOST_TEST((shown == std::vector<std::string>{"1 request passed", "2 pause passed", "3 condition passed",
                                                  "3.1 request passed", "4 condition passed",
                                                  "4.1 request skipped"}),
               boost::test_tools::per_element());
    BOOST_TEST(run.variables.at("cart") == "c-17");
    BOOST_TEST(run.steps[0].exchange->timings.connect.has_value());
    BOOST_TEST(bench.recorder.steps == 6);
}

BOOST_AUTO_TEST_CASE(what_fails_a_step) {
    struct Row {
        const char* steps;
        RunStatus status;
        const char* reason;
    };
    for (const auto& row : std::vector<Row>{
             {"steps: [{request: 'GET {{service_url}}/status/503', assertions: [response_status equal_number "
              "200]}]\n",
              RunStatus::failure, "response_status equal_number 200 — found 503"},
             {"steps: [{request: 'GET {{service_url}}/status/500'}]\n", RunStatus::failure,
              "answered 500 Internal Server Error, and no assertion on response_status allows it"},
             {"steps: [{request: 'GET {{service_url}}/status/404'}]\n", RunStatus::warnings,
              "answered 404 Not Found, and no assertion on response_status allows it"},
             {"steps: [{request: 'GET {{service_url}}/status/404', assertions: [response_status equal_number "
              "404]}]\n",
              RunStatus::completed, ""},
             {"steps: [{request: 'GET {{service_url}}/ok', warnings: [response_json id equal x]}]\n",
              RunStatus::warnings, "response_json id equal x — found c-17"},
             {"steps: [{request: 'GET {{service_url}}/ok', extract: {x: response_json nothing}}]\n",
              RunStatus::failure, "variable 'x' was not set: "},
             {"steps: [{request: 'GET {{service_url}}/{{nobody}}'}]\n", RunStatus::failure,
              "URL: undefined variable 'nobody'"},
             {"steps: [{request: 'GET {{service_url}}/loop'}]\n", RunStatus::failure,
              "redirected more than 10 times"},
             {"steps: [{request: 'GET http://127.0.0.1:1/'}]\n", RunStatus::failure, "Connection refused"},
             {"steps: [{request: 'GET {{service_url}}/hang', timeout: 100ms}]\n", RunStatus::failure,
              "within"},
             {"variables: {a: '{{nobody}}'}\nsteps: [{request: 'GET {{service_url}}/ok'}]\n",
              RunStatus::failure, "initial variables: variable 'a': undefined variable 'nobody'"}}) {
        Bench bench;
        const auto run = bench.run(row.steps);
        BOOST_TEST((run.status == row.status), row.steps << "→ " << to_string(run.status));
        std::string reasons;
        for (const auto* list : {&run.failure_reasons, &run.warnings})
            for (const auto& reason : *list)
                reasons += reason + "\n";
        BOOST_TEST(reasons.find(row.reason) != std::string::npos, row.steps << "→ " << reasons);
    }
}

BOOST_AUTO_TEST_CASE(stop_on_failure_skips_the_rest) {
    Bench bench;
    const auto run = bench.run(
        "stop-on-failure: true\nsteps:\n  - request: GET {{service_url}}/status/500\n  - request: GET "
        "{{service_url}}/ok\n");
    BOOST_TEST((run.steps.at(1).verdict == Verdict::skipped));
    BOOST_TEST((run.status == RunStatus::failure));
}

BOOST_AUTO_TEST_CASE(a_run_that_takes_too_long_ends_as_timeout) {
    Bench bench;
    const auto run = bench.run(
        "steps:\n  - request: GET {{service_url}}/ok\n  - request: GET {{service_url}}/hang\n  - request: "
        "GET {{service_url}}/ok\n",
        "#timeout:1s");
    BOOST_TEST((run.status == RunStatus::timeout));
    BOOST_TEST(run.error.value_or("") == "the run did not end within its time-out of 1 second (#timeout)");
    BOOST_REQUIRE(run.steps.size() == 3u);
    BOOST_TEST((run.steps[2].verdict == Verdict::skipped));  // never begun
    BOOST_TEST((run.steps[0].verdict == Verdict::passed));
    BOOST_TEST((run.steps[1].verdict == Verdict::failed));
    BOOST_TEST((run.duration >= 1s && run.duration < 3s));
}

BOOST_AUTO_TEST_CASE(a_run_that_is_asked_to_end_is_canceled) {
    for (const auto* step : {"pause: 1m", "request: 'GET {{service_url}}/hang'"}) {
        Bench bench;
        asio::steady_timer timer(bench.io);
        const auto run =
            bench.run(std::string("steps:\n  - ") + step + "\n  - request: GET {{service_url}}/ok\n", "",
                      [&](Cancellation cancellation) {
                          timer.expires_after(150ms);
                          timer.async_wait([cancellation](boost::system::error_code) mutable {
                              cancellation.request("canceled by the user");
                          });
                      });
        BOOST_TEST((run.status == RunStatus::canceled), step);
        BOOST_TEST(run.error.value_or("") == "canceled by the user");
        BOOST_REQUIRE(run.steps.size() == 2u);
        BOOST_TEST((run.steps[0].cut_off && run.steps[0].verdict == Verdict::skipped));
        BOOST_TEST((run.steps[1].verdict == Verdict::skipped && !run.steps[1].cut_off));
        BOOST_TEST((run.failure_reasons == std::vector<std::string>{"canceled by the user"}));
        BOOST_TEST((run.duration < 3s));
    }
}

BOOST_AUTO_TEST_CASE(secrets_are_nowhere_in_the_result) {
    Bench bench;
    bench.variables.set_secret("token", "t0psecret-value");
    const auto run = bench.run(R"(
steps:
  - request: GET {{service_url}}/ok?key={{token}}
    headers: {X-Token: '{{token}}', Authorization: 'Bearer abcdef'}
    assertions: [response_json token equal nope]
    extract: {again: response_json token}
  - request: GET {{service_url}}/ok
    headers: {X-Token: '{{md5({{token}})}}'}
    assertions: [response_json token equal nope]
)");
    BOOST_TEST((run.status == RunStatus::failure));
    auto text = boost::json::serialize(to_json(run)) + run.steps.at(0).exchange->request_head +
                run.steps.at(0).exchange->response->body;
    for (const auto* secret : {"t0psecret-value", "abcdef", "s3cret", "0fc0efad24d577cb707f8db0f9f27225"})
        BOOST_TEST(text.find(secret) == std::string::npos, secret << " in " << text);
    BOOST_TEST(run.variables.at("token") == "***");
}

BOOST_AUTO_TEST_CASE(cookies_and_passwords_of_urls_are_used_and_not_shown) {
    Bench bench;
    auto with_user = bench.server.origin();
    with_user.insert(with_user.find("//") + 2, "ann:PASSW0RD@");
    const auto run = bench.run(
        "variables: {base: '" + with_user + R"('}
steps:
  - {request: 'GET {{base}}/ok', extract: {sid: response_headers set-cookie}}
  - {request: 'GET )" +
        with_user +
        R"(/{{sid}}', headers: {X-Token: '{{sid}}'}, assertions: [response_json token equal session=s3cret]}
  - {request: 'GET {{base}}/ok?{{sid}}', assertions: [response_json query equal x, response_url equal y]}
  - {request: 'GET )" +
        with_user + R"(/ok', skip: true}
)");
    BOOST_TEST((run.steps.at(1).verdict == Verdict::passed));
    BOOST_TEST((run.steps.at(2).verdict == Verdict::failed));
    BOOST_TEST(run.variables.at("sid") == "***");
    const auto text = boost::json::serialize(to_json(run));
    for (const auto* part : {"PASSW0RD", "s3cret"})
        BOOST_TEST(text.find(part) == std::string::npos, part << " in " << text);
}

BOOST_AUTO_TEST_CASE(a_count_in_a_header_named_like_a_credential_stays_readable) {
    Bench bench;
    const auto run = bench.run(
        "steps: [{request: 'GET {{service_url}}/ok', extract: {left: response_headers X-RateLimit-Token}}, "
        "{request: 'GET {{service_url}}/ok?{{left}}', assertions: [response_json query equal 5]}]\n");
    BOOST_TEST((run.status == RunStatus::completed));
    BOOST_TEST(run.variables.at("left") == "5");
    BOOST_TEST(run.steps.at(1).assertions.at(0).found == "5");
}

BOOST_AUTO_TEST_CASE(secrets_are_in_no_reason) {
    const std::string secret(60, 'S');  // longer than what a message quotes
    for (const std::string steps :
         {"steps: [{request: 'GET {{service_url}}/redirect-to/{{token}}'}]\n",
          "steps: [{request: 'GET {{service_url}}/ok', headers: {X: "
          "'{{format_timestamp({{token}},YYYY)}}'}}]\n",
          "steps: [{request: 'POST {{service_url}}/ok', body: '{{random_int({{token}},1)}}'}]\n",
          "steps: [{request: 'GET {{service_url}}/ok', body: '{{random_string({{md5({{token}})}})}}'}]\n",
          "steps: [{if: '{{random_string({{token}})}} not_empty', steps: [{pause: 1s}]}]\n",
          "steps: [{if: '{{md5({{token}})}} empty', steps: [{pause: 1s}]}, {request: 'GET {{nobody}}'}]\n",
          "steps: [{request: 'GET {{service_url}}/ok', assertions: ['response_text equal "
          "{{md5({{token}})}}']}]\n",
          "variables: {h: '{{random_string({{token}})}}'}\nsteps: [{request: 'GET {{service_url}}/ok'}]\n",
          "variables: {h: '{{timestamp_offset({{md5({{token}})}})}}'}\nsteps: [{request: 'GET "
          "http://h/'}]\n"}) {
        Bench bench;
        bench.variables.set_secret("token", secret);
        const auto run = bench.run(steps);
        BOOST_TEST((run.status == RunStatus::failure), steps);
        const auto text = boost::json::serialize(to_json(run));
        BOOST_TEST(text.find("***") != std::string::npos, steps << "→ " << text);
        for (const auto* part : {"SSSSS", "61f5cfefbc8c618ca7a81e1c830a67c7"})
            BOOST_TEST(text.find(part) == std::string::npos, steps << "→ " << text);
    }
}

BOOST_AUTO_TEST_SUITE_END()
