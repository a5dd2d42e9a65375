#include "harness/script/jsc_library.hpp"

#include <dlfcn.h>

namespace ringback::harness {
namespace {

constexpr const char* kFile = "libjavascriptcoregtk-4.1.so.0";

struct Loaded {
    JscLibrary library;
    std::string error;
};

template <class Function>
void resolve(void* handle, const char* name, Function& to, std::string& error) {
    to = reinterpret_cast<Function>(dlsym(handle, name));
    if (!to && error.empty())
        error = std::string(kFile) + " has no function " + name + ": its version does not fit";
}

Loaded load() {
    Loaded loaded;
    // Never unloaded: WebKit keeps threads of its own.
    void* handle = dlopen(kFile, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle) {
        const char* why = dlerror();
        loaded.error =
            std::string("scripts need JavaScriptCore: install the package libjavascriptcoregtk-4.1-0 (") +
            (why ? why : "not found") + ")";
        return loaded;
    }
    auto& library = loaded.library;
#define RINGBACK_JSC_RESOLVE(NAME) resolve(handle, #NAME, library.NAME, loaded.error);
    RINGBACK_JSC_FUNCTIONS(RINGBACK_JSC_RESOLVE)
    RINGBACK_JSC_RESOLVE(JSContextGroupSetExecutionTimeLimit)
    RINGBACK_JSC_RESOLVE(JSGetMemoryUsageStatistics)
    RINGBACK_JSC_RESOLVE(JSSynchronousGarbageCollectForDebugging)
#undef RINGBACK_JSC_RESOLVE
    // A running script is looked at by polling. The other way is signals (SIGSEGV among them), which belong
    // to the program, its sanitizers and its test framework.
    int (*set_option)(const char*, int) = nullptr;
    resolve(handle, "jsc_options_set_boolean", set_option, loaded.error);
    if (set_option) set_option("usePollingTraps", 1);
    return loaded;
}

}  // namespace

const JscLibrary* JscLibrary::get(std::string* why) {
    static const Loaded loaded = load();
    if (loaded.error.empty()) return &loaded.library;
    if (why) *why = loaded.error;
    return nullptr;
}

}  // namespace ringback::harness
