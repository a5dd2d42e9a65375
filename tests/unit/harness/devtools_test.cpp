#include "harness/webrtc/devtools.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <optional>

namespace asio = boost::asio;
namespace json = boost::json;
using namespace ringback::harness;
using namespace std::chrono_literals;
using ringback::net::Deadline;

namespace {

/// The other end of the pipes, played by the test.
struct Browser {
    Browser() {
        std::array<int, 2> down{}, up{};
        BOOST_REQUIRE_EQUAL(pipe2(down.data(), O_CLOEXEC | O_NONBLOCK), 0);
        BOOST_REQUIRE_EQUAL(pipe2(up.data(), O_CLOEXEC | O_NONBLOCK), 0);
        told = down[0], says = up[1];
        devtools.emplace(io.get_executor(), down[1], up[0]);
    }
    ~Browser() {
        devtools.reset();
        io.poll();
        close(told);
        hang_up();
    }
    Browser(const Browser&) = delete;
    Browser& operator=(const Browser&) = delete;

    void hang_up() {
        if (says >= 0) close(says);
        says = -1;
    }
    void say(std::string_view bytes) {
        BOOST_REQUIRE_EQUAL(write(says, bytes.data(), bytes.size()), bytes.size());
    }
    void say_message(const std::string& text) { say(std::string_view(text.c_str(), text.size() + 1)); }

    /// What it was told since it was last asked: "1 A.x s {}, 2 …".
    std::string heard() {
        io.restart();
        io.poll();
        std::string bytes(65536, '\0');
        const auto size = read(told, bytes.data(), bytes.size());
        bytes.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
        std::string text;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto command = json::parse(bytes.c_str() + at).as_object();
            text += fmt::format(
                "{} {}{} {}, ", command.at("id").as_int64(), command.at("method").as_string().c_str(),
                command.contains("sessionId") ? " in " + std::string(command.at("sessionId").as_string())
                                              : "",
                json::serialize(command.at("params")));
            at = bytes.find('\0', at) + 1;
        }
        return text;
    }

    asio::io_context io;
    std::optional<DevTools> devtools;
    int told = -1, says = -1;
};

/// A call under way: "value {…}" or "refused: …" when it is over.
struct Call {
    Call(Browser& browser, DevTools::Commands commands, Deadline deadline = Deadline::after(5s))
        : of(browser) {
        asio::co_spawn(
            browser.io,
            [](DevTools& devtools, DevTools::Commands all, Deadline until,
               std::shared_ptr<std::string> text) -> asio::awaitable<void> {
                const auto answer = co_await devtools.call_all("S", std::move(all), until);
                static constexpr std::array<const char*, 5> kKinds{"refused", "timeout", "closed", "dialog",
                                                                   "cancelled"};
                *text = answer
                            ? "value " + json::serialize(*answer)
                            : fmt::format("{}: {}", kKinds.at(static_cast<std::size_t>(answer.error().kind)),
                                          answer.error().message);
            }(*browser.devtools, std::move(commands), deadline, ended),
            asio::detached);
        browser.io.restart();
        browser.io.poll();
    }
    /// "" while it is under way.
    const std::string& told() {
        of.io.restart();
        of.io.poll();
        return *ended;
    }
    /// Waits for its end.
    const std::string& end() {
        of.io.restart();
        while (ended->empty() && of.io.run_one_for(5s)) {
        }
        return *ended;
    }
    Browser& of;
    std::shared_ptr<std::string> ended = std::make_shared<std::string>();
};

DevTools::Commands three() {
    DevTools::Commands all;
    all.emplace_back("A.a", json::object{{"x", 1}});
    all.emplace_back("B.b", json::object{});
    all.emplace_back("C.c", json::object{});
    return all;
}

DevTools::Commands one() {
    DevTools::Commands all;
    all.emplace_back("A.a", json::object{});
    return all;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(devtools)

BOOST_AUTO_TEST_CASE(all_are_sent_before_the_first_answer_and_the_last_result_counts) {
    Browser browser;
    Call call(browser, three());
    BOOST_CHECK_EQUAL(browser.heard(), R"(1 A.a in S {"x":1}, 2 B.b in S {}, 3 C.c in S {}, )");
    // Answers may come in any order, in pieces, and between events.
    browser.say_message(R"({"id":3,"result":{"last":true}})");
    BOOST_CHECK_EQUAL(call.told(), "");
    browser.say(R"({"id":1,"res)");
    BOOST_CHECK_EQUAL(call.told(), "");
    browser.say_message(R"(ult":{}})");
    browser.say_message(R"({"method":"Some.event","params":{},"sessionId":"S"})");
    BOOST_CHECK_EQUAL(call.told(), "");
    browser.say_message(R"({"id":2,"result":{}})");
    BOOST_CHECK_EQUAL(call.told(), R"(value {"last":true})");
}

