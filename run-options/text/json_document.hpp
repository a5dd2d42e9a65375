// JSON with the place of each key and value, which Boost.JSON does not keep, and without duplicate keys,
// which it does not report.
#pragma once

#include "run-options/parse_error.hpp"

#include <boost/json/value.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::text {

constexpr std::size_t kJsonDepth = 32;

struct JsonMember;

/// One value of a document.
struct JsonNode {
    std::size_t offset = 0;  ///< of its first byte
    bool verbatim = true;    ///< a string without escapes: its characters stand at offset + 1
    boost::json::kind kind = boost::json::kind::null;
    boost::json::value scalar;        ///< unless an object or array; numbers correctly rounded
    std::vector<JsonMember> members;  ///< of an object, in the order written
    std::vector<JsonNode> items;      ///< of an array
};

struct JsonMember {
    std::string key;
    std::size_t offset = 0;  ///< of the key's quotation mark
    JsonNode value;
};

/// Reads the one JSON value that fills [begin, end) of `text`, white space aside. At most kJsonDepth deep.
[[nodiscard]] Parsed<JsonNode> read_json(std::string_view text, std::size_t begin, std::size_t end);

/// The node with everything below it.
[[nodiscard]] boost::json::value to_value(const JsonNode& node);

/// "a number", "an object": for messages.
[[nodiscard]] std::string_view describe(boost::json::kind kind) noexcept;

/// Behind the brace or quotation mark that closes the one at `begin`; npos when none does. Does not validate.
[[nodiscard]] std::size_t end_of_json(std::string_view text, std::size_t begin) noexcept;

/// What is wrong with the JSON in [begin, end), which must not be sound.
[[nodiscard]] ParseError json_error(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace ringback::text
