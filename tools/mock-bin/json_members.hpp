// Reading the members of a JSON object one by one, with an error that names the place and what was expected.
#pragma once

#include "tools/mock-bin/definition.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::mock_bin {

namespace json = boost::json;

[[nodiscard]] inline std::string_view view(const json::string& text) noexcept {
    return {text.data(), text.size()};
}
[[nodiscard]] inline std::string_view view(json::string_view text) noexcept {
    return {text.data(), text.size()};
}
[[nodiscard]] inline json::string_view key(std::string_view text) noexcept {
    return {text.data(), text.size()};
}
[[nodiscard]] inline json::value text_value(std::string_view text) {
    return json::value(key(text));
}

inline constexpr std::size_t kMaxJsonDepth = 256;
[[nodiscard]] json::parse_options json_limits() noexcept;
/// JSON of others, up to that many levels deep.
[[nodiscard]] json::value parse_json(std::string_view text, json::error_code& ec);

/// The same with an error that says at which byte.
[[nodiscard]] Checked<json::value> parse_body(std::string_view text);

/// A JSON number, exact: a double holds whole numbers up to 2^53 only.
[[nodiscard]] long double exact_number(const json::value& number) noexcept;

/// "/a~1b" for "a/b" (RFC 6901).
[[nodiscard]] std::string pointer_step(std::string_view name);

/// "a number", "a string", "null" …
[[nodiscard]] std::string_view kind_name(const json::value& value) noexcept;

/// One object and its place. The first broken rule is kept; after it every getter gives its default.
class Members {
  public:
    Members(const json::object& object, std::string pointer, std::optional<Invalid>& error)
        : object_(object), pointer_(std::move(pointer)), error_(error) {}

    /// Refuses members of other names. "comment" and names that begin with "_" are always allowed (HAR 1.2).
    void only(std::initializer_list<std::string_view> names);
    [[nodiscard]] const json::value* find(std::string_view name) const {
        return object_.if_contains(key(name));
    }
    [[nodiscard]] std::string text(std::string_view name, std::string_view otherwise = {});
    [[nodiscard]] std::int64_t number(std::string_view name, std::int64_t least, std::int64_t most,
                                      std::int64_t otherwise);
    [[nodiscard]] bool flag(std::string_view name, bool otherwise);
    /// Milliseconds as a number, or text such as "2s".
    [[nodiscard]] std::chrono::milliseconds span(std::string_view name, std::chrono::milliseconds most);
    /// Null when absent or JSON null.
    [[nodiscard]] const json::array* array(std::string_view name);
    [[nodiscard]] const json::object* object(std::string_view name);

    void fail(std::string_view name, std::string message);
    [[nodiscard]] std::string at(std::string_view name) const { return pointer_ + pointer_step(name); }
    [[nodiscard]] bool failed() const noexcept { return error_.has_value(); }

  private:
    [[nodiscard]] const json::value* present(std::string_view name) const;
    const json::object& object_;
    std::string pointer_;
    std::optional<Invalid>& error_;
};

}  // namespace ringback::mock_bin
