// Assertions about a response, values extracted from it, and conditions on variables.
//
//   assertion  = source [ property ] comparison [ target ]      response_json items[0].sku equal {{sku}}
//   value      = source [ property ]                            response_json id
//   condition  = left comparison [ right ]                      {{cart}} not_empty
// A property or left side runs until the first word that is a comparison; in quotes ("…" or '…') it may hold
// such words. A target is the rest of the line; quotes around all of it are dropped. Reference for users:
// docs/expressions.md.
#pragma once

#include "harness/expression/comparison.hpp"
#include "harness/expression/json_path.hpp"
#include "harness/expression/response_view.hpp"
#include "harness/expression/template.hpp"
#include "run-options/parse_error.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace ringback::harness {

struct AssertionResult;  // harness/run/run.hpp

/// One row per source of values: response_status, response_json, timing, …
struct Source {
    std::string_view name;
    std::span<const std::string_view> aliases;
    enum class Property { none, optional, required } property = Property::none;
    std::string_view
        property_help;      ///< what the property is, for messages: "a JSON path such as items[0].sku"
    std::string_view help;  ///< one line, for docs/expressions.md
    /// Null: any property will do.
    std::optional<ParseError> (*check)(std::string_view property);
    Operand (*read)(const ResponseView& response, const std::string& property);
};
[[nodiscard]] std::span<const Source> all_sources() noexcept;
/// By name or alias. Null: there is no such source.
[[nodiscard]] const Source* find_source(std::string_view name) noexcept;

/// A place in a response, to judge or to extract: `response_json id`.
class ValueSource {
  public:
    [[nodiscard]] static Parsed<ValueSource> parse(std::string_view text);
    /// Runscope's structured form. An empty property is an absent one.
    [[nodiscard]] static Parsed<ValueSource> from_fields(std::string_view source, std::string_view property);

    /// The operand found. A property with {{…}} in it is rendered first; its errors make an absent operand.
    [[nodiscard]] Operand read(const ResponseView& response, const TemplateContext& context) const;

    struct Extracted {
        std::optional<std::string> value;  ///< text form
        std::string why;                   ///< when empty: "response_json id: there is no key 'id'"
        bool secret = false;               ///< of a header that carries a credential: to be used, never shown
    };
    [[nodiscard]] Extracted extract(const ResponseView& response, const TemplateContext& context) const;

    /// Canonical text that parse() reads back: "response_json id".
    [[nodiscard]] std::string text() const;
    [[nodiscard]] const Source& source() const noexcept { return *source_; }
    [[nodiscard]] const Template& property() const noexcept { return property_; }

  private:
    friend class Assertion;
    const Source* source_ = nullptr;
    Template property_;
};

/// Runscope's structured form of an assertion.
struct AssertionFields {
    std::string source, property, comparison;
    std::optional<boost::json::value> value;  ///< null: for equal and not_equal JSON's null, else absent
};

class Assertion {
  public:
    [[nodiscard]] static Parsed<Assertion> parse(std::string_view text);
    /// Errors name the field; line and column count inside its text.
    [[nodiscard]] static Parsed<Assertion> from_fields(const AssertionFields& fields);

    /// Never fails for lack of anything: what is missing or cannot be rendered is a failed assertion that
    /// says so. Texts are redacted. The text of a failed one ends in what was found: "response_status
    /// equal_number 201 — found 500".
    [[nodiscard]] AssertionResult evaluate(const ResponseView& response,
                                           const TemplateContext& context) const;

    /// Canonical text that parse() reads back.
    [[nodiscard]] std::string text() const;
    [[nodiscard]] const ValueSource& subject() const noexcept { return subject_; }
    [[nodiscard]] const Comparison& comparison() const noexcept { return *comparison_; }
    [[nodiscard]] const Template& target() const noexcept { return target_; }

  private:
    ValueSource subject_;
    const Comparison* comparison_ = nullptr;
    Template target_;
};

/// Whether the steps of an `if:` are to run.
class Condition {
  public:
    [[nodiscard]] static Parsed<Condition> parse(std::string_view text);
    [[nodiscard]] static Parsed<Condition> from_fields(std::string_view left, std::string_view comparison,
                                                       const std::optional<boost::json::value>& right);

    struct Outcome {
        bool holds = false;
        std::string text;  ///< rendered and redacted: "17 equal 3"
    };
    /// An undefined variable is an error.
    [[nodiscard]] boost::system::result<Outcome, TemplateError> evaluate(
        const TemplateContext& context) const;

    /// Canonical text that parse() reads back.
    [[nodiscard]] std::string text() const;

  private:
    Template left_, right_;
    const Comparison* comparison_ = nullptr;
};

/// For people: "response_status equal_number 201 — found 500", with the reason after it when there is one; a
/// passed one is its text alone.
[[nodiscard]] std::string shown(const AssertionResult& result);

}  // namespace ringback::harness
