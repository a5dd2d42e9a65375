#include "store/writer.hpp"

#include <malloc.h>

#include <algorithm>
#include <iterator>
#include <string>

namespace ringback::store {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kPauseWhenBusy{5};

/// A group of operations is made, done and freed, and the next one needs as much. glibc would give the memory
/// back and fetch it again each time, page by page: a tenth of the work at 10,000 operations a second.
void keep_freed_memory() {
    static const bool kept =
        ::mallopt(M_TRIM_THRESHOLD, 16 << 20) == 1 && ::mallopt(M_MMAP_THRESHOLD, 4 << 20) == 1;
    static_cast<void>(kept);
}

bool is_busy(const StoreError& error) {
    return error.kind == StoreError::Kind::busy;
}

}  // namespace

Writer::Writer(Database& database, Limits limits) : database_(database), limits_(limits) {
    keep_freed_memory();
    durable_thread_ = std::thread([this] { make_durable(); });
    thread_ = std::thread([this] { work(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    arrived_.notify_one();
    thread_.join();
    {
        const std::lock_guard lock(settling_mutex_);
        all_committed_ = true;
    }
    committed_.notify_one();
    durable_thread_.join();
}

void Writer::submit(std::unique_ptr<Operation> operation) {
    {
        const std::lock_guard lock(mutex_);
        if (queue_.size() < limits_.queue) {
            queue_.push_back(std::move(operation));
            arrived_.notify_one();
            return;
        }
    }
    operation->fail({StoreError::Kind::busy, "the store is " + std::to_string(limits_.queue) +
                                                 " operations behind and takes no more for now"});
    operation->complete();
}

Writer::Owned Writer::take() {
    std::unique_lock lock(mutex_);
    arrived_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(std::min(queue_.size(), limits_.group));
    Owned taken(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
    return taken;
}

void Writer::work() {
    for (;;) {
        auto operations = take();
        if (operations.empty()) return;
        const auto reads = std::stable_partition(operations.begin(), operations.end(),
                                                 [](const auto& operation) { return operation->writes(); });
        if (operations.begin() != reads) write(Operations(operations.begin(), reads));
        for (const auto& operation : Operations(reads, operations.end()))
            read(*operation);
    }
}

void Writer::write(Operations group) {
    // Refusals are rare, and savepoints cost a copy of each page that is written: they are left for the group
    // in which one operation has refused.
    auto whole = transact_whole(group);
    if (!whole && group.size() == 1) return group.front()->complete();
    const Stored<void> outcome = whole ? std::move(*whole) : transact(group);
    if (!outcome && group.size() > 1 && !is_busy(outcome.error())) {
        // One operation took its neighbours down with it (a full disk, mostly). Alone, each gets the answer
        // it deserves: what is small enough may still fit.
        for (std::size_t i = 0; i < group.size(); ++i)
            write(group.subspan(i, 1));
        return;
    }
    if (outcome) return settle(group);
    for (const auto& operation : group) {
        operation->fail(outcome.error());
        operation->complete();
    }
}

void Writer::settle(Operations committed) {
    {
        const std::lock_guard lock(settling_mutex_);
        std::move(committed.begin(), committed.end(), std::back_inserter(settling_));
    }
    committed_.notify_one();
}

void Writer::make_durable() {
    // What could not be written is not tried again: the kernel may have dropped it, and a later success would
    // tell nothing about it. Whatever follows in the file cannot be trusted either.
    std::optional<StoreError> lost;
    for (;;) {
        Owned settling;
        {
            std::unique_lock lock(settling_mutex_);
            committed_.wait(lock, [this] { return all_committed_ || !settling_.empty(); });
            settling.swap(settling_);
        }
        if (settling.empty()) return;
        if (!lost)
            if (auto synced = database_.sync(); !synced) lost = synced.error();
        for (const auto& operation : settling) {
            if (lost) operation->fail(*lost);
            operation->complete();
        }
    }
}

std::optional<Stored<void>> Writer::transact_whole(Operations group) {
    if (auto begun = begin(); !begun) return begun;
    for (const auto& operation : group) {
        auto refusal = operation->perform();
        if (!database_.in_transaction())
            return Stored<void>(std::move(refusal).value_or(
                StoreError{StoreError::Kind::other, "the transaction ended by itself"}));
        if (!refusal) continue;
        database_.rollback();
        return std::nullopt;
    }
    auto committed = database_.commit();
    if (!committed) database_.rollback();
    return committed;
}

Stored<void> Writer::transact(Operations group) {
    if (auto begun = begin(); !begun) return begun;
    for (const auto& operation : group) {
        if (auto part = perform_part(*operation); !part) {
            database_.rollback();
            return part;
        }
    }
    auto committed = database_.commit();
    if (!committed) database_.rollback();
    return committed;
}

Stored<void> Writer::begin() {
    const auto until = Clock::now() + limits_.patience;
    for (;;) {
        auto begun = database_.begin();
        if (begun || !is_busy(begun.error()) || Clock::now() >= until) return begun;
        std::this_thread::sleep_for(kPauseWhenBusy);
    }
}

/// An operation that refuses undoes its own part only. An error returned here is the end of the whole
/// transaction.
Stored<void> Writer::perform_part(Operation& operation) {
    if (auto begun = database_.begin_part(); !begun) return begun;
    auto refusal = operation.perform();
    if (!database_.in_transaction())
        return std::move(refusal).value_or(
            StoreError{StoreError::Kind::other, "the transaction ended by itself"});
    return refusal ? database_.undo_part() : database_.keep_part();
}

void Writer::read(Operation& operation) {
    const auto until = Clock::now() + limits_.patience;
    auto failure = operation.perform();
    while (failure && is_busy(*failure) && Clock::now() < until) {
        std::this_thread::sleep_for(kPauseWhenBusy);
        failure = operation.perform();
    }
    operation.complete();
}

}  // namespace ringback::store
