#include "harness/test/load.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <filesystem>
#include <fstream>

using namespace ringback;
using namespace ringback::harness;

BOOST_AUTO_TEST_SUITE(yaml_loader)

BOOST_AUTO_TEST_CASE(a_whole_endpoint_test) {
    const auto made = parse_yaml_test(R"(name: Checkout API
description: buys things
service-url: https://shop.example
run-options: '#timeout:1 #webhook:http://127.0.0.1:8090/bin/4cb0'
variables: {sku: "42", count: 2, nothing: }
stop-on-failure: true
steps:
  - note: make a cart
    request: POST {{service_url}}/cart
    headers: {Content-Type: application/json, X-Empty: }
    query: {a: 1}
    body: '{"sku": "{{sku}}"}'
    basic: {username: u, password: "{{sku}}"}
    timeout: 1500ms
    slow-after: 2s
    follow-redirects: false
    verify-tls: no
    assertions:
      - response_status equal_number 201
      - response_json items[0].sku equal {{sku}}
      - {source: response_json, property: count, comparison: equal_number, value: 2}
    warnings: [response_time is_less_than 500]
    extract:
      cart: response_json id
  - pause: 2
  - if: '{{cart}} not_empty'
    steps: [{request: 'DELETE {{service_url}}/cart/{{cart}}', assertions: [response_status equal_number 204]}]
  - {request: 'https://shop.example/', skip: true}
)",
                                      "checkout.yaml");
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
    BOOST_TEST(made->name == "Checkout API");
    BOOST_TEST(std::string(made->kind()) == "endpoint");
    BOOST_TEST(made->run_options.webhooks.at(0).url == "http://127.0.0.1:8090/bin/4cb0");
    BOOST_TEST((made->variables == std::vector<std::pair<std::string, std::string>>{
                                       {"sku", "42"}, {"count", "2"}, {"nothing", ""}}));
    const auto& endpoint = std::get<EndpointTest>(made->body);
    BOOST_TEST(endpoint.stop_on_failure);
    BOOST_REQUIRE(endpoint.steps.size() == 4u);
    const auto& request = std::get<RequestStep>(endpoint.steps[0].action);
    BOOST_TEST(request.method.source() == "POST");
    BOOST_TEST(request.url.source() == "{{service_url}}/cart");
    BOOST_TEST(request.headers.size() == 2u);
    BOOST_TEST(request.assertions.size() == 3u);
    BOOST_TEST(request.warnings.size() == 1u);
    BOOST_TEST(request.extracts.at(0).variable == "cart");
    BOOST_TEST(request.timeout->count() == 1500);
    BOOST_TEST(request.slow_after->count() == 2000);
    BOOST_TEST(!request.follow_redirects);
    BOOST_TEST(!request.verify_tls);
    BOOST_TEST(request.basic.has_value());
    BOOST_TEST(std::get<PauseStep>(endpoint.steps[1].action).duration.count() == 2000);
    BOOST_TEST(std::get<ConditionStep>(endpoint.steps[2].action).steps.size() == 1u);
    BOOST_TEST(endpoint.steps[3].skipped);
    BOOST_TEST(std::get<RequestStep>(endpoint.steps[3].action).method.source() == "GET");
}

BOOST_AUTO_TEST_CASE(json_bodies_keep_their_types) {
    const auto made = parse_yaml_test(
        "name: x\nsteps:\n  - request: POST http://h/\n    json: {a: 1, b: '1', c: true, d: null, e: [1.10, "
        "x], f: {g: -2}, h: yes, i: 18446744073709551615, j: -}\n",
        "x.yaml");
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
    const auto& request = std::get<RequestStep>(std::get<EndpointTest>(made->body).steps[0].action);
    BOOST_TEST(
        request.body.source() ==
        R"({"a":1,"b":"1","c":true,"d":null,"e":[1.1,"x"],"f":{"g":-2},"h":"yes","i":18446744073709551615,"j":"-"})");
    BOOST_TEST(request.headers.at(0).first == "Content-Type");
}

