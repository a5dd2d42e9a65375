#include "store/sql_store.hpp"

namespace ringback::store {
namespace {

std::optional<Time> time_unless(soci::indicator null, long long microseconds) {
    if (null == soci::i_null) return std::nullopt;
    return from_microseconds(microseconds);
}

}  // namespace

Stored<std::vector<MonitorState>> SqlStore::monitors() {
    Query select = query(
        "SELECT name, last_started, next_due, consecutive_failures, alarmed, claimed_by, claimed_until "
        "FROM monitors ORDER BY name");
    MonitorState row;
    long long last_started = 0, next_due = 0, failures = 0, alarmed = 0, claimed_until = 0;
    soci::indicator never_started = soci::i_null, not_due = soci::i_null;
    select.get(row.name).get(last_started, never_started).get(next_due, not_due).get(failures).get(alarmed);
    select.get(row.claimed_by).get(claimed_until);
    std::vector<MonitorState> monitors;
    while (select.next()) {
        row.last_started = time_unless(never_started, last_started);
        row.next_due = time_unless(not_due, next_due);
        row.consecutive_failures = static_cast<std::uint32_t>(failures);
        row.alarmed = alarmed != 0;
        row.claimed_until = from_microseconds(claimed_until);
        monitors.push_back(row);
    }
    return monitors;
}

Stored<void> SqlStore::save_monitor(const MonitorState& state) {
    Query upsert = query(
        "INSERT INTO monitors (name, last_started, next_due, consecutive_failures, alarmed, claimed_by, "
        "claimed_until) "
        "VALUES (:name, :last_started, :next_due, :failures, :alarmed, '', 0) "
        "ON CONFLICT (name) DO UPDATE SET last_started = :last_started, next_due = :next_due, "
        "consecutive_failures = :failures, alarmed = :alarmed");
    upsert.text("name", state.name).time("last_started", state.last_started).time("next_due", state.next_due);
    upsert.number("failures", state.consecutive_failures).number("alarmed", state.alarmed ? 1 : 0).run();
    return {};
}

Stored<bool> SqlStore::claim_monitor(const std::string& name, const std::string& owner, Time now,
                                     Time until) {
    Query upsert = query(
        "INSERT INTO monitors (name, consecutive_failures, alarmed, claimed_by, claimed_until) "
        "VALUES (:name, 0, 0, :owner, :until) "
        "ON CONFLICT (name) DO UPDATE SET claimed_by = :owner, claimed_until = :until "
        "WHERE monitors.claimed_by = '' OR monitors.claimed_by = :owner OR monitors.claimed_until <= :now");
    upsert.text("name", name).text("owner", owner).time("now", now).time("until", until);
    return upsert.run() == 1;
}

Stored<void> SqlStore::release_monitor(const std::string& name, const std::string& owner) {
    Query update = query(
        "UPDATE monitors SET claimed_by = '', claimed_until = 0 WHERE name = :name AND claimed_by = :owner");
    update.text("name", name).text("owner", owner).run();
    return {};
}

}  // namespace ringback::store
