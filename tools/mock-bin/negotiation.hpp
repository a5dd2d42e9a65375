// In which form an answer goes out: what the client accepts, and the values written as JSON, YAML, XML or
// text.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>

namespace ringback::mock_bin {

enum class Format { json, xml, html, yaml, text };

struct Negotiated {
    Format format = Format::json;
    std::string_view type = "application/json";  ///< without charset
};

/// The best of what `accept` names, by quality, then by how exactly it is named, then by its place. JSON for
/// "*/*", for nothing, and when nothing fits: an answer in the wrong form helps more than none.
[[nodiscard]] Negotiated negotiate(std::string_view accept);

/// @param indent spaces a level, 0: all in one line
[[nodiscard]] std::string to_json(const boost::json::value& value, unsigned indent);
/// The same for a value that stands `depth` levels deep: for logs that are written piece by piece.
void append_json(std::string& out, const boost::json::value& value, unsigned indent, unsigned depth);
[[nodiscard]] std::string to_yaml(const boost::json::value& value, unsigned indent);
/// A text is itself, without quotes; anything else as YAML.
[[nodiscard]] std::string to_plain_text(const boost::json::value& value, unsigned indent);
/// Inside <response>; a member that is an array repeats its element, as Mockbin has it.
[[nodiscard]] std::string to_xml(const boost::json::value& value, unsigned indent);

}  // namespace ringback::mock_bin
