#include "harness/expression/json_schema_check.hpp"

#include "harness/expression/comparison.hpp"
#include "harness/expression/pattern.hpp"
#include "harness/expression/text_position.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <utility>
#include <vector>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr std::size_t max_depth = 64;

std::string shown(const json::value& value) {
    return clipped(to_text(value), 60);
}

// schema

/// What the value of a keyword must look like.
enum class Shape {
    any,
    schema,
    schemas,
    schema_map,
    schema_or_schemas,
    dependencies,
    number,
    count,
    text,
    text_list,
    list,
    boolean,
    pattern,
    type,
    reference
};

struct Keyword {
    std::string_view name;
    Shape shape;
};

constexpr Keyword keywords[] = {
    {"type", Shape::type},
    {"enum", Shape::list},
    {"const", Shape::any},
    {"properties", Shape::schema_map},
    {"required", Shape::text_list},
    {"additionalProperties", Shape::schema},
    {"patternProperties", Shape::schema_map},
    {"propertyNames", Shape::schema},
    {"minProperties", Shape::count},
    {"maxProperties", Shape::count},
    {"dependencies", Shape::dependencies},
    {"items", Shape::schema_or_schemas},
    {"additionalItems", Shape::schema},
    {"contains", Shape::schema},
    {"minItems", Shape::count},
    {"maxItems", Shape::count},
    {"uniqueItems", Shape::boolean},
    {"minimum", Shape::number},
    {"maximum", Shape::number},
    {"exclusiveMinimum", Shape::number},
    {"exclusiveMaximum", Shape::number},
    {"multipleOf", Shape::number},
    {"minLength", Shape::count},
    {"maxLength", Shape::count},
    {"pattern", Shape::pattern},
    {"allOf", Shape::schemas},
    {"anyOf", Shape::schemas},
    {"oneOf", Shape::schemas},
    {"not", Shape::schema},
    {"if", Shape::schema},
    {"then", Shape::schema},
    {"else", Shape::schema},
    {"$ref", Shape::reference},
    {"definitions", Shape::schema_map},
    {"$defs", Shape::schema_map},
    {"$schema", Shape::any},
    {"$id", Shape::any},
    {"$comment", Shape::any},
    {"title", Shape::any},
    {"description", Shape::any},
    {"default", Shape::any},
    {"examples", Shape::any},
    {"format", Shape::any},
    {"readOnly", Shape::any},
    {"writeOnly", Shape::any},
    {"deprecated", Shape::any},
    {"contentEncoding", Shape::any},
    {"contentMediaType", Shape::any},
};

constexpr std::string_view types[] = {"null", "boolean", "object", "array", "number", "string", "integer"};

bool is_type_name(const json::value& value) {
    return value.is_string() && std::find(std::begin(types), std::end(types),
                                          std::string_view(value.get_string())) != std::end(types);
}

bool all_of(const json::value& list, const std::function<bool(const json::value&)>& test) {
    return list.is_array() && std::all_of(list.get_array().begin(), list.get_array().end(), test);
}

bool is_string(const json::value& value) {
    return value.is_string();
}

/// Walks a schema once and finds the first thing that is wrong with it.
class Checker {
  public:
    explicit Checker(const json::value& root) : root_(root) {}

    /// "" when well.
    std::string check() {
        if (auto wrong = check(root_, "#"); !wrong.empty()) return wrong;
        for (const auto& [where, target] : references_)
            if (!visited_.contains(target))
                return fmt::format("{} leads to a place that is no schema", where);
        return {};
    }

  private:
    std::string check(const json::value& schema, const std::string& where, std::size_t depth = 0) {
        visited_.insert(&schema);
        if (schema.is_bool()) return {};
        if (!schema.is_object())
            return fmt::format("the schema at {} is neither an object nor a boolean", where);
        if (depth > max_depth) return fmt::format("the schema is nested more than {} deep", max_depth);
        for (const auto& member : schema.get_object())
            if (auto wrong = check_keyword(member.key(), member.value(), where, depth); !wrong.empty())
                return wrong;
        return {};
    }

