// pages: the look that all pages and reports share, embedded into the binaries. No page content lives here.
#pragma once

#include <string_view>

namespace ringback::pages {

/// The one style sheet (UTF-8 CSS), for <style> or to be served as text/css.
[[nodiscard]] std::string_view style_sheet() noexcept;

/// What pages share as an ES module (UTF-8 JavaScript): elements, tabs, copying, times.
[[nodiscard]] std::string_view components_script() noexcept;

/// Pages that show measurements: tables of data, headline figures, bars, charts, and all of that on paper.
[[nodiscard]] std::string_view figures_style_sheet() noexcept;
/// ES module; imports ./components.js.
[[nodiscard]] std::string_view figures_script() noexcept;
/// ES module; imports ./components.js and ./figures.js, and wants uPlot as a global name.
[[nodiscard]] std::string_view charts_script() noexcept;

/// uPlot (https://github.com/leeoniya/uPlot), a classic script that defines `uPlot`; its style sheet and
/// licence.
[[nodiscard]] std::string_view uplot_script() noexcept;
[[nodiscard]] std::string_view uplot_style_sheet() noexcept;
[[nodiscard]] std::string_view uplot_license() noexcept;

}  // namespace ringback::pages
