// The grammar of run options, `#name:value`: where each option, name and value lies. Knows no option.
#pragma once

#include "run-options/parse_error.hpp"

#include <cstddef>
#include <string_view>
#include <vector>

namespace ringback {

enum class ValueForm {
    none,   ///< #name
    plain,  ///< #name:value up to the next option, trimmed; may be empty
    json,   ///< #name:{…}, braces included
    quoted  ///< #name:"…", a JSON string, quotation marks included
};

/// One option as written. The views point into the text that was split.
struct OptionText {
    std::string_view name;   ///< without "#"
    std::size_t offset = 0;  ///< of the "#", in bytes
    ValueForm form = ValueForm::none;
    std::string_view value;
    std::size_t value_offset = 0;  ///< in bytes; where a value would stand when there is none
};

/// An option begins at a "#" at the start of the text or behind white space or a comma; its value runs to the
/// next one. A value that begins with "{" or a quotation mark ends where its JSON ends. Takes time in
/// proportion to the text.
[[nodiscard]] Parsed<std::vector<OptionText>> split_options(std::string_view text);

}  // namespace ringback
