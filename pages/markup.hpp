// Text in markup that is written by a program.
#pragma once

#include <string>
#include <string_view>

namespace ringback::pages {

/// Text for HTML, between tags and in quoted attributes. The text is UTF-8.
[[nodiscard]] std::string html_text(std::string_view text);

/// Text for XML 1.0, between tags and in quoted attributes. The text is UTF-8; what XML cannot hold becomes
/// U+FFFD.
[[nodiscard]] std::string xml_text(std::string_view text);

}  // namespace ringback::pages
