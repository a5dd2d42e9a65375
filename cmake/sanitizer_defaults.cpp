// What the sanitizers are to leave alone; part of every program of a sanitizer build.
//
// JavaScriptCore is not built with them: what it leaks and races inside itself is not checked, and its
// threads' storage, which LeakSanitizer would read and crash in, is not searched for pointers (use_tls).
extern "C" {

const char* __lsan_default_options();
const char* __lsan_default_options() {
    return "use_tls=0:print_suppressions=0";
}

const char* __lsan_default_suppressions();
const char* __lsan_default_suppressions() {
    return "leak:libjavascriptcoregtk\n";
}

const char* __tsan_default_suppressions();
const char* __tsan_default_suppressions() {
    return "race:libjavascriptcoregtk\n"
           "called_from_lib:libjavascriptcoregtk\n";
}
}
