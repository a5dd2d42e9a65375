#include "harness/script/jsc_text.hpp"

#include "run-options/text/utf8.hpp"

#include <charconv>

namespace ringback::harness {
namespace {

std::u16string to_utf16(std::string_view words) {
    std::u16string out;
    out.reserve(words.size());
    for (std::size_t at = 0; at < words.size();) {
        const auto [code, length, valid] = text::code_point_at(words, at);
        at += length;
        if (code < 0x10000) {
            out += static_cast<char16_t>(code);
        } else {
            out += static_cast<char16_t>(0xd7c0 + (code >> 10));
            out += static_cast<char16_t>(0xdc00 + (code & 0x3ff));
        }
    }
    return out;
}

std::string to_utf8(const char16_t* words, std::size_t size) {
    std::string out;
    out.reserve(size);
    for (std::size_t i = 0; i < size; ++i) {
        char32_t code = words[i];
        const bool high = code >= 0xd800 && code < 0xdc00;
        if (high && i + 1 < size && words[i + 1] >= 0xdc00 && words[i + 1] < 0xe000)
            code = 0x10000 + ((code - 0xd800) << 10) + (words[++i] - 0xdc00u);
        else if (code >= 0xd800 && code < 0xe000)
            code = 0xfffd;
        text::append_utf8(out, code);
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
