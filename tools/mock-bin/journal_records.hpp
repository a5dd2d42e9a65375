// The records of the journal as bytes, and what reading one does to the bins; for journal*.cpp only.
#pragma once

#include "tools/mock-bin/bin.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ringback::mock_bin {

inline constexpr std::string_view kJournalMagic = "ringback mock-bin journal 1\n";
inline constexpr std::size_t kRecordHead = 9;             ///< size, CRC-32 and kind
inline constexpr std::uint32_t kMaxRecord = 1024u << 20;  ///< larger is not a record of ours

enum class RecordKind : std::uint8_t { definition = 1, entry = 2, clear = 3, remove = 4, state = 5 };

/// Adds one record. `position` 0 marks one that belongs to a snapshot and always counts.
void put_record(std::string& out, RecordKind kind, std::string_view payload, std::string_view tail = {});
[[nodiscard]] std::string definition_payload(std::uint64_t bin, std::uint64_t position, std::string_view id,
                                             std::string_view json);
/// The entry's bytes follow.
[[nodiscard]] std::string entry_payload(std::uint64_t bin, std::uint64_t position, const Entry& entry);
[[nodiscard]] std::string number_payload(std::uint64_t bin, std::uint64_t position, std::uint64_t number);

/// Reads and writes what bins hold. Only before and beside the server: it knows their insides.
struct StateReader {
    Bins& bins;
    std::unordered_map<std::uint64_t, BinPtr> by_number{};
    std::uint64_t last_position = 0;

    /// @return what of it could not be used; empty: all of it was
    [[nodiscard]] std::string apply(RecordKind kind, std::string_view payload);
    /// Everything that is needed to make this bin again, as records.
    static std::string records_of(const Bin& bin);

  private:
    [[nodiscard]] std::string apply_definition(std::uint64_t number, std::uint64_t position,
                                               std::string_view rest);
    [[nodiscard]] bool apply_to_bin(RecordKind kind, const BinPtr& bin, std::uint64_t position,
                                    std::string_view rest);
    [[nodiscard]] bool apply_entry(Bin& bin, std::string_view rest);
};

}  // namespace ringback::mock_bin
