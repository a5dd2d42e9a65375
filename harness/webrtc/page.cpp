#include "harness/webrtc/page.hpp"

#include "harness/webrtc/page_state.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <openssl/evp.h>

#include <algorithm>
#include <cmath>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;

namespace {

using Kind = DevToolsError::Kind;

std::string decode_base64(const std::string& text) {
    std::string bytes(text.size() / 4 * 3 + 3, '\0');
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    if (size < 0) return {};
    auto padding = static_cast<std::size_t>(
        std::count(text.end() - std::min<std::ptrdiff_t>(2, std::ssize(text)), text.end(), '='));
    bytes.resize(static_cast<std::size_t>(size) -
                 std::min<std::size_t>(padding, static_cast<std::size_t>(size)));
    return bytes;
}

}  // namespace

std::string js_literal(const json::value& value) {
    auto text = json::serialize(value);
    // Legal in JSON, line ends in JavaScript before 2019; and a page may be older than that.
    for (const auto& [from, to] :
         {std::pair{"\xe2\x80\xa8", "\\u2028"}, std::pair{"\xe2\x80\xa9", "\\u2029"}})
        for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at))
            text.replace(at, 3, to);
    return text;
}

Page::Page(std::shared_ptr<State> state) : state_(std::move(state)) {}
Page::~Page() {
    if (!state_->session.empty()) state_->devtools.on_event(state_->session, nullptr);
}

namespace {

/// The commands that make a fresh session observable, in this order.
DevTools::Commands opening_commands(const PageSettings& settings) {
    DevTools::Commands all;
    all.emplace_back("Inspector.enable", json::object{});
    all.emplace_back("Page.enable", json::object{});
    json::object on;
    on["enabled"] = true;
    all.emplace_back("Page.setLifecycleEventsEnabled", on);
    all.emplace_back("Runtime.enable", json::object{});
    all.emplace_back("Log.enable", json::object{});
    // Else a tab in the background counts as hidden, and its timers and videos slow down.
    all.emplace_back("Emulation.setFocusEmulationEnabled", on);
    for (const auto& script : settings.scripts) {
        json::object add;
        add["source"] = script;
        all.emplace_back("Page.addScriptToEvaluateOnNewDocument", std::move(add));
    }
    all.emplace_back("Page.getFrameTree", json::object{});
    return all;
}

json::object network_rule(const DevToolsNetwork& network) {
    json::object rule;
    rule["urlPattern"] = "";
    rule["latency"] = network.latency_ms;
    rule["downloadThroughput"] = network.download_bytes_per_second;
    rule["uploadThroughput"] = network.upload_bytes_per_second;
    rule["packetLoss"] = network.packet_loss_percent;
    json::array rules;
    rules.push_back(std::move(rule));
    json::object params;
    params["offline"] = false;
    params["matchedNetworkConditions"] = std::move(rules);
    return params;
}

}  // namespace

asio::awaitable<Driven<std::unique_ptr<Page>>> Page::open(DevTools& devtools, PageSettings settings,
                                                          net::Deadline deadline) {
    const auto executor = co_await asio::this_coro::executor;
    auto page = std::unique_ptr<Page>(new Page(std::make_shared<State>(executor, devtools)));
    const auto state = page->state_;
    state->settings = std::move(settings);
    state->target = state->settings.target;
    if (state->target.empty()) {
        json::object create;
        create["url"] = "about:blank";
        if (!state->settings.browser_context.empty())
            create["browserContextId"] = state->settings.browser_context;
        auto created =
            co_await devtools.call(std::string(), "Target.createTarget", std::move(create), deadline);
        if (created.has_error()) co_return created.error();
        state->target = text_at(*created, "targetId");
    }
    json::object attach;
    attach["targetId"] = state->target;
    attach["flatten"] = true;
    auto attached =
        co_await devtools.call(std::string(), "Target.attachToTarget", std::move(attach), deadline);
    if (attached.has_error()) co_return attached.error();
    state->session = text_at(*attached, "sessionId");
    // The weak pointer: the handler must not keep alive what ends the subscription.
    devtools.on_event(state->session, [weak = std::weak_ptr<State>(state)](std::string_view method,
                                                                           const json::object& params) {
        if (const auto alive = weak.lock()) alive->event(method, params);
    });
    auto commands = opening_commands(state->settings);
    auto tree = co_await devtools.call_all(state->session, std::move(commands), deadline);
    if (tree.has_error()) co_return tree.error();
    if (const auto* root = object_at(*tree, "frameTree"))
        if (const auto* frame = object_at(*root, "frame")) {
            state->main_frame = text_at(*frame, "id");
            state->loader = text_at(*frame, "loaderId");
            state->url = text_at(*frame, "url");
        }
    if (state->settings.network) {
        const auto network = *state->settings.network;
        auto armed = co_await page->set_network(network, deadline);
        if (armed.has_error()) co_return armed.error();
    }
    co_return std::move(page);
}

