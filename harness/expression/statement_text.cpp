#include "harness/expression/statement_text.hpp"

#include "harness/expression/text_position.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace ringback::harness {

namespace {

bool is_quote(char c) noexcept {
    return c == '"' || c == '\'';
}

/// At a quote: the offset behind the closing one, or npos. In "…" a backslash escapes a quote and a
/// backslash, in '…' a doubled quote is one.
std::size_t end_of_quoted(std::string_view text, std::size_t at) {
    const char quote = text[at];
    for (++at; at < text.size(); ++at) {
        if (quote == '"' && text[at] == '\\' && at + 1 < text.size() &&
            (text[at + 1] == '"' || text[at + 1] == '\\'))
            ++at;
        else if (text[at] == quote && quote == '\'' && text.substr(at, 2) == "''")
            ++at;
        else if (text[at] == quote)
            return at + 1;
    }
    return std::string_view::npos;
}

/// `text` is one quoted string.
std::string unquoted(std::string_view text) {
    const char quote = text.front();
    text = text.substr(1, text.size() - 2);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool escape = i + 1 < text.size() &&
                            (quote == '"' ? text[i] == '\\' && (text[i + 1] == '"' || text[i + 1] == '\\')
                                          : text.substr(i, 2) == "''");
        out += text[escape ? ++i : i];
    }
    return out;
}

/// At "{{": the offset behind the matching "}}", or behind the braces when there is none.
std::size_t end_of_braces(std::string_view text, std::size_t at) {
    const std::size_t begin = at;
    std::size_t depth = 0;
    while (at + 1 < text.size()) {
        const auto two = text.substr(at, 2);
        if (two == "{{") ++depth;
        if (two == "}}" && --depth == 0) return at + 2;
        at += two == "{{" || two == "}}" ? 2 : 1;
    }
    return begin + 2;
}

/// The end of the word that begins at `at`.
std::size_t end_of_word(std::string_view text, std::size_t at) {
    const std::size_t begin = at;
    while (at < text.size() && !is_space(text[at])) {
        const bool may_open =
            at == begin || std::string_view("([=,").find(text[at - 1]) != std::string_view::npos;
        const std::size_t behind = is_quote(text[at]) && may_open ? end_of_quoted(text, at)
                                   : text.substr(at, 2) == "{{"   ? end_of_braces(text, at)
                                                                  : at + 1;
        at = behind == std::string_view::npos ? at + 1 : behind;
    }
    return at;
}

}  // namespace

TextPart part_of(std::string_view text, std::size_t begin, std::size_t end) {
    while (begin < end && is_space(text[begin]))
        ++begin;
    while (end > begin && is_space(text[end - 1]))
        --end;
    const auto part = text.substr(begin, end - begin);
    if (part.size() >= 2 && is_quote(part[0]) && end_of_quoted(part, 0) == part.size())
        return {begin + 1, unquoted(part), true};
    return {begin, std::string(part), false};
}

std::optional<ComparisonWord> find_comparison_word(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        const std::size_t end = end_of_word(text, at);
        if (const auto* comparison = find_comparison(text.substr(at, end - at)))
            return ComparisonWord{at, end, comparison};
        at = end;
    }
    return std::nullopt;
}

LikelyComparison likely_comparison(std::string_view text, std::size_t at) {
    while (at < text.size()) {
        if (is_space(text[at])) {
            ++at;
            continue;
        }
        const std::size_t end = end_of_word(text, at);
        if (auto hint = nearest_comparison_hint(text.substr(at, end - at)); !hint.empty())
            return {at, end, std::move(hint)};
        at = end;
    }
    return {};
}

Parsed<Template> parse_part(std::string_view text, const TextPart& part) {
    auto parsed = Template::parse(part.value);
    if (!parsed) return error_within(text, part.at, parsed.error());
    return parsed;
}

std::string literal_text(const Template& literal) {
    static const Variables nothing;
    static const FunctionEnvironment nowhere;
    return *literal.render({nothing, nowhere});
}

Parsed<Template> parse_target(std::string_view text, const TextPart& target, const Comparison& comparison) {
    if (comparison.needs_target && target.is_absent())
        return error_at(text, text.size(), fmt::format("{} needs a value to compare with", comparison.name),
                        "write \"\" for the empty text");
    if (!comparison.needs_target && !target.is_absent())
        return error_at(
            text, target.at,
            fmt::format("{} takes no value, {} is too much", comparison.name, quoted(target.value)),
            find_comparison_word(target.value, 0)
                ? fmt::format("write \"{}\" in quotes when it is the property", comparison.name)
                : std::string());
    auto parsed = parse_part(text, target);
    if (!parsed || !comparison.check_target || !parsed->is_literal()) return parsed;
    if (auto wrong = comparison.check_target(literal_text(*parsed)); !wrong.empty())
        return error_at(text, target.at, fmt::format("{}: {}", comparison.name, wrong));
    return parsed;
}

Parsed<Template> target_of_value(const std::optional<boost::json::value>& value,
                                 const Comparison& comparison) {
    if (!comparison.needs_target) return Template();
    const bool takes_null = comparison.name == "equal" || comparison.name == "not_equal";
    if (!value || (value->is_null() && !takes_null))
        return error_at({}, 0, fmt::format("{} needs a value to compare with", comparison.name));
    const std::string text = to_text(*value);
    return parse_target(text, {0, text, true}, comparison);
}

std::string quoted_if_needed(const std::string& text, bool before_comparison) {
    // In front of a comparison a quote or a backslash could pair up with one behind it.
    const bool ambiguous = before_comparison && (text.find_first_of("\"'\\") != std::string::npos ||
                                                 find_comparison_word(text, 0).has_value());
    const bool plain = !text.empty() && !is_quote(text.front()) && !is_space(text.front()) &&
                       !is_space(text.back()) && !ambiguous;
    if (plain) return text;
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

}  // namespace ringback::harness
