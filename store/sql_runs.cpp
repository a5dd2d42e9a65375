#include "store/sql_store.hpp"

namespace ringback::store {
namespace {

constexpr const char* kColumns =
    "id, name, kind, test_name, test_id, test_file, location, environment, monitor, run_type, status, "
    "try_number, "
    "started_at, finished_at, owner, lease_until, error, result, recovery";

/// Binds kColumns, in that order, and turns each row into a record.
struct RunRow {
    RunRecord record;
    std::string type, status;
    long long try_number = 0, started_at = 0, finished_at = 0, lease_until = 0;
    soci::indicator no_finish = soci::i_null;

    explicit RunRow(Query& query) {
        query.get(record.id).get(record.name).get(record.kind).get(record.test_name).get(record.test_id);
        query.get(record.test_file).get(record.location).get(record.environment).get(record.monitor);
        query.get(type).get(status).get(try_number).get(started_at).get(finished_at, no_finish);
        query.get(record.owner).get(lease_until).get(record.error).get(record.result).get(record.recovery);
    }

    [[nodiscard]] RunRecord read() const {
        RunRecord run = record;
        const auto run_type = parse_run_type(type);
        const auto run_status = parse_run_status(status);
        if (!run_type || !run_status)
            throw Damaged("run " + run.id + " has type '" + type + "' and status '" + status + "'");
        run.type = *run_type;
        run.status = *run_status;
        run.try_number = static_cast<std::uint32_t>(try_number);
        run.started_at = from_microseconds(started_at);
        if (no_finish == soci::i_ok) run.finished_at = from_microseconds(finished_at);
        run.lease_until = from_microseconds(lease_until);
        return run;
    }
};

std::vector<RunRecord> read_all(Query& query) {
    std::vector<RunRecord> runs;
    const RunRow row(query);
    while (query.next())
        runs.push_back(row.read());
    return runs;
}

}  // namespace

Stored<void> SqlStore::begin_run(const RunRecord& run, const std::vector<Message>& messages) {
    Query insert = query(
        "INSERT INTO runs (" + std::string(kColumns) +
        ") VALUES (:id, :name, :kind, :test_name, :test_id, :test_file, :location, :environment, "
        ":monitor, :run_type, 'started', :try_number, :started_at, :finished_at, :owner, "
        ":lease_until, :error, " +
        dialect_->bytes(":result") + ", " + dialect_->bytes(":recovery") + ") ON CONFLICT (id) DO NOTHING");
    insert.text("id", run.id).text("name", run.name).text("kind", run.kind).text("test_name", run.test_name);
    insert.text("test_id", run.test_id).text("test_file", run.test_file).text("location", run.location);
    insert.text("environment", run.environment).text("monitor", run.monitor).text("owner", run.owner);
    insert.word("run_type", to_string(run.type)).number("try_number", run.try_number);
    insert.time("started_at", run.started_at).time("finished_at", run.finished_at);
    insert.time("lease_until", run.lease_until).text("error", run.error).text("result", run.result);
    insert.text("recovery", run.recovery);
    if (insert.run() == 0)
        return StoreError{StoreError::Kind::other, "run " + run.id + " is recorded already"};
    return insert_messages(run.id, messages);
}

Stored<void> SqlStore::finish_run(const RunRecord& run, const std::vector<Message>& messages) {
    if (!is_final(run.status))
        return StoreError{StoreError::Kind::other, "run " + run.id + " cannot end as 'started'"};
    Query update = query(
        "UPDATE runs SET status = :status, finished_at = :finished_at, try_number = :try_number, error = "
        ":error, "
        "result = " +
        dialect_->bytes(":result") + ", recovery = " + dialect_->bytes(":recovery") +
        " WHERE id = :id AND status = 'started'");
    update.word("status", to_string(run.status)).time("finished_at", run.finished_at);
    update.number("try_number", run.try_number).text("error", run.error).text("result", run.result);
    update.text("recovery", run.recovery).text("id", run.id);
    if (update.run() == 1) return insert_messages(run.id, messages);

    Query look = query("SELECT status FROM runs WHERE id = :id");
    std::string status;
    look.text("id", run.id).get(status);
    const bool known = look.run() >= 0 && !status.empty();
    return StoreError{StoreError::Kind::not_found,
                      known ? "run " + run.id + " has ended already, as '" + status + "'"
                            : "run " + run.id + " is not recorded, so it cannot end"};
}

Stored<void> SqlStore::renew_run_leases(const std::string& owner, Time until) {
    Query update = query("UPDATE runs SET lease_until = :until WHERE owner = :owner AND status = 'started'");
    update.time("until", until).text("owner", owner).run();
    return {};
}

Stored<std::vector<RunRecord>> SqlStore::claim_interrupted_runs(const std::string& owner, Time now,
                                                                Time until) {
    std::vector<RunRecord> runs;
    {
        // The plus keeps SQLite from walking all of history in the order of an index: open runs are few.
        Query select =
            query("SELECT " + std::string(kColumns) +
                  " FROM runs WHERE status = 'started' AND lease_until <= :now ORDER BY +started_at, id" +
                  dialect_->skip_locked("runs"));
        select.time("now", now);
        runs = read_all(select);
    }
    for (RunRecord& run : runs) {
        Query update = query("UPDATE runs SET owner = :owner, lease_until = :until WHERE id = :id");
        update.text("owner", owner).time("until", until).text("id", run.id).run();
        run.owner = owner;
        run.lease_until = until;
    }
    return runs;
}

Stored<std::optional<RunRecord>> SqlStore::run(const std::string& id) {
    Query select = query("SELECT " + std::string(kColumns) + " FROM runs WHERE id = :id");
    select.text("id", id);
    std::vector<RunRecord> found = read_all(select);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

Stored<std::vector<RunRecord>> SqlStore::runs(const RunFilter& filter) {
    long long after = 0;
    if (!filter.starting_after.empty()) {
        Query look = query("SELECT started_at FROM runs WHERE id = :id");
        look.text("id", filter.starting_after).get(after);
        if (!look.next())
            return StoreError{
                StoreError::Kind::not_found,
                "run " + filter.starting_after + " is not recorded, so nothing can be listed after it"};
        look.run();
    }

    std::string sql = "SELECT " + std::string(kColumns) + " FROM runs WHERE 1 = 1";
    if (!filter.test_name.empty()) sql += " AND test_name = :test_name";
    if (!filter.location.empty()) sql += " AND location = :location";
    if (!filter.monitor.empty()) sql += " AND monitor <> '' AND monitor = :monitor";
    if (filter.status) sql += " AND status = :status";
    if (filter.since) sql += " AND started_at >= :since";
    if (!filter.starting_after.empty()) sql += " AND (started_at, id) < (:after, :after_id)";
    Query select = query(sql + " ORDER BY started_at DESC, id DESC LIMIT :limit");
    if (!filter.test_name.empty()) select.text("test_name", filter.test_name);
    if (!filter.location.empty()) select.text("location", filter.location);
    if (!filter.monitor.empty()) select.text("monitor", filter.monitor);
    if (filter.status) select.word("status", to_string(*filter.status));
    if (filter.since) select.time("since", *filter.since);
    if (!filter.starting_after.empty()) select.number("after", after).text("after_id", filter.starting_after);
    select.number("limit", filter.limit);
    return read_all(select);
}

Stored<std::size_t> SqlStore::prune(Time before, std::uint32_t limit) {
    std::vector<std::string> old;
    {
        Query select = query(
            "SELECT r.id FROM runs r WHERE r.finished_at IS NOT NULL AND r.finished_at < :before "
            "AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.run_id = r.id AND m.state = 'due') "
            "ORDER BY r.finished_at, r.id LIMIT :limit");
        std::string id;
        select.time("before", before).number("limit", limit).get(id);
        while (select.next())
            old.push_back(id);
    }
    for (const auto& id : old) {
        // Messages and attempts go with it.
        Query remove = query("DELETE FROM runs WHERE id = :id");
        remove.text("id", id).run();
    }
    return old.size();
}

}  // namespace ringback::store
