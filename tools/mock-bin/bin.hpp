// Bins and what they recorded: rings of the newest entries, shared by all worker threads.
#pragma once

#include "tools/mock-bin/definition.hpp"
#include "tools/mock-bin/entry.hpp"

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace ringback::mock_bin {

struct Limits {
    std::size_t ring = 1000;                    ///< entries kept a bin
    std::uint64_t ring_bytes = 64ull << 20;     ///< and their bytes; the newest entry is always kept
    std::uint64_t total_bytes = 1024ull << 20;  ///< of all bins together; their definitions may be half of it
    std::size_t bins = 250'000;
};

/// Told about a change from any thread; must only pass the word on.
using Listener = std::function<void()>;

/// What a bin held at one moment.
struct Snapshot {
    std::vector<EntryPtr> entries;  ///< oldest first
    std::uint64_t total = 0;        ///< recorded since the bin was made or cleared
    std::uint64_t dropped = 0;      ///< of these, no longer kept
    std::uint64_t last_seq = 0;     ///< of the newest call ever recorded
    std::uint64_t clears = 0;       ///< how often it was cleared
    bool deleted = false;
};

/// Where state goes that shall outlive the process. Called with the bin locked, so that what is written has
/// the order of what happened.
class StateLog {
  public:
    virtual ~StateLog() = default;
    /// @return the position that must be durable before the caller may be answered
    virtual std::uint64_t defined(std::uint64_t bin, const std::string& id, const Definition& definition) = 0;
    virtual std::uint64_t recorded(std::uint64_t bin, const Entry& entry) = 0;
    virtual std::uint64_t cleared(std::uint64_t bin, std::uint64_t up_to_seq) = 0;
    virtual std::uint64_t deleted(std::uint64_t bin) = 0;
};

class Bins;

class Bin {
  public:
    Bin(std::string id, std::uint64_t number, Bins& owner)
        : id_(std::move(id)), number_(number), owner_(owner) {}

    [[nodiscard]] const std::string& id() const noexcept { return id_; }
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }
    [[nodiscard]] std::shared_ptr<const Definition> definition() const;

    struct Recorded {
        EntryPtr entry;
        std::uint64_t position = 0;  ///< see StateLog; 0 without one
    };
    /// Keeps a call as the newest entry and chooses its answer. Null when the bin was deleted meanwhile.
    [[nodiscard]] Recorded record(std::string bytes);
    /// Replaces what the bin answers; a sequence begins anew.
    std::uint64_t define(std::shared_ptr<const Definition> definition);
    std::uint64_t clear();

    /// Entries with a number above `after`, the newest `most` of them.
    [[nodiscard]] Snapshot snapshot(std::uint64_t after = 0, std::size_t most = SIZE_MAX) const;
    [[nodiscard]] EntryPtr find(std::uint64_t seq) const;

    /// Calls `listener` after every change until `token` is released.
    [[nodiscard]] std::shared_ptr<void> listen(Listener listener);

  private:
    friend class Bins;
    friend struct StateReader;
    using Listeners = std::vector<std::weak_ptr<Listener>>;

    /// Drops the oldest until the ring's limits hold; at least `sparing` entries stay.
    void trim(std::size_t ring, std::uint64_t bytes, std::size_t sparing);
    void drop_oldest();
    [[nodiscard]] std::vector<std::shared_ptr<Listener>> live_listeners();

    mutable std::mutex mutex_;
    const std::string id_;
    const std::uint64_t number_;
    Bins& owner_;
    std::shared_ptr<const Definition> definition_;
    std::unique_ptr<std::deque<EntryPtr>> entries_;  ///< made by the first call: most bins of many stay idle
    std::unique_ptr<Listeners> listeners_;
    std::uint64_t bytes_ = 0, total_ = 0, dropped_ = 0, seq_ = 0, turn_ = 0, clears_ = 0, position_ = 0;
    bool deleted_ = false;
};

using BinPtr = std::shared_ptr<Bin>;

class Bins {
  public:
    explicit Bins(Limits limits) : limits_(limits) {}

    [[nodiscard]] BinPtr find(std::string_view id) const;
    struct Made {
        BinPtr bin;  ///< null when there are too many, or definitions too large
        bool created = false;
        bool too_large = false;
        std::uint64_t position = 0;
    };
    /// A bin with a new random id.
    [[nodiscard]] Made create(std::shared_ptr<const Definition> definition);
    /// Creates the bin of this id, or gives it a new definition; its entries stay.
    [[nodiscard]] Made upsert(std::string_view id, std::shared_ptr<const Definition> definition);
    /// @return nothing when there is no such bin
    [[nodiscard]] std::optional<std::uint64_t> remove(std::string_view id);

    [[nodiscard]] std::size_t size() const;
    /// Of entries and definitions.
    [[nodiscard]] std::uint64_t bytes() const noexcept {
        return bytes_.load(std::memory_order_relaxed) + definition_bytes();
    }
    /// Of those that bins and kept entries refer to.
    [[nodiscard]] std::uint64_t definition_bytes() const noexcept {
        return definition_bytes_->load(std::memory_order_relaxed);
    }
    [[nodiscard]] const Limits& limits() const noexcept { return limits_; }
    [[nodiscard]] std::vector<BinPtr> all() const;
    /// Before any request is served.
    void keep_state_in(StateLog* log) noexcept { log_ = log; }

  private:
    friend class Bin;
    friend struct StateReader;
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept {
            return std::hash<std::string_view>{}(text);
        }
    };
    /// Equal definitions are kept once: of a hundred thousand bins most answer alike.
    [[nodiscard]] std::shared_ptr<const Definition> shared(std::shared_ptr<const Definition> definition);
    [[nodiscard]] bool definitions_too_large() const noexcept {
        return definition_bytes() > limits_.total_bytes / 2;
    }
    /// Takes from the largest bins what is over the limit of all.
    void make_room();

    const Limits limits_;
    mutable std::shared_mutex mutex_;
    std::unordered_map<std::string, BinPtr, Hash, std::equal_to<>> bins_;
    std::unordered_map<std::size_t, std::weak_ptr<const Definition>>
        definitions_;  ///< by the hash of their JSON
    std::size_t sweep_at_ = 64;
    std::uint64_t next_number_ = 1;
    std::atomic<std::uint64_t> bytes_{0};  ///< of entries
    /// Definitions count themselves out of it when the last one lets go of them, be it after this.
    const std::shared_ptr<std::atomic<std::uint64_t>> definition_bytes_ =
        std::make_shared<std::atomic<std::uint64_t>>(0);
    std::mutex room_mutex_;
    StateLog* log_ = nullptr;
};

/// What an id chosen by a client may be: 1 to 128 letters, digits, "-", "_", "." and not a word that routes
/// use.
[[nodiscard]] bool valid_bin_id(std::string_view id) noexcept;

}  // namespace ringback::mock_bin
