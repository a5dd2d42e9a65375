// JavaScriptCore, loaded on first use: a program that runs no script pays nothing for it.
#pragma once

#include <JavaScriptCore/JavaScript.h>

#include <string>

namespace ringback::harness {

/// Called while a script runs; true ends it. Declared here because the installed headers lack it, as they do
/// the three functions marked below, which WebKit exports for its own tools.
using JscShouldTerminate = bool (*)(JSContextRef, void*);

// clang-format off
#define RINGBACK_JSC_FUNCTIONS(FUNCTION) \
    FUNCTION(JSContextGroupCreate) FUNCTION(JSContextGroupRelease) FUNCTION(JSGlobalContextCreateInGroup) \
    FUNCTION(JSGlobalContextRelease) FUNCTION(JSContextGetGlobalObject) FUNCTION(JSContextGetGroup) \
    FUNCTION(JSEvaluateScript) FUNCTION(JSGarbageCollect) FUNCTION(JSClassCreate) FUNCTION(JSClassRelease) \
    FUNCTION(JSObjectMake) FUNCTION(JSObjectMakeFunction) FUNCTION(JSObjectMakeError) \
    FUNCTION(JSObjectSetProperty) FUNCTION(JSObjectGetProperty) FUNCTION(JSObjectGetPrivate) \
    FUNCTION(JSObjectIsFunction) FUNCTION(JSObjectCallAsFunction) FUNCTION(JSStringCreateWithCharacters) \
    FUNCTION(JSStringRelease) FUNCTION(JSStringGetLength) FUNCTION(JSStringGetCharactersPtr) \
    FUNCTION(JSValueIsObject) FUNCTION(JSValueIsUndefined) FUNCTION(JSValueToStringCopy) \
    FUNCTION(JSValueToNumber) FUNCTION(JSValueMakeUndefined) FUNCTION(JSValueMakeNull) \
    FUNCTION(JSValueMakeString) FUNCTION(JSValueMakeFromJSONString) FUNCTION(JSValueCreateJSONString)
// clang-format on

struct JscLibrary {
#define RINGBACK_JSC_MEMBER(NAME) decltype(&::NAME) NAME = nullptr;
    RINGBACK_JSC_FUNCTIONS(RINGBACK_JSC_MEMBER)
#undef RINGBACK_JSC_MEMBER
    // Not in the installed headers.
    void (*JSContextGroupSetExecutionTimeLimit)(JSContextGroupRef, double seconds, JscShouldTerminate,
                                                void*) = nullptr;
    JSObjectRef (*JSGetMemoryUsageStatistics)(JSContextRef) = nullptr;
    void (*JSSynchronousGarbageCollectForDebugging)(JSContextRef) = nullptr;

    /// The library, loaded by the first caller; null when it cannot be had, and then `why` says so in one
    /// sentence. Thread-safe.
    [[nodiscard]] static const JscLibrary* get(std::string* why = nullptr);
};

}  // namespace ringback::harness