BOOST_AUTO_TEST_CASE(what_no_text_holds_is_refused) {
    const auto nul = parse_yaml_test(std::string("name: a\0b\n", 10), "t.yaml");
    BOOST_REQUIRE(!nul.has_value());
    BOOST_TEST(nul.error().message == "a NUL character");
    BOOST_TEST(nul.error().column == 8u);

    const auto deep = parse_yaml_test("name: " + std::string(100'000, '['), "t.yaml");
    BOOST_REQUIRE(!deep.has_value());
    BOOST_TEST(deep.error().message == "nested too deep");
}

BOOST_AUTO_TEST_CASE(aliases_stand_for_a_bounded_amount) {
    std::string bomb = "name: x\nsteps:\n  - request: POST http://h/\n    json:\n";
    for (int i = 0; i < 9; ++i) {
        bomb += "      a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
        for (int k = 0; k < 10; ++k)
            bomb += (k ? ", " : "") + (i ? "*a" + std::to_string(i - 1) : "x");
        bomb += "]\n";
    }
    const auto refused = parse_yaml_test(bomb, "bomb.yaml");
    BOOST_REQUIRE(!refused.has_value());
    BOOST_TEST(refused.error().message == "the aliases up to here stand for more than 4 MiB");
    BOOST_TEST(refused.error().line == 9u);

    const auto made = parse_yaml_test(
        "name: x\nsteps:\n  - {request: 'POST http://h/', json: {a: &a [1, 2], b: *a, c: [*a, *a]}}\n",
        "t.yaml");
    BOOST_REQUIRE_MESSAGE(made.has_value(), render(made.error()));
    const auto& request = std::get<RequestStep>(std::get<EndpointTest>(made->body).steps[0].action);
    BOOST_TEST(request.body.source() == R"({"a":[1,2],"b":[1,2],"c":[[1,2],[1,2]]})");
}

BOOST_AUTO_TEST_CASE(bad_files_are_explained_with_their_place) {
    struct Row {
        const char* text;
        std::size_t line, column;
        const char *message, *hint;
    };
    const std::string steps = "steps: [{request: 'http://h/'}]\n";
    for (const auto& row : std::vector<Row>{
             {"", 1, 1, "the file is empty", "a test begins with 'name:'"},
             {"- a\n", 1, 1, "a test must be a mapping of keys to values", ""},
             {"steps: [{request: 'http://h/'}]\n", 1, 1, "a test needs a 'name'", ""},
             {"name: x\n", 1, 1, "a test has either 'steps' (endpoint test) or 'script' (WebRTC test)", ""},
             {"name: x\nname: y\n", 2, 1, "key 'name' stands here a second time", ""},
             {"name: x\nstep: []\n", 2, 1, "unknown key 'step' in a test", "did you mean 'steps'?"},
             {"name: x\nsteps: []\n", 2, 8, "'steps' is empty", ""},
             {"name: x\nsteps: 3\n", 2, 8, "'steps' must be a list", ""},
             {"name: x\nsteps:\n  - request: http://h/\n    assertion: [a]\n", 4, 5,
              "unknown key 'assertion' in a step", "did you mean 'assertions'?"},
             {"name: x\nsteps:\n  - {}\n", 3, 5, "a step has exactly one of 'request', 'pause' and 'if'", ""},
             {"name: x\nsteps:\n  - {request: 'http://h/', pause: 1s}\n", 3, 5,
              "a step has exactly one of 'request', 'pause' and 'if'", ""},
             {"name: x\nsteps:\n  - {pause: soon}\n", 3, 13, "'pause' must be a duration",
              "a number and a unit: 500ms, 2s, 1m; a number alone counts seconds"},
             {"name: x\nsteps:\n  - {pause: 2h}\n", 3, 13, "'pause' is out of range", "from 0ms to 1h"},
             {"name: x\nsteps:\n  - {pause: 1s, headers: {a: b}}\n", 3, 17,
              "'headers' has no meaning in a pause", ""},
             {"name: x\nsteps:\n  - request: get http://h/\n", 3, 14, "'get' is no HTTP method",
              "methods are upper-case words: GET, POST, PUT …"},
             {"name: x\nsteps:\n  - request: GET h/\n", 3, 14, "'h/' is no http or https URL",
              "write the whole URL, or begin with {{service_url}}"},
             {"name: x\nsteps:\n  - request: GET http://h/{{x\n", 3, 27, "'{{' is not closed",
              R"(write '}}' behind the name, or '\{{' for two plain braces)"},
             {"name: x\nsteps:\n  - {request: 'http://h/', body: a, json: {}}\n", 3, 5,
              "a request has one of 'body', 'json' and 'form'", ""},
             {"name: x\nsteps:\n  - {request: 'POST http://h/', json: {a: 18446744073709551616}}\n", 3, 43,
              "the number 18446744073709551616 has more than 64 bits",
              "write it as a text, \"18446744073709551616\", or send the JSON as 'body'"},
             {", 'a'\n", 1, 1, "not valid YAML: nothing begins like this", ""},
             {"]", 1, 1, "not valid YAML: illegal flow end", ""},
             {"name: x\n---\n{ ]\n", 3, 3, "not valid YAML: illegal flow end", ""},
             {"name: x\nsteps:\n  - request: GET http://127.0.0.1:99999/\n", 3, 14,
              "'http://127.0.0.1:99999/' cannot be asked: '99999' is not a port from 1 to 65535", ""},
             {"name: x\nsteps:\n  - request: GET http:///x\n", 3, 14,
              "'http:///x' cannot be asked: the URL has no host", ""},
             {"name: x\nsteps:\n  - {request: 'http://h/', headers: {X: \"a\\r\\nI: 1\"}}\n", 3, 37,
              "the value of header 'X' is more than one line", ""},
             {"name: x\nsteps:\n  - {request: 'http://h/', headers: {'a b': c}}\n", 3, 37,
              "'a b' is no header name", ""},
             {"name: x\nsteps:\n  - {request: 'http://h/', headers: {Content-Length: 3}}\n", 3, 37,
              "header 'Content-Length' is set by ringback itself", ""},
             {"name: x\nsteps:\n  - if: '{{a}} not_empty'\n", 3, 5, "'if' needs 'steps'", ""},
             {"name: x\nrun-options: '#session:2 #sesion:2'\nsteps: [{request: 'http://h/'}]\n", 2, 26,
              "unknown option '#sesion'", "did you mean '#session'?"},
             {"name: x\nrun-options: #timeout:1 #webhook:http://h/\nsteps: [{request: 'http://h/'}]\n", 2, 13,
              "'run-options' has no value",
              "quote it, since '#' begins a YAML comment: '#timeout:2 #webhook:https://example.com/hook'"},
             {"name: x\nrun-options: >\n  #timeout:1\n\n  #sesion:2\nsteps: [{request: 'http://h/'}]\n", 5, 3,
              "unknown option '#sesion'", "did you mean '#session'?"},
             {"name: x\nrun-options: |  # one a line\n   #timeout:1\n   #sesion:2\nsteps: []\n", 4, 4,
              "unknown option '#sesion'", "did you mean '#session'?"},
             {"name: x\nrun-options: '#timeout:1   \n  \n    #sesion:2'\nsteps: []\n", 4, 5,
              "unknown option '#sesion'", "did you mean '#session'?"},
             {"name: x\nrun-options: &o \"#webhook:http://h/\\x41\\u0042 \\\n   #sesion:2\"\nsteps: []\n", 3,
              4, "unknown option '#sesion'", "did you mean '#session'?"},
             {"name: x\nsteps:\n  - if: 'it''s {{a}} equel 3'\n    steps: []\n", 3, 22,
              "unknown comparison 'equel'", "did you mean 'equal'?"},
             {"name: x\nsteps:\n  - pause:  # how long?\n\n  # Then\n  - request: GET http://h/\n", 3, 11,
              "'pause' must be a duration",
              "a number and a unit: 500ms, 2s, 1m; a number alone counts seconds"},
             {"name: x\nsteps:\n  - {note: n, pause: , skip: no}\n", 3, 21, "'pause' must be a duration",
              "a number and a unit: 500ms, 2s, 1m; a number alone counts seconds"},
             {"name: x\nsteps:\n  - pause: ~\n", 3, 12, "'pause' must be a duration",
              "a number and a unit: 500ms, 2s, 1m; a number alone counts seconds"},
             {"name: a\xff\n", 1, 8, "the byte 0xFF is not UTF-8", "save the text as UTF-8"},
             {"name: \"a\\tb\\e[31m\"\n", 1, 7,
              "'name' must be one line of at most 255 bytes, without control characters", ""},
             {"name: x\nsteps:\n  - request: GET http://h/\n    basic: {username: u}\n", 4, 12,
              "'basic' needs a 'password'", ""},
             {"name: x\nsteps:\n  - request: GET http://h/\n    assertions: [null]\n", 4, 18,
              "an assertion must be a text", "response_status equal_number 200"},
             {"name: x\nsteps:\n  - request: GET HTTP://h/\n    basic: {username: 'u:{{v}}', password: p}\n",
              4, 25, "a user name cannot hold ':'", ""},
             {"name: x\nsteps:\n  - request: GET http://h/\n    headers: {authorization: Bearer x}\n"
              "    basic: {username: u, password: p}\n",
              4, 14, "header 'authorization' is set by 'basic'", "keep one of them"},
             {"name: x\nscript: nowhere.js\n", 2, 9,
              "script 'nowhere.js' cannot be read: No such file or directory",
              "a path relative to the test file"},
             {"name: x\nexpectations: [audio.in == 1]\nsteps: [{request: 'http://h/'}]\n", 2, 15,
              "'expectations' belongs to a test with 'script'", ""},
             {"a: [\n", 2, 1, "not valid YAML: end of sequence flow not found", ""},
             {"name: x\nsteps:\n  - request: 'GET http://h/\n    assertions: [response_status equal 1]\n", 3,
              14, "the quotation mark that begins here is not closed",
              "write the same one at the end of the text"},
             {"name: x\ndescription: \"it's\n\n  ", 2, 14,
              "the quotation mark that begins here is not closed",
              "write the same one at the end of the text"},
             {"name: x\nsteps: [{request: 'GET http://h/}]", 2, 19,
              "the quotation mark that begins here is not closed",
              "write the same one at the end of the text"},
             {"name: x\nsteps:\n  - request: 'GET '\n", 3, 14, "'request' has no URL", ""},
             {"name: x\nsteps:\n  - request: GET http://h/a b\n", 3, 28, "white space inside a URL",
              "write a space as %20"},
             {"name: x\nsteps:\n  - request: GET http://h/{{url_encode(a b)}} HTTP/1.1\n", 3, 46,
              "white space inside a URL", "write a space as %20"},
             {"name: x\nsteps: &s\n  - {if: '1 equal 1', steps: *s}\n", 3, 30,
              "this alias stands inside the very part that it stands for", ""},
             {"name: x\n---\nname: y\n", 2, 1, "more than one YAML document in the file",
              "one test, one file"}}) {
        const auto made = parse_yaml_test(row.text, "t.yaml");
        BOOST_REQUIRE_MESSAGE(!made.has_value(), "accepted: " << row.text);
        BOOST_TEST(made.error().message == row.message, row.text << "→ " << made.error().message);
        BOOST_TEST(made.error().hint == row.hint, row.text << "→ hint " << made.error().hint);
        BOOST_TEST(made.error().line == row.line, row.text << "line " << made.error().line);
        BOOST_TEST(made.error().column == row.column, row.text << "column " << made.error().column);
        BOOST_TEST(made.error().source == "t.yaml");
    }
}

BOOST_AUTO_TEST_CASE(an_error_inside_a_text_points_into_it) {
    const auto assertion = parse_yaml_test(
        "name: x\nsteps:\n  - request: http://h/\n    assertions:\n      - response_statu equal 1\n",
        "t.yaml");
    BOOST_REQUIRE(!assertion.has_value());
    BOOST_TEST(assertion.error().line == 5u);
    BOOST_TEST(assertion.error().column == 9u);
    BOOST_TEST(assertion.error().hint == "did you mean 'response_status'?");
    BOOST_TEST(assertion.error().excerpt == "      - response_statu equal 1");
}

BOOST_AUTO_TEST_CASE(a_script_is_checked_before_anything_runs) {
    const auto inline_script =
        parse_yaml_test("name: x\nscript: |\n  const a = 1;\n  client.url(;\n", "t.yaml");
    BOOST_REQUIRE(!inline_script.has_value());
    BOOST_TEST(inline_script.error().line == 4u);
    BOOST_TEST(inline_script.error().source == "t.yaml");
    const auto well = parse_yaml_test(
        "name: x\nscript: |\n  client.url('x');\n  return;\nexpectations:\n  - {expect: video.in.bitrate > "
        "5, message: slow, level: warning}\n",
        "t.yaml");
    BOOST_REQUIRE_MESSAGE(well.has_value(), render(well.error()));
    BOOST_TEST(std::get<WebrtcTest>(well->body).expectations.at(0).warning);
    const auto expectation = parse_yaml_test(
        "name: x\nscript: |\n  client.url('x');\n  return;\nexpectations:\n  - video.in.bitrat > 5\n",
        "t.yaml");
    BOOST_REQUIRE(!expectation.has_value());
    BOOST_TEST(expectation.error().line == 6u);
    BOOST_TEST(expectation.error().hint == "did you mean 'video.in.bitrate'?");
}

BOOST_AUTO_TEST_CASE(files_that_cannot_be_read) {
    BOOST_TEST(load_tests("/nowhere/x.yaml").error().message == "cannot be read: No such file or directory");
    BOOST_TEST(load_tests("/").error().message == "this is a directory");
}

BOOST_AUTO_TEST_SUITE_END()
