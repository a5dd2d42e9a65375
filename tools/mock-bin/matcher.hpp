// Making and applying one condition; for request_pattern*.cpp only.
#pragma once

#include "tools/mock-bin/json_path.hpp"
#include "tools/mock-bin/request_pattern.hpp"

#include <boost/json.hpp>
#include <boost/regex.hpp>

#include <functional>

namespace ringback::mock_bin {

struct TextMatcher::Compiled {
    std::optional<boost::regex> regex;
    boost::json::value json;
    std::optional<JsonPath> path;
};

/// A body is parsed once for all conditions on it.
class Subject {
  public:
    explicit Subject(std::string_view text) : text_(text) {}
    [[nodiscard]] std::string_view text() const noexcept { return text_; }
    /// Null when it is not JSON, or JSON that is too deep.
    [[nodiscard]] const boost::json::value* json() const;
    [[nodiscard]] bool too_deep() const { return !json() && too_deep_; }

  private:
    std::string_view text_;
    mutable bool parsed_ = false, too_deep_ = false;
    mutable std::optional<boost::json::value> json_;
};

/// @return what is wrong, or nothing
[[nodiscard]] std::optional<std::string> compile(TextMatcher& matcher);
[[nodiscard]] bool holds(const TextMatcher& matcher, const Subject& subject);
/// `"a"`, `text with "a"`, `a match of /a+/` …
[[nodiscard]] std::string wanted_text(const TextMatcher& matcher);
/// Shortened and in quotes, for messages.
[[nodiscard]] std::string quoted(std::string_view text);
/// Where and how two documents differ first, or nothing.
[[nodiscard]] std::optional<std::string> json_difference(const boost::json::value& wanted,
                                                         const boost::json::value& found, bool ignore_order,
                                                         bool ignore_extra, const std::string& pointer);

}  // namespace ringback::mock_bin
