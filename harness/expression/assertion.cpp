#include "harness/expression/assertion.hpp"

#include "harness/expression/statement_text.hpp"
#include "harness/expression/text_position.hpp"
#include "harness/run/run.hpp"
#include "run-options/redaction.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace ringback::harness {

namespace {

constexpr std::size_t shown_limit = 200;       // code points of a value in a message
constexpr std::size_t redacted_limit = 65536;  // code points that are searched for secrets before that cut

std::vector<std::string_view> source_names() {
    std::vector<std::string_view> names;
    for (const auto& source : all_sources()) {
        names.push_back(source.name);
        names.insert(names.end(), source.aliases.begin(), source.aliases.end());
    }
    return names;
}

ParseError unknown_source(std::string_view text, std::size_t at, std::string_view name) {
    auto hint = did_you_mean(nearest_name(name, source_names()));
    if (hint.empty()) {
        std::vector<std::string_view> names;
        for (const auto& source : all_sources())
            names.push_back(source.name);
        hint = fmt::format("one of {}", fmt::join(names, ", "));
    }
    return error_at(text, at, fmt::format("unknown source {}", quoted(name)), std::move(hint));
}

/// The source's name at the start of the text, and where it ends.
struct SourceWord {
    const Source* source = nullptr;
    std::size_t end = 0;
};
Parsed<SourceWord> source_word(std::string_view text, std::string_view example) {
    std::size_t begin = 0;
    while (begin < text.size() && is_space(text[begin]))
        ++begin;
    std::size_t end = begin;
    while (end < text.size() && !is_space(text[end]))
        ++end;
    if (begin == end)
        return error_at(text, 0, "there is nothing here", fmt::format("write for instance {}", example));
    const auto name = text.substr(begin, end - begin);
    const auto* source = find_source(name);
    if (!source) return unknown_source(text, begin, name);
    return SourceWord{source, end};
}

/// The property as a template, checked when it is known before the run.
Parsed<Template> checked_property(std::string_view text, const TextPart& part, const Source& source) {
    if (source.property == Source::Property::none && !part.is_absent())
        return error_at(text, part.at,
                        fmt::format("{} has no properties, {} is too much", source.name, quoted(part.value)));
    if (source.property == Source::Property::required && part.is_absent())
        return error_at(text, part.at, fmt::format("{} needs {}", source.name, source.property_help));
    auto parsed = parse_part(text, part);
    if (!parsed || !source.check || !parsed->is_literal()) return parsed;
    if (auto wrong = source.check(literal_text(*parsed)))
        return error_within(text, part.at, std::move(*wrong));
    return parsed;
}

/// There is no comparison behind the source, or behind the left side of a condition, that ends at `at`.
ParseError no_comparison(std::string_view text, std::size_t at, bool next_word_is_meant,
                         std::string_view example) {
    if (trimmed(text.substr(at)).empty())
        return error_at(text, text.size(), "there is no comparison",
                        fmt::format("write for instance {}", example));
    const auto likely = likely_comparison(text, at);
    if (likely.begin != likely.end)
        return error_at(text, likely.begin,
                        fmt::format("unknown comparison {}",
                                    quoted(text.substr(likely.begin, likely.end - likely.begin))),
                        likely.hint);
    if (!next_word_is_meant)
        return error_at(text, at, "there is no comparison", fmt::format("write for instance {}", example));
    while (is_space(text[at]))
        ++at;
    const auto end = std::min(text.find_first_of(" \t\r\n", at), text.size());
    return error_at(text, at, fmt::format("unknown comparison {}", quoted(text.substr(at, end - at))),
                    fmt::format("write for instance {}", example));
}

/// The first word behind the source is the property, or its beginning: `response_json empty` names a key.
std::optional<ComparisonWord> comparison_behind_property(std::string_view text, std::size_t at) {
    const auto property = part_of(text, at, text.size());
    if (property.quoted) return std::nullopt;
    const auto first = find_comparison_word(text, at);
    return first && first->begin == property.at ? find_comparison_word(text, first->end) : first;
}

const Comparison* comparison_field(std::string_view name) {
    return find_comparison(trimmed(name));
}

ParseError unknown_comparison_field(std::string_view name) {
    return error_at(name, 0, fmt::format("unknown comparison {}", quoted(name)),
                    nearest_comparison_hint(trimmed(name)));
}

std::string statement(std::string_view left, const Comparison& comparison, std::string_view right) {
    std::string text(left);
    text.append(" ").append(comparison.name);
    if (comparison.needs_target) text.append(" ").append(right);
    return text;
}

/// A header that carries a credential is judged and used, but never shown.
bool carries_credential(const Source& source, std::string_view property) {
    return source.name == "response_headers" && is_secret_header(property);
}

/// For people: secrets masked before the text is cut, so that no half of one stays.
std::string tidy(const std::string& text, const TemplateContext& context) {
    return clipped(context.variables.redact(clipped(text, redacted_limit)), shown_limit);
}

}  // namespace

