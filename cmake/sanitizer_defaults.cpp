// What the sanitizers are to leave alone; part of every program of a sanitizer build.
//
// JavaScriptCore is not built with them: what it leaks and races inside itself is not checked, and threads'
// storage, which LeakSanitizer would read and crash in, is not searched for pointers (use_tls), so that what
// only that storage knows looks lost.
extern "C" {

// A status that no program here ends with by itself: a test that expects a failure must not take a finding
// for it.
const char* __asan_default_options();
const char* __asan_default_options() {
    return "exitcode=86";
}

const char* __tsan_default_options();
const char* __tsan_default_options() {
    return "exitcode=86:atexit_sleep_ms=0";  // programs that must leave at once are tested for it
}

const char* __lsan_default_options();
const char* __lsan_default_options() {
    return "use_tls=0:print_suppressions=0:exitcode=86";
}

const char* __lsan_default_suppressions();
const char* __lsan_default_suppressions() {
    return "leak:libjavascriptcoregtk\n"
           "leak:libglib-2.0\n"  // of the threads' storage: its types, and
           "leak:__cxa_thread_atexit_impl\n"
           "leak:_dl_map_object_deps\n";  // the loader's list of libraries
}

const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() {
    return "race:libjavascriptcoregtk\n"
           "race:libglib-2.0\n"  // which it brings along
           "called_from_lib:libjavascriptcoregtk\n";
}
}
