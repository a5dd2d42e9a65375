#include "harness/webrtc/keys.hpp"

#include <boost/test/unit_test.hpp>

#include <string>

using namespace ringback::harness;

namespace {

/// Events as "down:key[text]+modifiers", one word each.
std::string shown(std::string_view text) {
    std::string out;
    for (const auto& event : key_events(text)) {
        const auto field = [&](const char* key) {
            const auto* value = event.if_contains(key);
            return value && value->is_string() ? std::string(value->get_string()) : std::string{};
        };
        if (!out.empty()) out += ' ';
        out += field("type") == "keyUp" ? "up:" : "down:";
        out += field("key");
        if (auto typed = field("text"); !typed.empty())
            out += "[" + (typed == "\r" ? std::string("CR") : typed) + "]";
        if (const auto held = event.at("modifiers").to_number<int>()) out += "+" + std::to_string(held);
    }
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(text_and_special_keys_become_events) {
    struct Row {
        const char *text, *wanted;
    };
    const Row rows[] = {
        {"", ""},
        {"aB", "down:a[a] up:a down:B[B] up:B"},
        {"é👋", "down:é[é] up:é down:👋[👋] up:👋"},
        {"x\xee\x80\x87", "down:x[x] up:x down:Enter[CR] up:Enter"},
        {"\n", "down:Enter[CR] up:Enter"},
        {"\xee\x80\x84", "down:Tab up:Tab"},
        // Control is held for the a, then let go.
        {"\xee\x80\x89"
         "a"
         "\xee\x80\x80"
         "b",
         "down:Control+2 down:a+2 up:a+2 up:Control down:b[b] up:b"},
        {"\xee\x80\x88"
         "x",
         "down:Shift+8 down:x[x]+8 up:x+8 up:Shift"},
        {"\xee\x80\x89"
         "c"
         "\xee\x80\x89"
         "d",
         "down:Control+2 down:c+2 up:c+2 up:Control down:d[d] up:d"},
    };
    for (const auto& row : rows)
        BOOST_CHECK_EQUAL(shown(row.text), row.wanted);
}

BOOST_AUTO_TEST_SUITE_END()