// ----------------------------------------------------------------------------------------------------
// ValueSource

Parsed<ValueSource> ValueSource::parse(std::string_view text) {
    const auto word = source_word(text, "response_json items[0].sku");
    if (!word) return word.error();
    if (const auto comparison = comparison_behind_property(text, word->end))
        return error_at(text, comparison->begin,
                        fmt::format("there is nothing to compare here, {} is too much",
                                    quoted(text.substr(comparison->begin))),
                        "write the property in quotes when it belongs to it");
    auto property = checked_property(text, part_of(text, word->end, text.size()), *word->source);
    if (!property) return property.error();
    ValueSource result;
    result.source_ = word->source;
    result.property_ = std::move(*property);
    return result;
}

Parsed<ValueSource> ValueSource::from_fields(std::string_view source, std::string_view property) {
    ValueSource result;
    result.source_ = find_source(trimmed(source));
    if (!result.source_) return unknown_source(source, 0, source);
    if (result.source_->property == Source::Property::none) return result;  // exports carry left-overs here
    auto parsed = checked_property(property, {0, std::string(property), false}, *result.source_);
    if (!parsed) return parsed.error();
    result.property_ = std::move(*parsed);
    return result;
}

Operand ValueSource::read(const ResponseView& response, const TemplateContext& context) const {
    const auto property = property_.render(context);
    return property ? source_->read(response, *property) : Operand::absent(property.error().text());
}

ValueSource::Extracted ValueSource::extract(const ResponseView& response,
                                            const TemplateContext& context) const {
    const Operand found = read(response, context);
    if (!found.is_absent())
        return {found.as_text(), {}, carries_credential(*source_, *property_.render(context))};
    const auto& why = found.why_absent();
    return {std::nullopt,
            context.variables.redact(fmt::format("{}: {}", text(), why.empty() ? "nothing there" : why)),
            false};
}

std::string ValueSource::text() const {
    std::string out(source_->name);
    if (!property_.empty()) out += " " + quoted_if_needed(property_.source(), true);
    return out;
}

// ------------------------------------------------------------------------------------------------------
// Assertion

Parsed<Assertion> Assertion::parse(std::string_view text) {
    constexpr std::string_view example = "response_status equal_number 200";
    const auto word = source_word(text, example);
    if (!word) return word.error();
    const bool no_property = word->source->property == Source::Property::none;
    const auto comparison = find_comparison_word(text, word->end);
    if (!comparison)
        return no_comparison(text, word->end, no_property,
                             no_property ? example : "response_json items[0].sku equal 42");
    auto property = checked_property(text, part_of(text, word->end, comparison->begin), *word->source);
    if (!property) return property.error();
    auto target = parse_target(text, part_of(text, comparison->end, text.size()), *comparison->comparison);
    if (!target) return target.error();
    Assertion result;
    result.subject_.source_ = word->source;
    result.subject_.property_ = std::move(*property);
    result.comparison_ = comparison->comparison;
    result.target_ = std::move(*target);
    return result;
}

Parsed<Assertion> Assertion::from_fields(const AssertionFields& fields) {
    auto subject = ValueSource::from_fields(fields.source, fields.property);
    if (!subject) return subject.error();
    const auto* comparison = comparison_field(fields.comparison);
    if (!comparison) return unknown_comparison_field(fields.comparison);
    auto target = target_of_value(fields.value, *comparison);
    if (!target) return target.error();
    Assertion result;
    result.subject_ = std::move(*subject);
    result.comparison_ = comparison;
    result.target_ = std::move(*target);
    return result;
}

