// store: durable state. Runs, messages, attempts and monitors, behind one interface with two engines to come;
// SQLite now. Knows no HTTP and no payload format: bodies and snapshots are bytes to it.
//
// Every call is asynchronous: the work happens on the store's own thread, which commits writes in groups; the
// coroutine resumes on its own executor once the write is durable. Safe to call from any thread. A call that
// was handed in is done whatever becomes of its caller: it cannot be cancelled, it waits at most 10 s for a
// lock of another process, and both the store and the executor's context must outlive it.
#pragma once

#include "run-options/run_status.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::store {

namespace asio = boost::asio;
using Time = std::chrono::system_clock::time_point;  ///< kept in microseconds, UTC

struct StoreError {
    enum class Kind { busy, full, io, corrupt, too_new, not_found, other } kind = Kind::other;
    std::string message;  ///< for people: "disk is full while committing (state in /var/lib/ringback)"
};
[[noreturn]] void throw_exception_from_error(const StoreError& error, const boost::source_location& where);
template <class T>
using Stored = boost::system::result<T, StoreError>;

struct RunRecord {
    std::string id, name, kind, test_name, test_id, test_file, location, environment, monitor;
    RunType type = RunType::test;
    RunStatus status = RunStatus::started;
    std::uint32_t try_number = 1;
    Time started_at{};
    std::optional<Time> finished_at;
    std::string error;     ///< "" when none
    std::string result;    ///< JSON document of the whole run, "" until it ended
    std::string recovery;  ///< opaque to the store: what is needed to end this run and tell its webhooks
                           ///< after a crash
    std::string owner;     ///< process that runs it: "host:pid:random"
    Time lease_until{};    ///< renewed while it runs; a started run with an expired lease was interrupted
};

enum class MessageState {
    due,        ///< to be attempted at or after due_at
    delivered,  ///< a 2xx was recorded
    dead        ///< given up: permanent refusal, or retries exhausted
};

/// The lower-case word, e.g. "due".
[[nodiscard]] std::string_view to_string(MessageState state) noexcept;
[[nodiscard]] std::optional<MessageState> parse_message_state(std::string_view word) noexcept;

/// The frozen bytes for one target. Id, headers and body never change.
struct Message {
    std::string id;  ///< "msg_…", without "."
    std::string run_id;
    std::string target_key;                  ///< messages of one key go out first in, first out
    std::int64_t seq = 0;                    ///< given by the store, per target_key, only grows
    RunStatus event = RunStatus::completed;  ///< which status it tells; `started` for start messages
    std::string url;
    std::string headers;  ///< JSON array of [name, value], as frozen; signatures are not among them
    std::string body;     ///< bytes
    std::string target;  ///< JSON: how to send it (secret reference, TLS files, timeout), opaque to the store
    Time created_at{};
    MessageState state = MessageState::due;
    Time due_at{};
    std::uint32_t attempts = 0;
    std::string last_error;
    std::string claimed_by;  ///< "" when free
    Time claimed_until{};
};

/// One try to deliver, kept for good.
struct Attempt {
    std::string message_id;
    std::uint32_t number = 1;  ///< from 1 within the message
    Time started_at{};
    std::uint32_t status = 0;  ///< HTTP status, 0 when there was none
    std::string outcome;       ///< "delivered", "retry", "permanent", "gone", "ambiguous"
    std::string error;         ///< "" when delivered
    std::string
        detail;  ///< JSON: resolved and chosen address, phase timings, TLS version, response head (redacted)
};

struct RunFilter {
    std::string test_name{}, location{}, monitor{};  ///< "" = any
    std::optional<RunStatus> status{};
    std::optional<Time> since{};
    std::string starting_after{};  ///< run id; newest first. One that is not stored is StoreError::not_found
    std::uint32_t limit = 50;
};
/// Newest first.
struct MessageFilter {
    std::string run_id{}, target_key{};  ///< "" = any
    std::optional<MessageState> state{};
    std::uint32_t limit = 100;
};

/// What a monitor must remember over a restart.
struct MonitorState {
    std::string name;
    std::optional<Time> last_started, next_due;
    std::uint32_t consecutive_failures = 0;
    bool alarmed = false;
    std::string claimed_by;
    Time claimed_until{};
};

class Store {
  public:
    virtual ~Store() = default;

