// Web addresses as people write them: checked once, with the place of what is wrong.
#pragma once

#include "run-options/parse_error.hpp"

#include <cstddef>
#include <string>
#include <string_view>

namespace ringback::value {

/// Words taken from a text: what they say, and where they stand.
struct Words {
    std::string_view text;   ///< the whole text, for error messages
    std::size_t offset = 0;  ///< where the words begin in it, in bytes
    std::string content;     ///< what they say, escapes undone
    bool verbatim = true;    ///< byte i of the content stands at offset + i; else only the beginning is known

    /// An error that points at byte `i` of the content.
    [[nodiscard]] ParseError error(std::size_t i, std::string message, std::string hint = {}) const {
        return error_at(text, verbatim ? offset + i : offset, std::move(message), std::move(hint));
    }
};

/// An absolute http or https URL of at most 2,048 characters (RFC 3986), with a host, without user name or
/// password.
/// @param user who calls it, as the beginning of a sentence: "a webhook"
[[nodiscard]] Parsed<std::string> read_web_url(const Words& words, std::string_view user);

}  // namespace ringback::value
