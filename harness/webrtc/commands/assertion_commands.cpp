// client.assert.* ends the script when it does not hold, client.verify.* notes it and goes on. Both look
// again for a while, as Nightwatch does.
#include "harness/webrtc/commands/elements.hpp"
#include "harness/webrtc/probe_state.hpp"

#include <boost/json/serialize.hpp>

#include <fmt/format.h>

#include <deque>
#include <vector>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;
using Outcome = asio::awaitable<CommandOutcome>;

namespace {

/// One kind of assertion: what is asked, and when the answer is right.
struct Assertion {
    std::string_view name;
    std::size_t arguments;  ///< without selector and message
    bool on_element;
    std::string_view operation;  ///< of elements.js; of a page "title" or "url"; "" compares the arguments
    bool (*holds)(const std::optional<json::value>& found, const Call& call);
    std::string_view wanted;  ///< "{}" is the last argument
};

std::string shown(const std::optional<json::value>& value) {
    if (!value) return "no such element";
    const auto text = json::serialize(*value);
    return text.size() > 200 ? text.substr(0, 200) + "…" : text;
}
std::string text_of(const std::optional<json::value>& value) {
    if (!value) return {};
    if (const auto* text = value->if_string()) return std::string(*text);
    return json::serialize(*value);
}
bool is_true(const std::optional<json::value>& value) {
    return value && value->is_bool() && value->get_bool();
}
bool contains(const std::optional<json::value>& found, const std::string& wanted) {
    return found && text_of(found).find(wanted) != std::string::npos;
}
bool has_class(const std::optional<json::value>& found, const std::string& wanted) {
    if (!found || !found->is_array()) return false;
    for (const auto& name : found->get_array())
        if (name.is_string() && name.get_string() == wanted) return true;
    return false;
}
bool truthy(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return false;
        case json::kind::bool_:
            return value.get_bool();
        case json::kind::string:
            return !value.get_string().empty();
        case json::kind::int64:
            return value.get_int64() != 0;
        case json::kind::uint64:
            return value.get_uint64() != 0;
        case json::kind::double_:
            return value.get_double() != 0;
        default:
            return true;
    }
}
/// JavaScript's == as far as JSON values go.
bool loosely_equal(const json::value& a, const json::value& b) {
    if (a == b) return true;
    if (a.is_number() && b.is_number()) return a.to_number<double>() == b.to_number<double>();
    if ((a.is_number() && b.is_string()) || (a.is_string() && b.is_number())) return text_of(a) == text_of(b);
    return false;
}
json::value argument(const Call& call, std::size_t index) {
    return index < call.arguments.size() ? call.arguments[index] : json::value(nullptr);
}

using Found = const std::optional<json::value>&;
constexpr Assertion kAssertions[] = {
    {"visible", 0, true, "visible", [](Found f, const Call&) { return is_true(f); }, "visible"},
    {"hidden", 0, true, "visible", [](Found f, const Call&) { return f && !is_true(f); }, "hidden"},
    {"elementPresent", 0, true, "present", [](Found f, const Call&) { return is_true(f); }, "present"},
    {"elementNotPresent", 0, true, "present", [](Found f, const Call&) { return !is_true(f); }, "absent"},
    {"containsText", 1, true, "text", [](Found f, const Call& c) { return contains(f, c.text(0)); },
     "text with {}"},
    {"textContains", 1, true, "text", [](Found f, const Call& c) { return contains(f, c.text(0)); },
     "text with {}"},
    {"textEquals", 1, true, "text", [](Found f, const Call& c) { return f && text_of(f) == c.text(0); },
     "text {}"},
    {"value", 1, true, "value", [](Found f, const Call& c) { return f && text_of(f) == c.text(0); },
     "value {}"},
    {"valueEquals", 1, true, "value", [](Found f, const Call& c) { return f && text_of(f) == c.text(0); },
     "value {}"},
    {"valueContains", 1, true, "value", [](Found f, const Call& c) { return contains(f, c.text(0)); },
     "value with {}"},
    {"attributeEquals", 2, true, "attribute",
     [](Found f, const Call& c) { return f && text_of(f) == c.text(1); }, "attribute {}"},
    {"attributeContains", 2, true, "attribute", [](Found f, const Call& c) { return contains(f, c.text(1)); },
     "attribute with {}"},
    {"cssClassPresent", 1, true, "classes", [](Found f, const Call& c) { return has_class(f, c.text(0)); },
     "class {}"},
    {"hasClass", 1, true, "classes", [](Found f, const Call& c) { return has_class(f, c.text(0)); },
     "class {}"},
    {"cssClassNotPresent", 1, true, "classes",
     [](Found f, const Call& c) { return f && !has_class(f, c.text(0)); }, "no class {}"},
    {"cssProperty", 2, true, "css", [](Found f, const Call& c) { return f && text_of(f) == c.text(1); },
     "style {}"},
    {"enabled", 0, true, "enabled", [](Found f, const Call&) { return is_true(f); }, "enabled"},
    {"selected", 0, true, "selected", [](Found f, const Call&) { return is_true(f); }, "selected"},
    {"elementsCount", 1, true, "count",
     [](Found f, const Call& c) {
         return f && c.number(0) && f->is_number() && f->to_number<double>() == *c.number(0);
     },
     "{} elements"},
    {"title", 1, false, "title", [](Found f, const Call& c) { return text_of(f) == c.text(0); }, "title {}"},
    {"titleEquals", 1, false, "title", [](Found f, const Call& c) { return text_of(f) == c.text(0); },
     "title {}"},
    {"titleContains", 1, false, "title", [](Found f, const Call& c) { return contains(f, c.text(0)); },
     "title with {}"},
    {"urlEquals", 1, false, "url", [](Found f, const Call& c) { return text_of(f) == c.text(0); }, "URL {}"},
    {"urlEqual", 1, false, "url", [](Found f, const Call& c) { return text_of(f) == c.text(0); }, "URL {}"},
    {"urlContains", 1, false, "url", [](Found f, const Call& c) { return contains(f, c.text(0)); },
     "URL with {}"},
    {"ok", 1, false, "", [](Found, const Call& c) { return truthy(argument(c, 0)); }, "a true value"},
    {"equal", 2, false, "",
     [](Found, const Call& c) { return loosely_equal(argument(c, 0), argument(c, 1)); }, "{}"},
    {"equals", 2, false, "",
     [](Found, const Call& c) { return loosely_equal(argument(c, 0), argument(c, 1)); }, "{}"},
    {"strictEqual", 2, false, "", [](Found, const Call& c) { return argument(c, 0) == argument(c, 1); },
     "{}"},
    {"deepEqual", 2, false, "", [](Found, const Call& c) { return argument(c, 0) == argument(c, 1); }, "{}"},
    {"notEqual", 2, false, "",
     [](Found, const Call& c) { return !loosely_equal(argument(c, 0), argument(c, 1)); }, "anything but {}"},
    {"fail", 0, false, "", [](Found, const Call&) { return false; }, "never to come here"},
};

