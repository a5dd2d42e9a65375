#include "webhook/attempt.hpp"

#include "sample.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;

}  // namespace

BOOST_AUTO_TEST_SUITE(attempt)

BOOST_AUTO_TEST_CASE(keeps_what_helps_to_find_out_what_happened) {
    auto exchange = full_exchange(503, "Service Unavailable");
    exchange.response->headers.add("Retry-After", "60");
    exchange.response->headers.add("X-Auth-Token", "t0p");
    exchange.response->headers.add("Location", "/next?token=t0p");
    exchange.response->body = std::string(5000, 'x');
    exchange.resolved = {boost::asio::ip::make_address("198.51.100.7"),
                         boost::asio::ip::make_address("2001:db8::7")};
    exchange.tls.emplace();
    exchange.tls->protocol = "TLSv1.3";
    exchange.tls->cipher = "TLS_AES_256_GCM_SHA384";
    const auto now = at(0ms);
    const auto outcome = classify(exchange, now);
    const auto detail = boost::json::parse(attempt_detail(exchange, outcome, true)).as_object();
    BOOST_TEST(boost::json::serialize(detail.at("resolved")) == R"(["198.51.100.7","2001:db8::7"])");
    BOOST_TEST(boost::json::serialize(detail.at("tls")) ==
               R"({"protocol":"TLSv1.3","cipher":"TLS_AES_256_GCM_SHA384"})");
    BOOST_TEST(boost::json::serialize(detail.at("response").at("headers")) ==
               R"([["Retry-After","60"],["X-Auth-Token","***"],["Location","/next?token=***"]])");
    BOOST_TEST(detail.at("response").at("body").as_string().size() == 4096);
    BOOST_TEST(detail.at("timings").at("dns").to_number<double>() == 4.2);
    const auto kept = read_detail(attempt_detail(exchange, outcome, true));
    BOOST_TEST(kept.took_step);
    BOOST_REQUIRE(kept.not_before.has_value());
    // Whole seconds, never sooner than what the receiver asked for.
    BOOST_TEST((*kept.not_before >= now + 60s && *kept.not_before < now + 61s));
    BOOST_TEST(!read_detail(attempt_detail(exchange, {}, false)).took_step);
    BOOST_TEST(!read_detail("nonsense").not_before);
}

BOOST_AUTO_TEST_CASE(reports_where_an_attempt_ended) {
    const auto exchange = unanswered(net::make_error_code(net::Error::connect_timeout), net::Phase::connect,
                                     false, "connect to 192.0.2.1:443: timed out");
    const auto detail = boost::json::parse(attempt_detail(exchange, classify(exchange, at(0ms)))).as_object();
    BOOST_TEST(detail.at("phase").as_string() == "connect");
    BOOST_TEST(detail.at("error").at("text").as_string() == "connect to 192.0.2.1:443: timed out");
    BOOST_TEST(!detail.contains("response"));
    BOOST_TEST(detail.at("timings").at("tls").is_null());
}

BOOST_AUTO_TEST_CASE(a_stored_target_that_cannot_be_read_is_an_error_and_no_call) {
    store::Message message;
    message.url = "http://x.example/";
    message.target = "{";
    const auto request = build_request(message, "0.1.0", at(0ms));
    BOOST_REQUIRE(!request);
    BOOST_TEST(request.error().starts_with("the stored target of this message cannot be read: "));
}

BOOST_AUTO_TEST_SUITE_END()
