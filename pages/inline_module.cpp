#include "pages/inline_module.hpp"

#include <algorithm>

namespace ringback::pages {

std::string inline_module(std::string_view module) {
    constexpr std::string_view exporting = "export ";
    std::string out;
    out.reserve(module.size());
    bool in_import = false;
    while (!module.empty()) {
        auto line = module.substr(0, module.find('\n'));
        module.remove_prefix(std::min(module.size(), line.size() + 1));
        in_import = in_import || line.starts_with("import ");
        if (in_import) {
            in_import = !line.ends_with(';');
            continue;
        }
        if (line.starts_with(exporting)) line.remove_prefix(exporting.size());
        out += line;
        out += '\n';
    }
    return out;
}

}  // namespace ringback::pages
