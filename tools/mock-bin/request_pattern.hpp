// What a test expects of a recorded call: WireMock's request pattern and MockServer's httpRequest, parsed
// into one type.
#pragma once

#include "tools/mock-bin/definition.hpp"
#include "tools/mock-bin/entry.hpp"

#include <boost/json/value.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::mock_bin {

/// One condition on one text.
struct TextMatcher {
    enum class Kind {
        equal,
        equal_ignoring_case,
        contains,
        regex,
        equal_or_regex,
        json,
        json_path,
        absent,
        present
    };
    Kind kind = Kind::equal;
    bool negated = false;
    std::string wanted;  ///< text, regex or path as written
    bool ignore_array_order = false, ignore_extra_elements = false;
    std::shared_ptr<const TextMatcher> inner;  ///< of json_path: what a found value must be

    struct Compiled;
    std::shared_ptr<const Compiled> compiled;  ///< of regex, json and json_path
};

struct FieldMatcher {
    std::string name;
    std::vector<TextMatcher> values;
};

struct RequestPattern {
    std::vector<TextMatcher> method;
    std::vector<TextMatcher> url;   ///< path and query, as received
    std::vector<TextMatcher> path;  ///< whole, or below the bin
    std::vector<FieldMatcher> headers, query, cookies;
    std::vector<TextMatcher> body;
};

/// {"method", "url" | "urlPattern" | "urlPath" | "urlPathPattern", "headers", "queryParameters", "cookies",
/// "bodyPatterns"}. `{}` matches every call.
[[nodiscard]] Checked<RequestPattern> parse_wiremock_pattern(const boost::json::value& json,
                                                             const std::string& pointer);
/// {"method", "path", "queryStringParameters", "headers", "cookies", "body"}.
[[nodiscard]] Checked<RequestPattern> parse_mockserver_request(const boost::json::value& json,
                                                               const std::string& pointer);

/// Every way in which the call differs, a phrase each: `method is GET, wanted POST`. Empty: it matches.
/// The path below "/bin/:id" may stand for the whole path.
[[nodiscard]] std::vector<std::string> differences(const RequestPattern& pattern,
                                                   const RecordedRequest& request);

}  // namespace ringback::mock_bin
