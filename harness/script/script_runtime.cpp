#include "harness/script/script_runtime.hpp"

#include <unistd.h>

#include <cstdio>
#include <limits>
#include <utility>

namespace ringback::harness {
namespace {

/// How often a running script is looked at. CPU time, so a waiting machine does not count.
constexpr double kTickSeconds = 0.01;
/// What a script can fill with data at most, in bytes a nanosecond: what memory takes.
constexpr std::size_t kFillsPerNanosecond = 20;

std::size_t resident_bytes() {
    std::FILE* file = std::fopen("/proc/self/statm", "re");
    if (!file) return 0;
    unsigned long size = 0, resident = 0;
    const bool read = std::fscanf(file, "%lu %lu", &size, &resident) == 2;
    std::fclose(file);
    return read ? resident * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) : 0;
}

/// What the heap holds, garbage included; infinite when that cannot be told.
double heap_bytes(JSContextRef context) {
    const auto statistics = jsc().JSGetMemoryUsageStatistics(context);
    if (!statistics) return std::numeric_limits<double>::infinity();
    const JscText key("heapSize");
    return jsc().JSValueToNumber(context, jsc().JSObjectGetProperty(context, statistics, key, nullptr),
                                 nullptr);
}

}  // namespace

std::string stack_text(JSContextRef context) {
    const auto error = jsc().JSObjectMakeError(context, 0, nullptr, nullptr);
    const auto value = error ? jsc().JSObjectGetProperty(context, error, JscText("stack"), nullptr) : nullptr;
    if (!value || jsc().JSValueIsUndefined(context, value)) return {};
    return JscText(jsc().JSValueToStringCopy(context, value, nullptr)).utf8();
}

std::shared_ptr<ScriptRuntime> ScriptRuntime::of_this_thread() {
    thread_local std::weak_ptr<ScriptRuntime> current;
    auto runtime = current.lock();
    if (!runtime) current = runtime = std::make_shared<ScriptRuntime>();
    return runtime;
}

ScriptRuntime::ScriptRuntime() : group(jsc().JSContextGroupCreate()) {}

ScriptRuntime::~ScriptRuntime() {
    jsc().JSContextGroupRelease(group);
}

void ScriptRuntime::wind() {
    jsc().JSContextGroupSetExecutionTimeLimit(group, kTickSeconds, &ScriptRuntime::tick, this);
}

bool ScriptRuntime::exceeds(JSContextRef context, ScriptEntry& running) {
    const auto now = std::chrono::steady_clock::now();
    unchecked_ += now - std::exchange(running.counted, now);
    const auto limit = running.memory;
    const bool filled = static_cast<std::size_t>(unchecked_.count()) * kFillsPerNanosecond >= limit &&
                        resident_bytes() > limit;
    if (!filled && heap_bytes(context) <= static_cast<double>(limit)) return false;
    jsc().JSSynchronousGarbageCollectForDebugging(context);
    unchecked_ = {};
    return heap_bytes(context) > static_cast<double>(limit);
}

bool ScriptRuntime::tick(JSContextRef context, void* self) {
    auto& runtime = *static_cast<ScriptRuntime*>(self);
    auto* entry = runtime.entry;
    using Ended = ScriptEntry::Ended;
    if (entry && std::chrono::steady_clock::now() >= entry->deadline) entry->ended = Ended::time;
    if (entry && entry->ended == Ended::no && runtime.exceeds(context, *entry)) entry->ended = Ended::memory;
    if (entry && entry->ended != Ended::no) {
        entry->stack = stack_text(context);
        return true;
    }
    runtime.wind();  // it fires once
    return false;
}

}  // namespace ringback::harness
