#include "run-options/text/utf8.hpp"

#include <algorithm>
#include <iterator>

namespace ringback::text {
namespace {

struct Range {
    char32_t first, last;
};

bool contains(const Range* begin, const Range* end, char32_t value) {
    return std::any_of(begin, end,
                       [value](const Range& range) { return value >= range.first && value <= range.last; });
}

// The blocks that people really write; the full tables of Unicode would buy nothing for a caret.
constexpr Range kWide[] = {{0x1100, 0x115F},   {0x2E80, 0xA4CF},   {0xAC00, 0xD7A3},  {0xF900, 0xFAFF},
                           {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},  {0x1F300, 0x1F64F},
                           {0x1F680, 0x1F6FF}, {0x1F900, 0x1FAFF}, {0x20000, 0x3FFFD}};
constexpr Range kCombining[] = {
    {0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}};
// Invisible, or turning the direction of what follows.
constexpr Range kHidden[] = {{0x80, 0x9F},     {0x00AD, 0x00AD}, {0x061C, 0x061C}, {0x200B, 0x200F},
                             {0x2028, 0x202E}, {0x2060, 0x206F}, {0xFEFF, 0xFEFF}};

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t offset) noexcept {
    constexpr CodePoint kInvalid{0xFFFD, 1, false};
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[offset + i]); };
    const unsigned char lead = byte(0);
    if (lead < 0x80) return {lead, 1, true};
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if (lead < 0xC2 || lead > 0xF4 || text.size() - offset < length) return kInvalid;
    char32_t value = lead & (0xFF >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xC0) != 0x80) return kInvalid;
        value = (value << 6) | (byte(i) & 0x3F);
    }
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
    if (value < kSmallest[length] || value > 0x10FFFF || surrogate) return kInvalid;
    return {value, length, true};
}

std::size_t count_code_points(std::string_view text) noexcept {
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += code_point_at(text, at).length)
        ++count;
    return count;
}

void append_utf8(std::string& out, char32_t value) {
    const auto tail = [&](int shift) { out += static_cast<char>(0x80 | ((value >> shift) & 0x3F)); };
    if (value < 0x80) {
        out += static_cast<char>(value);
    } else if (value < 0x800) {
        out += static_cast<char>(0xC0 | (value >> 6));
        tail(0);
    } else if (value < 0x10000) {
        out += static_cast<char>(0xE0 | (value >> 12));
        tail(6);
        tail(0);
    } else {
        out += static_cast<char>(0xF0 | (value >> 18));
        tail(12);
        tail(6);
        tail(0);
    }
}

std::string valid_utf8(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const CodePoint point = code_point_at(text, at);
        if (!point.valid || point.value == 0)
            append_utf8(out, 0xFFFD);
        else
            out.append(text.substr(at, point.length));
        at += point.length;
    }
    return out;
}

char32_t printable(char32_t value) noexcept {
    if (value == '\t') return ' ';
    if (value < 0x20) return 0x2400 + value;  // the "control pictures" of Unicode
    if (value == 0x7F) return 0x2421;
    return contains(std::begin(kHidden), std::end(kHidden), value) ? 0xFFFD : value;
}

std::size_t cells(char32_t value) noexcept {
    if (value < 0x300) return 1;
    if (contains(std::begin(kCombining), std::end(kCombining), value)) return 0;
    return contains(std::begin(kWide), std::end(kWide), value) ? 2 : 1;
}

}  // namespace ringback::text
