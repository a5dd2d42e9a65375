// What requests carry in their fields and bodies: cookies, form fields, parts of a multipart body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::mock_bin {

/// "application/json" of "Application/JSON; charset=utf-8"; empty when it is not type/subtype.
[[nodiscard]] std::string media_type(std::string_view content_type);
/// A parameter of a field such as Content-Type or Content-Disposition, unquoted.
[[nodiscard]] std::optional<std::string> field_parameter(std::string_view field, std::string_view name);

/// "a=1; b=2" to pairs, percent-decoded where that gives UTF-8; quotes around a value are taken off.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> parse_cookies(std::string_view field);

struct Part {
    std::string name, file_name, content_type;
    bool is_file = false;
    std::string_view value;  ///< points into the body
};
/// The parts of a multipart body (RFC 2046, 5.1), as many as are well-formed; at most 1,000.
[[nodiscard]] std::vector<Part> parse_multipart(std::string_view body, std::string_view boundary);

}  // namespace ringback::mock_bin
