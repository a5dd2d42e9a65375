// Text as people count it: code points, and the cells they fill on a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringback::text {

struct CodePoint {
    char32_t value;      ///< U+FFFD when the bytes are not UTF-8
    std::size_t length;  ///< bytes; 1 when the bytes are not UTF-8
    bool valid;
};

/// The code point that begins at `offset`, which must lie inside `text`.
/// Overlong forms, surrogates and values above U+10FFFF are not valid (RFC 3629).
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t offset) noexcept;

/// Code points in `text`; each byte that is not UTF-8 counts as one.
[[nodiscard]] std::size_t count_code_points(std::string_view text) noexcept;

void append_utf8(std::string& out, char32_t value);

/// `text` with each byte that is not UTF-8 replaced by U+FFFD, and with no NUL: what JSON and XML can hold.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// Something harmless to print in place of a character that would move the cursor, colour the terminal or
/// hide text; any other character as it is.
[[nodiscard]] char32_t printable(char32_t value) noexcept;

/// Cells on a terminal: 0 for combining marks, 2 for East Asian wide characters and emoji, else 1.
[[nodiscard]] std::size_t cells(char32_t value) noexcept;

}  // namespace ringback::text
