#include "store/queued_store.hpp"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <utility>

namespace ringback::store {
namespace {

/// Runs `work` on the database and keeps its outcome for `handler`. The work guard keeps the handler's
/// context running although nothing of this is queued there yet.
template <class T, class Work, class Handler>
class Call final : public Operation {
  public:
    Call(SqlStore& database, bool writes, std::string doing, Work work, Handler handler)
        : database_(database),
          writes_(writes),
          doing_(std::move(doing)),
          work_(std::move(work)),
          handler_(std::move(handler)),
          guard_(asio::get_associated_executor(handler_)) {}

    [[nodiscard]] bool writes() const noexcept override { return writes_; }

    [[nodiscard]] std::optional<StoreError> perform() override {
        try {
            outcome_.emplace(work_(database_));
        } catch (const soci::soci_error& error) {
            fail(database_.dialect().describe(error, doing_));
        } catch (const Damaged& error) {
            fail({StoreError::Kind::corrupt, "the state is damaged, seen while " + doing_ + ": " +
                                                 error.what() + " (state in " + database_.dialect().place() +
                                                 ")"});
        } catch (const std::exception& error) {
            fail({StoreError::Kind::other, doing_ + " failed: " + error.what()});
        }
        if (outcome_->has_value()) return std::nullopt;
        return outcome_->error();
    }

    void fail(StoreError error) override { outcome_.emplace(std::move(error)); }

    void complete() override {
        auto executor = guard_.get_executor();
        asio::post(executor, [handler = std::move(handler_), outcome = std::move(*outcome_)]() mutable {
            std::move(handler)(std::move(outcome));
        });
        guard_.reset();
    }

