#include "harness/webrtc/devtools.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/json/monotonic_resource.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/throw_exception.hpp>

#include <array>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>
#include <unordered_map>
#include <vector>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::size_t kMaxMessage = std::size_t{128} << 20;
constexpr char kBrowserGone[] = "the browser ended";

DevToolsError gone() {
    return {DevToolsError::Kind::closed, kBrowserGone};
}

struct Pending {
    Pending(const asio::any_io_executor& executor, std::string of) : session(std::move(of)), done(executor) {}
    std::string session;
    asio::steady_timer done;  ///< expires at the call's deadline; cancelled when there is an answer
    std::optional<Driven<json::object>> answer;
};

}  // namespace

void throw_exception_from_error(const DevToolsError& error, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(error.message), where);
}

struct DevTools::State : std::enable_shared_from_this<State> {
    State(const asio::any_io_executor& with, int write_descriptor, int read_descriptor)
        : executor(with), out(with, write_descriptor), in(with, read_descriptor) {}

    void close() {
        if (is_closed) return;
        is_closed = true;
        boost::system::error_code ignored;
        out.close(ignored);
        in.close(ignored);
        handlers.clear();
        auto ended = std::move(pending);
        pending.clear();
        for (auto& [id, call] : ended)
            answer(*call, gone());
        if (auto handler = std::move(closed_handler)) handler();
    }

    static void answer(Pending& call, Driven<json::object> with) {
        if (!call.answer) call.answer = std::move(with);
        call.done.cancel();
    }

    // ---- Out

    std::int64_t send(const std::string& session, std::string_view method, json::object params) {
        const auto id = ++last_id;
        json::object command;
        command["id"] = id;
        command["method"] = method;
        if (!session.empty()) command["sessionId"] = session;
        command["params"] = std::move(params);
        auto text = json::serialize(command);
        text += '\0';
        queued_bytes += text.size();
        queue.push_back(std::move(text));
        if (queued_bytes > kMaxMessage)
            close();
        else if (!writing)
            write();
        return id;
    }

    void write() {
        if (queue.empty() || is_closed) return;
        writing = true;
        asio::async_write(out, asio::buffer(queue.front()),
                          [self = shared_from_this()](boost::system::error_code error, std::size_t) {
                              self->writing = false;
                              if (error) return self->close();
                              self->queued_bytes -= self->queue.front().size();
                              self->queue.pop_front();
                              self->write();
                          });
    }

    // ---- In

    void read() {
        in.async_read_some(asio::buffer(chunk),
                           [self = shared_from_this()](boost::system::error_code error, std::size_t size) {
                               if (error || self->is_closed) return self->close();
                               self->take({self->chunk.data(), size});
                               if (!self->is_closed) self->read();
                           });
    }

    void take(std::string_view bytes) {
        for (auto end = bytes.find('\0'); end != std::string_view::npos; end = bytes.find('\0')) {
            message.append(bytes.substr(0, end));
            bytes.remove_prefix(end + 1);
            dispatch();
            message.clear();
            if (is_closed) return;
        }
        message.append(bytes);
        if (message.size() > kMaxMessage) close();
    }

    void dispatch() {
        json::parse_options options;
        options.max_depth = 256;
        boost::system::error_code error;
        // One block for all its values, which end together.
        auto parsed = json::parse(
            message, error, json::make_shared_resource<json::monotonic_resource>(3 * message.size() + 256),
            options);
        auto* object = error ? nullptr : parsed.if_object();
        if (!object) return;
        if (const auto* id = object->if_contains("id"); id && id->is_int64())
            reply(id->get_int64(), *object);
        else
            event(*object);
    }

    void reply(std::int64_t id, json::object& object) {
        const auto found = pending.find(id);
        if (found == pending.end()) return;
        const auto call = found->second;
        pending.erase(found);
        if (auto* failed = object.if_contains("error"); failed && failed->is_object()) {
            const auto* text = failed->get_object().if_contains("message");
            answer(*call, DevToolsError{DevToolsError::Kind::refused,
                                        text && text->is_string() ? std::string(text->get_string())
                                                                  : std::string("the browser refused")});
            return;
        }
        auto* result = object.if_contains("result");
        answer(*call, result && result->is_object() ? std::move(result->get_object()) : json::object{});
    }

