#include "pages/assets.hpp"

namespace ringback::pages {
std::string_view style_sheet() noexcept { return ""; }
}  // namespace ringback::pages
