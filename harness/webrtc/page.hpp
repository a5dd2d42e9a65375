// One page (tab) of a browser: opened, observed, navigated and evaluated in the order that proved reliable.
#pragma once

#include "harness/webrtc/devtools.hpp"
#include "net/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// A line of the browser's console, an uncaught exception of the page, or a failed load.
struct ConsoleLine {
    std::string level;  ///< "log", "info", "warning", "error", "debug"
    std::string text;
    double epoch_ms = 0;
};

struct Dialog {
    std::string type;  ///< "alert", "confirm", "prompt"
    std::string message;
};

struct Point {
    double x = 0, y = 0;
};

/// Limits that DevTools puts on a page's network; how they act on WebRTC: docs/webrtc.md.
struct DevToolsNetwork {
    double latency_ms = 0;  ///< added in each direction
    double download_bytes_per_second = 1e9;
    double upload_bytes_per_second = 1e9;
    double packet_loss_percent = 0;  ///< in each direction
};

struct PageSettings {
    std::string browser_context;       ///< of the probe; "" when `target` is given
    std::string target;                ///< attach to this one (a window the page opened) instead of a new one
    std::vector<std::string> scripts;  ///< run in each new document before its own scripts
    std::optional<DevToolsNetwork>
        network;  ///< armed before the first navigation, else it can never be changed
    std::function<void(ConsoleLine)> on_console;  ///< must not throw
};

class Page {
  public:
    static boost::asio::awaitable<Driven<std::unique_ptr<Page>>> open(DevTools& devtools,
                                                                      PageSettings settings,
                                                                      net::Deadline deadline);
    /// Forgets the page without closing it: its browser context, or close(), does that.
    ~Page();
    Page(const Page&) = delete;
    Page& operator=(const Page&) = delete;

    /// Returns when the document has been loaded.
    boost::asio::awaitable<Driven<void>> navigate(std::string url, net::Deadline deadline);
    boost::asio::awaitable<Driven<void>> reload(net::Deadline deadline);
    /// @param delta -1 back, 1 forward; at an end of the history nothing happens
    boost::asio::awaitable<Driven<void>> go(int delta, net::Deadline deadline);

    struct Evaluation {
        bool by_value = true;  ///< else an object comes as {"objectId": …}
        bool user_gesture = true;
        bool in_main_frame = false;  ///< whatever frame is selected
        bool while_dialog = false;   ///< try although a dialog is open
        std::int64_t context = 0;    ///< of a frame, as contexts() gave it; 0: the selected frame
    };
    /// The value of a JavaScript expression, awaited when it is a promise. An exception is an error whose
    /// message is the exception's. Waits for a document that is just being replaced.
    boost::asio::awaitable<Driven<boost::json::value>> evaluate(std::string expression,
                                                                net::Deadline deadline);
    boost::asio::awaitable<Driven<boost::json::value>> evaluate(std::string expression, Evaluation how,
                                                                net::Deadline deadline);
    /// Any other command of the page's session.
    boost::asio::awaitable<Driven<boost::json::object>> call(std::string method, boost::json::object params,
                                                             net::Deadline deadline);

    /// The middle of an element in the view, scrolled to; `object` is an objectId.
    boost::asio::awaitable<Driven<Point>> point_of(std::string object, net::Deadline deadline);
    /// JPEG bytes of what is visible.
    boost::asio::awaitable<Driven<std::string>> screenshot(net::Deadline deadline);
    boost::asio::awaitable<Driven<void>> set_network(DevToolsNetwork network, net::Deadline deadline);
    /// Selects the frame that the element `object` holds; "": the main frame.
    boost::asio::awaitable<Driven<void>> select_frame(std::string object, net::Deadline deadline);
    /// Answers the dialog that is open; an error when there is none.
    boost::asio::awaitable<Driven<void>> answer_dialog(bool accept, net::Deadline deadline);
    boost::asio::awaitable<void> close();

    [[nodiscard]] const std::optional<Dialog>& dialog() const noexcept;
    /// Execution contexts of all frames, the main frame's first.
    [[nodiscard]] std::vector<std::int64_t> contexts() const;
    [[nodiscard]] const std::string& target() const noexcept;
    [[nodiscard]] const std::string& url() const noexcept;  ///< of the main frame
    /// Why the page is gone (crashed, closed, browser ended); empty while it lives.
    [[nodiscard]] const std::string& gone() const noexcept;

  private:
    struct State;
    explicit Page(std::shared_ptr<State> state);
    std::shared_ptr<State> state_;
};

/// A text as a JavaScript literal, for expressions.
[[nodiscard]] std::string js_literal(const boost::json::value& value);

}  // namespace ringback::harness
