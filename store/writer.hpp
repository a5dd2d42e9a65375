// The store's own threads. Callers hand over operations; writes that wait together are committed together by
// one thread, because a commit costs the same for one row as for a hundred. A second thread makes what was
// committed durable, and only then is it told: meanwhile the first one goes on with what came in.
#pragma once

#include "store/store.hpp"

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

namespace ringback::store {

/// What the writer asks of a database. Called from the writer's first thread only, except sync().
class Database {
  public:
    virtual ~Database() = default;
    [[nodiscard]] virtual Stored<void> begin() = 0;
    /// Others see it from then on; it is durable after the next sync().
    [[nodiscard]] virtual Stored<void> commit() = 0;
    /// Makes durable what was committed before. Called beside all the others, from a thread of its own.
    [[nodiscard]] virtual Stored<void> sync() = 0;
    virtual void rollback() noexcept = 0;
    [[nodiscard]] virtual Stored<void>
    begin_part() = 0;  ///< a part of the transaction, to be kept or undone alone
    [[nodiscard]] virtual Stored<void> keep_part() = 0;
    [[nodiscard]] virtual Stored<void> undo_part() = 0;
    /// False when an error undid the whole transaction.
    [[nodiscard]] virtual bool in_transaction() const = 0;
};

/// One call of a coroutine.
class Operation {
  public:
    virtual ~Operation() = default;
    [[nodiscard]] virtual bool writes() const noexcept = 0;
    /// Does the work and keeps the outcome; gives the error when it failed. It is done again, from the start,
    /// when the transaction it was part of got lost.
    [[nodiscard]] virtual std::optional<StoreError> perform() = 0;
    /// Replaces the outcome.
    virtual void fail(StoreError error) = 0;
    /// Hands the outcome to whoever waits for it. Called once.
    virtual void complete() = 0;
};

class Writer {
  public:
    struct Limits {
        std::size_t queue = 4096;  ///< operations that may wait; one more is refused as busy
        std::size_t group = 256;   ///< operations taken at once
        /// How long a lock held by another process is waited for, per transaction.
        std::chrono::milliseconds patience{10'000};
    };

    Writer(Database& database, Limits limits);
    /// Ends after everything handed in was done and completed.
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;

    /// From any thread. Writes become durable in the order they were handed in. A read sees every write
    /// handed in before it, and perhaps some handed in after it.
    void submit(std::unique_ptr<Operation> operation);

  private:
    using Owned = std::vector<std::unique_ptr<Operation>>;
    using Operations = std::span<std::unique_ptr<Operation>>;

    void work();
    [[nodiscard]] Owned take();
    void write(Operations group);
    /// nullopt: one of them refused and has its outcome; nothing was done.
    [[nodiscard]] std::optional<Stored<void>> transact_whole(Operations group);
    /// Each as a part that is undone alone when it refuses.
    [[nodiscard]] Stored<void> transact(Operations group);
    [[nodiscard]] Stored<void> begin();
    [[nodiscard]] Stored<void> perform_part(Operation& operation);
    void read(Operation& operation);
    void settle(Operations committed);
    void make_durable();

    Database& database_;
    const Limits limits_;
    std::mutex mutex_;
    std::condition_variable arrived_;
    std::deque<std::unique_ptr<Operation>> queue_;
    bool stopping_ = false;

    std::mutex settling_mutex_;
    std::condition_variable committed_;
    Owned settling_;  ///< committed, not yet known to be durable
    bool all_committed_ = false;

    // Last: they use all of the above.
    std::thread durable_thread_;
    std::thread thread_;
};

}  // namespace ringback::store
