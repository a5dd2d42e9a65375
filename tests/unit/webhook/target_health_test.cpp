#include "webhook/target_health.hpp"

#include "sample.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using store::MessageState;

store::Message message(MessageState state, std::chrono::hours age, std::uint32_t attempts = 1) {
    store::Message one;
    one.state = state;
    one.created_at = at(0ms) - age;
    one.attempts = attempts;
    return one;
}

std::string judged(const std::vector<store::Message>& messages, const char* last_outcome) {
    return judge_target(messages, last_outcome).disabled(at(0ms));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(target_health)

BOOST_AUTO_TEST_CASE(five_days_without_a_delivery_disable_a_target) {
    const auto due = MessageState::due, dead = MessageState::dead, delivered = MessageState::delivered;
    const std::string disabled = "the target is disabled: nothing could be delivered since ";
    BOOST_TEST(judged({}, "") == "");
    BOOST_TEST(judged({message(due, 1h), message(dead, 119h)}, "retry") == "");
    BOOST_TEST(judged({message(due, 1h), message(dead, 120h)}, "retry") ==
               disabled + "2013-11-07T18:35:08.548Z");
    // A delivery in between starts the count anew, and one after everything ends it.
    BOOST_TEST(judged({message(due, 1h), message(delivered, 2h), message(dead, 300h)}, "retry") == "");
    BOOST_TEST(judged({message(delivered, 1h), message(dead, 300h)}, "delivered") == "");
    // Messages that were never tried say nothing.
    BOOST_TEST(judged({message(due, 200h, 0), message(due, 300h, 0)}, "") == "");
}

BOOST_AUTO_TEST_CASE(a_410_disables_it_at_once_until_something_is_delivered) {
    const auto dead = MessageState::dead;
    BOOST_TEST(judged({message(dead, 1h)}, "gone") ==
               "the target is disabled: it answered 410 Gone (message of 2013-11-12T17:35:08.548Z)");
    BOOST_TEST(judged({message(dead, 1h)}, "permanent") == "");
    BOOST_TEST(judged({message(MessageState::delivered, 0h), message(dead, 1h)}, "delivered") == "");
}

BOOST_AUTO_TEST_SUITE_END()
