// The words of an assertion, an extraction or a condition as one line of text. Grammar: assertion.hpp.
#pragma once

#include "harness/expression/comparison.hpp"
#include "harness/expression/template.hpp"
#include "run-options/parse_error.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::harness {

/// A part of the text, without quotes and white space around it.
struct TextPart {
    std::size_t at = 0;  ///< byte offset of its first character in the whole text
    std::string value;
    bool quoted = false;  ///< then it may be empty and still be there
    [[nodiscard]] bool is_absent() const noexcept { return value.empty() && !quoted; }
};

/// `text[begin, end)` as one part: surrounding white space goes, and so do quotes around all of it.
[[nodiscard]] TextPart part_of(std::string_view text, std::size_t begin, std::size_t end);

/// The first whole word in `text[begin, …)` that is a comparison. Skips {{…}}, quoted strings at the start of
/// a word and those behind one of ( [ = , as they stand in XPath and JSON paths.
struct ComparisonWord {
    std::size_t begin = 0, end = 0;
    const Comparison* comparison = nullptr;
};
[[nodiscard]] std::optional<ComparisonWord> find_comparison_word(std::string_view text, std::size_t begin);

/// The word of `text[begin, …)` that was likely meant as a comparison, for an error; begin == end: none.
struct LikelyComparison {
    std::size_t begin = 0, end = 0;
    std::string hint;
};
[[nodiscard]] LikelyComparison likely_comparison(std::string_view text, std::size_t begin);

/// Parses the part as a template and checks its target, when it is known before the run. Error in place
/// within `text`.
[[nodiscard]] Parsed<Template> parse_target(std::string_view text, const TextPart& target,
                                            const Comparison& comparison);
/// Parses the part as a template; the error in place within `text`.
[[nodiscard]] Parsed<Template> parse_part(std::string_view text, const TextPart& part);

/// The target of the structured form as a template. null: "null" for equal and not_equal, else nothing.
[[nodiscard]] Parsed<Template> target_of_value(const std::optional<boost::json::value>& value,
                                               const Comparison& comparison);

/// The text of a template that needs no context.
[[nodiscard]] std::string literal_text(const Template& literal);

/// `text` so that part_of() gives it back, in quotes when it must be. `before_comparison`: also when it holds
/// a comparison.
[[nodiscard]] std::string quoted_if_needed(const std::string& text, bool before_comparison);

}  // namespace ringback::harness
