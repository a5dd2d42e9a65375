// open_sqlite() of store.hpp with its patience as a parameter, for tests that must not wait for long.
#pragma once

#include "store/store.hpp"

#include <chrono>

namespace ringback::store {

/// `patience`: how long a lock held by another process is waited for; a second at least, which SQLite waits
/// by itself.
[[nodiscard]] Stored<std::unique_ptr<Store>> open_sqlite(std::string directory,
                                                         std::chrono::milliseconds patience);

}  // namespace ringback::store
