#include "harness/expression/json_schema.hpp"

#include "harness/expression/comparison.hpp"
#include "harness/expression/json_schema_check.hpp"
#include "harness/expression/pattern.hpp"
#include "harness/expression/text_position.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr std::size_t max_depth = 256;
constexpr std::size_t max_rules = 1'000'000;

std::string shown(const json::value& value) {
    return clipped(json_text(value), 60);
}

// value

std::size_t code_points(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

double number(const json::value& value) {
    return value.to_number<double>();
}

/// Numbers by value (1 equals 1.0), all else by structure.
bool same(const json::value& a, const json::value& b) {
    if (a.is_number() && b.is_number()) return compare_numbers(to_text(a), to_text(b)) == 0;
    if (a.kind() != b.kind()) return false;
    if (a.is_array())
        return std::equal(a.get_array().begin(), a.get_array().end(), b.get_array().begin(),
                          b.get_array().end(), same);
    if (!a.is_object()) return a == b;
    const auto& left = a.get_object();
    const auto& right = b.get_object();
    return left.size() == right.size() &&
           std::all_of(left.begin(), left.end(), [&](const json::key_value_pair& member) {
               const auto* other = right.if_contains(member.key());
               return other && same(member.value(), *other);
           });
}

bool is_whole(const json::value& value) {
    return value.is_int64() || value.is_uint64() ||
           (value.is_double() && std::trunc(value.get_double()) == value.get_double());
}

bool is_type(const json::value& value, std::string_view type) {
    switch (value.kind()) {
        case json::kind::null:
            return type == "null";
        case json::kind::bool_:
            return type == "boolean";
        case json::kind::object:
            return type == "object";
        case json::kind::array:
            return type == "array";
        case json::kind::string:
            return type == "string";
        default:
            return type == "number" || (type == "integer" && is_whole(value));
    }
}

/// One validation. An empty text is agreement; the first disagreement ends it.
class Validator {
  public:
    explicit Validator(const json::value& root) : root_(root) {}

    std::string validate(const json::value& value) {
        auto wrong = validate(root_, value, {}, 0);
        return broken_.empty() ? wrong : broken_;
    }

  private:
    std::string validate(const json::value& schema, const json::value& value, const std::string& where,
                         std::size_t depth) {
        if (schema.is_bool()) return schema.get_bool() ? std::string() : at(where, "nothing is allowed here");
        if (!schema.is_object()) return at(where, "the schema is neither an object nor a boolean");
        if (!broken_.empty()) return broken_;
        if (depth > max_depth) return give_up(where, "the schema leads too deep here");
        if (++rules_ > max_rules) return give_up(where, "the schema takes too long on this value");
        const auto& rules = schema.get_object();
        // Draft 7: everything beside a $ref is ignored.
        if (const auto* ref = rules.if_contains("$ref")) return referred(*ref, value, where, depth);
        const Part parts[] = {&Validator::general, &Validator::numeric, &Validator::textual,
                              &Validator::array,   &Validator::object,  &Validator::combined};
        for (const auto part : parts)
            if (auto wrong = (this->*part)(rules, value, where, depth); !wrong.empty()) return wrong;
        return {};
    }

    using Rules = json::object;
    using Part = std::string (Validator::*)(const Rules&, const json::value&, const std::string&,
                                            std::size_t);

    static std::string at(const std::string& where, std::string_view what) {
        return fmt::format("{}: {}", where.empty() ? "the document" : where, what);
    }

    /// Sticks: inside a `not` or `anyOf` a mere disagreement would turn into agreement.
    std::string give_up(const std::string& where, std::string_view what) {
        if (broken_.empty()) broken_ = at(where, what);
        return broken_;
    }

    bool search(std::string_view pattern, std::string_view text, const std::string& where) {
        constexpr std::size_t cost = 20;  // in rules
        rules_ += cost;
        const auto outcome = search_pattern(pattern, text);
        if (!outcome.error.empty()) give_up(where, outcome.error);
        return outcome.matched;
    }

    std::string referred(const json::value& ref, const json::value& value, const std::string& where,
                         std::size_t depth) {
        const auto* target =
            ref.is_string() ? resolve_reference(root_, std::string_view(ref.get_string())) : nullptr;
        if (!target) return at(where, "the schema refers to nothing");
        return validate(*target, value, where, depth + 1);
    }

    std::string general(const Rules& rules, const json::value& value, const std::string& where, std::size_t) {
        if (const auto* type = rules.if_contains("type")) {
            const auto is = [&](const json::value& name) {
                return is_type(value, std::string_view(name.get_string()));
            };
            const bool right = type->is_array()
                                   ? std::any_of(type->get_array().begin(), type->get_array().end(), is)
                                   : is(*type);
            if (!right)
                return at(where, fmt::format("{} is not of type {}", shown(value),
                                             type->is_string() ? to_text(*type) : shown(*type)));
        }
        if (const auto* list = rules.if_contains("enum"))
            if (std::none_of(list->get_array().begin(), list->get_array().end(),
                             [&](const json::value& one) { return same(one, value); }))
                return at(where, fmt::format("{} is none of {}", shown(value), shown(*list)));
        if (const auto* constant = rules.if_contains("const"); constant && !same(*constant, value))
            return at(where, fmt::format("{} is not {}", shown(value), shown(*constant)));
        return {};
    }

    std::string numeric(const Rules& rules, const json::value& value, const std::string& where, std::size_t) {
        if (!value.is_number()) return {};
        const auto order = [&](const json::value& bound) {
            return compare_numbers(to_text(value), to_text(bound));
        };
        const auto wrong = [&](std::string_view how, const json::value& bound) {
            return at(where, fmt::format("{} is {} {}", shown(value), how, shown(bound)));
        };
        if (const auto* bound = rules.if_contains("minimum"); bound && order(*bound) < 0)
            return wrong("less than", *bound);
        if (const auto* bound = rules.if_contains("maximum"); bound && order(*bound) > 0)
            return wrong("more than", *bound);
        if (const auto* bound = rules.if_contains("exclusiveMinimum"); bound && order(*bound) <= 0)
            return wrong("not more than", *bound);
        if (const auto* bound = rules.if_contains("exclusiveMaximum"); bound && order(*bound) >= 0)
            return wrong("not less than", *bound);
        if (const auto* factor = rules.if_contains("multipleOf");
            factor && !is_multiple(number(value), number(*factor)))
            return wrong("not a multiple of", *factor);
        return {};
    }

    /// Decimal fractions have no exact doubles: 0.3 counts as a multiple of 0.1.
    static bool is_multiple(double value, double factor) {
        const double quotient = value / factor;
        return std::isfinite(quotient) &&
               std::abs(quotient - std::round(quotient)) <= 1e-9 * std::max(1.0, std::abs(quotient));
    }

    std::string textual(const Rules& rules, const json::value& value, const std::string& where, std::size_t) {
        if (!value.is_string()) return {};
        const std::string_view text = value.get_string();
        if (auto wrong = counted(rules, "minLength", "maxLength", code_points(text), "characters", where);
            !wrong.empty())
            return wrong;
        const auto* pattern = rules.if_contains("pattern");
        if (!pattern) return {};
        const bool matched = search(std::string_view(pattern->get_string()), text, where);
        if (!broken_.empty()) return broken_;
        return matched ? std::string()
                       : at(where, fmt::format("{} does not match {}", shown(value),
                                               std::string_view(pattern->get_string())));
    }

    std::string counted(const Rules& rules, std::string_view least, std::string_view most, std::size_t count,
                        std::string_view what, const std::string& where) {
        if (const auto* bound = rules.if_contains(least); bound && number(*bound) > double(count))
            return at(where, fmt::format("{} {}, at least {} wanted", count, what, shown(*bound)));
        if (const auto* bound = rules.if_contains(most); bound && number(*bound) < double(count))
            return at(where, fmt::format("{} {}, at most {} wanted", count, what, shown(*bound)));
        return {};
    }

    std::string array(const Rules& rules, const json::value& value, const std::string& where,
                      std::size_t depth) {
        if (!value.is_array()) return {};
        const auto& list = value.get_array();
        if (auto wrong = counted(rules, "minItems", "maxItems", list.size(), "elements", where);
            !wrong.empty())
            return wrong;
        if (const auto* unique = rules.if_contains("uniqueItems"); unique && unique->get_bool())
            if (auto wrong = repeated(list, where); !wrong.empty()) return wrong;
        for (std::size_t i = 0; i < list.size(); ++i)
            if (const auto* schema = schema_of_item(rules, i))
                if (auto wrong = validate(*schema, list[i], fmt::format("{}[{}]", where, i), depth + 1);
                    !wrong.empty())
                    return wrong;
        if (const auto* schema = rules.if_contains("contains"))
            if (std::none_of(list.begin(), list.end(), [&](const json::value& item) {
                    return validate(*schema, item, where, depth + 1).empty();
                }))
                return at(where, "no element is as `contains` wants one");
        return {};
    }

    std::string repeated(const json::array& list, const std::string& where) {
        for (std::size_t i = 0; i < list.size(); ++i)
            for (std::size_t k = 0; k < i; ++k) {
                if (++rules_ > max_rules) return give_up(where, "the schema takes too long on this value");
                if (same(list[i], list[k])) return at(where, fmt::format("[{}] and [{}] are equal", k, i));
            }
        return {};
    }

    static const json::value* schema_of_item(const Rules& rules, std::size_t index) {
        const auto* items = rules.if_contains("items");
        if (!items || !items->is_array()) return items;
        return index < items->get_array().size() ? &items->get_array()[index]
                                                 : rules.if_contains("additionalItems");
    }

    std::string object(const Rules& rules, const json::value& value, const std::string& where,
                       std::size_t depth) {
        if (!value.is_object()) return {};
        const auto& members = value.get_object();
        if (const auto* required = rules.if_contains("required"))
            for (const auto& name : required->get_array())
                if (!members.contains(name.get_string()))
                    return at(where,
                              fmt::format("the key '{}' is missing", std::string_view(name.get_string())));
        if (auto wrong = counted(rules, "minProperties", "maxProperties", members.size(), "keys", where);
            !wrong.empty())
            return wrong;
        for (const auto& member : members)
            if (auto wrong = of_member(rules, member, where, depth); !wrong.empty()) return wrong;
        return dependent(rules, value, where, depth);
    }

    std::string of_member(const Rules& rules, const json::key_value_pair& member, const std::string& where,
                          std::size_t depth) {
        const std::string place = (where.empty() ? "" : where + ".") + std::string(member.key());
        if (const auto* names = rules.if_contains("propertyNames"))
            if (auto wrong = validate(*names, json::value(member.key()), place, depth + 1); !wrong.empty())
                return wrong;
        bool named = false;
        const auto* properties = rules.if_contains("properties");
        if (const auto* schema = properties ? properties->get_object().if_contains(member.key()) : nullptr) {
            named = true;
            if (auto wrong = validate(*schema, member.value(), place, depth + 1); !wrong.empty())
                return wrong;
        }
        if (const auto* patterns = rules.if_contains("patternProperties"))
            for (const auto& pattern : patterns->get_object()) {
                if (!search(std::string_view(pattern.key()), std::string_view(member.key()), place)) continue;
                named = true;
                if (auto wrong = validate(pattern.value(), member.value(), place, depth + 1); !wrong.empty())
                    return wrong;
            }
        const auto* others = rules.if_contains("additionalProperties");
        if (named || !others) return {};
        if (others->is_bool() && !others->get_bool())
            return at(where, fmt::format("the key '{}' is not allowed", std::string_view(member.key())));
        return validate(*others, member.value(), place, depth + 1);
    }

    std::string dependent(const Rules& rules, const json::value& value, const std::string& where,
                          std::size_t depth) {
        const auto* dependencies = rules.if_contains("dependencies");
        if (!dependencies) return {};
        const auto& members = value.get_object();
        for (const auto& dependency : dependencies->get_object()) {
            if (!members.contains(dependency.key())) continue;
            if (!dependency.value().is_array()) {
                if (auto wrong = validate(dependency.value(), value, where, depth + 1); !wrong.empty())
                    return wrong;
                continue;
            }
            for (const auto& name : dependency.value().get_array())
                if (!members.contains(name.get_string()))
                    return at(where, fmt::format("the key '{}' needs the key '{}'",
                                                 std::string_view(dependency.key()),
                                                 std::string_view(name.get_string())));
        }
        return {};
    }

    std::string combined(const Rules& rules, const json::value& value, const std::string& where,
                         std::size_t depth) {
        const auto agrees = [&](const json::value& schema) {
            return validate(schema, value, where, depth + 1).empty();
        };
        const auto agreeing = [&](const json::value& list) {
            return std::count_if(list.get_array().begin(), list.get_array().end(), agrees);
        };
        if (const auto* list = rules.if_contains("allOf"))
            for (const auto& schema : list->get_array())
                if (auto wrong = validate(schema, value, where, depth + 1); !wrong.empty()) return wrong;
        if (const auto* list = rules.if_contains("anyOf"); list && agreeing(*list) == 0)
            return at(where, "it agrees with none of `anyOf`");
        if (const auto* list = rules.if_contains("oneOf"))
            if (const auto count = agreeing(*list); count != 1)
                return at(where, fmt::format("it agrees with {} of `oneOf`, not with one", count));
        if (const auto* schema = rules.if_contains("not"); schema && agrees(*schema))
            return at(where, "it agrees with what `not` forbids");
        if (const auto* condition = rules.if_contains("if"))
            if (const auto* schema = rules.if_contains(agrees(*condition) ? "then" : "else"))
                return validate(*schema, value, where, depth + 1);
        return {};
    }

    const json::value& root_;
    std::size_t rules_ = 0;
    std::string broken_;
};

}  // namespace

boost::system::result<JsonSchema, JsonError> JsonSchema::parse(std::string_view text) {
    auto root = parse_json(text);
    if (!root) return JsonError{"the schema is not JSON: " + root.error().message};
    if (auto wrong = check_json_schema(*root); !wrong.empty()) return JsonError{std::move(wrong)};
    JsonSchema schema;
    schema.root_ = std::make_shared<const json::value>(std::move(*root));
    return schema;
}

std::string JsonSchema::violation(const json::value& value) const {
    return Validator(*root_).validate(value);
}

}  // namespace ringback::harness
