// What the scripts of a thread share, and what limits the one that runs.
#pragma once

#include "harness/script/jsc_text.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

namespace ringback::harness {

/// One way into a script, from outside.
struct ScriptEntry {
    std::chrono::steady_clock::time_point deadline;
    std::chrono::steady_clock::time_point counted;  ///< until when its time was counted as running
    std::size_t memory = 0;                         ///< bytes that may live
    enum class Ended { no, time, memory } ended = Ended::no;
    std::string stack;  ///< where it was ended
};

/// The stack of what is running, as JavaScriptCore writes it.
[[nodiscard]] std::string stack_text(JSContextRef context);

/// Lives as long as a context of its thread does.
class ScriptRuntime {
  public:
    [[nodiscard]] static std::shared_ptr<ScriptRuntime> of_this_thread();
    ScriptRuntime();
    ~ScriptRuntime();
    ScriptRuntime(const ScriptRuntime&) = delete;
    ScriptRuntime& operator=(const ScriptRuntime&) = delete;

    /// Sets the clock to the next tick.
    void wind();
    /// True when live JavaScript exceeds the limit of what runs. Collects garbage to know, but only when the
    /// heap with its garbage is as large, or when the process is and scripts have run long enough to have
    /// filled as much. The process may be as large for other reasons, and other scripts may give back just
    /// then what this one takes: growth would tell nothing.
    [[nodiscard]] bool exceeds(JSContextRef context, ScriptEntry& running);

    JSContextGroupRef group;
    ScriptEntry* entry = nullptr;

  private:
    static bool tick(JSContextRef context, void* self);

    std::chrono::nanoseconds unchecked_{};  ///< running time of scripts since the last collection
};

}  // namespace ringback::harness
