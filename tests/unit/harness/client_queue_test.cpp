#include "harness/webrtc/client_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>
#include <vector>

using namespace ringback::harness;

namespace {

QueuedCommand command(std::string name) {
    return {std::move(name), {}, "s.js", 1};
}

/// Runs the queue the way a probe does; a command's callback queues what `callbacks` has for it.
std::string order(const std::vector<std::string>& script,
                  const std::map<std::string, std::vector<std::string>>& callbacks) {
    ClientQueue queue;
    for (const auto& name : script)
        BOOST_REQUIRE(queue.add(command(name)));
    std::string ran;
    while (auto next = queue.next()) {
        ran += (ran.empty() ? "" : " ") + next->name;
        if (const auto found = callbacks.find(next->name); found != callbacks.end())
            for (const auto& name : found->second)
                BOOST_REQUIRE(queue.add(command(name)));
        queue.finished();
        if (ran.size() > 1000) break;
    }
    return ran;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(client_queue)

BOOST_AUTO_TEST_CASE(callbacks_run_before_siblings) {
    struct Row {
        const char* what;
        std::vector<std::string> script;
        std::map<std::string, std::vector<std::string>> callbacks;
        const char* wanted;
    };
    const Row rows[] = {
        {"nothing", {}, {}, ""},
        {"in order", {"url", "click", "pause"}, {}, "url click pause"},
        {"a callback's commands come next",
         {"getText", "end"},
         {{"getText", {"info", "click"}}},
         "getText info click end"},
        {"nested", {"a", "d"}, {{"a", {"b", "c"}}, {"b", {"b1", "b2"}}}, "a b b1 b2 c d"},
        {"three deep", {"a", "z"}, {{"a", {"b"}}, {"b", {"c"}}, {"c", {"e"}}}, "a b c e z"},
        {"the last may queue, too", {"a"}, {{"a", {"b"}}}, "a b"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) BOOST_CHECK_EQUAL(order(row.script, row.callbacks), row.wanted);
}

BOOST_AUTO_TEST_CASE(clearing_forgets_what_has_not_run) {
    ClientQueue queue;
    BOOST_REQUIRE(queue.add(command("a")) && queue.add(command("b")));
    BOOST_REQUIRE(queue.next());
    BOOST_REQUIRE(queue.add(command("child")));
    BOOST_CHECK_EQUAL(queue.size(), 2);
    queue.clear();
    queue.finished();
    BOOST_CHECK(!queue.next());
}

BOOST_AUTO_TEST_CASE(the_queue_is_bounded) {
    ClientQueue queue;
    std::size_t taken = 0;
    while (taken <= ClientQueue::kMaxCommands && queue.add({}))
        ++taken;
    BOOST_CHECK_EQUAL(taken, ClientQueue::kMaxCommands);
}

BOOST_AUTO_TEST_SUITE_END()
