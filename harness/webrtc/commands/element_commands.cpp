// Commands on one element of the page.
#include "harness/webrtc/commands/elements.hpp"
#include "harness/webrtc/keys.hpp"
#include "harness/webrtc/probe_state.hpp"

#include <boost/json/object.hpp>

#include <fmt/format.h>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;
using Outcome = asio::awaitable<CommandOutcome>;

namespace {

/// A command whose result is what elements.js answers.
Outcome ask(ProbeState& probe, Call& call, const char* operation, json::array more) {
    auto answer =
        co_await ask_present_element(probe, call.locator, operation, std::move(more), call.deadline);
    if (answer.has_error()) co_return CommandOutcome::failed(answer.error().message);
    co_return CommandOutcome::result(std::move(*answer));
}
template <std::size_t N>
struct Name {
    char text[N];
    constexpr Name(const char (&from)[N]) { std::copy_n(from, N, text); }
};
template <Name operation>
Outcome ask(ProbeState& probe, Call& call) {
    json::array more;
    if (call.has(0)) more.push_back(call.arguments[0]);
    co_return co_await ask(probe, call, operation.text, std::move(more));
}

/// The same without waiting: that nothing is there is an answer, too.
template <Name operation>
Outcome ask_now(ProbeState& probe, Call& call) {
    auto answer = co_await ask_element(probe, call.locator, operation.text, json::array(), call.deadline);
    if (answer.has_error()) co_return CommandOutcome::failed(answer.error().message);
    co_return CommandOutcome::result(*answer ? **answer : json::value(false));
}

// ---- Waiting
// ---------------------------------------------------------------------------------------------------

enum class Wanted { visible, not_visible, present, not_present };

constexpr const char* describe(Wanted wanted) {
    switch (wanted) {
        case Wanted::visible:
            return "visible";
        case Wanted::not_visible:
            return "gone from view";
        case Wanted::present:
            return "present";
        case Wanted::not_present:
            return "absent";
    }
    return "";
}

/// waitFor…(selector[, ms[, rescan ms]][, abort on failure][, callback][, message]), as Nightwatch takes
/// them.
template <Wanted wanted>
Outcome wait_for(ProbeState& probe, Call& call) {
    const auto span = call.milliseconds(0, kElementWait);
    const auto until = call.deadline.within(span);
    bool aborts = true;
    std::string message;
    for (const auto& argument : call.arguments) {
        if (argument.is_bool()) aborts = argument.get_bool();
        if (argument.is_string() && &argument != &call.arguments[0])
            message = std::string(argument.get_string());
    }
    const bool about_view = wanted == Wanted::visible || wanted == Wanted::not_visible;
    const char* const operation = about_view ? "visible" : "present";
    probe.progress(fmt::format("waiting for {} to be {}", call.locator.shown(), describe(wanted)));
    bool found = false;
    for (;;) {
        auto answer = co_await ask_element(probe, call.locator, operation, json::array(), call.deadline);
        if (answer.has_error()) co_return CommandOutcome::failed(answer.error().message);
        found = answer->has_value();
        const bool yes = found && (**answer).is_bool() && (**answer).get_bool();
        if (yes == (wanted == Wanted::visible || wanted == Wanted::present))
            co_return CommandOutcome::result(json::value(yes));
        if (until.expired()) break;
        const bool go_on = co_await pause_for(probe.run.executor, until.within(kPollInterval));
        if (!go_on) co_return CommandOutcome::failed("ended while it waited");
    }
    auto failed = CommandOutcome::failed(fmt::format(
        "{} was not {} within {} ms{}", call.locator.shown(), describe(wanted), span.count(),
        wanted == Wanted::visible ? (found ? ": it is there, but hidden" : ": no element matches") : ""));
    if (!message.empty()) failed.error = message + ": " + failed.error;
    failed.goes_on = !aborts;
    co_return failed;
}

// ---- Acting
// ----------------------------------------------------------------------------------------------------

asio::awaitable<Driven<void>> mouse_event(ProbeState& probe, const char* type, const char* button, int clicks,
                                          net::Deadline deadline) {
    json::object event;
    event["type"] = type;
    event["x"] = probe.pointer.x;
    event["y"] = probe.pointer.y;
    event["button"] = button;
    event["clickCount"] = clicks;
    auto sent = co_await probe.page().call("Input.dispatchMouseEvent", std::move(event), deadline);
    // The click worked when a dialog came of it.
    if (sent.has_error() && sent.error().kind != DevToolsError::Kind::dialog) co_return sent.error();
    co_return Driven<void>{};
}

/// Moves the mouse over the element; it may be about to appear or to move.
asio::awaitable<Driven<void>> point_at(ProbeState& probe, Call& call) {
    const auto until = call.deadline.within(kElementWait);
    for (;;) {
        auto object = co_await element_object(probe, call.locator, call.deadline);
        if (object.has_error()) co_return object.error();
        auto point = co_await probe.page().point_of(*object, call.deadline);
        if (point.has_value()) {
            probe.pointer = *point;
            co_return co_await mouse_event(probe, "mouseMoved", "none", 0, call.deadline);
        }
        if (until.expired() || point.error().kind != DevToolsError::Kind::refused)
            co_return DevToolsError{point.error().kind,
                                    call.locator.shown() + " cannot be clicked: it is not visible"};
        const bool go_on = co_await pause_for(probe.run.executor, until.within(kPollInterval));
        if (!go_on) co_return DevToolsError{DevToolsError::Kind::cancelled, "ended while it waited"};
    }
}

Outcome press(ProbeState& probe, Call& call, const char* button, int clicks) {
    // An option in a closed list has no place to click at.
    auto chosen = co_await ask_present_element(probe, call.locator, "select", json::array(), call.deadline);
    if (chosen.has_error()) co_return CommandOutcome::failed(chosen.error().message);
    if (chosen->is_bool() && chosen->get_bool()) co_return CommandOutcome::result(nullptr);
    auto pointed = co_await point_at(probe, call);
    if (pointed.has_error()) co_return CommandOutcome::failed(pointed.error().message);
    for (int click = 1; click <= clicks; ++click)
        for (const char* type : {"mousePressed", "mouseReleased"}) {
            auto sent = co_await mouse_event(probe, type, button, click, call.deadline);
            if (sent.has_error()) co_return CommandOutcome::failed(sent.error().message);
        }
    co_return CommandOutcome::result(nullptr);
}
Outcome click(ProbeState& probe, Call& call) {
    co_return co_await press(probe, call, "left", 1);
}
Outcome double_click(ProbeState& probe, Call& call) {
    co_return co_await press(probe, call, "left", 2);
}
Outcome right_click(ProbeState& probe, Call& call) {
    co_return co_await press(probe, call, "right", 1);
}

Outcome move_to(ProbeState& probe, Call& call) {
    auto pointed = co_await point_at(probe, call);
    if (pointed.has_error()) co_return CommandOutcome::failed(pointed.error().message);
    const auto x = call.number(0), y = call.number(1);
    if (x && y && (*x != 0 || *y != 0)) {
        // Offsets are from the element's corner, and the middle is where the mouse is now.
        auto size = co_await ask_present_element(probe, call.locator, "size", json::array(), call.deadline);
        if (size.has_error()) co_return CommandOutcome::failed(size.error().message);
        if (const auto* box = size->if_object(); box && box->contains("width") && box->contains("height")) {
            probe.pointer.x += *x - box->at("width").to_number<double>() / 2;
            probe.pointer.y += *y - box->at("height").to_number<double>() / 2;
        }
        auto moved = co_await mouse_event(probe, "mouseMoved", "none", 0, call.deadline);
        if (moved.has_error()) co_return CommandOutcome::failed(moved.error().message);
    }
    co_return CommandOutcome::result(nullptr);
}

std::string joined(const json::value& value) {
    if (const auto* text = value.if_string()) return std::string(*text);
    if (value.is_number() || value.is_bool()) return js_literal(value);
    std::string all;
    if (const auto* parts = value.if_array())
        for (const auto& part : *parts)
            all += joined(part);
    return all;
}

Outcome set_value(ProbeState& probe, Call& call) {
    const auto text = joined(call.arguments[0]);
    auto is_file = co_await ask_present_element(probe, call.locator, "file", json::array(), call.deadline);
    if (is_file.has_error()) co_return CommandOutcome::failed(is_file.error().message);
    if (is_file->is_bool() && is_file->get_bool()) {
        auto object = co_await element_object(probe, call.locator, call.deadline);
        if (object.has_error()) co_return CommandOutcome::failed(object.error().message);
        json::object params;
        params["objectId"] = *object;
        json::array files;
        files.emplace_back(text);
        params["files"] = std::move(files);
        auto set = co_await probe.page().call("DOM.setFileInputFiles", std::move(params), call.deadline);
        if (set.has_error()) co_return CommandOutcome::failed(set.error().message);
        co_return CommandOutcome::result(nullptr);
    }
    auto focused = co_await ask_present_element(probe, call.locator, "focus", json::array(), call.deadline);
    if (focused.has_error()) co_return CommandOutcome::failed(focused.error().message);
    if (!focused->is_bool() || !focused->get_bool())
        co_return CommandOutcome::failed(call.locator.shown() + " takes no text: it cannot be focused");
    for (auto& event : key_events(text)) {
        auto sent = co_await probe.page().call("Input.dispatchKeyEvent", std::move(event), call.deadline);
        if (sent.has_error() && sent.error().kind != DevToolsError::Kind::dialog)
            co_return CommandOutcome::failed(sent.error().message);
    }
    co_return CommandOutcome::result(nullptr);
}

Outcome update_value(ProbeState& probe, Call& call) {
    auto cleared = co_await ask_present_element(probe, call.locator, "clear", json::array(), call.deadline);
    if (cleared.has_error()) co_return CommandOutcome::failed(cleared.error().message);
    co_return co_await set_value(probe, call);
}

constexpr Command kCommands[] = {
    {"waitForElementVisible", 0, 4, true, wait_for<Wanted::visible>,
     "waitForElementVisible(selector, milliseconds[, abort on failure][, callback][, message])", true},
    {"waitForElementNotVisible", 0, 4, true, wait_for<Wanted::not_visible>,
     "waitForElementNotVisible(selector, milliseconds[, abort on failure][, callback][, message])", true},
    {"waitForElementPresent", 0, 4, true, wait_for<Wanted::present>,
     "waitForElementPresent(selector, milliseconds[, abort on failure][, callback][, message])", true},
    {"waitForElementNotPresent", 0, 4, true, wait_for<Wanted::not_present>,
     "waitForElementNotPresent(selector, milliseconds[, abort on failure][, callback][, message])", true},
    {"click", 0, 0, true, click, "click(selector[, callback])"},
    {"doubleClickElement", 0, 0, true, double_click, "doubleClickElement(selector[, callback])"},
    {"rightClick", 0, 0, true, right_click, "rightClick(selector[, callback])"},
    {"moveToElement", 0, 2, true, move_to, "moveToElement(selector, x, y[, callback])"},
    {"setValue", 1, 1, true, set_value, "setValue(selector, text or array[, callback])"},
    {"sendKeys", 1, 1, true, set_value, "sendKeys(selector, text or array[, callback])"},
    {"updateValue", 1, 1, true, update_value, "updateValue(selector, text or array[, callback])"},
    {"clearValue", 0, 0, true, ask<"clear">, "clearValue(selector[, callback])"},
    {"submitForm", 0, 0, true, ask<"submit">, "submitForm(selector[, callback])"},
    {"getText", 0, 0, true, ask<"text">, "getText(selector, callback)"},
    {"getValue", 0, 0, true, ask<"value">, "getValue(selector, callback)"},
    {"getAttribute", 1, 1, true, ask<"attribute">, "getAttribute(selector, name, callback)"},
    {"getElementProperty", 1, 1, true, ask<"property">, "getElementProperty(selector, name, callback)"},
    {"getCssProperty", 1, 1, true, ask<"css">, "getCssProperty(selector, name, callback)"},
    {"getTagName", 0, 0, true, ask<"tag">, "getTagName(selector, callback)"},
    {"getElementSize", 0, 0, true, ask<"size">, "getElementSize(selector, callback)"},
    {"getLocation", 0, 0, true, ask<"location">, "getLocation(selector, callback)"},
    {"isEnabled", 0, 0, true, ask<"enabled">, "isEnabled(selector, callback)"},
    {"isSelected", 0, 0, true, ask<"selected">, "isSelected(selector, callback)"},
    {"isVisible", 0, 0, true, ask_now<"visible">, "isVisible(selector, callback)"},
    {"isPresent", 0, 0, true, ask_now<"present">, "isPresent(selector, callback)"},
    {"countElements", 0, 0, true, ask_now<"count">, "countElements(selector, callback)"},
};

}  // namespace

std::span<const Command> element_commands() {
    return kCommands;
}

}  // namespace ringback::harness
