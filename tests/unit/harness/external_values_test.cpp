#include "harness/webrtc/external_values.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

using namespace ringback;
using namespace ringback::harness;

namespace {

net::ServerRequest post(std::string path, std::string body) {
    net::ServerRequest request;
    request.method = "POST";
    request.path = std::move(path);
    request.headers.set("Host", "127.0.0.1:8123");
    request.headers.set("Content-Type", "application/json; charset=utf-8");
    request.body = std::move(body);
    return request;
}
constexpr const char* kRoom = "/v1/testruns/externalValue/gentle-robin-room1";

}  // namespace

BOOST_AUTO_TEST_SUITE(external_values)

BOOST_AUTO_TEST_CASE(a_value_is_kept_for_a_session_while_it_is_under_way) {
    ExternalValues values;
    values.open("gentle-robin-room1");
    const auto answer =
        answer_external_value(values, post(kRoom, R"({"key": "code", "value": {"digits": [1, 2]}})"));
    BOOST_TEST(answer.status == 200u);
    BOOST_TEST(answer.body == "{\"sessionName\":\"gentle-robin-room1\",\"key\":\"code\"}\n");
    BOOST_TEST(values.get("gentle-robin-room1", "code").value() == boost::json::value({{"digits", {1, 2}}}));
    BOOST_TEST(!values.get("gentle-robin-room2", "code").has_value());
    static_cast<void>(answer_external_value(values, post(kRoom, R"({"key": "code", "value": null})")));
    BOOST_TEST(values.get("gentle-robin-room1", "code").value().is_null());
    values.close("gentle-robin-room1");
    BOOST_TEST(!values.get("gentle-robin-room1", "code").has_value());
}

BOOST_AUTO_TEST_CASE(names_are_percent_decoded) {
    ExternalValues values;
    values.open("a b-room1");
    const auto answer = answer_external_value(
        values, post("/v1/testruns/externalValue/a%20b-room1", R"({"key": "k", "value": 1})"));
    BOOST_TEST(answer.status == 200u);
    BOOST_TEST(values.get("a b-room1", "k").has_value());
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_told) {
    ExternalValues values;
    values.open("gentle-robin-room1");
    const std::string good = R"({"key": "k", "value": 1})";
    auto get = post(kRoom, good), form = post(kRoom, good), foreign = post(kRoom, good);
    get.method = "GET";
    form.headers.set("Content-Type", "text/plain");
    foreign.headers.set("Host", "rebound.example:8123");
    struct {
        net::ServerRequest request;
        unsigned status;
        std::string body;
    } const rows[] = {
        {get, 405, R"({"code":405,"message":"values are set with POST"})"},
        {form, 415, R"({"code":415,"message":"the Content-Type must be application/json"})"},
        {foreign, 403, R"({"code":403,"message":"the Host must be a loopback address or localhost"})"},
        {post("/v1/testruns/externalValue/", good), 404,
         R"({"code":404,"message":"there is only POST /v1/testruns/externalValue/{session name}"})"},
        {post("/v1/testruns/externalValue/other-room1", good), 404,
         R"({"code":404,"message":"no run under way has a session 'other-room1'; there is gentle-robin-room1"})"},
        {post(kRoom, "{"), 400, R"({"code":100,"message":"the body is no JSON: incomplete JSON"})"},
        {post(kRoom, R"({"key": "k"})"), 400,
         R"({"code":100,"message":"the body must be {\"key\": \"NAME\", \"value\": …}"})"},
        {post(kRoom, R"({"key": 5, "value": 1})"), 400,
         R"({"code":100,"message":"the body must be {\"key\": \"NAME\", \"value\": …}"})"},
        {post(kRoom, R"({"key": ")" + std::string(257, 'k') + R"(", "value": 1})"), 400,
         R"({"code":100,"message":"the key must have from 1 to 256 bytes"})"},
    };
    for (const auto& row : rows) {
        const auto answer = answer_external_value(values, row.request);
        BOOST_TEST(answer.status == row.status);
        BOOST_TEST(answer.body == row.body + "\n");
        BOOST_TEST(answer.headers.get("Content-Type").value() == "application/json");
    }
}

BOOST_AUTO_TEST_CASE(a_session_has_only_so_many_values) {
    ExternalValues values;
    values.open("gentle-robin-room1");
    for (std::size_t i = 0; i < ExternalValues::kMaxValues; ++i)
        BOOST_REQUIRE(values.set("gentle-robin-room1", std::to_string(i), 1) == ExternalValues::Kept::yes);
    const auto answer = answer_external_value(values, post(kRoom, R"({"key": "more", "value": 1})"));
    BOOST_TEST(answer.status == 429u);
    BOOST_TEST(answer.body == "{\"code\":429,\"message\":\"the session has 1000 values already\"}\n");
    const auto again = answer_external_value(values, post(kRoom, R"({"key": "7", "value": 2})"));
    BOOST_TEST(again.status == 200u);
}

BOOST_AUTO_TEST_CASE(the_address_is_one_of_this_machine) {
    boost::asio::io_context io;
    const auto started = [&](std::string_view address) {
        return ExternalValuesServer(io.get_executor(), std::make_shared<ExternalValues>()).start(address);
    };
    for (const auto* good : {"0", "127.0.0.1:0", "localhost:0", "127.9.9.9:0"})
        BOOST_TEST(started(good) == "");
    BOOST_TEST(started("0.0.0.0:0") ==
               "0.0.0.0 is no loopback address; values are taken from this machine only");
    BOOST_TEST(started("example.com:0") ==
               "example.com is no loopback address; values are taken from this machine only");
    for (const auto* bad : {"", "x", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "-1", "80x"})
        BOOST_TEST(started(bad) ==
                   "'" + std::string(bad) + "' is not of the form [HOST:]PORT, with a port from 0 to 65535");
    ExternalValuesServer server(io.get_executor(), std::make_shared<ExternalValues>());
    BOOST_TEST(server.start("0") == "");
    BOOST_TEST(server.url().starts_with("http://127.0.0.1:"));
    BOOST_TEST(server.url().ends_with("/v1/testruns/externalValue/"));
}

BOOST_AUTO_TEST_SUITE_END()
