// Comparisons of what was found with what is wanted: one row of one table each, shared by assertions and
// conditions.
#pragma once

#include <boost/json/value.hpp>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace ringback::harness {

/// The text form of a JSON value: a string is itself, a number as written by the shortest decimal that reads
/// back equal (1.0 keeps its ".0", integers have none), true, false, null; objects and arrays are serialised.
[[nodiscard]] std::string to_text(const boost::json::value& value);

/// One side of a comparison: nothing, a text, or a JSON value.
class Operand {
  public:
    /// Nothing there. `why` for people: "no response was received".
    [[nodiscard]] static Operand absent(std::string why = {});
    [[nodiscard]] static Operand text(std::string text);
    /// `value` must outlive the operand.
    [[nodiscard]] static Operand json(const boost::json::value& value);
    /// Owns the value.
    [[nodiscard]] static Operand owned(boost::json::value value);

    [[nodiscard]] bool is_absent() const noexcept { return kind_ == Kind::absent; }
    /// Null for an absent operand and for a text.
    [[nodiscard]] const boost::json::value* as_json() const noexcept { return json_.get(); }
    [[nodiscard]] bool is_null() const noexcept { return json_ && json_->is_null(); }
    /// "" when absent.
    [[nodiscard]] std::string as_text() const;
    [[nodiscard]] const std::string& why_absent() const noexcept { return text_; }
    /// For people, clipped to `limit` code points: the text form, `""` for an empty text, "nothing (why)"
    /// when absent.
    [[nodiscard]] std::string shown(std::size_t limit = 200) const;

  private:
    enum class Kind { absent, text, json };
    Kind kind_ = Kind::absent;
    std::string text_;
    std::shared_ptr<const boost::json::value> json_;
};

struct ComparisonOutcome {
    bool passed = false;
    std::string note;  ///< why it could not pass, when found and wanted alone do not say it: "not a number";
                       ///< may be empty
};

struct Comparison {
    std::string_view name;
    std::span<const std::string_view> aliases;
    bool needs_target = true;
    ComparisonOutcome (*compare)(const Operand& found, const Operand& wanted);
    std::string_view wanted;  ///< for people, "{}" stands for the target: "less than {}"
    /// What is wrong with a target, one sentence, or "". Null: any target will do.
    std::string (*check_target)(std::string_view target);
    std::string_view help;  ///< one line, for docs/expressions.md
};

[[nodiscard]] std::span<const Comparison> all_comparisons() noexcept;
/// By name or alias. Null: there is no such comparison.
[[nodiscard]] const Comparison* find_comparison(std::string_view name) noexcept;
/// "did you mean 'equal'?", or "" when no name or alias is near.
[[nodiscard]] std::string nearest_comparison_hint(std::string_view name);

/// True when `text` is one decimal number ("-1.50", "1e3", spaces around it allowed; no "nan", "inf" or
/// hexadecimal).
[[nodiscard]] bool is_number(std::string_view text) noexcept;
/// <0, 0, >0. Whole numbers of up to 64 bits compare exactly, all else as double. Both must be numbers.
[[nodiscard]] int compare_numbers(std::string_view a, std::string_view b) noexcept;

}  // namespace ringback::harness
