// Runs with something in every field that payloads show.
#pragma once

#include "harness/run/run.hpp"
#include "webhook/publisher.hpp"

#include <chrono>
#include <string>

namespace ringback::webhook::test {

using namespace std::chrono_literals;

inline harness::SystemTime at(std::chrono::milliseconds after_start) {
    return harness::SystemTime(1'384'281'308s + 548'077us + after_start);
}

inline net::Exchange answered(unsigned status, std::string reason = "") {
    net::Exchange exchange;
    exchange.phase = net::Phase::done;
    exchange.request_sent = true;
    exchange.response.emplace();
    exchange.response->status = status;
    exchange.response->reason = std::move(reason);
    return exchange;
}

inline net::Exchange unanswered(net::error_code error, net::Phase phase, bool request_sent,
                                std::string detail = "") {
    net::Exchange exchange;
    exchange.error = error;
    exchange.error_detail = std::move(detail);
    exchange.phase = phase;
    exchange.request_sent = request_sent;
    return exchange;
}

inline harness::AssertionResult assertion(std::string text, bool passed, std::string source,
                                          bool warning = false) {
    harness::AssertionResult result;
    result.text = std::move(text);
    result.passed = passed;
    result.source = std::move(source);
    result.warning = warning;
    return result;
}

inline harness::StepResult request_step(std::string path, std::string method, std::string url,
                                        net::Exchange exchange) {
    harness::StepResult step;
    step.path = std::move(path);
    step.type = "request";
    step.title = method + " " + url;
    step.method = std::move(method);
    step.url = std::move(url);
    step.started_at = at(10ms);
    step.exchange = std::move(exchange);
    return step;
}

inline net::Exchange full_exchange(unsigned status, std::string reason) {
    auto exchange = answered(status, std::move(reason));
    exchange.response->body_size = 2048;
    exchange.timings.dns = 4200us;
    exchange.timings.connect = 10100us;
    exchange.timings.tls = 20600us;
    exchange.timings.send = 300us;
    exchange.timings.wait = 80400us;
    exchange.timings.receive = 7100us;
    exchange.timings.total = 122700us;
    exchange.address = boost::asio::ip::make_address("198.51.100.7");
    exchange.local_address = boost::asio::ip::make_address("192.0.2.1");
    exchange.port = 443;
    exchange.dns_records.a = {"198.51.100.7"};
    exchange.dns_records.cname = {"edge.shop.example"};
    return exchange;
}

inline void end_as(harness::Run& run, RunStatus status) {
    run.status = status;
    if (status == RunStatus::started) return;
    run.finished_at = at(2132ms);
    run.duration = 2132ms;
    if (status == RunStatus::warnings)
        run.warnings = {"step 1 (POST https://shop.example/cart): slower than 500 ms"};
    if (status == RunStatus::failure)
        run.failure_reasons = {
            "step 3 (GET https://shop.example/cart/<42>): response_status equal_number 200: found 503",
            "step 3 (GET https://shop.example/cart/<42>): response_json items[0].sku equal 42: nothing found",
            "a third reason", "a fourth reason"};
    if (status == RunStatus::timeout)
        run.error = "the run did not end within its time-out of 1 minute (#timeout)";
    if (status == RunStatus::canceled) run.error = "canceled by the user";
    if (run.error) run.failure_reasons = {*run.error};
}

/// A test of two requests and a pause.
inline harness::Run endpoint_run(RunStatus status) {
    harness::Run run;
    run.id = "0192f0c1-0000-7000-8000-000000000001";
    run.name = "brave-otter";
    run.kind = "endpoint";
    run.test_name = "Checkout API";
    run.test_file = "checkout.yaml";
    run.test_id = "76598752-cbda-8e1d-820f-6274a62f74ff";
    run.service_url = "https://shop.example";
    run.description = "Puts something into a cart";
    run.started_at = at(0ms);
    run.environment = "staging";
    run.initial_variables = {{"sku", "42"}};
    run.variables = run.initial_variables;
    end_as(run, status);
    if (status == RunStatus::started) return run;
    run.variables["cart"] = "c-1";
    auto first = request_step("1", "POST", "https://shop.example/cart", full_exchange(201, "Created"));
    first.assertions = {
        assertion("response_status equal_number 201", true, "response_status"),
        assertion("response_time is_less_than 500", status != RunStatus::warnings, "response_time", true)};
    first.extractions.push_back({"cart", "response_json id", true, "c-1", ""});
    first.note = "Fill the cart";
    if (status == RunStatus::warnings) first.verdict = harness::Verdict::warned;
    harness::StepResult pause;
    pause.path = "2";
    pause.type = "pause";
    pause.title = "pause 2s";
    const bool well = is_pass(status);
    auto second = request_step("3", "GET", "https://shop.example/cart/c-1",
                               well ? full_exchange(200, "OK") : full_exchange(503, "Service Unavailable"));
    second.assertions = {assertion("response_status equal_number 200", well, "response_status")};
    second.verdict = well ? harness::Verdict::passed : harness::Verdict::failed;
    if (status == RunStatus::canceled) {
        second = request_step("3", "GET", "https://shop.example/cart/c-1", {});
        second.verdict = harness::Verdict::skipped;
        second.reasons = {"was under way when the run was canceled"};
        second.cut_off = true;
    }
    harness::StepResult skipped = request_step("4", "DELETE", "https://shop.example/cart/c-1", {});
    skipped.verdict = harness::Verdict::skipped;
    run.steps = {std::move(first), std::move(pause), std::move(second), std::move(skipped)};
    return run;
}

/// A call of two probes.
inline harness::Run webrtc_run(RunStatus status) {
    harness::Run run;
    run.id = "0192f0c1-0000-7000-8000-000000000002";
    run.name = "calm-heron";
    run.type = RunType::monitor;
    run.monitor = "room-every-minute";
    run.kind = "webrtc";
    run.test_name = "Two people in a room";
    run.test_id = "11598752-cbda-8e1d-820f-6274a62f74ff";
    run.service_url = "https://meet.example";
    run.started_at = at(0ms);
    run.concurrent_users = 2;
    run.location = "eu-west";
    end_as(run, status);
    if (status == RunStatus::started) return run;
    run.score = 8.7;
    run.additional_info = "room 17";
    run.artifacts = "/var/lib/ringback/artifacts/x";
    if (!is_pass(status)) run.failure_screenshot = "probe 1/failure.jpg";
    for (std::uint32_t number : {1u, 2u}) {
        harness::ProbeResult probe;
        probe.number = number;
        probe.name = "probe " + std::to_string(number);
        probe.started_at = at(5ms);
        probe.duration = 2s;
        const bool well = number == 1 || is_pass(status);
        probe.expectations = {assertion("video.in.bitrate > 50", well, "expectation"),
                              assertion("audio.in.packetloss < 2", true, "expectation")};
        probe.verdict = well ? harness::Verdict::passed : harness::Verdict::failed;
        run.probes.push_back(std::move(probe));
    }
    return run;
}

inline Publisher publisher() {
    Publisher publisher;
    publisher.base_url = "https://ringback.example/";
    publisher.trigger_url = "https://ringback.example/radar/09039249/trigger";
    publisher.version = "0.1.0";
    publisher.owner = "host:1:space:2:random";
    publisher.team = "Acme Inc.";
    publisher.tags = {"smoke"};
    publisher.commit.sha = "9fceb02d0ae598e95dc970b74767f19372d61af8";
    publisher.commit.branch = "main";
    publisher.commit.build_id = "4711";
    return publisher;
}

}  // namespace ringback::webhook::test
