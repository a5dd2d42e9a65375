#include "harness/webrtc/keys.hpp"

#include <algorithm>
#include <array>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr SpecialKey kKeys[] = {
    {"NULL", 0xe000, "", "", 0, ""},
    {"CANCEL", 0xe001, "Cancel", "Abort", 3, ""},
    {"HELP", 0xe002, "Help", "Help", 47, ""},
    {"BACK_SPACE", 0xe003, "Backspace", "Backspace", 8, ""},
    {"TAB", 0xe004, "Tab", "Tab", 9, ""},
    {"CLEAR", 0xe005, "Clear", "NumpadClear", 12, ""},
    {"RETURN", 0xe006, "Enter", "Enter", 13, "\r"},
    {"ENTER", 0xe007, "Enter", "NumpadEnter", 13, "\r"},
    {"SHIFT", 0xe008, "Shift", "ShiftLeft", 16, ""},
    {"CONTROL", 0xe009, "Control", "ControlLeft", 17, ""},
    {"ALT", 0xe00a, "Alt", "AltLeft", 18, ""},
    {"PAUSE", 0xe00b, "Pause", "Pause", 19, ""},
    {"ESCAPE", 0xe00c, "Escape", "Escape", 27, ""},
    {"SPACE", 0xe00d, " ", "Space", 32, " "},
    {"PAGEUP", 0xe00e, "PageUp", "PageUp", 33, ""},
    {"PAGEDOWN", 0xe00f, "PageDown", "PageDown", 34, ""},
    {"END", 0xe010, "End", "End", 35, ""},
    {"HOME", 0xe011, "Home", "Home", 36, ""},
    {"LEFT_ARROW", 0xe012, "ArrowLeft", "ArrowLeft", 37, ""},
    {"UP_ARROW", 0xe013, "ArrowUp", "ArrowUp", 38, ""},
    {"RIGHT_ARROW", 0xe014, "ArrowRight", "ArrowRight", 39, ""},
    {"DOWN_ARROW", 0xe015, "ArrowDown", "ArrowDown", 40, ""},
    {"INSERT", 0xe016, "Insert", "Insert", 45, ""},
    {"DELETE", 0xe017, "Delete", "Delete", 46, ""},
    {"SEMICOLON", 0xe018, ";", "Semicolon", 186, ";"},
    {"EQUALS", 0xe019, "=", "Equal", 187, "="},
    {"NUMPAD0", 0xe01a, "0", "Numpad0", 96, "0"},
    {"NUMPAD1", 0xe01b, "1", "Numpad1", 97, "1"},
    {"NUMPAD2", 0xe01c, "2", "Numpad2", 98, "2"},
    {"NUMPAD3", 0xe01d, "3", "Numpad3", 99, "3"},
    {"NUMPAD4", 0xe01e, "4", "Numpad4", 100, "4"},
    {"NUMPAD5", 0xe01f, "5", "Numpad5", 101, "5"},
    {"NUMPAD6", 0xe020, "6", "Numpad6", 102, "6"},
    {"NUMPAD7", 0xe021, "7", "Numpad7", 103, "7"},
    {"NUMPAD8", 0xe022, "8", "Numpad8", 104, "8"},
    {"NUMPAD9", 0xe023, "9", "Numpad9", 105, "9"},
    {"MULTIPLY", 0xe024, "*", "NumpadMultiply", 106, "*"},
    {"ADD", 0xe025, "+", "NumpadAdd", 107, "+"},
    {"SEPARATOR", 0xe026, ",", "NumpadComma", 108, ","},
    {"SUBTRACT", 0xe027, "-", "NumpadSubtract", 109, "-"},
    {"DECIMAL", 0xe028, ".", "NumpadDecimal", 110, "."},
    {"DIVIDE", 0xe029, "/", "NumpadDivide", 111, "/"},
    {"F1", 0xe031, "F1", "F1", 112, ""},
    {"F2", 0xe032, "F2", "F2", 113, ""},
    {"F3", 0xe033, "F3", "F3", 114, ""},
    {"F4", 0xe034, "F4", "F4", 115, ""},
    {"F5", 0xe035, "F5", "F5", 116, ""},
    {"F6", 0xe036, "F6", "F6", 117, ""},
    {"F7", 0xe037, "F7", "F7", 118, ""},
    {"F8", 0xe038, "F8", "F8", 119, ""},
    {"F9", 0xe039, "F9", "F9", 120, ""},
    {"F10", 0xe03a, "F10", "F10", 121, ""},
    {"F11", 0xe03b, "F11", "F11", 122, ""},
    {"F12", 0xe03c, "F12", "F12", 123, ""},
    {"META", 0xe03d, "Meta", "MetaLeft", 91, ""},
    {"COMMAND", 0xe03d, "Meta", "MetaLeft", 91, ""},
};

