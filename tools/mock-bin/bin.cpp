#include "tools/mock-bin/bin.hpp"

#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace ringback::mock_bin {
namespace {

/// A version 4 UUID, as Mockbin's ids are.
std::string random_id() {
    std::array<unsigned char, 16> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    bytes[6] = static_cast<unsigned char>((bytes[6] & 0x0F) | 0x40);
    bytes[8] = static_cast<unsigned char>((bytes[8] & 0x3F) | 0x80);
    constexpr std::string_view kHex = "0123456789abcdef";
    std::string out;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
        out += {kHex[bytes[i] >> 4], kHex[bytes[i] & 15]};
    }
    return out;
}

}  // namespace

bool valid_bin_id(std::string_view id) noexcept {
    for (const std::string_view word : {"create", "upsert", "delete", "view", "sample", "log", ".", ".."})
        if (id == word) return false;
    return !id.empty() && id.size() <= 128 && std::all_of(id.begin(), id.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
               c == '_' || c == '.';
    });
}

std::shared_ptr<const Definition> Bin::definition() const {
    const std::lock_guard lock(mutex_);
    return definition_;
}

std::vector<std::shared_ptr<Listener>> Bin::live_listeners() {
    std::vector<std::shared_ptr<Listener>> out;
    if (!listeners_) return out;
    std::erase_if(*listeners_, [&](const auto& weak) {
        auto strong = weak.lock();
        if (!strong) return true;
        out.push_back(std::move(strong));
        return false;
    });
    return out;
}

std::shared_ptr<void> Bin::listen(Listener listener) {
    auto token = std::make_shared<Listener>(std::move(listener));
    const std::lock_guard lock(mutex_);
    if (!listeners_) listeners_ = std::make_unique<Listeners>();
    listeners_->push_back(token);
    return token;
}

void Bin::drop_oldest() {
    const auto size = entries_->front()->size();
    bytes_ -= size;
    owner_.bytes_.fetch_sub(size, std::memory_order_relaxed);
    entries_->pop_front();
    ++dropped_;
}

void Bin::trim(std::size_t ring, std::uint64_t bytes, std::size_t sparing) {
    while (entries_ && entries_->size() > sparing && (entries_->size() > ring || bytes_ > bytes))
        drop_oldest();
}

Bin::Recorded Bin::record(std::string bytes) {
    auto entry = std::make_shared<Entry>();
    entry->bytes = std::move(bytes);
    Recorded out;
    std::vector<std::shared_ptr<Listener>> listeners;
    {
        const std::lock_guard lock(mutex_);
        if (deleted_) return out;
        entry->seq = ++seq_;
        entry->definition = definition_;
        entry->answer = definition_->index(turn_++);
        ++total_;
        if (!entries_) entries_ = std::make_unique<std::deque<EntryPtr>>();
        bytes_ += entry->size();
        owner_.bytes_.fetch_add(entry->size(), std::memory_order_relaxed);
        entries_->push_back(entry);
        trim(owner_.limits_.ring, owner_.limits_.ring_bytes, 1);
        if (owner_.log_) out.position = position_ = owner_.log_->recorded(number_, *entry);
        if (listeners_) listeners = live_listeners();
    }
    out.entry = std::move(entry);
    for (const auto& listener : listeners)
        (*listener)();
    if (owner_.bytes() > owner_.limits_.total_bytes) owner_.make_room();
    return out;
}

std::uint64_t Bin::define(std::shared_ptr<const Definition> definition) {
    const std::lock_guard lock(mutex_);
    definition_ = std::move(definition);
    turn_ = 0;
    if (owner_.log_) position_ = owner_.log_->defined(number_, id_, *definition_);
    return position_;
}

std::uint64_t Bin::clear() {
    std::vector<std::shared_ptr<Listener>> listeners;
    std::uint64_t position = 0;
    {
        const std::lock_guard lock(mutex_);
        owner_.bytes_.fetch_sub(bytes_, std::memory_order_relaxed);
        entries_.reset();
        bytes_ = total_ = dropped_ = 0;
        ++clears_;
        if (owner_.log_) position_ = owner_.log_->cleared(number_, seq_);
        position = position_;
        listeners = live_listeners();
    }
    for (const auto& listener : listeners)
        (*listener)();
    return position;
}

Snapshot Bin::snapshot(std::uint64_t after, std::size_t most) const {
    const std::lock_guard lock(mutex_);
    Snapshot out{{}, total_, dropped_, seq_, clears_, deleted_};
    if (!entries_) return out;
    auto first = std::upper_bound(entries_->begin(), entries_->end(), after,
                                  [](std::uint64_t seq, const EntryPtr& entry) { return seq < entry->seq; });
    const auto count = static_cast<std::size_t>(entries_->end() - first);
    if (count > most) first += static_cast<std::ptrdiff_t>(count - most);
    out.entries.assign(first, entries_->end());
    return out;
}