BOOST_AUTO_TEST_CASE(the_first_error_among_them_is_told) {
    Browser browser;
    Call call(browser, three());
    browser.say_message(R"({"id":3,"result":{}})");
    browser.say_message(R"({"id":2,"error":{"code":-32601,"message":"'B.b' wasn't found"}})");
    BOOST_CHECK_EQUAL(call.told(), "");
    browser.say_message(R"({"id":1,"result":{}})");
    BOOST_CHECK_EQUAL(call.told(), "refused: 'B.b' wasn't found");
}

BOOST_AUTO_TEST_CASE(who_never_answers_is_named) {
    Browser browser;
    Call call(browser, three(), Deadline::after(30ms));
    browser.say_message(R"({"id":1,"result":{}})");
    browser.say_message(R"({"id":3,"result":{}})");
    BOOST_CHECK_EQUAL(call.end(), "timeout: the browser did not answer B.b in time");
    browser.say_message(R"({"id":2,"result":{}})");  // nobody waits for it any more
    Call next(browser, one());
    browser.say_message(R"({"id":4,"result":{"n":4}})");
    BOOST_CHECK_EQUAL(next.told(), R"(value {"n":4})");
}

BOOST_AUTO_TEST_CASE(a_browser_that_ends_ends_all_calls) {
    Browser browser;
    bool told = false;
    browser.devtools->on_closed([&told] { told = true; });
    Call first(browser, three()), second(browser, one());
    browser.say_message(R"({"id":1,"result":{}})");
    browser.hang_up();
    BOOST_CHECK_EQUAL(first.told(), "closed: the browser ended");
    BOOST_CHECK_EQUAL(second.told(), "closed: the browser ended");
    BOOST_CHECK(told && browser.devtools->closed());
    Call late(browser, one());
    BOOST_CHECK_EQUAL(late.told(), "closed: the browser ended");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_empties_ends_the_calls) {
    Browser browser;
    DevTools::Commands huge;
    for (int i = 0; i < 3; ++i)
        huge.emplace_back("A.a", json::object{{"text", std::string(std::size_t{64} << 20, 'x')}});
    Call call(browser, std::move(huge));
    BOOST_CHECK_EQUAL(call.told(), "closed: the browser ended");
}

BOOST_AUTO_TEST_CASE(calls_of_one_session_end_together) {
    Browser browser;
    Call call(browser, three());
    browser.devtools->fail_calls("other", {DevToolsError::Kind::dialog, "not these"});
    BOOST_CHECK_EQUAL(call.told(), "");
    browser.devtools->fail_calls("S", {DevToolsError::Kind::dialog, "a dialog is open"});
    BOOST_CHECK_EQUAL(call.told(), "dialog: a dialog is open");
}

BOOST_AUTO_TEST_CASE(what_makes_no_sense_is_passed_over) {
    struct Row {
        const char *what, *said, *told;
    };
    const Row rows[] = {
        {"no JSON", "}{", ""},
        {"an empty message", "", ""},
        {"no object", "[1]", ""},
        {"a number too large", R"({"id":1e400,"result":{}})", ""},
        {"another's number", R"({"id":7,"result":{}})", ""},
        {"a number as text", R"({"id":"1","result":{}})", ""},
        {"not UTF-8", "{\"id\":1,\"result\":{\"a\":\"\xff\"}}", ""},
        {"an event without a name", R"({"params":{}})", ""},
        {"an event of nobody's", R"({"method":"A.b","sessionId":"who"})", ""},
        {"no result", R"({"id":1})", "value {}"},
        {"a result of another kind", R"({"id":1,"result":[1]})", "value {}"},
        {"an error without words", R"({"id":1,"error":{"code":1}})", "refused: the browser refused"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            Browser browser;
            Call call(browser, one());
            browser.say_message(row.said);
            BOOST_CHECK_EQUAL(call.told(), row.told);
            if (*row.told) continue;
            browser.say_message(R"({"id":1,"result":{"then":1}})");
            BOOST_CHECK_EQUAL(call.told(), R"(value {"then":1})");
        }
    // Deeper than anything a page may want: passed over, not followed.
    Browser browser;
    Call call(browser, one());
    browser.say_message(R"({"id":1,"result":)" + std::string(5000, '[') + std::string(5000, ']') + "}");
    browser.say_message(R"({"id":1,"result":{}})");
    BOOST_CHECK_EQUAL(call.told(), "value {}");
}

BOOST_AUTO_TEST_CASE(events_reach_their_session) {
    Browser browser;
    std::string seen;
    browser.devtools->on_event("S", [&](std::string_view method, const json::object& params) {
        seen += std::string(method) + json::serialize(params);
        browser.devtools->on_event("S", nullptr);  // from inside
    });
    browser.say_message(R"({"method":"A.b","params":{"n":1},"sessionId":"T"})");
    browser.say_message(R"({"method":"A.b","params":{"n":2}})");
    browser.say_message(R"({"method":"A.b","params":{"n":3},"sessionId":"S"})");
    browser.say_message(R"({"method":"A.b","params":{"n":4},"sessionId":"S"})");
    browser.io.restart();
    browser.io.poll();
    BOOST_CHECK_EQUAL(seen, R"(A.b{"n":3})");
}

BOOST_AUTO_TEST_SUITE_END()
