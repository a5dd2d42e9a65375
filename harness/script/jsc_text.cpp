#include "harness/script/jsc_text.hpp"

#include <charconv>

namespace ringback::harness {
namespace {

std::u16string to_utf16(std::string_view text) {
    std::u16string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const int more = lead < 0x80         ? 0
                         : (lead >> 5) == 6  ? 1
                         : (lead >> 4) == 14 ? 2
                         : (lead >> 3) == 30 ? 3
                                             : -1;
        char32_t code = more == 0 ? lead : more > 0 ? lead & (0x3fu >> more) : 0xfffd;
        std::size_t used = 1;
        for (int k = 1; k <= more; ++k, ++used) {
            const auto next = i + used < text.size() ? static_cast<unsigned char>(text[i + used]) : 0u;
            if ((next & 0xc0) != 0x80) {
                code = 0xfffd;
                break;
            }
            code = (code << 6) | (next & 0x3f);
        }
        i += used;
        if (code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) code = 0xfffd;
        if (code < 0x10000) {
            out += static_cast<char16_t>(code);
        } else {
            out += static_cast<char16_t>(0xd7c0 + (code >> 10));
            out += static_cast<char16_t>(0xdc00 + (code & 0x3ff));
        }
    }
    return out;
}

std::string to_utf8(const char16_t* text, std::size_t size) {
    std::string out;
    out.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        char32_t code = text[i];
        const bool high = code >= 0xd800 && code < 0xdc00;
        if (high && i + 1 < size && text[i + 1] >= 0xdc00 && text[i + 1] < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (text[++i] - 0xdc00u);
        else if (code >= 0xd800 && code < 0xe000)
            code = 0xfffd;
        const auto put = [&](char32_t byte) { out += static_cast<char>(byte); };
        if (code < 0x80) {
            put(code);
        } else if (code < 0x800) {
            put(0xc0 | code >> 6), put(0x80 | (code & 0x3f));
        } else if (code < 0x10000) {
            put(0xe0 | code >> 12), put(0x80 | (code >> 6 & 0x3f)), put(0x80 | (code & 0x3f));
        } else {
            put(0xf0 | code >> 18), put(0x80 | (code >> 12 & 0x3f)), put(0x80 | (code >> 6 & 0x3f)),
                put(0x80 | (code & 0x3f));
        }
    }
    return out;
}

}  // namespace

const JscLibrary& jsc() {
    return *JscLibrary::get();
}

JscText::JscText(std::string_view utf8) {
    const auto wide = to_utf16(utf8);
    text_ = jsc().JSStringCreateWithCharacters(reinterpret_cast<const JSChar*>(wide.data()), wide.size());
}

JscText::~JscText() {
    if (text_) jsc().JSStringRelease(text_);
}

std::string JscText::utf8() const {
    if (!text_) return {};
    return to_utf8(reinterpret_cast<const char16_t*>(jsc().JSStringGetCharactersPtr(text_)),
                   jsc().JSStringGetLength(text_));
}

std::string without_lone_surrogates(std::string text) {
    const auto unit_at = [&](std::size_t at) -> unsigned {
        unsigned unit = 0;
        if (text.compare(at, 2, "\\u") != 0 || at + 6 > text.size()) return 0;
        std::from_chars(text.data() + at + 2, text.data() + at + 6, unit, 16);
        return unit;
    };
    for (std::size_t i = 0; i + 6 <= text.size(); ++i) {
        if (text[i] != '\\') continue;
        const auto unit = unit_at(i);
        const bool pair =
            unit >= 0xd800 && unit < 0xdc00 && unit_at(i + 6) >= 0xdc00 && unit_at(i + 6) < 0xe000;
        if (!pair && unit >= 0xd800 && unit < 0xe000) text.replace(i, 6, "\\ufffd");
        i += unit == 0 ? 1 : pair ? 11 : 5;
    }
    return text;
}

}  // namespace ringback::harness