EntryPtr Bin::find(std::uint64_t seq) const {
    const std::lock_guard lock(mutex_);
    if (!entries_) return nullptr;
    const auto at =
        std::lower_bound(entries_->begin(), entries_->end(), seq,
                         [](const EntryPtr& entry, std::uint64_t wanted) { return entry->seq < wanted; });
    return at != entries_->end() && (*at)->seq == seq ? *at : nullptr;
}

BinPtr Bins::find(std::string_view id) const {
    const std::shared_lock lock(mutex_);
    const auto at = bins_.find(id);
    return at == bins_.end() ? nullptr : at->second;
}

std::shared_ptr<const Definition> Bins::shared(std::shared_ptr<const Definition> definition) {
    if (definitions_.size() >= sweep_at_) {
        std::erase_if(definitions_, [](const auto& row) { return row.second.expired(); });
        sweep_at_ = std::max<std::size_t>(64, definitions_.size() * 2);
    }
    auto& row = definitions_[std::hash<std::string>{}(definition->json)];
    auto existing = row.lock();
    if (existing && existing->json == definition->json) return existing;
    definition_bytes_->fetch_add(definition->size, std::memory_order_relaxed);
    const auto* raw = definition.get();
    std::shared_ptr<const Definition> counted(
        raw, [held = std::move(definition), bytes = definition_bytes_](const Definition*) {
            bytes->fetch_sub(held->size, std::memory_order_relaxed);
        });
    row = counted;
    return counted;
}

Bins::Made Bins::create(std::shared_ptr<const Definition> definition) {
    const std::unique_lock lock(mutex_);
    if (bins_.size() >= limits_.bins) return {};
    definition = shared(std::move(definition));
    if (definitions_too_large()) return {nullptr, false, true};
    auto id = random_id();
    while (bins_.contains(id))
        id = random_id();
    auto bin = std::make_shared<Bin>(id, next_number_++, *this);
    const auto position = bin->define(std::move(definition));
    bins_.emplace(std::move(id), bin);
    return {std::move(bin), true, false, position};
}

Bins::Made Bins::upsert(std::string_view id, std::shared_ptr<const Definition> definition) {
    const std::unique_lock lock(mutex_);
    definition = shared(std::move(definition));
    if (definitions_too_large()) return {nullptr, false, true};
    if (const auto at = bins_.find(id); at != bins_.end())
        return {at->second, false, false, at->second->define(std::move(definition))};
    if (bins_.size() >= limits_.bins) return {};
    auto bin = std::make_shared<Bin>(std::string(id), next_number_++, *this);
    const auto position = bin->define(std::move(definition));
    bins_.emplace(std::string(id), bin);
    return {std::move(bin), true, false, position};
}

std::optional<std::uint64_t> Bins::remove(std::string_view id) {
    std::vector<std::shared_ptr<Listener>> listeners;
    std::uint64_t position = 0;
    BinPtr bin;
    {
        const std::unique_lock lock(mutex_);
        const auto at = bins_.find(id);
        if (at == bins_.end()) return std::nullopt;
        bin = at->second;
        bins_.erase(at);
        const std::lock_guard bin_lock(bin->mutex_);
        bin->deleted_ = true;
        bytes_.fetch_sub(bin->bytes_, std::memory_order_relaxed);
        bin->entries_.reset();
        bin->bytes_ = 0;
        if (log_) position = log_->deleted(bin->number_);
        listeners = bin->live_listeners();
    }
    for (const auto& listener : listeners)
        (*listener)();
    return position;
}

std::size_t Bins::size() const {
    const std::shared_lock lock(mutex_);
    return bins_.size();
}

std::vector<BinPtr> Bins::all() const {
    const std::shared_lock lock(mutex_);
    std::vector<BinPtr> out;
    out.reserve(bins_.size());
    for (const auto& [id, bin] : bins_)
        out.push_back(bin);
    return out;
}

void Bins::make_room() {
    const std::unique_lock only_one(room_mutex_, std::try_to_lock);
    if (!only_one) return;
    const auto enough = limits_.total_bytes / 10 * 9;
    // Half of the largest bin at a time: a busy neighbour must not empty a small bin.
    while (bytes() > enough) {
        BinPtr largest;
        std::uint64_t most = 0;
        for (const auto& bin : all()) {
            const std::lock_guard lock(bin->mutex_);
            if (bin->bytes_ > most) largest = bin, most = bin->bytes_;
        }
        if (!largest) return;
        const std::lock_guard lock(largest->mutex_);
        largest->trim(SIZE_MAX, most / 2, 0);
    }
}

}  // namespace ringback::mock_bin