const Assertion& assertion_named(std::string_view name) {
    const auto plain = name.substr(name.find('.') + 1);
    for (const auto& assertion : kAssertions)
        if (assertion.name == plain) return assertion;
    return kAssertions[0];
}

asio::awaitable<Driven<std::optional<json::value>>> look(ProbeState& probe, Call& call,
                                                         const Assertion& assertion) {
    using Answer = Driven<std::optional<json::value>>;
    if (assertion.operation.empty()) co_return Answer(boost::system::in_place_value, argument(call, 0));
    if (assertion.operation == "url")
        co_return Answer(boost::system::in_place_value, json::value(probe.page().url()));
    if (assertion.operation == "title") {
        auto title = co_await probe.page().evaluate("document.title", call.deadline);
        if (title.has_error()) co_return Answer(boost::system::in_place_error, title.error());
        co_return Answer(boost::system::in_place_value, std::move(*title));
    }
    json::array more;
    if (assertion.arguments == 2) more.push_back(argument(call, 0));
    co_return co_await ask_element(probe, call.locator, std::string(assertion.operation), std::move(more),
                                   call.deadline);
}

Outcome judge(ProbeState& probe, Call& call) {
    const auto& assertion = assertion_named(call.name);
    const bool compares = assertion.operation.empty();
    const auto until = call.deadline.within(compares ? std::chrono::milliseconds(0) : kElementWait);
    std::optional<json::value> found;
    for (;;) {
        auto answer = co_await look(probe, call, assertion);
        if (answer.has_error()) co_return CommandOutcome::failed(answer.error().message);
        found = std::move(*answer);
        if (assertion.holds(found, call)) co_return CommandOutcome::result(json::value(true));
        if (until.expired()) break;
        const bool go_on = co_await pause_for(probe.run.executor, until.within(kPollInterval));
        if (!go_on) co_return CommandOutcome::failed("ended while it waited");
    }
    const auto last =
        assertion.arguments ? json::serialize(argument(call, assertion.arguments - 1)) : std::string{};
    auto wanted = fmt::format(fmt::runtime(assertion.wanted), last);
    auto failed = CommandOutcome::failed(
        assertion.on_element
            ? fmt::format("{}: wanted {}, found {}", call.locator.shown(), wanted, shown(found))
            : fmt::format("wanted {}, found {}", wanted, shown(found)));
    if (auto message = call.text(assertion.arguments); !message.empty())
        failed.error = message + ": " + failed.error;
    failed.goes_on = call.name.starts_with("verify.");
    co_return failed;
}

/// Each assertion twice, as assert.* and verify.*.
const std::vector<Command>& table() {
    static std::deque<std::string> texts;
    static const auto commands = [] {
        std::vector<Command> all;
        for (const char* group : {"assert", "verify"})
            for (const auto& assertion : kAssertions) {
                const auto& name = texts.emplace_back(fmt::format("{}.{}", group, assertion.name));
                const auto& usage = texts.emplace_back(
                    fmt::format("{}({}{}[, message])", name, assertion.on_element ? "selector" : "",
                                assertion.arguments == 0 ? ""
                                : assertion.arguments == 1
                                    ? (assertion.on_element ? ", wanted" : "wanted")
                                    : (assertion.on_element ? ", name, wanted" : "found, wanted")));
                all.push_back(
                    {name, assertion.arguments, assertion.arguments + 1, assertion.on_element, judge, usage});
            }
        return all;
    }();
    return commands;
}

}  // namespace

std::span<const Command> assertion_commands() {
    return table();
}

}  // namespace ringback::harness
