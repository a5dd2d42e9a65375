#include "pages/assets.hpp"

#include "embedded/pages.hpp"

namespace ringback::pages {

std::string_view style_sheet() noexcept {
    return embedded::style_css();
}
std::string_view components_script() noexcept {
    return embedded::components_js();
}
std::string_view figures_style_sheet() noexcept {
    return embedded::figures_css();
}
std::string_view figures_script() noexcept {
    return embedded::figures_js();
}
std::string_view charts_script() noexcept {
    return embedded::charts_js();
}
std::string_view uplot_script() noexcept {
    return embedded::uPlot_iife_min_js();
}
std::string_view uplot_style_sheet() noexcept {
    return embedded::uPlot_min_css();
}
std::string_view uplot_license() noexcept {
    return embedded::LICENSE();
}

}  // namespace ringback::pages
