#include "store/sql_store.hpp"

#include <algorithm>
#include <set>

namespace ringback::store {
namespace {

constexpr const char* kColumns =
    "id, run_id, target_key, seq, event, url, created_at, state, due_at, attempts, claimed_by, "
    "claimed_until, "
    "last_error, target, headers, body";
// The same of `messages m`, where another table is joined.
constexpr const char* kMessageColumns =
    "m.id, m.run_id, m.target_key, m.seq, m.event, m.url, m.created_at, m.state, m.due_at, m.attempts, "
    "m.claimed_by, m.claimed_until, m.last_error, m.target, m.headers, m.body";

/// Binds kColumns, in that order, and turns each row into a message.
struct MessageRow {
    Message row;
    std::string event, state;
    long long seq = 0, created_at = 0, due_at = 0, attempts = 0, claimed_until = 0;

    explicit MessageRow(Query& query) {
        query.get(row.id)
            .get(row.run_id)
            .get(row.target_key)
            .get(seq)
            .get(event)
            .get(row.url)
            .get(created_at);
        query.get(state).get(due_at).get(attempts).get(row.claimed_by).get(claimed_until).get(row.last_error);
        query.get(row.target).get(row.headers).get(row.body);
    }

    [[nodiscard]] Message read() const {
        Message message = row;
        const auto message_event = parse_run_status(event);
        const auto message_state = parse_message_state(state);
        if (!message_event || !message_state)
            throw Damaged("message " + row.id + " has event '" + event + "' and state '" + state + "'");
        message.seq = seq;
        message.event = *message_event;
        message.state = *message_state;
        message.created_at = from_microseconds(created_at);
        message.due_at = from_microseconds(due_at);
        message.attempts = static_cast<std::uint32_t>(attempts);
        message.claimed_until = from_microseconds(claimed_until);
        return message;
    }
};

std::vector<Message> read_all(Query& query) {
    std::vector<Message> messages;
    const MessageRow row(query);
    while (query.next())
        messages.push_back(row.read());
    return messages;
}

StoreError unknown(const std::string& message_id) {
    return {StoreError::Kind::not_found, "message " + message_id + " is not stored"};
}

}  // namespace

/// The new seq. A message that becomes the first undelivered one of its key makes the key ready at `due_at`.
std::int64_t SqlStore::next_seq(const std::string& target_key, Time due_at) {
    Query upsert = query(
        "INSERT INTO targets (target_key, last_seq, head_seq, ready_at) VALUES (:key, 1, 1, :due_at) "
        "ON CONFLICT (target_key) DO UPDATE SET last_seq = targets.last_seq + 1, "
        "head_seq = COALESCE(targets.head_seq, targets.last_seq + 1), "
        "ready_at = COALESCE(targets.ready_at, :due_at) RETURNING last_seq");
    long long seq = 0;
    upsert.text("key", target_key).time("due_at", due_at).get(seq).run();
    return seq;
}

/// What `targets` tells of a key: its first undelivered message, and when that may be claimed, which is when
/// it is due and no claim on any message of the key holds. Whatever changes a message's state, due time or
/// claim calls it in the same transaction.
void SqlStore::refresh_head(const std::string& target_key) {
    Query update = query(
        "UPDATE targets SET "
        "head_seq = (SELECT MIN(seq) FROM messages WHERE target_key = :key AND state = 'due'), "
        "ready_at = (SELECT CASE WHEN due_at > busy_until THEN due_at ELSE busy_until END FROM "
        "(SELECT due_at, COALESCE((SELECT MAX(claimed_until) FROM messages "
        "WHERE target_key = :key AND claimed_by <> ''), 0) AS busy_until "
        "FROM messages WHERE target_key = :key AND state = 'due' ORDER BY seq LIMIT 1) AS head) "
        "WHERE target_key = :key");
    update.text("key", target_key).run();
}

Stored<void> SqlStore::insert_messages(const std::string& run_id, const std::vector<Message>& messages) {
    for (const Message& message : messages) {
        const std::int64_t seq = next_seq(message.target_key, message.due_at);
        {
            Query insert =
                query("INSERT INTO messages (" + std::string(kColumns) +
                      ") VALUES (:id, :run_id, :target_key, :seq, :event, :url, :created_at, :state, "
                      ":due_at, :attempts, :claimed_by, :claimed_until, :last_error, :target, :headers, " +
                      dialect_->bytes(":body") + ") ON CONFLICT (id) DO NOTHING");
            insert.text("id", message.id).text("run_id", message.run_id.empty() ? run_id : message.run_id);
            insert.text("target_key", message.target_key).number("seq", seq);
            insert.word("event", to_string(message.event));
            insert.text("url", message.url).time("created_at", message.created_at);
            insert.word("state", to_string(message.state)).time("due_at", message.due_at);
            insert.number("attempts", message.attempts).text("claimed_by", message.claimed_by);
            insert.number("claimed_until",
                          message.claimed_by.empty() ? 0 : to_microseconds(message.claimed_until));
            insert.text("last_error", message.last_error).text("target", message.target);
            insert.text("headers", message.headers).text("body", message.body);
            if (insert.run() == 0)
                return StoreError{StoreError::Kind::other, "message " + message.id + " is stored already"};
        }
        // What next_seq() took for granted does not hold for these.
        if (message.state != MessageState::due || !message.claimed_by.empty())
            refresh_head(message.target_key);
    }
    return {};
}

std::vector<Message> SqlStore::claimable(Time now, std::uint32_t limit, const std::string& run_id) {
    // The last two conditions repeat what `targets` says, on the row itself: a row that another node changed
    // while this one waited for it is judged again by its new values only.
    const std::string columns = "SELECT " + std::string(kMessageColumns);
    const std::string ready =
        "m.target_key = t.target_key AND m.seq = t.head_seq AND t.ready_at <= :now "
        "AND m.state = 'due' AND m.claimed_until <= :now ";
    Query select =
        query(run_id.empty()
                  ? columns + " FROM targets t CROSS JOIN messages m WHERE " + ready +
                        "ORDER BY t.ready_at, t.target_key LIMIT :limit" + dialect_->skip_locked("m")
                  : columns + " FROM messages m CROSS JOIN targets t WHERE m.run_id = :run_id AND " + ready +
                        "ORDER BY m.created_at, m.seq, m.id LIMIT :limit" + dialect_->skip_locked("m"));
    select.time("now", now).number("limit", limit);
    if (!run_id.empty()) select.text("run_id", run_id);
    return read_all(select);
}

Stored<std::vector<Message>> SqlStore::claim_messages(const std::string& owner, Time now, Time until,
                                                      std::uint32_t limit, const std::string& run_id) {
    std::vector<Message> claimed = claimable(now, limit, run_id);
    for (Message& message : claimed) {
        Query update =
            query("UPDATE messages SET claimed_by = :owner, claimed_until = :until WHERE id = :id");
        update.text("owner", owner).time("until", until).text("id", message.id).run();
        message.claimed_by = owner;
        message.claimed_until = until;
        Query busy = query("UPDATE targets SET ready_at = :until WHERE target_key = :key");
        busy.time("until", std::max(until, message.due_at)).text("key", message.target_key).run();
    }
    return claimed;
}

Stored<void> SqlStore::record_attempt(const Attempt& attempt, MessageState state, Time due_at) {
    {
        Query insert = query(
            "INSERT INTO attempts (message_id, number, started_at, status, outcome, error, detail) "
            "SELECT m.id, (SELECT CASE WHEN COALESCE(MAX(number), 0) < :number THEN :number "
            "ELSE MAX(number) + 1 END FROM attempts WHERE message_id = m.id), "
            ":started_at, :status, :outcome, :error, :detail FROM messages m WHERE m.id = :id");
        insert.text("id", attempt.message_id).number("number", attempt.number);
        insert.time("started_at", attempt.started_at).number("status", attempt.status);
        insert.text("outcome", attempt.outcome).text("error", attempt.error).text("detail", attempt.detail);
        if (insert.run() == 0) return unknown(attempt.message_id);
    }
    std::string key;
    {
        Query update = query(
            "UPDATE messages SET state = :state, "
            "due_at = CASE WHEN :state = 'due' THEN :due_at ELSE due_at END, "
            "attempts = attempts + 1, last_error = :error, claimed_by = '', claimed_until = 0 "
            "WHERE id = :id AND state = 'due' RETURNING target_key");
        update.word("state", to_string(state)).time("due_at", due_at).text("error", attempt.error);
        update.text("id", attempt.message_id).get(key).run();
    }
    if (!key.empty()) refresh_head(key);
    return {};
}

Stored<void> SqlStore::release_messages(const std::string& owner, const std::string& message_id) {
    std::set<std::string> keys;
    {
        // Found by the index of claims, which are few.
        Query update = query(std::string("UPDATE messages SET claimed_by = '', claimed_until = 0 "
                                         "WHERE claimed_by <> '' AND claimed_by = :owner ") +
                             (message_id.empty() ? "" : "AND id = :id ") + "RETURNING target_key");
        std::string key;
        update.text("owner", owner).get(key);
        if (!message_id.empty()) update.text("id", message_id);
        while (update.next())
            keys.insert(key);
    }
    for (const auto& key : keys)
        refresh_head(key);
    return {};
}

Stored<std::vector<std::string>> SqlStore::claim_owners() {
    Query select =
        query("SELECT DISTINCT claimed_by FROM messages WHERE claimed_by <> '' ORDER BY claimed_by");
    std::vector<std::string> owners;
    std::string owner;
    select.get(owner);
    while (select.next())
        owners.push_back(owner);
    return owners;
}

Stored<void> SqlStore::redeliver(const std::string& message_id, Time now) {
    std::string key;
    {
        Query update =
            query("UPDATE messages SET state = 'due', due_at = :now WHERE id = :id RETURNING target_key");
        update.time("now", now).text("id", message_id).get(key).run();
    }
    if (key.empty()) return unknown(message_id);
    refresh_head(key);
    return {};
}

Stored<std::optional<Message>> SqlStore::message(const std::string& id) {
    Query select = query("SELECT " + std::string(kColumns) + " FROM messages WHERE id = :id");
    select.text("id", id);
    std::vector<Message> found = read_all(select);
    if (found.empty()) return std::nullopt;
    return std::move(found.front());
}

Stored<std::vector<Message>> SqlStore::messages(const MessageFilter& filter) {
    std::string sql = "SELECT " + std::string(kColumns) + " FROM messages WHERE 1 = 1";
    if (!filter.run_id.empty()) sql += " AND run_id = :run_id";
    if (!filter.target_key.empty()) sql += " AND target_key = :target_key";
    // Written out, so that the planner sees which partial index serves it.
    if (filter.state) sql += " AND state = '" + std::string(to_string(*filter.state)) + "'";
    // Within a key the numbers are in the order of creation, and an index of their own leads to the newest at
    // once.
    Query select =
        query(sql + (filter.target_key.empty() ? " ORDER BY created_at DESC, seq DESC, id DESC LIMIT :limit"
                                               : " ORDER BY seq DESC LIMIT :limit"));
    if (!filter.run_id.empty()) select.text("run_id", filter.run_id);
    if (!filter.target_key.empty()) select.text("target_key", filter.target_key);
    select.number("limit", filter.limit);
    return read_all(select);
}

Stored<std::vector<Attempt>> SqlStore::attempts(const std::string& message_id) {
    Query select = query(
        "SELECT message_id, number, started_at, status, outcome, error, detail FROM attempts "
        "WHERE message_id = :id ORDER BY number");
    Attempt row;
    long long number = 0, started_at = 0, status = 0;
    select.text("id", message_id).get(row.message_id).get(number).get(started_at).get(status);
    select.get(row.outcome).get(row.error).get(row.detail);
    std::vector<Attempt> attempts;
    while (select.next()) {
        row.number = static_cast<std::uint32_t>(number);
        row.started_at = from_microseconds(started_at);
        row.status = static_cast<std::uint32_t>(status);
        attempts.push_back(row);
    }
    return attempts;
}

Stored<std::optional<Time>> SqlStore::next_due() {
    Query select = query("SELECT MIN(ready_at) FROM targets WHERE ready_at IS NOT NULL");
    long long earliest = 0;
    soci::indicator none = soci::i_null;
    select.get(earliest, none);
    select.run();
    if (none == soci::i_null) return std::nullopt;
    return from_microseconds(earliest);
}

}  // namespace ringback::store
