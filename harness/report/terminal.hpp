// What a person sees: one block per finished run, a verdict table over several, and a live line while one is
// under way.
#pragma once

#include "harness/run/observer.hpp"

#include <chrono>
#include <functional>
#include <span>
#include <string>

namespace ringback::harness {

struct TerminalStyle {
    bool color = false;
    std::size_t width = 100;  ///< columns
};

/// The whole block of one run: its steps or probes, each failed statement with the value found and the value
/// wanted, the verdict. Ends with a line break.
[[nodiscard]] std::string render_run(const Run& run, const TerminalStyle& style);

/// A table of verdicts, for two runs and more; "" otherwise.
[[nodiscard]] std::string render_verdicts(std::span<const Run> runs, const TerminalStyle& style);

/// "0.41 s", "12 ms", "2 min 5 s"
[[nodiscard]] std::string human_duration(std::chrono::microseconds span);

/// Display columns of UTF-8 text (code points; no wide characters are used here).
[[nodiscard]] std::size_t display_width(std::string_view text);

/// The live line. It is written only where `write` leads to a terminal; the caller decides and calls tick() a
/// few times a second.
class ProgressLine : public Observer {
  public:
    ProgressLine(std::function<void(std::string_view)> write, TerminalStyle style)
        : write_(std::move(write)), style_(style) {}
    boost::asio::awaitable<void> on_started(const Run& run) override;
    void on_event(const Run& run, const RunEvent& event) override;
    boost::asio::awaitable<void> on_finished(const Run& run) override;
    /// Draws the line anew.
    void tick();
    /// Removes the line, so that something else can be printed.
    void clear();
    /// A line of another kind of work ("webhook …"), "" to remove.
    void note(std::string text);

  private:
    [[nodiscard]] std::string line() const;
    std::function<void(std::string_view)> write_;
    TerminalStyle style_;
    std::string test_, doing_;
    std::chrono::steady_clock::time_point began_{}, waiting_since_{};
    std::chrono::milliseconds waiting_for_{0};
    bool running_ = false, drawn_ = false;
};

}  // namespace ringback::harness
