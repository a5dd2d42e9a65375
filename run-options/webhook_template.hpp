// The placeholders of a webhook's `body`: <%this.NAME%>, with or without white space inside.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace ringback {

struct Placeholder {
    std::size_t begin, end;  ///< of the whole "<%…%>"
    std::string_view name;   ///< what stands in it, "this.testName"; in one without an end all that follows
    bool closed = true;      ///< false: "%>" is missing
    /// "testName"; "" when it does not begin with "this."
    [[nodiscard]] std::string_view variable() const {
        return name.starts_with("this.") ? name.substr(5) : std::string_view();
    }
};

/// The first one from `at` on: "<%", then either a word of letters, digits, '.', '_' and '-', or anything
/// that begins with "this.". What else stands between "<%" and "%>" belongs to another template language.
[[nodiscard]] std::optional<Placeholder> next_placeholder(std::string_view text, std::size_t at);

}  // namespace ringback
