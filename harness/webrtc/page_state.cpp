#include "harness/webrtc/page_state.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

using Kind = DevToolsError::Kind;

constexpr std::size_t kMaxConsoleText = 4000;

/// What the console shows of an argument.
std::string shown(const json::object& remote) {
    if (const auto* value = remote.if_contains("value")) {
        if (const auto* string = value->if_string()) return std::string(*string);
        return json::serialize(*value);
    }
    if (auto text = text_at(remote, "unserializableValue"); !text.empty()) return text;
    if (auto text = text_at(remote, "description"); !text.empty()) return text;
    return text_at(remote, "type");
}

DevToolsError cancelled() {
    return {Kind::cancelled, "ended while waiting for the page"};
}

}  // namespace

std::string text_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_string() ? std::string(value->get_string()) : std::string{};
}
const json::object* object_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value ? value->if_object() : nullptr;
}
double number_at(const json::object& object, std::string_view key) {
    const auto* value = object.if_contains(key);
    return value && value->is_number() ? value->to_number<double>() : 0;
}

std::string exception_text(const json::object& details) {
    const auto* exception = object_at(details, "exception");
    auto text = exception ? shown(*exception) : text_at(details, "text");
    if (text.size() > kMaxConsoleText) text.resize(kMaxConsoleText);
    return text;
}

void Page::State::event(std::string_view method, const json::object& params) {
    if (method == "Page.frameNavigated") return frame_navigated(params);
    if (method == "Page.lifecycleEvent") return lifecycle(params);
    if (method == "Page.navigatedWithinDocument") {
        if (text_at(params, "frameId") == main_frame) url = text_at(params, "url");
        return changed();
    }
    if (method == "Page.frameDetached") {
        if (text_at(params, "reason") == "remove" && text_at(params, "frameId") == selected_frame)
            selected_frame.clear();
        return;
    }
    if (method == "Runtime.executionContextCreated") return context_created(params);
    if (method == "Runtime.executionContextDestroyed") {
        const auto id = static_cast<std::int64_t>(number_at(params, "executionContextId"));
        std::erase_if(frames, [&](const auto& entry) { return entry.second == id; });
        return changed();
    }
    if (method == "Runtime.executionContextsCleared") return frames.clear(), changed();
    if (method == "Page.javascriptDialogOpening") return dialog_opened(params);
    if (method == "Page.javascriptDialogClosed") return open_dialog.reset(), changed();
    if (method == "Inspector.targetCrashed") return lose("the page crashed");
    if (method == "Inspector.detached") return lose("the page was closed");
    if (settings.on_console) console(method, params);
}

void Page::State::frame_navigated(const json::object& params) {
    const auto* frame = object_at(params, "frame");
    if (!frame || !text_at(*frame, "parentId").empty()) return;
    main_frame = text_at(*frame, "id");
    loader = text_at(*frame, "loaderId");
    url = text_at(*frame, "url") + text_at(*frame, "urlFragment");
    selected_frame.clear();
    // A page that was kept whole is there at once, and will not be loaded again.
    loaded = text_at(params, "type") == "BackForwardCacheRestore";
    ++navigations;
    changed();
}
void Page::State::lifecycle(const json::object& params) {
    if (text_at(params, "name") != "load" || text_at(params, "frameId") != main_frame ||
        text_at(params, "loaderId") != loader)
        return;
    loaded = true;
    changed();
}
void Page::State::context_created(const json::object& params) {
    const auto* context = object_at(params, "context");
    const auto* data = context ? object_at(*context, "auxData") : nullptr;
    if (!data) return;
    const auto* is_default = data->if_contains("isDefault");
    if (!is_default || !is_default->is_bool() || !is_default->get_bool()) return;
    if (frames.size() < 1000)
        frames[text_at(*data, "frameId")] = static_cast<std::int64_t>(number_at(*context, "id"));
    changed();
}
void Page::State::dialog_opened(const json::object& params) {
    if (text_at(params, "type") == "beforeunload") {
        json::object accept;
        accept["accept"] = true;
        return devtools.post(session, "Page.handleJavaScriptDialog", std::move(accept));
    }
    open_dialog = Dialog{text_at(params, "type"), text_at(params, "message")};
    devtools.fail_calls(session, {Kind::dialog, "the page opened a dialog: " + open_dialog->message});
    changed();
}
void Page::State::console(std::string_view method, const json::object& params) {
    ConsoleLine line;
    line.epoch_ms = number_at(params, "timestamp");
    if (method == "Runtime.consoleAPICalled") {
        line.level = text_at(params, "type");
        if (const auto* arguments = params.if_contains("args"); arguments && arguments->is_array())
            for (const auto& argument : arguments->get_array())
                if (argument.is_object() && line.text.size() < kMaxConsoleText)
                    line.text += (line.text.empty() ? "" : " ") + shown(argument.get_object());
    } else if (method == "Runtime.exceptionThrown") {
        line.level = "error";
        if (const auto* details = object_at(params, "exceptionDetails"))
            line.text = "Uncaught " + exception_text(*details);
    } else if (method == "Log.entryAdded") {
        const auto* entry = object_at(params, "entry");
        if (!entry) return;
        line.level = text_at(*entry, "level");
        line.text = text_at(*entry, "text");
        if (const auto where = text_at(*entry, "url"); !where.empty()) line.text += " (" + where + ")";
        line.epoch_ms = number_at(*entry, "timestamp");
    } else {
        return;
    }
    if (line.text.size() > kMaxConsoleText) line.text.resize(kMaxConsoleText);
    settings.on_console(std::move(line));
}
void Page::State::lose(const char* why) {
    if (gone.empty()) gone = why;
    devtools.fail_calls(session, {Kind::closed, gone});
    changed();
}

asio::awaitable<Driven<void>> Page::State::wait_until(std::function<bool()> holds, net::Deadline deadline,
                                                      std::string what) {
    const auto self = shared_from_this();
    while (!holds()) {
        if (!gone.empty()) co_return DevToolsError{Kind::closed, gone};
        if (devtools.closed()) co_return DevToolsError{Kind::closed, "the browser ended"};
        if (deadline.expired()) co_return DevToolsError{Kind::timeout, what};
        // Not all ends are told to this session: look again now and then.
        const bool go_on = co_await notifier.wait(deadline.within(500ms));
        if (!go_on) co_return cancelled();
    }
    co_return Driven<void>{};
}
asio::awaitable<Driven<void>> Page::State::wait_loaded(unsigned after, std::string what,
                                                       net::Deadline deadline) {
    auto holds = [this, after] { return (navigations > after && loaded) || open_dialog.has_value(); };
    co_return co_await wait_until(std::move(holds), deadline, std::move(what));
}

std::int64_t Page::State::context_of(const std::string& frame) const {
    const auto found = frames.find(frame.empty() ? main_frame : frame);
    return found == frames.end() ? 0 : found->second;
}

}  // namespace ringback::harness