asio::awaitable<Driven<void>> Page::navigate(std::string url, net::Deadline deadline) {
    const auto state = state_;
    const auto before = state->navigations;
    json::object params;
    params["url"] = url;
    auto answer = co_await call("Page.navigate", std::move(params), deadline);
    if (answer.has_error()) co_return answer.error();
    if (const auto error = text_at(*answer, "errorText"); !error.empty())
        co_return DevToolsError{Kind::refused, url + " could not be loaded: " + error};
    if (text_at(*answer, "loaderId").empty()) co_return Driven<void>{};  // only the fragment changed
    co_return co_await state->wait_loaded(before, url + " was not loaded in time", deadline);
}

asio::awaitable<Driven<void>> Page::reload(net::Deadline deadline) {
    const auto state = state_;
    const auto before = state->navigations;
    json::object none;
    auto answer = co_await call("Page.reload", std::move(none), deadline);
    if (answer.has_error()) co_return answer.error();
    co_return co_await state->wait_loaded(before, "the page was not loaded again in time", deadline);
}

asio::awaitable<Driven<void>> Page::go(int delta, net::Deadline deadline) {
    const auto state = state_;
    json::object none;
    auto history = co_await call("Page.getNavigationHistory", std::move(none), deadline);
    if (history.has_error()) co_return history.error();
    const auto* entries = history->if_contains("entries");
    const auto index = static_cast<std::int64_t>(number_at(*history, "currentIndex")) + delta;
    if (!entries || !entries->is_array() || index < 0 ||
        index >= static_cast<std::int64_t>(entries->get_array().size()))
        co_return Driven<void>{};
    const auto& entry = entries->get_array()[static_cast<std::size_t>(index)];
    json::object params;
    params["entryId"] =
        entry.is_object() ? static_cast<std::int64_t>(number_at(entry.get_object(), "id")) : 0;
    auto moved = co_await call("Page.navigateToHistoryEntry", std::move(params), deadline);
    if (moved.has_error()) co_return moved.error();
    const auto wanted = entry.is_object() ? text_at(entry.get_object(), "url") : std::string{};
    auto holds = [state, wanted] { return state->url == wanted && (state->loaded || state->open_dialog); };
    co_return co_await state->wait_until(std::move(holds), deadline, wanted + " was not loaded in time");
}

asio::awaitable<Driven<json::value>> Page::evaluate(std::string expression, net::Deadline deadline) {
    Evaluation how;
    co_return co_await evaluate(std::move(expression), how, deadline);
}

asio::awaitable<Driven<json::value>> Page::evaluate(std::string expression, Evaluation how,
                                                    net::Deadline deadline) {
    const auto state = state_;
    for (;;) {
        if (state->open_dialog && !how.while_dialog)
            co_return DevToolsError{Kind::dialog, "a dialog is open: " + state->open_dialog->message};
        const auto frame = how.in_main_frame ? std::string{} : state->selected_frame;
        // Between two documents there is nowhere to evaluate; the browser would not even answer.
        auto holds = [state, frame, how] {
            return how.context || state->context_of(frame) || state->open_dialog;
        };
        auto ready =
            co_await state->wait_until(std::move(holds), deadline, "the page had no document in time");
        if (ready.has_error()) co_return ready.error();
        if (state->open_dialog && !how.while_dialog) continue;
        json::object params;
        params["expression"] = expression;
        params["contextId"] = how.context ? how.context : state->context_of(frame);
        params["awaitPromise"] = true;
        params["returnByValue"] = how.by_value;
        params["userGesture"] = how.user_gesture;
        auto answer = co_await call("Runtime.evaluate", std::move(params), deadline);
        if (answer.has_error()) {
            const auto& error = answer.error();
            if (error.kind == Kind::refused && !how.context &&
                error.message.find("Cannot find context") != std::string::npos && !deadline.expired())
                continue;  // replaced since it was looked up; nothing was executed
            co_return error;
        }
        if (const auto* details = object_at(*answer, "exceptionDetails"))
            co_return DevToolsError{Kind::refused, exception_text(*details)};
        auto* result = answer->if_contains("result");
        if (!result || !result->is_object()) co_return json::value(nullptr);
        if (!how.by_value) {
            if (text_at(result->get_object(), "objectId").empty()) co_return json::value(nullptr);
            co_return std::move(*result);
        }
        auto* value = result->get_object().if_contains("value");
        co_return value ? std::move(*value) : json::value(nullptr);
    }
}

asio::awaitable<Driven<json::object>> Page::call(std::string method, json::object params,
                                                 net::Deadline deadline) {
    const auto state = state_;
    if (!state->gone.empty()) co_return DevToolsError{Kind::closed, state->gone};
    co_return co_await state->devtools.call(state->session, std::move(method), std::move(params), deadline);
}

