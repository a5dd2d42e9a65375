#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/matcher.hpp"
#include "tools/mock-bin/request_pattern.hpp"

#include <algorithm>

namespace ringback::mock_bin {
namespace {

using Kind = TextMatcher::Kind;
using Error = std::optional<Invalid>;

constexpr std::size_t kMostConditions = 1000;

struct MatcherName {
    std::string_view name;
    Kind kind;
    bool negated;
};
/// WireMock's content patterns whose value is a text.
constexpr MatcherName kMatchers[] = {
    {"equalTo", Kind::equal, false},          {"contains", Kind::contains, false},
    {"doesNotContain", Kind::contains, true}, {"matches", Kind::regex, false},
    {"doesNotMatch", Kind::regex, true},      {"matchesJsonPath", Kind::json_path, false},
};
constexpr std::string_view kKnownMatchers =
    "equalTo, contains, doesNotContain, matches, doesNotMatch, absent, equalToJson, matchesJsonPath";

void finish(TextMatcher& matcher, const std::string& pointer, Error& error) {
    if (error) return;
    if (auto wrong = compile(matcher)) error = Invalid{pointer, *wrong};
}

TextMatcher make(Kind kind, std::string wanted, const std::string& pointer, Error& error) {
    TextMatcher matcher;
    matcher.kind = kind;
    matcher.wanted = std::move(wanted);
    finish(matcher, pointer, error);
    return matcher;
}

std::vector<TextMatcher> wiremock_conditions(const json::value& value, const std::string& pointer,
                                             Error& error, int depth);

/// {"expression": "$.a", "equalTo": "b"}
TextMatcher json_path_with_condition(const json::object& object, const std::string& pointer, Error& error,
                                     int depth) {
    Members members(object, pointer, error);
    TextMatcher matcher = make(Kind::json_path, members.text("expression"), pointer + "/expression", error);
    json::object rest = object;
    rest.erase("expression");
    if (rest.empty()) return matcher;
    if (depth > 4) {
        members.fail("", "at most 5 paths inside of each other");
        return matcher;
    }
    auto conditions = wiremock_conditions(rest, pointer, error, depth + 1);
    if (conditions.size() > 1) members.fail("", "takes one condition beside expression");
    if (!conditions.empty())
        matcher.inner = std::make_shared<const TextMatcher>(std::move(conditions.front()));
    return matcher;
}

TextMatcher wiremock_condition(const json::object& all, std::string_view name, const json::value& value,
                               const std::string& pointer, Error& error, int depth) {
    const auto at = pointer + pointer_step(name);
    TextMatcher matcher;
    if (name == "absent") {
        matcher.kind = Kind::absent;
        const auto* flag = value.if_bool();
        if (!flag) error = Invalid{at, "must be true or false"};
        matcher.negated = flag && !*flag;
        return matcher;
    }
    if (name == "equalToJson") {
        Members members(all, pointer, error);
        matcher.kind = Kind::json;
        matcher.wanted = value.is_string() ? std::string(view(value.get_string())) : json::serialize(value);
        matcher.ignore_array_order = members.flag("ignoreArrayOrder", false);
        matcher.ignore_extra_elements = members.flag("ignoreExtraElements", false);
        finish(matcher, at, error);
        return matcher;
    }
    for (const auto& row : kMatchers) {
        if (row.name != name) continue;
        if (row.kind == Kind::json_path && value.is_object())
            return json_path_with_condition(value.get_object(), at, error, depth);
        const auto* text = value.if_string();
        if (!text) {
            if (!error) error = Invalid{at, "must be a string, not " + std::string(kind_name(value))};
            return matcher;
        }
        matcher = make(row.kind, std::string(view(*text)), at, error);
        matcher.negated = row.negated;
        if (row.kind == Kind::equal && all.contains("caseInsensitive")) {
            Members members(all, pointer, error);
            if (members.flag("caseInsensitive", false)) matcher.kind = Kind::equal_ignoring_case;
        }
        return matcher;
    }
    if (!error)
        error = Invalid{
            at, "unknown condition \"" + std::string(name) + "\"; known: " + std::string(kKnownMatchers)};
    return matcher;
}

/// A plain text stands for {"equalTo": text}.
std::vector<TextMatcher> wiremock_conditions(const json::value& value, const std::string& pointer,
                                             Error& error, int depth) {
    if (const auto* text = value.if_string())
        return {make(Kind::equal, std::string(view(*text)), pointer, error)};
    const auto* object = value.if_object();
    if (!object) {
        if (!error) error = Invalid{pointer, "must be a condition such as {\"equalTo\": \"…\"}"};
        return {};
    }
    std::vector<TextMatcher> out;
    for (const auto& member : *object) {
        const auto name = view(member.key());
        if (name == "caseInsensitive" || name == "ignoreArrayOrder" || name == "ignoreExtraElements")
            continue;
        out.push_back(wiremock_condition(*object, name, member.value(), pointer, error, depth));
        if (error) break;
    }
    if (out.empty() && !error)
        error = Invalid{pointer, "holds no condition; known: " + std::string(kKnownMatchers)};
    return out;
}

std::vector<FieldMatcher> wiremock_fields(Members& members, std::string_view name, Error& error) {
    std::vector<FieldMatcher> out;
    const auto* object = members.object(name);
    if (!object) return out;
    if (object->size() > kMostConditions) members.fail(name, "at most 1000 of them");
    for (const auto& member : *object) {
        const auto at = members.at(name) + pointer_step(view(member.key()));
        out.push_back({std::string(view(member.key())), wiremock_conditions(member.value(), at, error, 0)});
        if (error) break;
    }
    return out;
}

}  // namespace

Checked<RequestPattern> parse_wiremock_pattern(const json::value& value, const std::string& pointer) {
    const auto* object = value.if_object();
    if (!object) return Invalid{pointer, "must be a request pattern, a JSON object"};
    Error error;
    Members members(*object, pointer, error);
    members.only({"method", "url", "urlPattern", "urlPath", "urlPathPattern", "headers", "queryParameters",
                  "cookies", "bodyPatterns"});
    RequestPattern out;
    if (const auto method = members.text("method"); !method.empty() && method != "ANY")
        out.method.push_back(make(Kind::equal_ignoring_case, method, members.at("method"), error));
    const auto add = [&](std::string_view name, Kind kind, std::vector<TextMatcher>& to) {
        if (members.find(name)) to.push_back(make(kind, members.text(name), members.at(name), error));
    };
    add("url", Kind::equal, out.url);
    add("urlPattern", Kind::regex, out.url);
    add("urlPath", Kind::equal, out.path);
    add("urlPathPattern", Kind::regex, out.path);
    out.headers = wiremock_fields(members, "headers", error);
    out.query = wiremock_fields(members, "queryParameters", error);
    out.cookies = wiremock_fields(members, "cookies", error);
    if (const auto* list = members.array("bodyPatterns")) {
        if (list->size() > kMostConditions) members.fail("bodyPatterns", "at most 1000 of them");
        for (std::size_t i = 0; i < list->size() && !error; ++i)
            for (auto& matcher : wiremock_conditions(
                     (*list)[i], members.at("bodyPatterns") + "/" + std::to_string(i), error, 0))
                out.body.push_back(std::move(matcher));
    }
    if (error) return *error;
    return out;
}

namespace {

/// MockServer takes texts literally or as regular expressions; "!" before them says "not".
TextMatcher mockserver_text(std::string_view text, const std::string& pointer, Error& error) {
    const bool negated = text.starts_with('!') && text.size() > 1;
    auto matcher = make(Kind::equal_or_regex, std::string(negated ? text.substr(1) : text), pointer, error);
    matcher.negated = negated;
    return matcher;
}

void mockserver_values(const json::value& value, FieldMatcher& field, const std::string& pointer,
                       Error& error) {
    if (const auto* text = value.if_string()) {
        field.values.push_back(mockserver_text(view(*text), pointer, error));
    } else if (const auto* list = value.if_array()) {
        for (std::size_t i = 0; i < list->size() && !error; ++i)
            mockserver_values((*list)[i], field, pointer + "/" + std::to_string(i), error);
    } else if (!error) {
        error = Invalid{pointer, "must be a string or an array of strings"};
    }
    if (field.values.size() > kMostConditions && !error) error = Invalid{pointer, "at most 1000 of them"};
}

/// {"name": ["value"]}, or [{"name": "…", "values": ["…"]}].
std::vector<FieldMatcher> mockserver_fields(Members& members, std::string_view name, Error& error) {
    std::vector<FieldMatcher> out;
    const auto* value = members.find(name);
    if (!value || value->is_null()) return out;
    if (const auto* object = value->if_object()) {
        for (const auto& member : *object) {
            FieldMatcher field{std::string(view(member.key())), {}};
            mockserver_values(member.value(), field, members.at(name) + pointer_step(view(member.key())),
                              error);
            out.push_back(std::move(field));
            if (error) break;
        }
    } else if (const auto* list = members.array(name)) {
        for (std::size_t i = 0; i < list->size() && !error; ++i) {
            const auto at = members.at(name) + "/" + std::to_string(i);
            const auto* one = (*list)[i].if_object();
            if (!one) {
                error = Invalid{at, "must be an object with name and values"};
                break;
            }
            Members row(*one, at, error);
            row.only({"name", "values", "value"});
            FieldMatcher field{row.text("name"), {}};
            for (const auto member : {"values", "value"})
                if (const auto* values = row.find(member))
                    mockserver_values(*values, field, row.at(member), error);
            out.push_back(std::move(field));
        }
    }
    for (auto& field : out)
        if (field.values.empty()) {
            TextMatcher present;
            present.kind = Kind::present;
            field.values.push_back(std::move(present));
        }
    return out;
}

TextMatcher mockserver_json(const json::value& value, bool strict, const std::string& pointer, Error& error) {
    TextMatcher matcher;
    matcher.kind = Kind::json;
    matcher.wanted = value.is_string() ? std::string(view(value.get_string())) : json::serialize(value);
    matcher.ignore_array_order = matcher.ignore_extra_elements = !strict;
    finish(matcher, pointer, error);
    return matcher;
}

/// MockServer's types of body that are not known here. Any other JSON is the body itself.
bool is_unknown_body_type(std::string_view type) {
    for (const std::string_view other :
         {"BINARY", "GRAPHQL", "JSON_RPC", "JSON_SCHEMA", "PARAMETERS", "XML", "XML_SCHEMA", "XPATH"})
        if (type == other) return true;
    return false;
}

/// The member that a body of this type is about.
std::string_view member_of(std::string_view type) {
    return type == "STRING"      ? "string"
           : type == "REGEX"     ? "regex"
           : type == "JSON_PATH" ? "jsonPath"
                                 : "json";
}

bool strict(Members& members) {
    const auto type = members.text("matchType", "ONLY_MATCHING_FIELDS");
    if (type != "STRICT" && type != "ONLY_MATCHING_FIELDS")
        members.fail("matchType", "must be STRICT or ONLY_MATCHING_FIELDS");
    return type == "STRICT";
}

TextMatcher mockserver_typed_body(std::string_view type, Members& members, Error& error) {
    const auto name = member_of(type);
    if (type == "STRING")
        members.only({"type", "not", "contentType", "string", "subString"});
    else if (type == "JSON")
        members.only({"type", "not", "contentType", "json", "matchType"});
    else
        members.only({"type", "not", "contentType", name});
    const auto* wanted = members.find(name);
    if (!wanted) members.fail("", "needs " + std::string(name));
    if (error) return {};
    TextMatcher matcher;
    if (type == "JSON")
        matcher = mockserver_json(*wanted, strict(members), members.at(name), error);
    else if (type == "STRING")
        matcher = make(members.flag("subString", false) ? Kind::contains : Kind::equal, members.text(name),
                       members.at(name), error);
    else
        matcher = make(type == "REGEX" ? Kind::regex : Kind::json_path, members.text(name), members.at(name),
                       error);
    matcher.negated = members.flag("not", false);
    return matcher;
}

TextMatcher mockserver_body(const json::value& value, const std::string& pointer, Error& error) {
    if (const auto* text = value.if_string())
        return make(Kind::equal, std::string(view(*text)), pointer, error);
    const auto* object = value.if_object();
    const auto* type_value = object ? object->if_contains("type") : nullptr;
    const auto* type_text = type_value ? type_value->if_string() : nullptr;
    const std::string type = type_text ? std::string(view(*type_text)) : std::string();
    if (is_unknown_body_type(type) && !error)
        error = Invalid{pointer + "/type", "the type " + type +
                                               " is not known here; known: STRING, JSON, REGEX, JSON_PATH; a "
                                               "body that is this JSON: {\"type\":\"JSON\",\"json\":…}"};
    if (type != "STRING" && type != "JSON" && type != "REGEX" && type != "JSON_PATH")
        return mockserver_json(value, false, pointer, error);
    Members members(*object, pointer, error);
    return mockserver_typed_body(type, members, error);
}

}  // namespace

Checked<RequestPattern> parse_mockserver_request(const json::value& value, const std::string& pointer) {
    const auto* object = value.if_object();
    if (!object) return Invalid{pointer, "must be an httpRequest, a JSON object"};
    Error error;
    Members members(*object, pointer, error);
    members.only({"method", "path", "queryStringParameters", "headers", "cookies", "body"});
    RequestPattern out;
    if (const auto method = members.text("method"); !method.empty())
        out.method.push_back(mockserver_text(method, members.at("method"), error));
    if (const auto path = members.text("path"); !path.empty())
        out.path.push_back(mockserver_text(path, members.at("path"), error));
    out.headers = mockserver_fields(members, "headers", error);
    out.query = mockserver_fields(members, "queryStringParameters", error);
    out.cookies = mockserver_fields(members, "cookies", error);
    if (const auto* body = members.find("body"); body && !body->is_null())
        out.body.push_back(mockserver_body(*body, members.at("body"), error));
    if (error) return *error;
    return out;
}

}  // namespace ringback::mock_bin
