#include "harness/expression/comparison.hpp"

#include "harness/expression/json_document.hpp"
#include "harness/expression/json_schema.hpp"
#include "harness/expression/pattern.hpp"
#include "harness/expression/text_position.hpp"
#include "run-options/parse_error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <vector>

namespace ringback::harness {

namespace json = boost::json;

std::string to_text(const json::value& value) {
    return value.is_string() ? std::string(value.get_string()) : json_text(value);
}

Operand Operand::absent(std::string why) {
    Operand operand;
    operand.text_ = std::move(why);
    return operand;
}

Operand Operand::text(std::string text) {
    Operand operand;
    operand.kind_ = Kind::text;
    operand.text_ = std::move(text);
    return operand;
}

Operand Operand::json(const json::value& value) {
    Operand operand;
    operand.kind_ = Kind::json;
    operand.json_ = std::shared_ptr<const json::value>(std::shared_ptr<void>(), &value);  // borrows
    return operand;
}

Operand Operand::owned(json::value value) {
    Operand operand;
    operand.kind_ = Kind::json;
    operand.json_ = std::make_shared<const json::value>(std::move(value));
    return operand;
}

std::string Operand::as_text() const {
    switch (kind_) {
        case Kind::absent:
            return {};
        case Kind::text:
            return text_;
        case Kind::json:
            return to_text(*json_);
    }
    return {};
}

std::string Operand::shown(std::size_t limit) const {
    if (is_absent()) return text_.empty() ? "nothing" : "nothing (" + clipped(text_, limit) + ")";
    const std::string text = as_text();
    return text.empty() ? "\"\"" : clipped(text, limit);
}

namespace {

using Outcome = ComparisonOutcome;

Outcome verdict(bool passed) {
    return {passed, {}};
}
Outcome refused(std::string note) {
    return {false, std::move(note)};
}

/// A decimal number as written, exactly: 0.DIGITS · 10^exponent.
struct Number {
    bool negative = false;
    std::string digits;  ///< without zeros at either end; "" is zero
    std::int64_t exponent = 0;
};

constexpr std::int64_t kLargestExponent = 1'000'000'000'000;  // beyond any that fits a text

/// The exponent behind an "e"; nullopt when it is none.
std::optional<std::int64_t> parse_exponent(std::string_view text) {
    if (text.starts_with('+') && !text.substr(1).starts_with('-')) text.remove_prefix(1);
    std::int64_t value = 0;
    const auto r = std::from_chars(text.data(), text.data() + text.size(), value);
    if (r.ptr != text.data() + text.size() || r.ec == std::errc::invalid_argument) return std::nullopt;
    if (r.ec == std::errc::result_out_of_range)
        return text.starts_with('-') ? -kLargestExponent : kLargestExponent;
    return std::clamp(value, -kLargestExponent, kLargestExponent);
}

std::optional<Number> parse_number(std::string_view text) {
    text = trimmed(text);
    Number number;
    if (text.starts_with('+') || text.starts_with('-')) {
        number.negative = text.front() == '-';
        text.remove_prefix(1);
    }
    if (const auto e = text.find_first_of("eE"); e != std::string_view::npos) {
        const auto exponent = parse_exponent(text.substr(e + 1));
        if (!exponent) return std::nullopt;
        number.exponent = *exponent;
        text = text.substr(0, e);
    }
    const auto point = std::min(text.find('.'), text.size());
    number.digits.append(text.substr(0, point));
    if (point < text.size()) number.digits.append(text.substr(point + 1));
    if (number.digits.empty() || number.digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    number.exponent += static_cast<std::int64_t>(point);
    const auto first = std::min(number.digits.find_first_not_of('0'), number.digits.size());
    number.exponent -= static_cast<std::int64_t>(first);
    number.digits.erase(number.digits.find_last_not_of('0') + 1);
    number.digits.erase(0, std::min(first, number.digits.size()));
    if (number.digits.empty()) return Number{};
    return number;
}

int compare(const Number& a, const Number& b) {
    const auto sign = [](const Number& n) { return n.digits.empty() ? 0 : n.negative ? -1 : 1; };
    if (sign(a) != sign(b)) return sign(a) < sign(b) ? -1 : 1;
    if (a.exponent != b.exponent) return (a.exponent < b.exponent ? -1 : 1) * sign(a);
    const int order = a.digits.compare(b.digits);
    return (order < 0 ? -1 : order > 0 ? 1 : 0) * sign(a);
}

std::string not_a_number(const Operand& operand) {
    return operand.shown(40) + " is not a number";
}

template <class Accept>
Outcome numeric(const Operand& found, const Operand& wanted, Accept accept) {
    if (found.is_absent()) return verdict(false);
    const auto a = parse_number(found.as_text()), b = parse_number(wanted.as_text());
    if (!a) return refused(not_a_number(found));
    if (!b) return refused(not_a_number(wanted));
    return verdict(accept(compare(*a, *b)));
}

/// Text equality; a boolean may also be written with a capital, as other exports of the format do.
bool same_text(const Operand& found, const std::string& wanted) {
    if (const auto* value = found.as_json(); value && value->is_bool())
        return wanted == (value->get_bool() ? "true" : "false") ||
               wanted == (value->get_bool() ? "True" : "False");
    return found.as_text() == wanted;
}

Outcome equal(const Operand& found, const Operand& wanted) {
    return verdict(!found.is_absent() && same_text(found, wanted.as_text()));
}
Outcome not_equal(const Operand& found, const Operand& wanted) {
    return verdict(!found.is_absent() && !same_text(found, wanted.as_text()));
}

bool is_empty(const Operand& found) {
    if (const auto* value = found.as_json())
        return value->is_null() || (value->is_string() && value->get_string().empty());
    return found.as_text().empty();
}
Outcome empty(const Operand& found, const Operand&) {
    return verdict(!found.is_absent() && is_empty(found));
}
Outcome not_empty(const Operand& found, const Operand&) {
    return verdict(!found.is_absent() && !is_empty(found));
}

bool holds(const Operand& found, const Operand& wanted) {
    return found.as_text().find(wanted.as_text()) != std::string::npos;
}
Outcome contains(const Operand& found, const Operand& wanted) {
    return verdict(!found.is_absent() && holds(found, wanted));
}
Outcome does_not_contain(const Operand& found, const Operand& wanted) {
    return verdict(!found.is_absent() && !holds(found, wanted));
}

Outcome is_a_number(const Operand& found, const Operand&) {
    return verdict(!found.is_absent() && parse_number(found.as_text()).has_value());
}
Outcome equal_number(const Operand& found, const Operand& wanted) {
    return numeric(found, wanted, [](int order) { return order == 0; });
}
Outcome less(const Operand& found, const Operand& wanted) {
    return numeric(found, wanted, [](int order) { return order < 0; });
}
Outcome less_or_equal(const Operand& found, const Operand& wanted) {
    return numeric(found, wanted, [](int order) { return order <= 0; });
}
Outcome greater(const Operand& found, const Operand& wanted) {
    return numeric(found, wanted, [](int order) { return order > 0; });
}
Outcome greater_or_equal(const Operand& found, const Operand& wanted) {
    return numeric(found, wanted, [](int order) { return order >= 0; });
}

/// The operand as JSON, parsed from its text when it has none: a variable may hold a document.
class Document {
  public:
    explicit Document(const Operand& operand) : value_(operand.as_json()) {
        if (value_ || operand.is_absent()) return;
        if (auto read = parse_json(operand.as_text())) {
            parsed_ = std::move(*read);
            value_ = &parsed_;
        }
    }
    Document(const Document&) = delete;
    const json::value* operator->() const { return value_; }
    explicit operator bool() const { return value_ != nullptr; }

  private:
    json::value parsed_;
    const json::value* value_;
};

Outcome has_key(const Operand& found, const Operand& wanted) {
    if (found.is_absent()) return verdict(false);
    const Document document(found);
    if (!document || !document->is_object()) return refused("only an object has keys");
    return verdict(document->get_object().contains(wanted.as_text()));
}

Outcome has_value(const Operand& found, const Operand& wanted) {
    if (found.is_absent()) return verdict(false);
    const Document document(found);
    const std::string text = wanted.as_text();
    const auto same = [&](const json::value& value) { return same_text(Operand::json(value), text); };
    if (document && document->is_array())
        return verdict(std::any_of(document->get_array().begin(), document->get_array().end(), same));
    if (document && document->is_object())
        return verdict(std::any_of(document->get_object().begin(), document->get_object().end(),
                                   [&](const json::key_value_pair& member) { return same(member.value()); }));
    return refused("only an object or an array has values");
}

Outcome is_null(const Operand& found, const Operand&) {
    if (!found.is_absent() && !found.as_json()) return refused("only JSON has null");
    return verdict(found.is_null());
}

Outcome matches(const Operand& found, const Operand& wanted) {
    if (found.is_absent()) return verdict(false);
    auto outcome = search_pattern(wanted.as_text(), found.as_text());
    return {outcome.matched, std::move(outcome.error)};
}

Outcome matches_schema(const Operand& found, const Operand& wanted) {
    if (found.is_absent()) return verdict(false);
    const Document document(found);
    if (!document) return refused("not JSON");
    const auto schema = JsonSchema::parse(wanted.as_text());
    if (!schema) return refused(schema.error().message);
    auto violation = schema->violation(*document.operator->());
    return {violation.empty(), std::move(violation)};
}

std::string check_number(std::string_view target) {
    return is_number(target) ? std::string() : fmt::format("'{}' is not a number", clipped(target, 40));
}
std::string check_schema(std::string_view target) {
    const auto schema = JsonSchema::parse(target);
    return schema ? std::string() : schema.error().message;
}

using Names = std::string_view;
constexpr Names equal_aliases[] = {"is_equal", "equals"};
constexpr Names not_equal_aliases[] = {"is_not_equal", "not_equals"};
constexpr Names contains_not_aliases[] = {"not_contains"};
constexpr Names equal_number_aliases[] = {"equals_number"};
constexpr Names less_aliases[] = {"less_than"};
constexpr Names less_or_equal_aliases[] = {"less_than_or_equal"};
constexpr Names greater_aliases[] = {"greater_than"};
constexpr Names greater_or_equal_aliases[] = {"greater_than_or_equal"};

constexpr Comparison table[] = {
    {"equal", equal_aliases, true, equal, "{}", nullptr, "both sides are the same text"},
    {"not_equal", not_equal_aliases, true, not_equal, "anything but {}", nullptr,
     "it is there and is another text"},
    {"empty", {}, false, empty, "an empty value", nullptr, "it is there and is an empty text or null"},
    {"not_empty",
     {},
     false,
     not_empty,
     "a value that is not empty",
     nullptr,
     "it is there and is neither an empty text nor null"},
    {"contains", {}, true, contains, "a text with {}", nullptr, "the target is part of it"},
    {"does_not_contain", contains_not_aliases, true, does_not_contain, "a text without {}", nullptr,
     "it is there and the target is not part of it"},
    {"is_a_number", {}, false, is_a_number, "a number", nullptr, "it is a decimal number, also as text"},
    {"equal_number", equal_number_aliases, true, equal_number, "{}", check_number,
     "both sides are the same number: 1.000 equals 1"},
    {"is_less_than", less_aliases, true, less, "less than {}", check_number, "as numbers"},
    {"is_less_than_or_equal", less_or_equal_aliases, true, less_or_equal, "at most {}", check_number,
     "as numbers"},
    {"is_greater_than", greater_aliases, true, greater, "more than {}", check_number, "as numbers"},
    {"is_greater_than_or_equal", greater_or_equal_aliases, true, greater_or_equal, "at least {}",
     check_number, "as numbers"},
    {"has_key", {}, true, has_key, "an object with the key {}", nullptr, "it is an object with this key"},
    {"has_value",
     {},
     true,
     has_value,
     "an array or object with the value {}",
     nullptr,
     "it is an array or object and one of its values is the same text"},
    {"is_null", {}, false, is_null, "null", nullptr, "it is JSON's null"},
    {"matches",
     {},
     true,
     matches,
     "a text that matches {}",
     check_pattern,
     "the regular expression (Perl syntax) matches anywhere in it"},
    {"matches_schema",
     {},
     true,
     matches_schema,
     "JSON that matches the schema",
     check_schema,
     "it is valid against the JSON Schema (draft 7)"},
};

bool is_called(const Comparison& comparison, std::string_view name) {
    return comparison.name == name ||
           std::find(comparison.aliases.begin(), comparison.aliases.end(), name) != comparison.aliases.end();
}

}  // namespace

std::span<const Comparison> all_comparisons() noexcept {
    return table;
}

const Comparison* find_comparison(std::string_view name) noexcept {
    const auto found = std::find_if(std::begin(table), std::end(table),
                                    [&](const Comparison& row) { return is_called(row, name); });
    return found == std::end(table) ? nullptr : found;
}

std::string nearest_comparison_hint(std::string_view name) {
    std::vector<std::string_view> names;
    for (const auto& row : table) {
        names.push_back(row.name);
        names.insert(names.end(), row.aliases.begin(), row.aliases.end());
    }
    return did_you_mean(nearest_name(name, names));
}

bool is_number(std::string_view text) noexcept {
    return parse_number(text).has_value();
}

int compare_numbers(std::string_view a, std::string_view b) noexcept {
    return compare(*parse_number(a), *parse_number(b));
}

}  // namespace ringback::harness
