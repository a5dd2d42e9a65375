#include "tools/mock-bin/journal_records.hpp"

#include "tools/mock-bin/json_members.hpp"

#include <zlib.h>

#include <cstring>

namespace ringback::mock_bin {
namespace {

void put64(std::string& out, std::uint64_t value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put32(std::string& out, std::uint32_t value) {
    out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class T>
bool take(std::string_view& in, T& value) {
    if (in.size() < sizeof value) return false;
    std::memcpy(&value, in.data(), sizeof value);
    in.remove_prefix(sizeof value);
    return true;
}

std::string head(std::uint64_t bin, std::uint64_t position) {
    std::string out;
    put64(out, bin);
    put64(out, position);
    return out;
}

}  // namespace

void put_record(std::string& out, RecordKind kind, std::string_view payload, std::string_view tail) {
    const auto size = static_cast<std::uint32_t>(1 + payload.size() + tail.size());
    const auto byte = static_cast<Bytef>(kind);
    auto crc = crc32_z(0, &byte, 1);
    crc = crc32_z(crc, reinterpret_cast<const Bytef*>(payload.data()), payload.size());
    if (!tail.empty()) crc = crc32_z(crc, reinterpret_cast<const Bytef*>(tail.data()), tail.size());
    put32(out, size);
    put32(out, static_cast<std::uint32_t>(crc));
    out += static_cast<char>(kind);
    out += payload;
    out += tail;
}

std::string definition_payload(std::uint64_t bin, std::uint64_t position, std::string_view id,
                               std::string_view json) {
    auto out = head(bin, position);
    put32(out, static_cast<std::uint32_t>(id.size()));
    out += id;
    out += json;
    return out;
}

std::string entry_payload(std::uint64_t bin, std::uint64_t position, const Entry& entry) {
    auto out = head(bin, position);
    put64(out, entry.seq);
    put32(out, entry.answer);
    return out;
}

std::string number_payload(std::uint64_t bin, std::uint64_t position, std::uint64_t number) {
    auto out = head(bin, position);
    put64(out, number);
    return out;
}

namespace {

Checked<std::shared_ptr<const Definition>> read_definition(std::string_view text) {
    json::error_code ec;
    const auto value = parse_json(text, ec);
    if (ec) return Invalid{"", "is not JSON: " + ec.message()};
    return parse_definition(value);
}

}  // namespace

std::string StateReader::apply_definition(std::uint64_t number, std::uint64_t position,
                                          std::string_view rest) {
    std::uint32_t size = 0;
    if (!take(rest, size) || rest.size() < size) return "a definition without its bin";
    const auto id = std::string(rest.substr(0, size));
    rest.remove_prefix(size);
    auto definition = read_definition(rest);
    auto& bin = by_number[number];
    if (!bin) {
        bin = std::make_shared<Bin>(id, number, bins);
        bins.bins_.insert_or_assign(id, bin);
        bins.next_number_ = std::max(bins.next_number_, number + 1);
    }
    if (position && position <= bin->position_) return {};
    if (position) bin->position_ = position;
    bin->turn_ = 0;
    if (definition) {
        bin->definition_ = bins.shared(*std::move(definition));
        return {};
    }
    // Its calls are kept all the same.
    if (!bin->definition_) bin->definition_ = bins.shared(*parse_definition(json::object()));
    return "what bin \"" + id + "\" answers, " + definition.error().pointer + ": " +
           definition.error().message;
}

bool StateReader::apply_entry(Bin& bin, std::string_view rest) {
    auto entry = std::make_shared<Entry>();
    if (!take(rest, entry->seq) || !take(rest, entry->answer)) return false;
    entry->bytes = std::string(rest);
    if (!unpack(entry->bytes)) return false;
    entry->definition = bin.definition_;
    entry->answer = std::min(entry->answer, static_cast<std::uint32_t>(bin.definition_->answers.size() - 1));
    bin.seq_ = std::max(bin.seq_, entry->seq);
    ++bin.total_, ++bin.turn_;
    if (!bin.entries_) bin.entries_ = std::make_unique<std::deque<EntryPtr>>();
    bin.bytes_ += entry->size();
    bins.bytes_ += entry->size();
    bin.entries_->push_back(std::move(entry));
    bin.trim(bins.limits_.ring, bins.limits_.ring_bytes, 1);
    if (bins.bytes() > bins.limits_.total_bytes) bins.make_room();
    return true;
}

std::string StateReader::apply(RecordKind kind, std::string_view payload) {
    std::uint64_t number = 0, position = 0;
    if (!take(payload, number) || !take(payload, position)) return "a record without its bin";
    last_position = std::max(last_position, position);
    if (kind == RecordKind::definition) return apply_definition(number, position, payload);
    if (kind < RecordKind::definition || kind > RecordKind::state)
        return "a record of kind " + std::to_string(static_cast<int>(kind));
    const auto at = by_number.find(number);
    // A bin that was deleted before the file was written anew: what was queued for it then comes to nothing.
    if (at == by_number.end()) return {};
    const auto bin = at->second;
    if (apply_to_bin(kind, bin, position, payload)) return {};
    return (kind == RecordKind::entry ? "a call of bin \"" : "a change of bin \"") + bin->id() + "\"";
}

bool StateReader::apply_to_bin(RecordKind kind, const BinPtr& at, std::uint64_t position,
                               std::string_view payload) {
    auto& bin = *at;
    if (position && position <= bin.position_ && kind != RecordKind::state) return true;
    if (position && kind != RecordKind::state) bin.position_ = position;
    switch (kind) {
        case RecordKind::entry:
            return apply_entry(bin, payload);
        case RecordKind::clear: {
            std::uint64_t seq = 0;
            if (!take(payload, seq)) return false;
            bins.bytes_ -= bin.bytes_;
            bin.entries_.reset();
            bin.bytes_ = bin.total_ = bin.dropped_ = 0;
            bin.seq_ = std::max(bin.seq_, seq);
            return true;
        }
        case RecordKind::remove: {
            bins.bytes_ -= bin.bytes_;
            const auto row = bins.bins_.find(bin.id());
            if (row != bins.bins_.end() && row->second == at) bins.bins_.erase(row);
            by_number.erase(bin.number());
            return true;
        }
        case RecordKind::state:
            if (!take(payload, bin.total_) || !take(payload, bin.seq_) || !take(payload, bin.turn_))
                return false;
            bin.position_ = position;
            bin.dropped_ =
                bin.total_ - std::min<std::uint64_t>(bin.total_, bin.entries_ ? bin.entries_->size() : 0);
            return true;
        default:
            return false;
    }
}

std::string StateReader::records_of(const Bin& bin) {
    std::vector<EntryPtr> entries;
    std::shared_ptr<const Definition> last;
    std::string state;
    {
        const std::lock_guard lock(bin.mutex_);
        if (bin.deleted_) return {};
        if (bin.entries_) entries.assign(bin.entries_->begin(), bin.entries_->end());
        last = bin.definition_;
        state = head(bin.number_, bin.position_);
        for (const auto number : {bin.total_, bin.seq_, bin.turn_})
            put64(state, number);
    }
    std::string out;
    std::shared_ptr<const Definition> current;
    const auto define = [&](const std::shared_ptr<const Definition>& definition) {
        if (definition == current) return;
        current = definition;
        put_record(out, RecordKind::definition,
                   definition_payload(bin.number(), 0, bin.id(), definition->json));
    };
    for (const auto& entry : entries) {
        define(entry->definition);
        put_record(out, RecordKind::entry, entry_payload(bin.number(), 0, *entry), entry->bytes);
    }
    define(last);
    put_record(out, RecordKind::state, state);
    return out;
}

}  // namespace ringback::mock_bin
