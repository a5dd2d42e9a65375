// A place in a JSON document in JavaScript notation with negative indexes: phones[-1].number, [2].number,
// a["b c"].
#pragma once

#include "run-options/parse_error.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace ringback::harness {

class JsonPath {
  public:
    /// The whole document.
    JsonPath() = default;
    /// "" is the whole document. Errors carry the column. Bounded: 4,096 bytes, 64 steps.
    [[nodiscard]] static Parsed<JsonPath> parse(std::string_view text);

    /// The value there, or null. Points into `root`.
    [[nodiscard]] const boost::json::value* find(const boost::json::value& root) const noexcept;
    /// When find() gives null: "phones has 2 elements, there is no [5]", "address has no key 'ctiy' (did you
    /// mean 'city'?)", "name is a string, it has no key 'first'".
    [[nodiscard]] std::string explain(const boost::json::value& root) const;

    /// As written.
    [[nodiscard]] const std::string& text() const noexcept { return text_; }
    [[nodiscard]] bool operator==(const JsonPath& other) const noexcept { return steps_ == other.steps_; }

    using Step = std::variant<std::string, std::int64_t>;  ///< key or index
    [[nodiscard]] const std::vector<Step>& steps() const noexcept { return steps_; }

  private:
    std::string text_;
    std::vector<Step> steps_;
};

}  // namespace ringback::harness
