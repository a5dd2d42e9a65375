// Validation against JSON Schema, draft 7, for the comparison `matches_schema`.
#pragma once

#include "harness/expression/json_document.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace ringback::harness {

/// A schema, checked when parsed. Keywords: type, enum, const, properties, required, additionalProperties,
/// patternProperties, propertyNames, minProperties, maxProperties, dependencies, items, additionalItems,
/// contains, minItems, maxItems, uniqueItems, minimum, maximum, exclusiveMinimum, exclusiveMaximum,
/// multipleOf, minLength, maxLength, pattern, allOf, anyOf, oneOf, not, if, then, else, $ref within the
/// document ("#", "#/definitions/…"), definitions, $defs. Annotations (title, description, default, examples,
/// format, …) are accepted and judge nothing. Any other keyword is refused, so that no rule goes unchecked
/// without anybody noticing.
class JsonSchema {
  public:
    [[nodiscard]] static boost::system::result<JsonSchema, JsonError> parse(std::string_view text);

    /// The first rule that `value` breaks, as a sentence with the place: "items[0].price: -1 is less than 0";
    /// or "". Bounded: references at most 64 deep, 1,000,000 rules in all.
    [[nodiscard]] std::string violation(const boost::json::value& value) const;

  private:
    std::shared_ptr<const boost::json::value> root_;
};

}  // namespace ringback::harness
