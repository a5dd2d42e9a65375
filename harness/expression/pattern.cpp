// Boost.Regex instead of std::regex: libstdc++'s matcher recurses once per character and overflows the stack
// on long input. The two limits below belong to its templates, so this must stay the only file here that
// includes it.
#define BOOST_REGEX_MAX_STATE_COUNT 2'000'000
#define BOOST_REGEX_MAX_BLOCKS 4096
#include "harness/expression/pattern.hpp"

#include "run-options/text/utf8.hpp"

#include <boost/regex.hpp>

#include <fmt/format.h>

#include <stdexcept>

namespace ringback::harness {

namespace {

constexpr std::size_t max_pattern = 4096;
constexpr std::size_t max_text = 1u << 20;

/// Boost's texts end in "The error occurred while parsing …": the reason alone is enough.
std::string reason(const boost::regex_error& error) {
    std::string text = error.what();
    text.resize(std::min(text.find("  The error occurred"), text.size()));
    if (text.ends_with('.')) text.pop_back();
    return fmt::format("the pattern is wrong at character {}: {}", error.position() + 1, text);
}

/// One wchar_t for a code point: "." is a character, not a byte of one.
std::wstring code_points(std::string_view text) {
    static_assert(sizeof(wchar_t) == sizeof(char32_t));
    std::wstring out;
    out.reserve(text.size());
    for (std::size_t at = 0; at < text.size();) {
        const auto point = text::code_point_at(text, at);
        out += static_cast<wchar_t>(point.value);
        at += point.length;
    }
    return out;
}

/// What is wrong with the pattern, or "".
std::string compile(std::string_view pattern, boost::wregex& compiled) {
    if (pattern.size() > max_pattern) return fmt::format("the pattern is longer than {} bytes", max_pattern);
    try {
        compiled.assign(code_points(pattern), boost::wregex::perl);
        return {};
    } catch (const boost::regex_error& error) {
        return reason(error);
    } catch (const std::runtime_error&) {
        return "the pattern is too complex";
    }
}

}  // namespace

PatternOutcome search_pattern(std::string_view pattern, std::string_view text) {
    if (text.size() > max_text) return {false, fmt::format("the text is longer than {} MiB", max_text >> 20)};
    boost::wregex compiled;
    if (auto wrong = compile(pattern, compiled); !wrong.empty()) return {false, std::move(wrong)};
    try {
        return {boost::regex_search(code_points(text), compiled, boost::match_any), {}};
    } catch (const std::runtime_error&) {  // how Boost.Regex gives up
        return {false, "the pattern takes too long on this text"};
    }
}

std::string check_pattern(std::string_view pattern) {
    boost::wregex compiled;
    return compile(pattern, compiled);
}

}  // namespace ringback::harness
