// The DevTools protocol over a pair of pipes: JSON messages, each ended by a NUL byte.
// https://chromedevtools.github.io/devtools-protocol/
#pragma once

#include "net/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::harness {

/// Why the browser did not do what it was told.
struct DevToolsError {
    enum class Kind {
        refused,    ///< the browser answered with an error
        timeout,    ///< no answer in time
        closed,     ///< the browser, or the page, is gone
        dialog,     ///< the page opened an alert, which holds everything up until it is answered
        cancelled,  ///< the caller was ended
    };
    Kind kind = Kind::refused;
    std::string message;  ///< one sentence without a full stop
};
[[noreturn]] void throw_exception_from_error(const DevToolsError& error, const boost::source_location& where);

template <class T>
using Driven = boost::system::result<T, DevToolsError>;

/// Lives on one thread. Bounded: a message of at most 128 MiB either way.
class DevTools {
  public:
    /// Takes over both descriptors.
    DevTools(const boost::asio::any_io_executor& executor, int write_descriptor, int read_descriptor);
    /// Ends every call that is under way with Kind::closed.
    ~DevTools();
    DevTools(const DevTools&) = delete;
    DevTools& operator=(const DevTools&) = delete;

    /// @param session of an attached target; "" for the browser itself
    /// The result is the reply's `result` object.
    boost::asio::awaitable<Driven<boost::json::object>> call(std::string session, std::string method,
                                                             boost::json::object params,
                                                             net::Deadline deadline);
    /// Sends all before the first reply: one round trip instead of one for each. The browser takes them in
    /// this order. The result is the last one's, or the first error among them.
    using Commands = std::vector<std::pair<std::string, boost::json::object>>;  ///< methods and parameters
    boost::asio::awaitable<Driven<boost::json::object>> call_all(std::string session, Commands commands,
                                                                 net::Deadline deadline);
    /// Sends without waiting for the reply, whatever it is.
    void post(const std::string& session, std::string_view method, boost::json::object params);

    /// One handler per session; it must not throw. An empty one ends the subscription.
    using EventHandler = std::function<void(std::string_view method, const boost::json::object& params)>;
    void on_event(const std::string& session, EventHandler handler);

    /// Ends the calls of one session: its page has crashed, or shows a dialog.
    void fail_calls(const std::string& session, const DevToolsError& error);

    /// Called once when the browser closes its end.
    void on_closed(std::function<void()> handler);
    [[nodiscard]] bool closed() const noexcept;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace ringback::harness
