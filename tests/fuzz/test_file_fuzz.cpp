// Any text as a test file, as a testRTC export and as a scalar that is written and read back: nothing
// crashes, hangs or takes more memory than a file of its size should, and every error has a place.
#include "harness/expression/json_document.hpp"
#include "harness/test/load.hpp"
#include "harness/test/testrtc_import.hpp"
#include "harness/test/yaml_writer.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace ringback::harness;

void demand(bool condition) {
    if (!condition) std::abort();
}

void read_as_test(std::string_view text) {
    const auto made = parse_yaml_test(text, "nowhere/fuzz.yaml");
    if (made)
        demand(!made->name.empty());
    else
        demand(made.error().line >= 1 && made.error().column >= 1 && !made.error().message.empty());
}

void import(std::string_view text) {
    const auto document = parse_json(text);
    if (!document || !is_testrtc_export(*document)) return;
    if (const auto made = import_testrtc(*document, "fuzz.json")) (void)yaml_text(*made, "fuzz.js", "# fuzz");
}

void write_and_read(std::string_view text) {
    const bool plain =
        std::all_of(text.begin(), text.end(), [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); });
    if (!plain || text.size() > 10'000) return;
    const auto file = "name: x\ndescription: " + yaml_scalar(std::string(text)) + "\nsteps: [{pause: 1s}]\n";
    const auto read = parse_yaml_test(file, "fuzz.yaml");
    demand(read && read->description == text);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    read_as_test(text);
    import(text);
    write_and_read(text);
    return 0;
}
