// Answers that quote the call: "{{method}}", "{{path}}", "{{query.NAME}}", "{{headers.NAME}}", "{{body}}",
// "{{body.a.b[0]}}". The word "request." may stand before each name, as in WireMock.
#pragma once

#include "tools/mock-bin/entry.hpp"

#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace ringback::mock_bin {

/// @return what is wrong with the text as a template, or nothing
[[nodiscard]] std::optional<std::string> check_template(std::string_view text);

/// Fills templates for one call; the body is parsed as JSON at most once. A value that the call does not have
/// is empty.
class TemplateFiller {
  public:
    /// @param most bytes of all that it fills
    TemplateFiller(const RecordedRequest& request, std::size_t most) : request_(request), left_(most) {}
    /// Nothing when that would be more than it may fill.
    [[nodiscard]] std::optional<std::string> fill(std::string_view text);

  private:
    [[nodiscard]] std::string value(std::string_view expression);
    [[nodiscard]] std::string body_value(std::string_view path);

    const RecordedRequest& request_;
    std::size_t left_;
    std::optional<boost::json::value> body_;
    bool parsed_ = false;
};

}  // namespace ringback::mock_bin