asio::awaitable<Driven<Point>> Page::point_of(std::string object, net::Deadline deadline) {
    const auto state = state_;
    json::object scroll;
    scroll["objectId"] = object;
    auto scrolled = co_await call("DOM.scrollIntoViewIfNeeded", std::move(scroll), deadline);
    if (scrolled.has_error()) co_return scrolled.error();
    json::object params;
    params["objectId"] = object;
    auto answer = co_await call("DOM.getContentQuads", std::move(params), deadline);
    if (answer.has_error()) co_return answer.error();
    const auto* quads = answer->if_contains("quads");
    if (quads && quads->is_array())
        for (const auto& quad : quads->get_array()) {
            if (!quad.is_array() || quad.get_array().size() != 8) continue;
            Point middle;
            const auto& corners = quad.get_array();
            for (std::size_t i = 0; i < 8; i += 2) {
                middle.x += corners[i].to_number<double>() / 4;
                middle.y += corners[i + 1].to_number<double>() / 4;
            }
            const double width = std::abs(corners[2].to_number<double>() - corners[0].to_number<double>());
            const double height = std::abs(corners[5].to_number<double>() - corners[1].to_number<double>());
            if (width > 0 && height > 0) co_return middle;
        }
    co_return DevToolsError{Kind::refused, "the element takes no room on the page"};
}

asio::awaitable<Driven<std::string>> Page::screenshot(net::Deadline deadline) {
    json::object params;
    params["format"] = "jpeg";
    params["quality"] = 50;
    auto answer = co_await call("Page.captureScreenshot", std::move(params), deadline);
    if (answer.has_error()) co_return answer.error();
    auto bytes = decode_base64(text_at(*answer, "data"));
    if (bytes.empty()) co_return DevToolsError{Kind::refused, "the browser gave an empty picture"};
    co_return Driven<std::string>(boost::system::in_place_value, std::move(bytes));
}

asio::awaitable<Driven<void>> Page::set_network(DevToolsNetwork network, net::Deadline deadline) {
    json::object none;
    auto enabled = co_await call("Network.enable", std::move(none), deadline);
    if (enabled.has_error()) co_return enabled.error();
    auto params = network_rule(network);
    auto set = co_await call("Network.emulateNetworkConditionsByRule", std::move(params), deadline);
    if (set.has_error()) co_return set.error();
    co_return Driven<void>{};
}

asio::awaitable<Driven<void>> Page::select_frame(std::string object, net::Deadline deadline) {
    const auto state = state_;
    if (object.empty()) {
        state->selected_frame.clear();
        co_return Driven<void>{};
    }
    json::object params;
    params["objectId"] = object;
    auto described = co_await call("DOM.describeNode", std::move(params), deadline);
    if (described.has_error()) co_return described.error();
    const auto* node = object_at(*described, "node");
    const auto frame = node ? text_at(*node, "frameId") : std::string{};
    if (frame.empty()) co_return DevToolsError{Kind::refused, "the element is no frame"};
    auto holds = [state, frame] { return state->frames.contains(frame); };
    auto ready = co_await state->wait_until(std::move(holds), deadline, "the frame had no document in time");
    if (ready.has_error()) co_return ready.error();
    state->selected_frame = frame;
    co_return Driven<void>{};
}

asio::awaitable<Driven<void>> Page::answer_dialog(bool accept, net::Deadline deadline) {
    const auto state = state_;
    if (!state->open_dialog) co_return DevToolsError{Kind::refused, "no dialog is open"};
    json::object params;
    params["accept"] = accept;
    auto answered = co_await call("Page.handleJavaScriptDialog", std::move(params), deadline);
    state->open_dialog.reset();
    if (answered.has_error()) co_return answered.error();
    co_return Driven<void>{};
}

asio::awaitable<void> Page::close() {
    const auto state = state_;
    json::object params;
    params["targetId"] = state->target;
    co_await state->devtools.call(std::string(), "Target.closeTarget", std::move(params),
                                  net::Deadline::after(2s));
}

const std::optional<Dialog>& Page::dialog() const noexcept {
    return state_->open_dialog;
}
const std::string& Page::target() const noexcept {
    return state_->target;
}
const std::string& Page::url() const noexcept {
    return state_->url;
}
const std::string& Page::gone() const noexcept {
    return state_->gone;
}

std::vector<std::int64_t> Page::contexts() const {
    std::vector<std::int64_t> all;
    if (const auto main = state_->context_of({})) all.push_back(main);
    for (const auto& [frame, context] : state_->frames)
        if (frame != state_->main_frame) all.push_back(context);
    return all;
}

}  // namespace ringback::harness
