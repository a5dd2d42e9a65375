#include "store/sql_store.hpp"

namespace ringback::store {

SqlStore::SqlStore(std::unique_ptr<soci::session> session, std::unique_ptr<Dialect> dialect)
    : session_(std::move(session)), dialect_(std::move(dialect)), statements_(*session_) {}

Stored<void> SqlStore::control(const char* sql, const char* doing) {
    try {
        query(sql).run();
        return {};
    } catch (const soci::soci_error& error) {
        return dialect_->describe(error, doing);
    }
}

Stored<void> SqlStore::begin() {
    rollback();  // what an earlier rollback() could not undo
    return control(dialect_->begin_writing(), "starting to write");
}

Stored<void> SqlStore::commit() {
    return control("COMMIT", "committing");
}
Stored<void> SqlStore::begin_part() {
    return control("SAVEPOINT part", "starting to write");
}
Stored<void> SqlStore::keep_part() {
    return control("RELEASE SAVEPOINT part", "writing");
}

Stored<void> SqlStore::undo_part() {
    // Rolling back to a savepoint leaves it open.
    if (auto undone = control("ROLLBACK TO SAVEPOINT part", "undoing a write"); !undone) return undone;
    return keep_part();
}

void SqlStore::rollback() noexcept {
    if (in_transaction()) static_cast<void>(control("ROLLBACK", "undoing a write"));
}

}  // namespace ringback::store
