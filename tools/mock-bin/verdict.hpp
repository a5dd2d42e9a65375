// What the entries say about a pattern. Where entries were dropped, a count is "inconclusive" rather than too
// low.
#pragma once

#include "tools/mock-bin/bin.hpp"
#include "tools/mock-bin/request_pattern.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringback::mock_bin {

[[nodiscard]] std::vector<EntryPtr> matching(const RequestPattern& pattern, const Snapshot& snapshot);

struct Times {
    std::optional<std::uint64_t> at_least, at_most;
};

struct Verdict {
    enum class Kind { passed, failed, inconclusive } kind = Kind::passed;
    std::string message;                   ///< for people; empty when passed
    std::vector<std::string> differences;  ///< of the call that comes nearest
    std::uint64_t found = 0;               ///< matching entries
    std::uint64_t nearest = 0;             ///< _seq of that call, 0: none
};

[[nodiscard]] Verdict verify(const RequestPattern& pattern, const Times& times, const Snapshot& snapshot);
/// The calls came in this order; others may lie between.
[[nodiscard]] Verdict verify_sequence(const std::vector<RequestPattern>& patterns, const Snapshot& snapshot);

}  // namespace ringback::mock_bin
