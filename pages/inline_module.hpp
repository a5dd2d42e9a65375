// ES modules that are one script: a file that is opened from disk cannot import others.
#pragma once

#include <string>
#include <string_view>

namespace ringback::pages {

/// The module without its `import … from '…';` statements and `export` words, which must begin their lines:
/// put behind the modules that it imports from, it finds their names. All of them share one scope.
[[nodiscard]] std::string inline_module(std::string_view module);

}  // namespace ringback::pages
