#include "run-options/parse_error.hpp"

#include "run-options/redaction.hpp"
#include "run-options/text/utf8.hpp"

#include <boost/throw_exception.hpp>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

namespace ringback {
namespace {

constexpr std::size_t kExcerptCharacters = 100;
constexpr std::size_t kQuotedCharacters = 40;
constexpr std::size_t kNameCharacters = 64;  // no name of ours is longer: bounds the edit distance

struct Clip {
    std::string text;
    std::size_t first_column;
};

/// The part of a line around a column; what is cut off shows as "…", which stands for the character it
/// replaces.
Clip clip_around(std::string_view line, std::size_t first_column, std::size_t column) {
    const std::size_t count = text::count_code_points(line);
    if (count <= kExcerptCharacters) return {std::string(line), first_column};
    const std::size_t target = std::min(column > first_column ? column - first_column : 0, count);
    const std::size_t half = kExcerptCharacters / 2;
    const std::size_t start = std::min(target > half ? target - half : 0, count - kExcerptCharacters);
    const std::size_t end = start + kExcerptCharacters;
    Clip clip{{}, first_column + start};
    std::size_t index = 0;
    for (std::size_t at = 0; at < line.size() && index < end; ++index) {
        const text::CodePoint point = text::code_point_at(line, at);
        const bool cut = (index == start && start > 0) || (index + 1 == end && end < count);
        if (cut)
            clip.text += "…";
        else if (index >= start)
            clip.text += line.substr(at, point.length);
        at += point.length;
    }
    return clip;
}

std::string harmless(std::string_view words) {
    std::string out;
    for (std::size_t at = 0; at < words.size();) {
        const text::CodePoint point = text::code_point_at(words, at);
        text::append_utf8(out, text::printable(point.value));
        at += point.length;
    }
    return out;
}

/// Spaces that fill as many cells as the first `characters` of `line`.
std::string indent_below(std::string_view line, std::size_t characters) {
    std::size_t width = 0;
    for (std::size_t at = 0; at < line.size() && characters > 0; --characters) {
        const text::CodePoint point = text::code_point_at(line, at);
        width += text::cells(point.value);
        at += point.length;
    }
    return std::string(width, ' ');
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Insertions, deletions, replacements and swaps of neighbours (optimal string alignment), ignoring case.
/// Both words at most kNameCharacters long.
std::size_t edit_distance(std::string_view a, std::string_view b) {
    using Row = std::array<std::size_t, kNameCharacters + 1>;
    Row before{}, previous{}, current{};
    for (std::size_t j = 0; j <= b.size(); ++j)
        previous[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            current[j] = std::min({previous[j] + 1, current[j - 1] + 1, previous[j - 1] + (same ? 0 : 1)});
            const bool swapped =
                i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
            if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
        }
        before = std::exchange(previous, current);
    }
    return previous[b.size()];
}

}  // namespace

ParseError error_at(std::string_view text, std::size_t offset, std::string message, std::string hint) {
    offset = std::min(offset, text.size());
    const std::string_view before = text.substr(0, offset);
    const std::size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    std::size_t line_end = std::min(text.find('\n', line_begin), text.size());
    if (line_end > offset && text[line_end - 1] == '\r') --line_end;

    ParseError error;
    error.message = std::move(message);
    error.hint = std::move(hint);
    error.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    error.column = 1 + text::count_code_points(text.substr(line_begin, offset - line_begin));
    Clip clip = clip_around(masked_line(text, line_begin, line_end), 1, error.column);
    error.excerpt = std::move(clip.text);
    error.excerpt_column = clip.first_column;
    return error;
}

std::optional<ParseError> check_characters(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const text::CodePoint point = text::code_point_at(text, at);
        constexpr std::string_view kHex = "0123456789ABCDEF";
        const auto hex = [&](unsigned char byte) { return std::string{kHex[byte >> 4], kHex[byte & 15]}; };
        const auto byte = static_cast<unsigned char>(text[at]);
        if (!point.valid)
            return error_at(text, at, "the byte 0x" + hex(byte) + " is not UTF-8", "save the text as UTF-8");
        const bool layout = byte == '\t' || byte == '\n' || byte == '\r';
        if (byte == 0) return error_at(text, at, "a NUL character", "remove it");
        if ((byte < 0x20 && !layout) || byte == 0x7F)
            return error_at(text, at, "the control character U+00" + hex(byte), "remove it");
        at += point.length;
    }
    return std::nullopt;
}

std::string quoted(std::string_view words) {
    std::size_t end = 0, count = 0;
    for (; end < words.size() && count < kQuotedCharacters; ++count)
        end += text::code_point_at(words, end).length;
    return "'" + harmless(words.substr(0, end)) + (end < words.size() ? "…'" : "'");
}

std::string render(const ParseError& error, bool color) {
    const auto paint = [color](std::string_view code, std::string words) {
        return color && !words.empty() ? "\x1b[" + std::string(code) + "m" + words + "\x1b[0m" : words;
    };
    std::string where = error.source.empty() ? "" : harmless(error.source) + ":";
    where += std::to_string(error.line) + ":" + std::to_string(error.column) + ":";
    std::string out = paint("1", where) + " " + paint("31", harmless(error.message));
    if (!error.excerpt.empty()) {
        const Clip clip = clip_around(error.excerpt, error.excerpt_column, error.column);
        const std::size_t before = error.column > clip.first_column ? error.column - clip.first_column : 0;
        const std::string line = harmless(clip.text);
        out += "\n  " + line + "\n  " + indent_below(line, before) + paint("31", "^");
    }
    if (!error.hint.empty()) out += "\n  " + paint("36", harmless(error.hint));
    return out;
}

std::string_view nearest_name(std::string_view word, std::span<const std::string_view> candidates) {
    std::string_view nearest;
    if (word.empty() || word.size() > kNameCharacters) return nearest;
    std::size_t best = kNameCharacters;
    for (const std::string_view candidate : candidates) {
        if (candidate.size() > kNameCharacters) continue;
        const std::size_t longer = std::max(word.size(), candidate.size());
        const std::size_t distance = edit_distance(word, candidate);
        // A third of the word may be wrong, but never all of it.
        const bool meant = distance <= std::max<std::size_t>(1, longer / 3) && distance < longer;
        if (meant && distance < best) {
            best = distance;
            nearest = candidate;
        }
    }
    return nearest;
}

void throw_exception_from_error(const ParseError& error, const boost::source_location& where) {
    boost::throw_exception(std::invalid_argument(render(error)), where);
}

}  // namespace ringback
