// Store over any SqlStore: each call becomes an operation of the writer, and the coroutine that made it
// resumes on its own executor when the writer completes it.
#pragma once

#include "store/sql_store.hpp"
#include "store/writer.hpp"

#include <memory>
#include <string>
#include <vector>

namespace ringback::store {

class QueuedStore final : public Store {
  public:
    QueuedStore(std::unique_ptr<SqlStore> database, Writer::Limits limits)
        : database_(std::move(database)), writer_(*database_, limits) {}

    asio::awaitable<Stored<void>> begin_run(RunRecord run, std::vector<Message> messages) override;
    asio::awaitable<Stored<void>> finish_run(RunRecord run, std::vector<Message> messages) override;
    asio::awaitable<Stored<void>> renew_run_leases(std::string owner, Time until) override;
    asio::awaitable<Stored<std::vector<RunRecord>>> claim_interrupted_runs(std::string owner, Time now,
                                                                           Time until) override;
    asio::awaitable<Stored<std::optional<RunRecord>>> run(std::string id) override;
    asio::awaitable<Stored<std::vector<RunRecord>>> runs(RunFilter filter) override;
    asio::awaitable<Stored<std::size_t>> prune(Time before, std::uint32_t limit) override;

    asio::awaitable<Stored<std::vector<Message>>> claim_messages(std::string owner, Time now, Time until,
                                                                 std::uint32_t limit,
                                                                 std::string run_id) override;
    asio::awaitable<Stored<void>> record_attempt(Attempt attempt, MessageState state, Time due_at) override;
    asio::awaitable<Stored<void>> release_messages(std::string owner, std::string message_id) override;
    using Store::release_messages;
    asio::awaitable<Stored<std::vector<std::string>>> claim_owners() override;
    asio::awaitable<Stored<void>> redeliver(std::string message_id, Time now) override;
    asio::awaitable<Stored<std::optional<Message>>> message(std::string id) override;
    asio::awaitable<Stored<std::vector<Message>>> messages(MessageFilter filter) override;
    asio::awaitable<Stored<std::vector<Attempt>>> attempts(std::string message_id) override;
    asio::awaitable<Stored<std::optional<Time>>> next_due() override;

    asio::awaitable<Stored<std::vector<MonitorState>>> monitors() override;
    asio::awaitable<Stored<void>> save_monitor(MonitorState state) override;
    asio::awaitable<Stored<bool>> claim_monitor(std::string name, std::string owner, Time now,
                                                Time until) override;
    asio::awaitable<Stored<void>> release_monitor(std::string name, std::string owner) override;

  private:
    enum class Access { read, write };

    /// `doing` names the call in sentences about its failure: "ending run 4711".
    template <class T, class Work>
    asio::awaitable<Stored<T>> hand_over(Access access, std::string doing, Work work);

    std::unique_ptr<SqlStore> database_;
    Writer writer_;  // last: its thread uses the database until it ends
};

}  // namespace ringback::store