    // Runs
    /// Inserts the run as `started` and its start messages, in one transaction. Gives each message its seq; a
    /// message without run_id gets this run's. All else is stored as given, a claim too.
    virtual asio::awaitable<Stored<void>> begin_run(RunRecord run, std::vector<Message> messages) = 0;
    /// Final status and end messages in one transaction. Only a run that is `started` can end: ending it
    /// twice is StoreError::not_found and changes nothing. What begin_run stored about the run stays, but for
    /// status, finished_at, try_number, error, result and recovery.
    virtual asio::awaitable<Stored<void>> finish_run(RunRecord run, std::vector<Message> messages) = 0;
    virtual asio::awaitable<Stored<void>> renew_run_leases(std::string owner, Time until) = 0;
    /// Runs still `started` whose lease is over at `now`; each is taken over by `owner` until `until`, so
    /// that only one process ends it.
    virtual asio::awaitable<Stored<std::vector<RunRecord>>> claim_interrupted_runs(std::string owner,
                                                                                   Time now, Time until) = 0;
    virtual asio::awaitable<Stored<std::optional<RunRecord>>> run(std::string id) = 0;
    virtual asio::awaitable<Stored<std::vector<RunRecord>>> runs(RunFilter filter) = 0;
    /// Removes runs that ended before `before`, the longest ended first, with their messages and attempts; a
    /// run stays as long as one of its messages is due. At most `limit` runs, so that no transaction is long:
    /// call again while as many are removed. Seqs that were given out never return.
    /// @return how many runs were removed
    virtual asio::awaitable<Stored<std::size_t>> prune(Time before, std::uint32_t limit) = 0;

    // Messages
    /// Due messages at `now`, claimed for `owner` until `until`: per target_key only the first undelivered
    /// one, and only if nobody else holds a claim on that key. What is ready for longest comes first, of a
    /// given run what was written first. An empty `run_id` means every
    /// run's; a run's message that waits behind another run's in its key is not handed out. A claim holds
    /// while `now` is before its end, and against its owner as well: nobody gets a message again that he did
    /// not let go of.
    virtual asio::awaitable<Stored<std::vector<Message>>> claim_messages(std::string owner, Time now,
                                                                         Time until, std::uint32_t limit,
                                                                         std::string run_id) = 0;
    /// Records the attempt and what follows from it, and releases the claim, in one transaction.
    /// A message that is not `due` any more is left as it is (the attempt is kept). `due_at` counts for state
    /// `due` only. A number that was taken meanwhile, by another owner after a claim ran out, becomes the
    /// next free one.
    virtual asio::awaitable<Stored<void>> record_attempt(Attempt attempt, MessageState state,
                                                         Time due_at) = 0;
    /// Lets go of claims without an attempt: of all that `owner` holds, or of one message's.
    virtual asio::awaitable<Stored<void>> release_messages(std::string owner, std::string message_id) = 0;
    asio::awaitable<Stored<void>> release_messages(std::string owner) {
        return release_messages(std::move(owner), std::string());
    }
    /// Everybody who holds a claim on a message, claims that have run out included, each once.
    virtual asio::awaitable<Stored<std::vector<std::string>>> claim_owners() = 0;
    /// Makes a message due again now, whatever its state; same id, same bytes. A claim on it stays.
    virtual asio::awaitable<Stored<void>> redeliver(std::string message_id, Time now) = 0;
    virtual asio::awaitable<Stored<std::optional<Message>>> message(std::string id) = 0;
    virtual asio::awaitable<Stored<std::vector<Message>>> messages(MessageFilter filter) = 0;
    virtual asio::awaitable<Stored<std::vector<Attempt>>> attempts(std::string message_id) = 0;
    /// When claim_messages can next have something to give: the earliest due_at among the first undelivered
    /// messages of all keys, or the end of the claim on that key when that is later; nullopt when nothing is
    /// due.
    virtual asio::awaitable<Stored<std::optional<Time>>> next_due() = 0;

    // Monitors
    virtual asio::awaitable<Stored<std::vector<MonitorState>>> monitors() = 0;
    /// Inserts or replaces all but the claim, which only the two below change.
    virtual asio::awaitable<Stored<void>> save_monitor(MonitorState state) = 0;
    /// True when `name` is now claimed for `owner` until `until`: one node runs it, the others leave it
    /// alone. An owner that has the claim renews it so. A monitor that was never saved can be claimed.
    virtual asio::awaitable<Stored<bool>> claim_monitor(std::string name, std::string owner, Time now,
                                                        Time until) = 0;
    virtual asio::awaitable<Stored<void>> release_monitor(std::string name, std::string owner) = 0;
};

/// Opens (and creates, and migrates) the state directory's SQLite database, "ringback.db" in `directory`.
/// Directories that are missing are made for their owner only (0700). Blocks; several processes may share one
/// directory. Its thread starts here and ends in the destructor, after everything handed in was done.
[[nodiscard]] Stored<std::unique_ptr<Store>> open_sqlite(std::string directory);

/// $RINGBACK_STATE, else $XDG_STATE_HOME/ringback, else ~/.local/state/ringback. "" when there is not even a
/// home.
[[nodiscard]] std::string default_state_directory();

}  // namespace ringback::store
