// The schema, as numbered steps. A step that has been released is never changed: the next change is a new
// step.
#pragma once

#include "store/store.hpp"

namespace soci {
class session;
}

namespace ringback::store {

class Dialect;

/// The newest schema this program knows.
[[nodiscard]] int newest_schema() noexcept;

/// Brings the database to newest_schema(), each step in a transaction of its own, so that a crash leaves a
/// schema between two steps and never inside one. Several processes may do this at once. A schema from a
/// newer program is StoreError::too_new and stays untouched. Throws soci::soci_error.
[[nodiscard]] Stored<void> migrate(soci::session& session, const Dialect& dialect);

}  // namespace ringback::store
