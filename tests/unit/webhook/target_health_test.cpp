#include "webhook/target_health.hpp"

#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;

store::Attempt attempt(const char* outcome, std::chrono::hours age) {
    store::Attempt one;
    one.outcome = outcome;
    one.started_at = at(0ms) - age;
    return one;
}

std::string judged(std::vector<store::Attempt> attempts) {
    return judge_target(std::move(attempts)).disabled(at(0ms));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target_health)

BOOST_AUTO_TEST_CASE(five_days_without_a_delivery_disable_a_target) {
    const std::string disabled =
        "the target is disabled: nothing could be delivered since 2013-11-07T18:35:08.548Z";
    BOOST_TEST(judged({}) == "");
    BOOST_TEST(judged({attempt("retry", 1h), attempt("retry", 119h)}) == "");
    BOOST_TEST(judged({attempt("retry", 1h), attempt("permanent", 120h)}) == disabled);
    BOOST_TEST(judged({attempt("ambiguous", 120h), attempt("retry", 1h)}) == disabled);
    // A delivery in between starts the count anew, and one after everything ends it.
    BOOST_TEST(judged({attempt("retry", 1h), attempt("delivered", 2h), attempt("retry", 300h)}) == "");
    BOOST_TEST(judged({attempt("delivered", 1h), attempt("retry", 300h)}) == "");
}

BOOST_AUTO_TEST_CASE(a_410_disables_it_at_once_until_something_is_delivered) {
    BOOST_TEST(judged({attempt("gone", 1h)}) ==
               "the target is disabled: it answered 410 Gone (2013-11-12T17:35:08.548Z)");
    BOOST_TEST(judged({attempt("permanent", 1h)}) == "");
    BOOST_TEST(judged({attempt("delivered", 0h), attempt("gone", 1h)}) == "");
    BOOST_TEST(judged({attempt("retry", 0h), attempt("gone", 1h)}) == "");
}

BOOST_AUTO_TEST_CASE(a_refusal_keeps_since_when) {
    store::Message message;
    message.id = "msg_1";
    message.attempts = 2;
    const auto health = judge_target({attempt("retry", 1h), attempt("retry", 200h)});
    const auto record = refusal(message, health, at(0ms));
    BOOST_TEST(record.number == 3);
    BOOST_TEST(record.outcome == "permanent");
    BOOST_TEST(record.error ==
               "the target is disabled: nothing could be delivered since 2013-11-04T10:35:08.548Z");
    // The calls themselves may be long pruned or past what is looked at.
    BOOST_TEST(judged({record}) ==
               "the target is disabled: nothing could be delivered since 2013-11-04T10:35:08.000Z");
    BOOST_TEST(refusal(message, judge_target({attempt("gone", 1h)}), at(0ms)).outcome == "gone");
}

BOOST_AUTO_TEST_SUITE_END()
