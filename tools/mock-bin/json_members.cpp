#include "tools/mock-bin/json_members.hpp"

#include "tools/mock-bin/text.hpp"

#include <limits>

namespace ringback::mock_bin {

json::parse_options json_limits() noexcept {
    json::parse_options options;
    options.max_depth = kMaxJsonDepth;
    return options;
}

json::value parse_json(std::string_view text, json::error_code& ec) {
    return json::parse(key(text), ec, {}, json_limits());
}

Checked<json::value> parse_body(std::string_view text) {
    json::error_code ec;
    json::stream_parser parser({}, json_limits());
    const auto used = parser.write(text.data(), text.size(), ec);
    if (!ec) parser.finish(ec);
    if (ec)
        return Invalid{"", "the body is not JSON: " + ec.message() + " at byte " + std::to_string(used + 1)};
    return parser.release();
}

long double exact_number(const json::value& number) noexcept {
    static_assert(std::numeric_limits<long double>::digits >= 64);
    if (const auto* whole = number.if_int64()) return static_cast<long double>(*whole);
    if (const auto* whole = number.if_uint64()) return static_cast<long double>(*whole);
    const auto* other = number.if_double();
    return other ? *other : 0;
}

std::string pointer_step(std::string_view name) {
    std::string out = "/";
    for (const char c : name) {
        if (c == '~')
            out += "~0";
        else if (c == '/')
            out += "~1";
        else
            out += c;
    }
    return out;
}

std::string_view kind_name(const json::value& value) noexcept {
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "a boolean";
        case json::kind::int64:
        case json::kind::uint64:
        case json::kind::double_:
            return "a number";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
    }
    return "a value";
}

void Members::fail(std::string_view name, std::string message) {
    if (!error_) error_ = Invalid{name.empty() ? pointer_ : at(name), std::move(message)};
}

void Members::only(std::initializer_list<std::string_view> names) {
    for (const auto& member : object_) {
        const auto name = view(member.key());
        if (name == "comment" || name.starts_with('_') ||
            std::find(names.begin(), names.end(), name) != names.end())
            continue;
        std::string known;
        for (const auto other : names)
            known += (known.empty() ? "" : ", ") + std::string(other);
        return fail(name, "unknown member \"" + std::string(name) + "\"; known here: " + known);
    }
}

const json::value* Members::present(std::string_view name) const {
    const auto* value = find(name);
    return value && !value->is_null() ? value : nullptr;
}

std::string Members::text(std::string_view name, std::string_view otherwise) {
    const auto* value = present(name);
    if (!value) return std::string(otherwise);
    if (const auto* text = value->if_string()) return std::string(view(*text));
    fail(name, "must be a string, not " + std::string(kind_name(*value)));
    return std::string(otherwise);
}

std::int64_t Members::number(std::string_view name, std::int64_t least, std::int64_t most,
                             std::int64_t otherwise) {
    const auto* value = present(name);
    if (!value) return otherwise;
    json::error_code ec;
    const auto number = value->is_number() ? value->to_number<std::int64_t>(ec) : otherwise;
    if (!value->is_number() || ec || number < least || number > most) {
        fail(name, "must be a whole number from " + std::to_string(least) + " to " + std::to_string(most) +
                       (value->is_number() ? "" : ", not " + std::string(kind_name(*value))));
        return otherwise;
    }
    return number;
}

bool Members::flag(std::string_view name, bool otherwise) {
    const auto* value = present(name);
    if (!value) return otherwise;
    if (const auto* flag = value->if_bool()) return *flag;
    fail(name, "must be true or false, not " + std::string(kind_name(*value)));
    return otherwise;
}

std::chrono::milliseconds Members::span(std::string_view name, std::chrono::milliseconds most) {
    const auto* value = present(name);
    if (!value) return std::chrono::milliseconds(0);
    if (const auto* text = value->if_string()) {
        const auto span = parse_span(view(*text));
        if (span && *span <= most) return *span;
        fail(name, "must be milliseconds or a time such as \"2s\", at most " + std::to_string(most.count()) +
                       " ms");
        return std::chrono::milliseconds(0);
    }
    return std::chrono::milliseconds(number(name, 0, most.count(), 0));
}

const json::array* Members::array(std::string_view name) {
    const auto* value = present(name);
    if (!value) return nullptr;
    if (const auto* array = value->if_array()) return array;
    fail(name, "must be an array, not " + std::string(kind_name(*value)));
    return nullptr;
}

const json::object* Members::object(std::string_view name) {
    const auto* value = present(name);
    if (!value) return nullptr;
    if (const auto* object = value->if_object()) return object;
    fail(name, "must be an object, not " + std::string(kind_name(*value)));
    return nullptr;
}

}  // namespace ringback::mock_bin
