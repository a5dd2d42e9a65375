#include "harness/webrtc/commands/elements.hpp"

#include "embedded/harness_scripts.hpp"
#include "harness/webrtc/probe_state.hpp"

#include <boost/json/object.hpp>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

std::string expression(const Locator& locator, const std::string& operation, const json::array& more) {
    std::string text(scripts::elements_js());
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
    text += "(" + js_literal(json::value(operation)) + "," + js_literal(json::value(locator.strategy)) + "," +
            js_literal(json::value(locator.selector));
    for (const auto& argument : more)
        text += "," + js_literal(argument);
    return text + ")";
}

DevToolsError no_element(const Locator& locator) {
    return {DevToolsError::Kind::refused, "no element matches " + locator.shown()};
}

/// Errors that a page gives in passing while it is being replaced.
bool passing(const DevToolsError& error) {
    return error.kind == DevToolsError::Kind::refused &&
           (error.message.find("context was destroyed") != std::string::npos ||
            error.message.find("Inspected target navigated") != std::string::npos);
}

}  // namespace

asio::awaitable<Driven<std::optional<json::value>>> ask_element(ProbeState& probe, Locator locator,
                                                                std::string operation, json::array more,
                                                                net::Deadline deadline) {
    using Answer = Driven<std::optional<json::value>>;
    auto text = expression(locator, operation, more);
    auto answer = co_await probe.page().evaluate(std::move(text), deadline);
    if (answer.has_error()) {
        if (passing(answer.error())) co_return Answer(boost::system::in_place_value, std::nullopt);
        co_return Answer(boost::system::in_place_error, answer.error());
    }
    const auto* object = answer->if_object();
    const auto* found = object ? object->if_contains("found") : nullptr;
    const auto* value = object ? object->if_contains("value") : nullptr;
    if (!found || !found->is_bool() || !found->get_bool() || !value)
        co_return Answer(boost::system::in_place_value, std::nullopt);
    co_return Answer(boost::system::in_place_value, *value);
}

asio::awaitable<Driven<json::value>> ask_present_element(ProbeState& probe, Locator locator,
                                                         std::string operation, json::array more,
                                                         net::Deadline deadline) {
    const auto until = deadline.within(kElementWait);
    for (;;) {
        auto answer = co_await ask_element(probe, locator, operation, more, deadline);
        if (answer.has_error()) co_return answer.error();
        if (*answer) co_return std::move(**answer);
        if (until.expired()) co_return no_element(locator);
        const bool go_on = co_await pause_for(probe.run.executor, until.within(kPollInterval));
        if (!go_on) co_return DevToolsError{DevToolsError::Kind::cancelled, "ended"};
    }
}

asio::awaitable<Driven<std::string>> element_object(ProbeState& probe, Locator locator,
                                                    net::Deadline deadline) {
    using Answer = Driven<std::string>;
    const auto until = deadline.within(kElementWait);
    for (;;) {
        auto text = expression(locator, "element", {});
        Page::Evaluation how;
        how.by_value = false;
        auto answer = co_await probe.page().evaluate(std::move(text), how, deadline);
        if (answer.has_error() && !passing(answer.error()))
            co_return Answer(boost::system::in_place_error, answer.error());
        if (answer.has_value())
            if (const auto* object = answer->if_object())
                if (const auto* id = object->if_contains("objectId"); id && id->is_string())
                    co_return Answer(boost::system::in_place_value, std::string(id->get_string()));
        if (until.expired()) co_return Answer(boost::system::in_place_error, no_element(locator));
        const bool go_on = co_await pause_for(probe.run.executor, until.within(kPollInterval));
        if (!go_on)
            co_return Answer(boost::system::in_place_error,
                             DevToolsError{DevToolsError::Kind::cancelled, "ended"});
    }
}

}  // namespace ringback::harness
