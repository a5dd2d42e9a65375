// Commands on the browser as a whole: pages, windows, frames, dialogs, scripts in the page.
#include "harness/webrtc/commands/elements.hpp"
#include "harness/webrtc/keys.hpp"
#include "harness/webrtc/probe.hpp"
#include "harness/webrtc/probe_script.hpp"
#include "harness/webrtc/probe_state.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <cmath>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;
using Outcome = asio::awaitable<CommandOutcome>;

namespace {

template <class T>
CommandOutcome outcome_of(const Driven<T>& driven) {
    if (driven.has_error()) return CommandOutcome::failed(driven.error().message);
    return CommandOutcome::done();
}

/// "/room" and "?x" are below the test's service URL.
std::string absolute(const ProbeState& probe, const std::string& url) {
    const auto& service = probe.run.service_url;
    if (url.find("://") != std::string::npos || url.starts_with("about:") || url.starts_with("data:") ||
        url.starts_with("blob:") || url.starts_with("chrome:") || service.empty())
        return url;
    const bool host = url.empty() || url.front() == '/' || url.front() == '?' || url.front() == '#';
    if (!host) return url.find('.') != std::string::npos ? "https://" + url : service + "/" + url;
    auto base = service;
    if (!url.empty() && url.front() == '/')
        while (base.ends_with('/'))
            base.pop_back();
    return base + url;
}

Outcome url(ProbeState& probe, Call& call) {
    if (!call.has(0)) co_return CommandOutcome::result(json::value(probe.page().url()));
    auto target = absolute(probe, call.text(0));
    auto loaded = co_await probe.page().navigate(std::move(target), call.deadline);
    if (loaded.has_error()) co_return CommandOutcome::failed(loaded.error().message);
    co_return CommandOutcome::result(nullptr);
}

Outcome current_url(ProbeState& probe, Call&) {
    co_return CommandOutcome::result(json::value(probe.page().url()));
}

Outcome refresh(ProbeState& probe, Call& call) {
    auto done = co_await probe.page().reload(call.deadline);
    co_return outcome_of(done);
}
Outcome back(ProbeState& probe, Call& call) {
    auto done = co_await probe.page().go(-1, call.deadline);
    co_return outcome_of(done);
}
Outcome forward(ProbeState& probe, Call& call) {
    auto done = co_await probe.page().go(1, call.deadline);
    co_return outcome_of(done);
}

Outcome title(ProbeState& probe, Call& call) {
    Page::Evaluation how;
    how.in_main_frame = true;
    auto answer = co_await probe.page().evaluate("document.title", how, call.deadline);
    if (answer.has_error()) co_return outcome_of(answer);
    co_return CommandOutcome::plain(std::move(*answer));
}

Outcome source(ProbeState& probe, Call& call) {
    auto answer = co_await probe.page().evaluate("document.documentElement.outerHTML", call.deadline);
    if (answer.has_error()) co_return outcome_of(answer);
    co_return CommandOutcome::result(std::move(*answer));
}

Outcome pause(ProbeState& probe, Call& call) {
    const auto span = call.milliseconds(0, std::chrono::milliseconds(0));
    const bool whole = co_await pause_for(probe.run.executor, call.deadline.within(span));
    co_return whole ? CommandOutcome::done() : CommandOutcome::failed("ended while it paused");
}

/// The function or text of execute() as a JavaScript function.
std::string function_text(const Call& call) {
    if (const auto function = call.function(0)) return "(" + function->source + "\n)";
    return "(function () {" + call.text(0) + "\n})";
}

json::value script_arguments(const Call& call) {
    if (call.arguments.size() < 2) return json::array();
    if (call.arguments[1].is_array()) return call.arguments[1];
    json::array one;
    if (!call.arguments[1].is_null()) one.push_back(call.arguments[1]);
    return one;
}

/// A script that opens a dialog has done its work: the dialog is answered by a later command.
CommandOutcome outcome_of_script(Driven<json::value>&& answer) {
    if (answer.has_error() && answer.error().kind == DevToolsError::Kind::dialog)
        return CommandOutcome::result(nullptr);
    if (answer.has_error()) return CommandOutcome::failed(answer.error().message);
    return CommandOutcome::result(std::move(*answer));
}

Outcome execute(ProbeState& probe, Call& call) {
    auto expression = function_text(call) + ".apply(window," + js_literal(script_arguments(call)) + ")";
    auto answer = co_await probe.page().evaluate(std::move(expression), call.deadline);
    co_return outcome_of_script(std::move(answer));
}

Outcome execute_async(ProbeState& probe, Call& call) {
    auto expression = "new Promise((resolve, reject) => " + function_text(call) + ".apply(window,[..." +
                      js_literal(script_arguments(call)) + ",resolve]))";
    auto answer = co_await probe.page().evaluate(std::move(expression), call.deadline);
    co_return outcome_of_script(std::move(answer));
}

Outcome set_size(ProbeState& probe, Call& call, int width, int height) {
    json::object params;
    params["width"] = width;
    params["height"] = height;
    params["deviceScaleFactor"] = 0;
    params["mobile"] = false;
    auto done =
        co_await probe.page().call("Emulation.setDeviceMetricsOverride", std::move(params), call.deadline);
    co_return outcome_of(done);
}
Outcome resize_window(ProbeState& probe, Call& call) {
    const auto width = call.number(0), height = call.number(1);
    if (!width || !height || *width < 1 || *height < 1 || *width > 10'000 || *height > 10'000)
        co_return CommandOutcome::failed("width and height must be numbers from 1 to 10000");
    co_return co_await set_size(probe, call, static_cast<int>(*width), static_cast<int>(*height));
}
Outcome maximize_window(ProbeState& probe, Call& call) {
    co_return co_await set_size(probe, call, 1920, 1080);
}

Outcome use_xpath(ProbeState& probe, Call&) {
    probe.strategy = "xpath";
    co_return CommandOutcome::done();
}
Outcome use_css(ProbeState& probe, Call&) {
    probe.strategy = "css selector";
    co_return CommandOutcome::done();
}

/// By index or by id, name or selector; nothing: the main frame.
Outcome frame(ProbeState& probe, Call& call) {
    if (!call.has(0)) {
        auto main = co_await probe.page().select_frame(std::string(), call.deadline);
        co_return outcome_of(main);
    }
    Locator locator{"xpath", {}};
    if (const auto index = call.number(0)) {
        locator.selector = "(//iframe|//frame)[" + std::to_string(static_cast<int>(*index) + 1) + "]";
    } else {
        const auto name = call.text(0);
        const bool selector = name.find_first_of("#.[ >:") != std::string::npos || name == "iframe";
        locator.strategy = "css selector";
        const auto quoted = js_literal(json::value(name));
        locator.selector =
            selector ? name : ":is(iframe,frame):is([id=" + quoted + "],[name=" + quoted + "])";
    }
    auto object = co_await element_object(probe, std::move(locator), call.deadline);
    if (object.has_error()) co_return CommandOutcome::failed("there is no frame " + call.text(0));
    auto selected = co_await probe.page().select_frame(*object, call.deadline);
    co_return outcome_of(selected);
}

// ---- Windows
// -------------------------------------------------------------------------------------------------

asio::awaitable<Driven<std::vector<std::string>>> window_targets(ProbeState& probe, net::Deadline deadline) {
    using Answer = Driven<std::vector<std::string>>;
    json::object none;
    auto targets = co_await probe.browser->chromium->devtools().call(std::string(), "Target.getTargets",
                                                                     std::move(none), deadline);
    if (targets.has_error()) co_return Answer(boost::system::in_place_error, targets.error());
    std::vector<std::string> ours;
    for (const auto& window : probe.windows)
        ours.push_back(window->target());
    const auto* list = targets->if_contains("targetInfos");
    std::vector<std::string> found;
    if (list && list->is_array())
        for (const auto& entry : list->get_array()) {
            const auto* info = entry.if_object();
            const auto text = [&](const char* key) {
                const auto* value = info ? info->if_contains(key) : nullptr;
                return value && value->is_string() ? std::string(value->get_string()) : std::string{};
            };
            if (text("type") == "page" && text("browserContextId") == probe.browser_context)
                found.push_back(text("targetId"));
        }
    // The browser lists the newest first; people count from the first.
    std::vector<std::string> ordered;
    for (const auto& target : ours)
        if (std::find(found.begin(), found.end(), target) != found.end()) ordered.push_back(target);
    for (auto target = found.rbegin(); target != found.rend(); ++target)
        if (std::find(ordered.begin(), ordered.end(), *target) == ordered.end()) ordered.push_back(*target);
    co_return Answer(boost::system::in_place_value, std::move(ordered));
}

Outcome window_handles(ProbeState& probe, Call& call) {
    auto targets = co_await window_targets(probe, call.deadline);
    if (targets.has_error()) co_return outcome_of(targets);
    json::array handles;
    for (const auto& target : *targets)
        handles.emplace_back(target);
    co_return CommandOutcome::result(std::move(handles));
}
Outcome window_handle(ProbeState& probe, Call&) {
    co_return CommandOutcome::result(json::value(probe.page().target()));
}

Outcome switch_window(ProbeState& probe, Call& call) {
    const auto handle = call.text(0);
    for (std::size_t i = 0; i < probe.windows.size(); ++i)
        if (probe.windows[i]->target() == handle) {
            probe.window = i;
            co_return CommandOutcome::done();
        }
    auto targets = co_await window_targets(probe, call.deadline);
    if (targets.has_error()) co_return outcome_of(targets);
    if (std::find(targets->begin(), targets->end(), handle) == targets->end())
        co_return CommandOutcome::failed("there is no window " + handle);
    auto settings = page_settings(probe.shared_from_this());
    settings.target = handle;
    const auto observe = settings.scripts;
    auto page = co_await Page::open(probe.browser->chromium->devtools(), std::move(settings), call.deadline);
    if (page.has_error()) co_return outcome_of(page);
    probe.windows.push_back(std::move(*page));
    probe.window = probe.windows.size() - 1;
    // Its document is there already: what it connects from now on is measured.
    for (const auto& script : observe)
        co_await probe.page().evaluate(script, call.deadline);
    co_return CommandOutcome::done();
}

Outcome close_window(ProbeState& probe, Call& call) {
    if (probe.windows.size() < 2) co_return CommandOutcome::failed("the last window cannot be closed");
    const auto target = probe.page().target();
    co_await probe.page().close();
    // It closes some time after it was told to.
    const auto until = call.deadline.within(kElementWait);
    for (bool closed = false; !closed && !until.expired();) {
        auto targets = co_await window_targets(probe, until);
        closed = targets.has_error() || std::find(targets->begin(), targets->end(), target) == targets->end();
        if (!closed) co_await pause_for(probe.run.executor, until.within(kPollInterval / 5));
    }
    probe.windows.erase(probe.windows.begin() + static_cast<std::ptrdiff_t>(probe.window));
    probe.window = 0;
    co_return CommandOutcome::done();
}

// ---- Dialogs, pictures, keys
// ---------------------------------------------------------------------------------

Outcome accept_alert(ProbeState& probe, Call& call) {
    auto done = co_await probe.page().answer_dialog(true, call.deadline);
    co_return outcome_of(done);
}
Outcome dismiss_alert(ProbeState& probe, Call& call) {
    auto done = co_await probe.page().answer_dialog(false, call.deadline);
    co_return outcome_of(done);
}
Outcome alert_text(ProbeState& probe, Call&) {
    if (!probe.page().dialog()) co_return CommandOutcome::failed("no dialog is open");
    co_return CommandOutcome::result(json::value(probe.page().dialog()->message));
}

Outcome save_screenshot(ProbeState& probe, Call& call) {
    const auto name = co_await probe.take_screenshot(call.text(0, "screenshot"), false, call.deadline);
    if (name.empty() && !probe.run.context->artifacts.empty())
        co_return CommandOutcome::failed("no screenshot could be taken");
    co_return CommandOutcome::result(nullptr);
}

Outcome keys(ProbeState& probe, Call& call) {
    std::string text;
    if (!call.arguments.empty() && call.arguments[0].is_array())
        for (const auto& part : call.arguments[0].get_array())
            text += part.is_string() ? std::string(part.get_string()) : std::string{};
    else
        text = call.text(0);
    for (auto& event : key_events(text)) {
        auto sent = co_await probe.page().call("Input.dispatchKeyEvent", std::move(event), call.deadline);
        if (sent.has_error() && sent.error().kind != DevToolsError::Kind::dialog) co_return outcome_of(sent);
    }
    co_return CommandOutcome::done();
}

Outcome mouse_button(ProbeState& probe, Call& call, bool down, bool up, int clicks) {
    const auto name = call.text(0, "left");
    const auto button = name == "1" || name == "middle"  ? "middle"
                        : name == "2" || name == "right" ? "right"
                                                         : "left";
    for (const bool pressed : {true, false}) {
        if (!(pressed ? down : up)) continue;
        json::object event;
        event["type"] = pressed ? "mousePressed" : "mouseReleased";
        event["x"] = probe.pointer.x;
        event["y"] = probe.pointer.y;
        event["button"] = button;
        event["clickCount"] = clicks;
        auto sent = co_await probe.page().call("Input.dispatchMouseEvent", std::move(event), call.deadline);
        if (sent.has_error() && sent.error().kind != DevToolsError::Kind::dialog) co_return outcome_of(sent);
    }
    co_return CommandOutcome::done();
}
Outcome mouse_click(ProbeState& probe, Call& call) {
    co_return co_await mouse_button(probe, call, true, true, 1);
}
Outcome mouse_down(ProbeState& probe, Call& call) {
    co_return co_await mouse_button(probe, call, true, false, 1);
}
Outcome mouse_up(ProbeState& probe, Call& call) {
    co_return co_await mouse_button(probe, call, false, true, 1);
}
Outcome double_click(ProbeState& probe, Call& call) {
    auto first = co_await mouse_button(probe, call, true, true, 1);
    if (!first.error.empty()) co_return first;
    co_return co_await mouse_button(probe, call, true, true, 2);
}

/// Runs a function of the script between commands. One that takes a parameter says itself when it is done.
Outcome perform(ProbeState& probe, Call& call) {
    const auto function = call.function(0);
    if (!function) co_return CommandOutcome::failed("it needs a function: perform(function)");
    json::array given;
    const bool waits = function->arity > 0;
    const auto ticket = ++probe.last_done;
    if (waits) {
        json::object done;
        done["$done"] = ticket;
        // Nightwatch hands over the client first when two parameters are declared.
        if (function->arity > 1) given.emplace_back(nullptr);
        given.emplace_back(std::move(done));
    }
    auto failed = call_script(probe, *function, std::move(given));
    if (!failed.empty()) co_return CommandOutcome::failed(std::move(failed));
    if (waits && !probe.done_functions.contains(ticket)) {
        // What it queued runs first, and must have called done() by then: nothing else could.
        QueuedCommand check{"(perform's done)", {}, call.source, call.line};
        check.arguments.emplace_back(ticket);
        if (!probe.queue.add(std::move(check)))
            co_return CommandOutcome::failed("too many commands are queued");
    }
    co_return CommandOutcome::done();
}
Outcome perform_done(ProbeState& probe, Call& call) {
    const auto ticket = static_cast<std::int64_t>(call.number(0).value_or(0));
    if (probe.done_functions.contains(ticket)) co_return CommandOutcome::done();
    co_return CommandOutcome::failed("done() was never called");
}

Outcome nothing(ProbeState&, Call&) {
    co_return CommandOutcome::done();
}

Outcome get_cookies(ProbeState& probe, Call& call) {
    json::object none;
    auto answer = co_await probe.page().call("Network.getCookies", std::move(none), call.deadline);
    if (answer.has_error()) co_return outcome_of(answer);
    const auto* cookies = answer->if_contains("cookies");
    co_return CommandOutcome::result(cookies ? *cookies : json::value(nullptr));
}
Outcome delete_cookies(ProbeState& probe, Call& call) {
    json::object none;
    auto done = co_await probe.page().call("Network.clearBrowserCookies", std::move(none), call.deadline);
    co_return outcome_of(done);
}
Outcome set_cookie(ProbeState& probe, Call& call) {
    auto cookie = call.arguments[0].if_object() ? call.arguments[0].get_object() : json::object{};
    if (!cookie.contains("name") || !cookie.contains("value"))
        co_return CommandOutcome::failed("it needs {name, value}");
    json::object params;
    for (const char* key : {"name", "value", "domain", "path", "secure", "httpOnly"})
        if (const auto* value = cookie.if_contains(key); value && !value->is_null()) params[key] = *value;
    if (!params.contains("domain")) params["url"] = probe.page().url();
    auto done = co_await probe.page().call("Network.setCookie", std::move(params), call.deadline);
    co_return outcome_of(done);
}

constexpr Command kCommands[] = {
    {"url", 0, 1, false, url, "url(address[, callback]) or url(callback)"},
    {"getUrl", 0, 0, false, current_url, "getUrl(callback)"},
    {"getCurrentUrl", 0, 0, false, current_url, "getCurrentUrl(callback)"},
    {"getTitle", 0, 0, false, title, "getTitle(callback)"},
    {"source", 0, 0, false, source, "source(callback)"},
    {"refresh", 0, 0, false, refresh, "refresh([callback])"},
    {"back", 0, 0, false, back, "back([callback])"},
    {"forward", 0, 0, false, forward, "forward([callback])"},
    {"pause", 0, 1, false, pause, "pause(milliseconds[, callback])", true},
    {"execute", 1, 2, false, execute, "execute(function or text[, arguments[, callback]])"},
    {"executeScript", 1, 2, false, execute, "executeScript(function or text[, arguments[, callback]])"},
    {"executeAsync", 1, 2, false, execute_async, "executeAsync(function or text[, arguments[, callback]])"},
    {"executeAsyncScript", 1, 2, false, execute_async,
     "executeAsyncScript(function or text[, arguments[, callback]])"},
    {"resizeWindow", 2, 2, false, resize_window, "resizeWindow(width, height[, callback])"},
    {"setWindowSize", 2, 2, false, resize_window, "setWindowSize(width, height[, callback])"},
    {"maximizeWindow", 0, 0, false, maximize_window, "maximizeWindow([callback])"},
    {"windowMaximize", 0, 1, false, maximize_window, "windowMaximize([callback])"},
    {"useXpath", 0, 0, false, use_xpath, "useXpath()"},
    {"useCss", 0, 0, false, use_css, "useCss()"},
    {"frame", 0, 1, false, frame, "frame([id, name, selector or index][, callback])"},
    {"frameParent", 0, 0, false, frame, "frameParent([callback])"},
    {"windowHandles", 0, 0, false, window_handles, "windowHandles(callback)"},
    {"windowHandle", 0, 0, false, window_handle, "windowHandle(callback)"},
    {"switchWindow", 1, 1, false, switch_window, "switchWindow(handle[, callback])"},
    {"switchToWindow", 1, 1, false, switch_window, "switchToWindow(handle[, callback])"},
    {"closeWindow", 0, 0, false, close_window, "closeWindow([callback])"},
    {"acceptAlert", 0, 0, false, accept_alert, "acceptAlert([callback])"},
    {"dismissAlert", 0, 0, false, dismiss_alert, "dismissAlert([callback])"},
    {"getAlertText", 0, 0, false, alert_text, "getAlertText(callback)"},
    {"saveScreenshot", 0, 1, false, save_screenshot, "saveScreenshot(name[, callback])"},
    {"keys", 1, 1, false, keys, "keys(text or array[, callback])"},
    {"mouseButtonClick", 0, 1, false, mouse_click, "mouseButtonClick('left'|'middle'|'right'[, callback])"},
    {"mouseButtonDown", 0, 1, false, mouse_down, "mouseButtonDown('left'|'middle'|'right'[, callback])"},
    {"mouseButtonUp", 0, 1, false, mouse_up, "mouseButtonUp('left'|'middle'|'right'[, callback])"},
    {"doubleClick", 0, 0, false, double_click, "doubleClick([callback])"},
    {"perform", 1, 1, false, perform, "perform(function)"},
    {"(perform's done)", 1, 1, false, perform_done, ""},
    {"getCookies", 0, 0, false, get_cookies, "getCookies(callback)"},
    {"setCookie", 1, 1, false, set_cookie, "setCookie({name, value, …}[, callback])"},
    {"deleteCookies", 0, 0, false, delete_cookies, "deleteCookies([callback])"},
    {"init", 0, 1, false, url, "init([address])"},
    {"end", 0, 0, false, nothing, "end([callback])"},
    {"timeouts", 0, 2, false, nothing, "timeouts(type, milliseconds)"},
    {"timeoutsImplicitWait", 0, 1, false, nothing, "timeoutsImplicitWait(milliseconds)"},
    {"timeoutsAsyncScript", 0, 1, false, nothing, "timeoutsAsyncScript(milliseconds)"},
};

}  // namespace

std::span<const Command> browser_commands() {
    return kCommands;
}

}  // namespace ringback::harness
