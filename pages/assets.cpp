#include "pages/assets.hpp"

#include "embedded/pages.hpp"

namespace ringback::pages {

std::string_view style_sheet() noexcept { return embedded::style_css(); }

}  // namespace ringback::pages
