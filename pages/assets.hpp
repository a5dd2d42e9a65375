// pages: the look that all pages and reports share, embedded into the binaries. No page content lives here.
#pragma once

#include <string_view>

namespace ringback::pages {

/// The one style sheet (UTF-8 CSS), for <style> or to be served as text/css.
[[nodiscard]] std::string_view style_sheet() noexcept;

/// What pages share as an ES module (UTF-8 JavaScript): elements, tabs, copying, times.
[[nodiscard]] std::string_view components_script() noexcept;

}  // namespace ringback::pages
