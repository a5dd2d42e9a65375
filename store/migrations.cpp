#include "store/migrations.hpp"

#include "store/dialect.hpp"

#include <soci/soci.h>

#include <span>
#include <vector>

namespace ringback::store {
namespace {

// Times are microseconds since 1970, UTC. {bytes} is the dialect's type for bytes. Long columns come last in
// their table: SQLite reads a row from the left, and most queries then never touch the pages that a long
// value overflows to.
const std::vector<std::vector<const char*>>& steps() {
    static const std::vector<std::vector<const char*>> all{
        {
            R"(CREATE TABLE runs (
                id TEXT PRIMARY KEY, name TEXT NOT NULL, kind TEXT NOT NULL, test_name TEXT NOT NULL,
                test_id TEXT NOT NULL, test_file TEXT NOT NULL, location TEXT NOT NULL, environment TEXT NOT NULL,
                monitor TEXT NOT NULL, run_type TEXT NOT NULL, status TEXT NOT NULL, try_number BIGINT NOT NULL,
                started_at BIGINT NOT NULL, finished_at BIGINT, owner TEXT NOT NULL, lease_until BIGINT NOT NULL,
                error TEXT NOT NULL, result {bytes} NOT NULL, recovery {bytes} NOT NULL))",
            "CREATE INDEX runs_started ON runs (started_at, id)",
            "CREATE INDEX runs_test ON runs (test_name, started_at, id)",
            "CREATE INDEX runs_monitor ON runs (monitor, started_at, id) WHERE monitor <> ''",
            "CREATE INDEX runs_open ON runs (lease_until, owner) WHERE status = 'started'",
            // The last seq that was given out, so that none returns after its message was pruned.
            "CREATE TABLE targets (target_key TEXT PRIMARY KEY, last_seq BIGINT NOT NULL)",
            R"(CREATE TABLE messages (
                id TEXT PRIMARY KEY, run_id TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
                target_key TEXT NOT NULL, seq BIGINT NOT NULL, event TEXT NOT NULL, url TEXT NOT NULL,
                created_at BIGINT NOT NULL, state TEXT NOT NULL, due_at BIGINT NOT NULL, attempts BIGINT NOT NULL,
                claimed_by TEXT NOT NULL, claimed_until BIGINT NOT NULL, last_error TEXT NOT NULL,
                target TEXT NOT NULL, headers TEXT NOT NULL, body {bytes} NOT NULL,
                UNIQUE (target_key, seq)))",
            "CREATE INDEX messages_run ON messages (run_id)",
            "CREATE INDEX messages_created ON messages (created_at, seq, id)",
            "CREATE INDEX messages_delivered ON messages (created_at, seq, id) WHERE state = 'delivered'",
            "CREATE INDEX messages_dead ON messages (created_at, seq, id) WHERE state = 'dead'",
            // Holds all that is needed to find the first undelivered message of each key.
            "CREATE INDEX messages_due ON messages (target_key, seq, claimed_by, claimed_until, state) "
            "WHERE state "
            "= 'due'",
            R"(CREATE TABLE attempts (
                message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE, number BIGINT NOT NULL,
                started_at BIGINT NOT NULL, status BIGINT NOT NULL, outcome TEXT NOT NULL, error TEXT NOT NULL,
                detail TEXT NOT NULL, PRIMARY KEY (message_id, number)))",
            R"(CREATE TABLE monitors (
                name TEXT PRIMARY KEY, last_started BIGINT, next_due BIGINT, consecutive_failures BIGINT NOT NULL,
                alarmed BIGINT NOT NULL, claimed_by TEXT NOT NULL, claimed_until BIGINT NOT NULL))",
        },
        {
            // The first undelivered message of each key and when it may be claimed, kept beside the key: to
            // find what is ready costs the same whatever waits.
            "ALTER TABLE targets ADD COLUMN head_seq BIGINT",
            "ALTER TABLE targets ADD COLUMN ready_at BIGINT",
            "DROP INDEX messages_due",
            // What arrived last of a target, behind whatever waits.
            "DROP INDEX messages_delivered",
            "CREATE INDEX messages_delivered ON messages (target_key, seq) WHERE state = 'delivered'",
            "CREATE INDEX messages_due ON messages (target_key, seq) WHERE state = 'due'",
            "CREATE INDEX messages_claimed ON messages (target_key, claimed_until, claimed_by) "
            "WHERE claimed_by <> ''",
            "UPDATE targets SET head_seq = (SELECT MIN(seq) FROM messages m "
            "WHERE m.target_key = targets.target_key AND m.state = 'due')",
            "UPDATE targets SET ready_at = (SELECT CASE WHEN m.due_at > COALESCE((SELECT "
            "MAX(c.claimed_until) "
            "FROM messages c WHERE c.target_key = m.target_key AND c.claimed_by <> ''), 0) THEN m.due_at "
            "ELSE (SELECT MAX(c.claimed_until) FROM messages c WHERE c.target_key = m.target_key "
            "AND c.claimed_by <> '') END "
            "FROM messages m WHERE m.target_key = targets.target_key AND m.seq = targets.head_seq)",
            "CREATE INDEX targets_ready ON targets (ready_at, target_key) WHERE ready_at IS NOT NULL",
            // For the removal of old runs.
            "CREATE INDEX runs_finished ON runs (finished_at, id) WHERE finished_at IS NOT NULL",
        },
    };
    return all;
}

std::string in_dialect(std::string sql, const Dialect& dialect) {
    constexpr std::string_view placeholder = "{bytes}";
    for (auto at = sql.find(placeholder); at != std::string::npos; at = sql.find(placeholder, at))
        sql.replace(at, placeholder.size(), dialect.bytes_type());
    return sql;
}

/// 0 for a database without any schema.
int schema_of(soci::session& session) {
    session << "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
    int version = 0;
    session << "SELECT COALESCE(MAX(version), 0) FROM schema_version", soci::into(version);
    return version;
}

/// False when another process was first.
bool apply(soci::session& session, const Dialect& dialect, int version) {
    session << dialect.begin_writing();
    try {
        const bool ours = schema_of(session) == version - 1;
        if (ours) {
            for (const char* statement : steps()[static_cast<std::size_t>(version) - 1])
                session << in_dialect(statement, dialect);
            session << "DELETE FROM schema_version";
            session << "INSERT INTO schema_version (version) VALUES (:version)",
                soci::use(version, "version");
        }
        session << "COMMIT";
        return ours;
    } catch (...) {
        if (dialect.in_transaction()) session << "ROLLBACK";
        throw;
    }
}

}  // namespace

int newest_schema() noexcept {
    return static_cast<int>(steps().size());
}

Stored<void> migrate(soci::session& session, const Dialect& dialect) {
    for (;;) {
        const int version = schema_of(session);
        if (version == newest_schema()) return {};
        if (version > newest_schema())
            return StoreError{StoreError::Kind::too_new,
                              "the state was written by a newer ringback (schema " + std::to_string(version) +
                                  ", this one knows up to " + std::to_string(newest_schema()) +
                                  "): use that version, or another state directory (state in " +
                                  dialect.place() + ")"};
        apply(session, dialect, version + 1);
    }
}

}  // namespace ringback::store
