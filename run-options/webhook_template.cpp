#include "run-options/webhook_template.hpp"

#include <algorithm>

namespace ringback {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n";

std::string_view trimmed(std::string_view words) {
    words.remove_prefix(std::min(words.find_first_not_of(kWhitespace), words.size()));
    return words.substr(0, words.find_last_not_of(kWhitespace) + 1);
}

bool is_word(std::string_view words) {
    return !words.empty() && std::all_of(words.begin(), words.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
               c == '_' || c == '-';
    });
}

}  // namespace

std::optional<Placeholder> next_placeholder(std::string_view text, std::size_t at) {
    // Behind the last "%>" none is closed; remembered, so that many a "<%" costs no search to the end each.
    std::size_t close = 0;
    for (; (at = text.find("<%", at)) != std::string_view::npos; at += 2) {
        if (close < at + 2) close = text.find("%>", at + 2);
        const bool closed = close != std::string_view::npos;
        const std::size_t end = closed ? close : text.size();
        const auto name = trimmed(text.substr(at + 2, end - at - 2));
        if ((closed && is_word(name)) || name.starts_with("this."))
            return Placeholder{at, closed ? end + 2 : end, name, closed};
    }
    return std::nullopt;
}

}  // namespace ringback
