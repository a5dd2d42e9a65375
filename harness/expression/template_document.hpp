// The parsed form of a template. Insides of Template: nobody else includes this.
#pragma once

#include "harness/expression/functions.hpp"
#include "harness/expression/template.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// A range of the source, rendered as it stands; a name; or a call.
struct TemplatePart {
    enum class Kind { literal, name, call } kind = Kind::literal;
    std::size_t begin = 0, end = 0;  ///< of the literal or the name, in the source
    std::size_t at = 0;              ///< of the opening braces
    const Function* function = nullptr;
    std::vector<std::vector<TemplatePart>> arguments;
};
using TemplateParts = std::vector<TemplatePart>;

struct Template::Document {
    std::string source;
    TemplateParts parts;
};

/// Grammar and bounds: template.hpp.
[[nodiscard]] Parsed<TemplateParts> parse_template(std::string_view text);

}  // namespace ringback::harness