    void event(json::object& object) {
        const auto* method = object.if_contains("method");
        if (!method || !method->is_string()) return;
        const auto* session = object.if_contains("sessionId");
        const auto found = handlers.find(session && session->is_string() ? std::string(session->get_string())
                                                                         : std::string{});
        if (found == handlers.end()) return;
        const auto handler = found->second;  // it may end its own subscription
        const auto* params = object.if_contains("params");
        static const json::object none;
        (*handler)(method->get_string(), params && params->is_object() ? params->get_object() : none);
    }

    asio::any_io_executor executor;
    asio::posix::stream_descriptor out, in;
    std::deque<std::string> queue;
    std::size_t queued_bytes = 0;
    bool writing = false;
    std::array<char, 65536> chunk{};
    std::string message;
    std::int64_t last_id = 0;
    std::unordered_map<std::int64_t, std::shared_ptr<Pending>> pending;
    std::map<std::string, std::shared_ptr<EventHandler>> handlers;
    std::function<void()> closed_handler;
    bool is_closed = false;
};

DevTools::DevTools(const asio::any_io_executor& executor, int write_descriptor, int read_descriptor)
    : state_(std::make_shared<State>(executor, write_descriptor, read_descriptor)) {
    state_->read();
}

DevTools::~DevTools() {
    state_->closed_handler = nullptr;
    state_->close();
}

asio::awaitable<Driven<json::object>> DevTools::call(std::string session, std::string method,
                                                     json::object params, net::Deadline deadline) {
    Commands one;
    one.emplace_back(std::move(method), std::move(params));
    co_return co_await call_all(std::move(session), std::move(one), deadline);
}

asio::awaitable<Driven<json::object>> DevTools::call_all(std::string session, Commands commands,
                                                         net::Deadline deadline) {
    const auto state = state_;  // the browser may be destroyed while an answer is awaited
    std::vector<std::pair<std::int64_t, std::shared_ptr<Pending>>> calls;
    for (auto& [method, params] : commands) {
        if (state->is_closed) break;
        const auto call = std::make_shared<Pending>(state->executor, session);
        call->done.expires_at(deadline.at());
        const auto id = state->send(session, method, std::move(params));
        if (state->is_closed) break;  // it did not fit; the calls before it were told
        state->pending.emplace(id, call);
        calls.emplace_back(id, call);
    }
    Driven<json::object> result = gone();
    for (std::size_t i = 0; i < calls.size(); ++i) {
        const auto& [id, call] = calls[i];
        boost::system::error_code error;
        if (!call->answer) co_await call->done.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (call->answer)
            result = std::move(*call->answer);
        else if (error)
            result = DevToolsError{DevToolsError::Kind::cancelled, "ended while waiting for the browser"};
        else
            result = DevToolsError{DevToolsError::Kind::timeout,
                                   "the browser did not answer " + commands[i].first + " in time"};
        if (result.has_error()) break;
    }
    for (const auto& [id, call] : calls)
        state->pending.erase(id);
    co_return result;
}

void DevTools::post(const std::string& session, std::string_view method, json::object params) {
    if (!state_->is_closed) state_->send(session, method, std::move(params));
}

void DevTools::on_event(const std::string& session, EventHandler handler) {
    if (!handler)
        state_->handlers.erase(session);
    else if (!state_->is_closed)
        state_->handlers[session] = std::make_shared<EventHandler>(std::move(handler));
}

void DevTools::fail_calls(const std::string& session, const DevToolsError& error) {
    std::vector<std::shared_ptr<Pending>> ended;
    std::erase_if(state_->pending, [&](const auto& entry) {
        if (entry.second->session != session) return false;
        ended.push_back(entry.second);
        return true;
    });
    for (const auto& call : ended)
        State::answer(*call, error);
}

void DevTools::on_closed(std::function<void()> handler) {
    state_->closed_handler = std::move(handler);
}
bool DevTools::closed() const noexcept {
    return state_->is_closed;
}

}  // namespace ringback::harness
