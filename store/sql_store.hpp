// The store's work in SQL, synchronous, for the store's own thread only. Every engine shares it; where they
// differ it asks its Dialect. The functions mirror those of Store, which says what each one promises; here
// they run inside a transaction that the writer began, and throw soci::soci_error or Damaged, which the
// caller turns into a StoreError.
#pragma once

#include "store/dialect.hpp"
#include "store/query.hpp"
#include "store/writer.hpp"

#include <soci/soci.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace ringback::store {

/// A value that no version of ours can have written.
struct Damaged : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class SqlStore final : public Database {
  public:
    SqlStore(std::unique_ptr<soci::session> session, std::unique_ptr<Dialect> dialect);

    // Transactions
    [[nodiscard]] Stored<void> begin() override;
    [[nodiscard]] Stored<void> commit() override;
    [[nodiscard]] Stored<void> sync() override { return dialect_->sync(); }
    void rollback() noexcept override;
    [[nodiscard]] Stored<void> begin_part() override;
    [[nodiscard]] Stored<void> keep_part() override;
    [[nodiscard]] Stored<void> undo_part() override;
    [[nodiscard]] bool in_transaction() const override { return dialect_->in_transaction(); }

    // Runs
    Stored<void> begin_run(const RunRecord& run, const std::vector<Message>& messages);
    Stored<void> finish_run(const RunRecord& run, const std::vector<Message>& messages);
    Stored<void> renew_run_leases(const std::string& owner, Time until);
    Stored<std::vector<RunRecord>> claim_interrupted_runs(const std::string& owner, Time now, Time until);
    Stored<std::optional<RunRecord>> run(const std::string& id);
    Stored<std::vector<RunRecord>> runs(const RunFilter& filter);
    Stored<std::size_t> prune(Time before, std::uint32_t limit);

    // Messages
    Stored<std::vector<Message>> claim_messages(const std::string& owner, Time now, Time until,
                                                std::uint32_t limit, const std::string& run_id);
    Stored<void> record_attempt(const Attempt& attempt, MessageState state, Time due_at);
    Stored<void> release_messages(const std::string& owner, const std::string& message_id);
    Stored<std::vector<std::string>> claim_owners();
    Stored<void> redeliver(const std::string& message_id, Time now);
    Stored<std::optional<Message>> message(const std::string& id);
    Stored<std::vector<Message>> messages(const MessageFilter& filter);
    Stored<std::vector<Attempt>> attempts(const std::string& message_id);
    Stored<std::optional<Time>> next_due();

    // Monitors
    Stored<std::vector<MonitorState>> monitors();
    Stored<void> save_monitor(const MonitorState& state);
    Stored<bool> claim_monitor(const std::string& name, const std::string& owner, Time now, Time until);
    Stored<void> release_monitor(const std::string& name, const std::string& owner);

    [[nodiscard]] const Dialect& dialect() const noexcept { return *dialect_; }

  private:
    Query query(std::string sql) { return Query(statements_, std::move(sql)); }
    Stored<void> control(const char* sql, const char* doing);
    Stored<void> insert_messages(const std::string& run_id, const std::vector<Message>& messages);
    std::int64_t next_seq(const std::string& target_key, Time due_at);
    void refresh_head(const std::string& target_key);
    std::vector<Message> claimable(Time now, std::uint32_t limit, const std::string& run_id);

    std::unique_ptr<soci::session> session_;
    std::unique_ptr<Dialect> dialect_;
    Statements statements_;  // after the session: statements go first
};

}  // namespace ringback::store
