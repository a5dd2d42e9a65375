// Small conversions of text that several parts of mock-bin need.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::mock_bin {

/// Coarser than the system clock's own, which ends in 2262: cookies like to expire in 9999.
using Time = std::chrono::time_point<std::chrono::system_clock, std::chrono::milliseconds>;

/// "2026-01-02T03:04:05.678Z", UTC with milliseconds.
[[nodiscard]] std::string iso_time(Time time);
[[nodiscard]] inline std::string iso_time(std::chrono::system_clock::time_point time) {
    return iso_time(std::chrono::floor<std::chrono::milliseconds>(time));
}
/// The same, and any ISO 8601 time with "Z" or an offset; nothing for other text.
[[nodiscard]] std::optional<Time> parse_iso_time(std::string_view text);

/// "250ms", "10s", "2m", "1.5s"; a bare number counts in `unit`. Nothing for other text or a negative span.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_span(
    std::string_view text, std::chrono::milliseconds unit = std::chrono::milliseconds(1));

[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;
/// The bytes when they are UTF-8, else each byte read as Latin-1, so that JSON can carry any header field.
[[nodiscard]] std::string to_text(std::string_view bytes);

[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// RFC 4648, line breaks allowed, padding optional; nothing for other text.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

[[nodiscard]] std::string lower(std::string_view text);
[[nodiscard]] std::string_view trim(std::string_view text) noexcept;
/// Control characters become spaces: for status lines and header fields that come from outside.
[[nodiscard]] std::string one_line(std::string_view text);
/// A whole unsigned decimal number, nothing else.
[[nodiscard]] std::optional<std::uint64_t> parse_number(std::string_view text) noexcept;

}  // namespace ringback::mock_bin