  private:
    SqlStore& database_;
    const bool writes_;
    const std::string doing_;
    Work work_;
    Handler handler_;
    asio::executor_work_guard<asio::associated_executor_t<Handler>> guard_;
    std::optional<Stored<T>> outcome_;
};

}  // namespace

template <class T, class Work>
asio::awaitable<Stored<T>> QueuedStore::hand_over(Access access, std::string doing, Work work) {
    auto submit = [](auto handler, QueuedStore* self, bool writes, std::string what, Work task) {
        using Handler = std::decay_t<decltype(handler)>;
        self->writer_.submit(std::make_unique<Call<T, Work, Handler>>(
            *self->database_, writes, std::move(what), std::move(task), std::move(handler)));
    };
    return asio::async_initiate<const asio::use_awaitable_t<>&, void(Stored<T>)>(
        submit, asio::use_awaitable, this, access == Access::write, std::move(doing), std::move(work));
}

// Runs

asio::awaitable<Stored<void>> QueuedStore::begin_run(RunRecord run, std::vector<Message> messages) {
    std::string doing = "recording the start of run " + run.id;
    return hand_over<void>(Access::write, std::move(doing),
                           [run = std::move(run), messages = std::move(messages)](SqlStore& database) {
                               return database.begin_run(run, messages);
                           });
}

asio::awaitable<Stored<void>> QueuedStore::finish_run(RunRecord run, std::vector<Message> messages) {
    std::string doing = "recording the end of run " + run.id;
    return hand_over<void>(Access::write, std::move(doing),
                           [run = std::move(run), messages = std::move(messages)](SqlStore& database) {
                               return database.finish_run(run, messages);
                           });
}

asio::awaitable<Stored<void>> QueuedStore::renew_run_leases(std::string owner, Time until) {
    return hand_over<void>(Access::write, "renewing the leases of runs",
                           [owner = std::move(owner), until](SqlStore& database) {
                               return database.renew_run_leases(owner, until);
                           });
}

asio::awaitable<Stored<std::vector<RunRecord>>> QueuedStore::claim_interrupted_runs(std::string owner,
                                                                                    Time now, Time until) {
    return hand_over<std::vector<RunRecord>>(Access::write, "looking for interrupted runs",
                                             [owner = std::move(owner), now, until](SqlStore& database) {
                                                 return database.claim_interrupted_runs(owner, now, until);
                                             });
}

asio::awaitable<Stored<std::optional<RunRecord>>> QueuedStore::run(std::string id) {
    std::string doing = "reading run " + id;
    return hand_over<std::optional<RunRecord>>(
        Access::read, std::move(doing),
        [id = std::move(id)](SqlStore& database) { return database.run(id); });
}

asio::awaitable<Stored<std::vector<RunRecord>>> QueuedStore::runs(RunFilter filter) {
    return hand_over<std::vector<RunRecord>>(
        Access::read, "listing runs",
        [filter = std::move(filter)](SqlStore& database) { return database.runs(filter); });
}

asio::awaitable<Stored<std::size_t>> QueuedStore::prune(Time before, std::uint32_t limit) {
    return hand_over<std::size_t>(Access::write, "removing old runs", [before, limit](SqlStore& database) {
        return database.prune(before, limit);
    });
}

// Messages

asio::awaitable<Stored<std::vector<Message>>> QueuedStore::claim_messages(std::string owner, Time now,
                                                                          Time until, std::uint32_t limit,
                                                                          std::string run_id) {
    return hand_over<std::vector<Message>>(
        Access::write, "claiming messages",
        [owner = std::move(owner), now, until, limit, run_id = std::move(run_id)](SqlStore& database) {
            return database.claim_messages(owner, now, until, limit, run_id);
        });
}

asio::awaitable<Stored<void>> QueuedStore::record_attempt(Attempt attempt, MessageState state, Time due_at) {
    std::string doing = "recording an attempt for message " + attempt.message_id;
    return hand_over<void>(Access::write, std::move(doing),
                           [attempt = std::move(attempt), state, due_at](SqlStore& database) {
                               return database.record_attempt(attempt, state, due_at);
                           });
}

asio::awaitable<Stored<void>> QueuedStore::release_messages(std::string owner, std::string message_id) {
    return hand_over<void>(Access::write, "releasing messages",
                           [owner = std::move(owner), message_id = std::move(message_id)](
                               SqlStore& database) { return database.release_messages(owner, message_id); });
}

asio::awaitable<Stored<std::vector<std::string>>> QueuedStore::claim_owners() {
    return hand_over<std::vector<std::string>>(Access::read, "listing claims",
                                               [](SqlStore& database) { return database.claim_owners(); });
}

asio::awaitable<Stored<void>> QueuedStore::redeliver(std::string message_id, Time now) {
    std::string doing = "making message " + message_id + " due again";
    return hand_over<void>(Access::write, std::move(doing),
                           [message_id = std::move(message_id), now](SqlStore& database) {
                               return database.redeliver(message_id, now);
                           });
}

asio::awaitable<Stored<std::optional<Message>>> QueuedStore::message(std::string id) {
    std::string doing = "reading message " + id;
    return hand_over<std::optional<Message>>(
        Access::read, std::move(doing),
        [id = std::move(id)](SqlStore& database) { return database.message(id); });
}

asio::awaitable<Stored<std::vector<Message>>> QueuedStore::messages(MessageFilter filter) {
    return hand_over<std::vector<Message>>(
        Access::read, "listing messages",
        [filter = std::move(filter)](SqlStore& database) { return database.messages(filter); });
}

asio::awaitable<Stored<std::vector<Attempt>>> QueuedStore::attempts(std::string message_id) {
    std::string doing = "reading the attempts of message " + message_id;
    return hand_over<std::vector<Attempt>>(
        Access::read, std::move(doing),
        [message_id = std::move(message_id)](SqlStore& database) { return database.attempts(message_id); });
}

asio::awaitable<Stored<std::optional<Time>>> QueuedStore::next_due() {
    return hand_over<std::optional<Time>>(Access::read, "looking for the next due message",
                                          [](SqlStore& database) { return database.next_due(); });
}

// Monitors

asio::awaitable<Stored<std::vector<MonitorState>>> QueuedStore::monitors() {
    return hand_over<std::vector<MonitorState>>(Access::read, "reading monitors",
                                                [](SqlStore& database) { return database.monitors(); });
}

asio::awaitable<Stored<void>> QueuedStore::save_monitor(MonitorState state) {
    std::string doing = "saving monitor " + state.name;
    return hand_over<void>(Access::write, std::move(doing), [state = std::move(state)](SqlStore& database) {
        return database.save_monitor(state);
    });
}

asio::awaitable<Stored<bool>> QueuedStore::claim_monitor(std::string name, std::string owner, Time now,
                                                         Time until) {
    std::string doing = "claiming monitor " + name;
    return hand_over<bool>(
        Access::write, std::move(doing),
        [name = std::move(name), owner = std::move(owner), now, until](SqlStore& database) {
            return database.claim_monitor(name, owner, now, until);
        });
}

asio::awaitable<Stored<void>> QueuedStore::release_monitor(std::string name, std::string owner) {
    std::string doing = "releasing monitor " + name;
    return hand_over<void>(Access::write, std::move(doing),
                           [name = std::move(name), owner = std::move(owner)](SqlStore& database) {
                               return database.release_monitor(name, owner);
                           });
}

}  // namespace ringback::store
