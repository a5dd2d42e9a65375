#include "harness/expression/json_path.hpp"

#include "harness/expression/text_position.hpp"

#include <fmt/format.h>

#include <charconv>

namespace ringback::harness {

namespace json = boost::json;

namespace {

constexpr std::size_t max_length = 4096;
constexpr std::size_t max_steps = 64;
constexpr std::string_view grammar_hint =
    "write for instance address.city, phones[0].number, phones[-1] or [\"a b\"]";

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Parsed<std::vector<JsonPath::Step>> parse() {
        if (text_.size() > max_length)
            return error_at(text_.substr(0, 40), 0,
                            fmt::format("a JSON path has at most {} bytes", max_length));
        while (at_ < text_.size()) {
            if (steps_.size() == max_steps)
                fail(at_, fmt::format("a JSON path has at most {} steps", max_steps));
            if (text_[at_] == '[')
                bracket();
            else
                key();
            if (error_) return std::move(*error_);
        }
        return std::move(steps_);
    }

  private:
    void fail(std::size_t at, std::string message, std::string_view hint = grammar_hint) {
        if (!error_) error_ = error_at(text_, at, std::move(message), std::string(hint));
    }

    /// [ "." ] name, where the dot is there but for the first step.
    void key() {
        if (!steps_.empty()) {
            if (text_[at_] != '.')
                return fail(at_, fmt::format("expected '.' or '[' here, not '{}'", text_.substr(at_, 1)));
            ++at_;
        }
        const std::size_t begin = at_;
        while (at_ < text_.size() && text_[at_] != '.' && text_[at_] != '[' && text_[at_] != ']')
            ++at_;
        const auto name = text_.substr(begin, at_ - begin);
        if (name.empty())
            return fail(begin, begin < text_.size() ? "there is no name here" : "the path ends in a dot");
        if (text_[begin] == '"' || text_[begin] == '\'')
            return fail(begin, "a quoted name stands in brackets", "write [\"a b\"]");
        if (is_space(name.front()) || is_space(name.back()))
            return fail(begin, "white space at the edge of a name",
                        "write [\"a b\"] when it belongs to the name");
        steps_.emplace_back(std::string(name));
    }

    /// At "[".
    void bracket() {
        const std::size_t open = at_++;
        if (at_ < text_.size() && (text_[at_] == '"' || text_[at_] == '\''))
            quoted();
        else
            index(open);
        if (error_) return;
        if (at_ == text_.size() || text_[at_] != ']') return fail(open, "'[' is not closed");
        ++at_;
    }

    void quoted() {
        const std::size_t open = at_;
        const char quote = text_[at_++];
        std::string name;
        for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
            const bool escape = text_[at_] == '\\' && at_ + 1 < text_.size() &&
                                (text_[at_ + 1] == '\\' || text_[at_ + 1] == quote);
            name += text_[escape ? ++at_ : at_];
        }
        if (at_ == text_.size()) return fail(open, "the quoted name is not closed");
        ++at_;
        steps_.emplace_back(std::move(name));
    }

    void index(std::size_t open) {
        std::int64_t value = 0;
        const char* end = text_.data() + text_.size();
        const auto [stop, status] = std::from_chars(text_.data() + at_, end, value);
        if (status == std::errc::result_out_of_range) return fail(at_, "the index is too large");
        if (status != std::errc()) {
            const auto close = text_.find(']', open);
            const auto inner = text_.substr(at_, close == std::string_view::npos ? close : close - at_);
            return fail(at_, inner.empty() ? std::string("there is no index between the brackets")
                                           : fmt::format("'{}' is not an index", clipped(inner, 40)));
        }
        at_ = static_cast<std::size_t>(stop - text_.data());
        steps_.emplace_back(value);
    }

    std::string_view text_;
    std::size_t at_ = 0;
    std::vector<JsonPath::Step> steps_;
    std::optional<ParseError> error_;
};

const json::value* follow(const json::value& value, const JsonPath::Step& step) noexcept {
    if (const auto* key = std::get_if<std::string>(&step)) {
        const auto* object = value.if_object();
        return object ? object->if_contains(*key) : nullptr;
    }
    const auto* array = value.if_array();
    if (!array) return nullptr;
    const auto index = std::get<std::int64_t>(step);
    const auto size = static_cast<std::int64_t>(array->size());
    if (index >= size || index < -size) return nullptr;
    return &(*array)[static_cast<std::size_t>(index < 0 ? index + size : index)];
}

std::string_view kind_of(const json::value& value) {
    switch (value.kind()) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "a boolean";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "an array";
        case json::kind::object:
            return "an object";
        default:
            return "a number";
    }
}

std::string missing_key(std::string_view where, const json::value& value, const std::string& key) {
    const auto* object = value.if_object();
    if (!object) return fmt::format("{} is {}, it has no key '{}'", where, kind_of(value), key);
    std::vector<std::string_view> keys;
    for (const auto& member : *object) {
        if (keys.size() == 1000) break;
        keys.emplace_back(member.key());
    }
    const auto hint = did_you_mean(nearest_name(key, keys));
    return fmt::format("{} has no key '{}'{}", where, key, hint.empty() ? "" : " (" + hint + ")");
}

std::string missing_index(std::string_view where, const json::value& value, std::int64_t index) {
    const auto* array = value.if_array();
    if (!array) return fmt::format("{} is {}, it has no [{}]", where, kind_of(value), index);
    return fmt::format("{} has {} element{}, there is no [{}]", where, array->size(),
                       array->size() == 1 ? "" : "s", index);
}

void append(std::string& path, const JsonPath::Step& step) {
    if (const auto* key = std::get_if<std::string>(&step))
        path += (path.empty() ? "" : ".") + *key;
    else
        path += fmt::format("[{}]", std::get<std::int64_t>(step));
}

}  // namespace

Parsed<JsonPath> JsonPath::parse(std::string_view text) {
    auto steps = Parser(text).parse();
    if (!steps) return steps.error();
    JsonPath path;
    path.text_ = text;
    path.steps_ = std::move(*steps);
    return path;
}

const json::value* JsonPath::find(const json::value& root) const noexcept {
    const json::value* value = &root;
    for (const auto& step : steps_)
        if (!(value = follow(*value, step))) return nullptr;
    return value;
}

std::string JsonPath::explain(const json::value& root) const {
    const json::value* value = &root;
    std::string where;
    for (const auto& step : steps_) {
        const auto* next = follow(*value, step);
        if (!next) {
            const std::string_view place = where.empty() ? std::string_view("the document") : where;
            if (const auto* key = std::get_if<std::string>(&step)) return missing_key(place, *value, *key);
            return missing_index(place, *value, std::get<std::int64_t>(step));
        }
        append(where, step);
        value = next;
    }
    return {};
}

}  // namespace ringback::harness
