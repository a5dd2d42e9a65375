#include "harness/webrtc/command.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>

#include <set>

namespace json = boost::json;
using namespace ringback::harness;

namespace {

/// What prepare_call makes of a call written as JSON; {"$function": n} is a function.
std::string taken(const char* name, const char* arguments, const char* strategy = "css selector") {
    const auto* command = find_command(name);
    BOOST_REQUIRE_MESSAGE(command, name);
    Call call;
    const auto error =
        prepare_call(*command, {name, json::parse(arguments).as_array(), "s.js", 3}, strategy, call);
    if (!error.empty()) return error;
    std::string text;
    if (!call.locator.selector.empty()) text += call.locator.shown() + " ";
    text += json::serialize(call.arguments);
    if (call.callback) text += " callback " + std::to_string(call.callback->number);
    return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(command)

BOOST_AUTO_TEST_CASE(arguments_are_taken_apart) {
    struct Row {
        const char *name, *arguments, *wanted;
    };
    const Row rows[] = {
        {"click", R"(["#join"])", R"("#join" [])"},
        {"click", R"(["#join", {"$function": 4}])", R"("#join" [] callback 4)"},
        {"click", R"(["css selector", "#join"])", R"("#join" [])"},
        {"click", R"(["xpath", "//a"])", R"(xpath "//a" [])"},
        {"click", R"([{"selector": "//a", "locateStrategy": "xpath"}])", R"(xpath "//a" [])"},
        {"click", R"([])", "it needs a selector: click(selector[, callback])"},
        {"click", R"([""])", "the selector is empty"},
        {"click", R"([5])", "it needs a selector: click(selector[, callback])"},
        {"setValue", R"(["name", "x"])", R"("name" ["x"])"},
        {"setValue", R"(["id", "name", "x"])", R"(id "name" ["x"])"},
        {"setValue", R"(["#a"])", "it needs more arguments: setValue(selector, text or array[, callback])"},
        {"getAttribute", R"(["#a", "href", {"$function": 1}])", R"("#a" ["href"] callback 1)"},
        {"waitForElementVisible", R"(["#a", 500, false, {"$function": 2}, "why"])",
         R"("#a" [500,false,"why"] callback 2)"},
        {"url", R"(["http://x"])", R"(["http://x"])"},
        {"url", R"([{"$function": 0}])", "[] callback 0"},
        {"execute", R"([{"$function": 0, "source": "f"}, [1], {"$function": 1}])",
         R"([{"$function":0,"source":"f"},[1]] callback 1)"},
        {"execute", R"([{"$function": 0, "source": "f"}, {"$function": 1}])",
         R"([{"$function":0,"source":"f"}] callback 1)"},
        {"perform", R"([{"$function": 0}])", R"([{"$function":0}])"},
        {"rtcWaitForSessionValue", R"(["k", {"$function": 3}, 900])", R"(["k",900] callback 3)"},
        {"pause", R"([100, "more than", "wanted"])", "[100]"},
        {"assert.containsText", R"(["#a", "x"])", R"("#a" ["x"])"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.name << row.arguments)
    BOOST_CHECK_EQUAL(taken(row.name, row.arguments), row.wanted);
    BOOST_CHECK_EQUAL(taken("click", R"(["//a"])", "xpath"), R"(xpath "//a" [])");
}

BOOST_AUTO_TEST_CASE(unknown_commands_name_the_nearest) {
    BOOST_CHECK(!find_command("clik"));
    BOOST_CHECK_EQUAL(unknown_command("clik"), "unknown command 'clik' (did you mean 'click'?)");
    BOOST_CHECK_EQUAL(unknown_command("rtcScreenShot"),
                      "unknown command 'rtcScreenShot' (did you mean 'rtcScreenshot'?)");
    BOOST_CHECK_EQUAL(unknown_command("assert.visibel"),
                      "unknown command 'assert.visibel' (did you mean 'assert.visible'?)");
    BOOST_CHECK_EQUAL(unknown_command("qqqqqqqqqqqq"), "unknown command 'qqqqqqqqqqqq'");
}

BOOST_AUTO_TEST_CASE(names_are_unique_and_usages_begin_with_them) {
    std::set<std::string_view> names;
    for (const auto* entry : all_commands()) {
        BOOST_CHECK_MESSAGE(names.insert(entry->name).second, "twice: " << entry->name);
        if (entry->name.front() != '(')
            BOOST_CHECK_MESSAGE(entry->usage.starts_with(std::string(entry->name) + "("), entry->usage);
    }
    // What testRTC's documentation names.
    for (const char* name : {"url",
                             "pause",
                             "waitForElementVisible",
                             "waitForElementPresent",
                             "waitForElementNotVisible",
                             "waitForElementNotPresent",
                             "click",
                             "setValue",
                             "clearValue",
                             "sendKeys",
                             "keys",
                             "getText",
                             "getValue",
                             "getAttribute",
                             "getTitle",
                             "getUrl",
                             "isVisible",
                             "isPresent",
                             "execute",
                             "executeAsync",
                             "resizeWindow",
                             "maximizeWindow",
                             "moveToElement",
                             "mouseButtonClick",
                             "useXpath",
                             "useCss",
                             "frame",
                             "windowHandles",
                             "switchWindow",
                             "closeWindow",
                             "refresh",
                             "back",
                             "forward",
                             "acceptAlert",
                             "dismissAlert",
                             "saveScreenshot",
                             "assert.titleContains",
                             "assert.urlContains",
                             "assert.containsText",
                             "assert.visible",
                             "assert.elementPresent",
                             "assert.value",
                             "assert.attributeEquals",
                             "verify.titleContains",
                             "verify.visible",
                             "perform",
                             "end",
                             "rtcInfo",
                             "rtcProgress",
                             "rtcScreenshot",
                             "rtcSetAdditionalInfo",
                             "rtcEvent",
                             "rtcWarning",
                             "rtcError",
                             "rtcFail",
                             "rtcFailAll",
                             "rtcIgnoreErrorContains",
                             "rtcSetTestExpectation",
                             "rtcSetEventsExpectation",
                             "rtcSetCustomExpectation",
                             "rtcSetCustomEventsExpectation",
                             "rtcSetSessionValue",
                             "rtcWaitForSessionValue",
                             "rtcSetTestValue",
                             "rtcWaitForTestValue",
                             "rtcWaitForExternalValue",
                             "rtcStartTimer",
                             "rtcGetTimer",
                             "rtcSetMetric",
                             "rtcSetMetricFromTimer",
                             "rtcSetMetricFromThresholdTime",
                             "rtcSetNetworkProfile",
                             "rtcSetNetwork",
                             "rtcActivateWebhook",
                             "rtcCallWhenDone",
                             "rtcCaptureCallData"})
        BOOST_CHECK_MESSAGE(names.contains(name), name);
}

BOOST_AUTO_TEST_SUITE_END()
