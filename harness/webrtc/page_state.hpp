// What is known of a page from what its browser tells, and waiting for it to change.
#pragma once

#include "harness/webrtc/notifier.hpp"
#include "harness/webrtc/page.hpp"

#include <cstdint>
#include <map>

namespace ringback::harness {

// Reading what DevTools says: "", null or 0 where it says something else.
[[nodiscard]] std::string text_at(const boost::json::object& object, std::string_view key);
[[nodiscard]] const boost::json::object* object_at(const boost::json::object& object, std::string_view key);
[[nodiscard]] double number_at(const boost::json::object& object, std::string_view key);
/// Runtime.ExceptionDetails in words.
[[nodiscard]] std::string exception_text(const boost::json::object& details);

struct Page::State : std::enable_shared_from_this<State> {
    State(const boost::asio::any_io_executor& on, DevTools& with) : devtools(with), notifier(on) {}

    /// What the browser tells of the page.
    void event(std::string_view method, const boost::json::object& params);
    void lose(const char* why);
    void changed() { notifier.notify(); }

    /// Waits until `holds()`; an error when the page is gone, a time-out otherwise, which says `what`.
    boost::asio::awaitable<Driven<void>> wait_until(std::function<bool()> holds, net::Deadline deadline,
                                                    std::string what);
    /// Waits until a document behind the first `after` navigations is loaded, or a dialog keeps it from it.
    boost::asio::awaitable<Driven<void>> wait_loaded(unsigned after, std::string what,
                                                     net::Deadline deadline);
    /// The execution context of a frame, "": the main one; 0 between two documents.
    [[nodiscard]] std::int64_t context_of(const std::string& frame) const;

    DevTools& devtools;
    Notifier notifier;
    PageSettings settings;
    std::string target, session, main_frame, selected_frame, loader, url, gone;
    unsigned navigations = 0;
    bool loaded = false;
    std::map<std::string, std::int64_t> frames;  ///< default execution context by frame
    std::optional<Dialog> open_dialog;

  private:
    void frame_navigated(const boost::json::object& params);
    void lifecycle(const boost::json::object& params);
    void context_created(const boost::json::object& params);
    void dialog_opened(const boost::json::object& params);
    void console(std::string_view method, const boost::json::object& params);
};

}  // namespace ringback::harness