    std::string check_keyword(std::string_view name, const json::value& value, const std::string& where,
                              std::size_t depth) {
        const auto row = std::find_if(std::begin(keywords), std::end(keywords),
                                      [&](const Keyword& k) { return k.name == name; });
        if (row == std::end(keywords)) return unknown(name, where);
        const std::string place = where + "/" + std::string(name);
        switch (row->shape) {
            case Shape::schema:
                return check(value, place, depth + 1);
            case Shape::schema_or_schemas:
                return value.is_array() ? each(value, place, depth) : check(value, place, depth + 1);
            case Shape::schemas:
                return each(value, place, depth);
            case Shape::schema_map:
                return members(value, place, depth, name == "patternProperties");
            case Shape::dependencies:
                return dependencies(value, place, depth);
            case Shape::reference:
                return reference(value, place);
            case Shape::pattern: {
                auto wrong =
                    value.is_string() ? check_pattern(std::string_view(value.get_string())) : "it is no text";
                return wrong.empty() ? wrong : fmt::format("{}: {}", place, wrong);
            }
            default:
                return simple(row->shape, value)
                           ? std::string()
                           : fmt::format("{} has the wrong type: {}", place, shown(value));
        }
    }

    static bool simple(Shape shape, const json::value& value) {
        switch (shape) {
            case Shape::number:
                return value.is_number();
            case Shape::count:
                return (value.is_int64() && value.get_int64() >= 0) || value.is_uint64();
            case Shape::text:
                return value.is_string();
            case Shape::text_list:
                return all_of(value, is_string);
            case Shape::list:
                return value.is_array();
            case Shape::boolean:
                return value.is_bool();
            case Shape::type:
                return is_type_name(value) || all_of(value, is_type_name);
            default:
                return true;
        }
    }

    static std::string unknown(std::string_view name, const std::string& where) {
        std::vector<std::string_view> names;
        for (const auto& keyword : keywords)
            names.push_back(keyword.name);
        const auto hint = did_you_mean(nearest_name(name, names));
        return fmt::format("the schema keyword '{}' at {} is not supported{}", name, where,
                           hint.empty() ? "" : " (" + hint + ")");
    }

    std::string each(const json::value& list, const std::string& where, std::size_t depth) {
        if (!list.is_array()) return fmt::format("{} is no list of schemas", where);
        std::size_t index = 0;
        for (const auto& schema : list.get_array())
            if (auto wrong = check(schema, fmt::format("{}/{}", where, index++), depth + 1); !wrong.empty())
                return wrong;
        return {};
    }

    std::string members(const json::value& map, const std::string& where, std::size_t depth, bool patterns) {
        if (!map.is_object()) return fmt::format("{} is no object of schemas", where);
        for (const auto& member : map.get_object()) {
            const std::string place = where + "/" + std::string(member.key());
            if (auto wrong = patterns ? check_pattern(std::string_view(member.key())) : std::string();
                !wrong.empty())
                return fmt::format("{}: {}", place, wrong);
            if (auto wrong = check(member.value(), place, depth + 1); !wrong.empty()) return wrong;
        }
        return {};
    }

    std::string dependencies(const json::value& map, const std::string& where, std::size_t depth) {
        if (!map.is_object()) return fmt::format("{} is no object", where);
        for (const auto& member : map.get_object()) {
            if (all_of(member.value(), is_string)) continue;
            if (auto wrong = check(member.value(), where + "/" + std::string(member.key()), depth + 1);
                !wrong.empty())
                return wrong;
        }
        return {};
    }

    std::string reference(const json::value& value, const std::string& where) {
        const auto* target =
            value.is_string() ? resolve_reference(root_, std::string_view(value.get_string())) : nullptr;
        if (!target) return fmt::format("{} names {}, which is not in this schema", where, shown(value));
        references_.emplace_back(where, target);
        return {};
    }

    const json::value& root_;
    std::set<const json::value*> visited_;
    /// Checked last: a reference can lead anywhere in the document, also to a place that the walk did not
    /// visit.
    std::vector<std::pair<std::string, const json::value*>> references_;
};

}  // namespace

std::string check_json_schema(const json::value& root) {
    return Checker(root).check();
}

const json::value* resolve_reference(const json::value& root, std::string_view reference) {
    if (!reference.starts_with('#')) return nullptr;
    boost::system::error_code error;
    return root.find_pointer(json::string_view(reference.substr(1)), error);
}

}  // namespace ringback::harness
