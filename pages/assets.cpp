#include "pages/assets.hpp"

#include "embedded/pages.hpp"

namespace ringback::pages {

std::string_view style_sheet() noexcept {
    return embedded::style_css();
}
std::string_view components_script() noexcept {
    return embedded::components_js();
}

}  // namespace ringback::pages