/// DevTools' modifier bits, in the order alt, control, meta, shift.
int modifier_of(char32_t code) {
    switch (code) {
        case 0xe00a:
            return 1;
        case 0xe009:
            return 2;
        case 0xe03d:
            return 4;
        case 0xe008:
            return 8;
        default:
            return 0;
    }
}

/// The next code point of well-formed UTF-8, and its bytes.
std::pair<char32_t, std::string_view> take(std::string_view& text) {
    const auto lead = static_cast<unsigned char>(text[0]);
    std::size_t size = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    size = std::min(size, text.size());
    char32_t code = size == 1 ? lead : lead & (0x7fu >> size);
    for (std::size_t i = 1; i < size; ++i)
        code = (code << 6) | (static_cast<unsigned char>(text[i]) & 0x3f);
    const auto bytes = text.substr(0, size);
    text.remove_prefix(size);
    return {code, bytes};
}

json::object event(std::string_view type, std::string_view key, std::string_view code, int virtual_key,
                   std::string_view text, int modifiers) {
    json::object event;
    event["type"] = type;
    event["key"] = key;
    if (!code.empty()) event["code"] = code;
    if (virtual_key) event["windowsVirtualKeyCode"] = virtual_key;
    // With control or meta held a key types nothing: it is a shortcut.
    if (!text.empty() && (modifiers & (2 | 4)) == 0) event["text"] = text;
    event["modifiers"] = modifiers;
    return event;
}

}  // namespace

std::span<const SpecialKey> special_keys() noexcept {
    return kKeys;
}

std::vector<json::object> key_events(std::string_view text) {
    std::vector<json::object> events;
    std::vector<const SpecialKey*> held;
    int modifiers = 0;
    const auto release = [&](const SpecialKey& key) {
        modifiers &= ~modifier_of(key.code_point);
        events.push_back(event("keyUp", key.key, key.code, key.virtual_key, "", modifiers));
    };
    const auto release_all = [&] {
        while (!held.empty()) {
            release(*held.back());
            held.pop_back();
        }
    };
    while (!text.empty()) {
        const auto [code, bytes] = take(text);
        const auto* special = std::find_if(std::begin(kKeys), std::end(kKeys),
                                           [&](const SpecialKey& key) { return key.code_point == code; });
        if (code == 0xe000) {
            release_all();
        } else if (special != std::end(kKeys) && modifier_of(code)) {
            if (const auto at = std::find(held.begin(), held.end(), special); at != held.end()) {
                held.erase(at);
                release(*special);
            } else {
                held.push_back(special);
                modifiers |= modifier_of(code);
                events.push_back(
                    event("rawKeyDown", special->key, special->code, special->virtual_key, "", modifiers));
            }
        } else if (special != std::end(kKeys)) {
            events.push_back(event(special->text.empty() ? "rawKeyDown" : "keyDown", special->key,
                                   special->code, special->virtual_key, special->text, modifiers));
            events.push_back(
                event("keyUp", special->key, special->code, special->virtual_key, "", modifiers));
        } else {
            const bool line_end = code == '\n' || code == '\r';
            const auto shown = line_end ? std::string_view("Enter") : bytes;
            const bool letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z');
            const char upper = static_cast<char>(letter ? (code & ~0x20u) : code);
            const std::string physical = letter                       ? std::string("Key") + upper
                                         : code >= '0' && code <= '9' ? std::string("Digit") + upper
                                         : line_end                   ? std::string("Enter")
                                         : code == ' '                ? std::string("Space")
                                                                      : std::string();
            const int number = letter || (code >= '0' && code <= '9') || code == ' ' ? upper
                               : line_end                                            ? 13
                                                                                     : 0;
            events.push_back(event("keyDown", shown, physical, number, line_end ? "\r" : bytes, modifiers));
            events.push_back(event("keyUp", shown, physical, number, "", modifiers));
        }
    }
    release_all();
    return events;
}

}  // namespace ringback::harness