std::string Assertion::text() const {
    return statement(subject_.text(), *comparison_, quoted_if_needed(target_.source(), false));
}

AssertionResult Assertion::evaluate(const ResponseView& response, const TemplateContext& context) const {
    AssertionResult result;
    const auto& source = subject_.source();
    result.source = source.name;
    const auto property = subject_.property().render(context);
    const auto target = target_.render(context);
    const std::string left = std::string(source.name) + (subject_.property().empty() ? "" : " ") +
                             (property ? *property : subject_.property().source());
    const std::string wanted = target ? *target : target_.source();
    result.text = tidy(statement(left, *comparison_, wanted.empty() ? "\"\"" : wanted), context);
    result.wanted =
        tidy(fmt::format(fmt::runtime(comparison_->wanted), wanted.empty() ? "\"\"" : wanted), context);

    const Operand found =
        property ? source.read(response, *property) : Operand::absent(property.error().text());
    if (found.is_absent()) {
        result.message = tidy(found.why_absent(), context);
    } else {
        result.found =
            carries_credential(source, *property) ? "***" : tidy(found.shown(redacted_limit), context);
    }
    if (!target) {
        result.message = tidy(target.error().text(), context);
        return result;
    }
    auto outcome = comparison_->compare(found, Operand::text(*target));
    result.passed = outcome.passed;
    if (!outcome.note.empty())
        result.message = result.found == "***" ? "it has another form" : tidy(outcome.note, context);
    return result;
}

std::string shown(const AssertionResult& result) {
    if (result.passed) return result.text;
    const std::string reason = result.message.empty() ? "" : " (" + result.message + ")";
    return result.text + " — found " + (result.found.empty() ? "nothing" : result.found) + reason;
}

// ------------------------------------------------------------------------------------------------------
// Condition

Parsed<Condition> Condition::parse(std::string_view text) {
    const auto comparison = find_comparison_word(text, 0);
    if (!comparison) return no_comparison(text, 0, false, "'{{cart}} not_empty'");
    const auto left = part_of(text, 0, comparison->begin);
    if (left.is_absent())
        return error_at(
            text, comparison->begin,
            fmt::format("there is nothing to compare in front of {}", comparison->comparison->name),
            "write for instance '{{cart}} not_empty'");
    auto parsed = parse_part(text, left);
    if (!parsed) return parsed.error();
    auto right = parse_target(text, part_of(text, comparison->end, text.size()), *comparison->comparison);
    if (!right) return right.error();
    Condition result;
    result.left_ = std::move(*parsed);
    result.right_ = std::move(*right);
    result.comparison_ = comparison->comparison;
    return result;
}

Parsed<Condition> Condition::from_fields(std::string_view left, std::string_view comparison,
                                         const std::optional<boost::json::value>& right) {
    Condition result;
    result.comparison_ = comparison_field(comparison);
    if (!result.comparison_) return unknown_comparison_field(comparison);
    auto parsed = Template::parse(left);
    if (!parsed) return parsed.error();
    auto target = target_of_value(right, *result.comparison_);
    if (!target) return target.error();
    result.left_ = std::move(*parsed);
    result.right_ = std::move(*target);
    return result;
}

boost::system::result<Condition::Outcome, TemplateError> Condition::evaluate(
    const TemplateContext& context) const {
    auto left = left_.render(context);
    if (!left) return left.error();
    auto right = right_.render(context);
    if (!right) return right.error();
    Outcome outcome;
    const auto in_words = [](const std::string& text) { return text.empty() ? std::string("\"\"") : text; };
    outcome.text = tidy(statement(in_words(*left), *comparison_, in_words(*right)), context);
    outcome.holds =
        comparison_->compare(Operand::text(std::move(*left)), Operand::text(std::move(*right))).passed;
    return outcome;
}

std::string Condition::text() const {
    return statement(quoted_if_needed(left_.source(), true), *comparison_,
                     quoted_if_needed(right_.source(), false));
}

}  // namespace ringback::harness
