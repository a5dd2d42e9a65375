#include "tools/mock-bin/verdict.hpp"

namespace ringback::mock_bin {
namespace {

std::string times_text(const Times& times) {
    const auto count = [](std::uint64_t n) {
        return n == 1 ? std::string("once") : std::to_string(n) + " times";
    };
    if (times.at_least && times.at_most && *times.at_least == *times.at_most)
        return *times.at_least == 0 ? "never" : "exactly " + count(*times.at_least);
    std::string out;
    if (times.at_least) out = "at least " + count(*times.at_least);
    if (times.at_most) out += (out.empty() ? "at most " : " and at most ") + count(*times.at_most);
    return out;
}

std::string recorded_text(const Snapshot& snapshot) {
    std::string out =
        std::to_string(snapshot.total) + (snapshot.total == 1 ? " call was" : " calls were") + " recorded";
    if (snapshot.dropped) out += ", " + std::to_string(snapshot.dropped) + " of them dropped from the ring";
    return out;
}

/// Fills in the call with the fewest differences and describes it.
void describe_nearest(const RequestPattern& pattern, const std::vector<EntryPtr>& entries, Verdict& verdict) {
    for (const auto& entry : entries) {
        auto found = differences(pattern, entry->request());
        if (found.empty() || (verdict.nearest && found.size() >= verdict.differences.size())) continue;
        verdict.nearest = entry->seq;
        verdict.differences = std::move(found);
    }
    if (!verdict.nearest) return;
    verdict.message += "\nnearest call, number " + std::to_string(verdict.nearest) + ":";
    for (const auto& difference : verdict.differences)
        verdict.message += "\n  " + difference;
}

}  // namespace

std::vector<EntryPtr> matching(const RequestPattern& pattern, const Snapshot& snapshot) {
    std::vector<EntryPtr> out;
    for (const auto& entry : snapshot.entries)
        if (differences(pattern, entry->request()).empty()) out.push_back(entry);
    return out;
}

Verdict verify(const RequestPattern& pattern, const Times& times, const Snapshot& snapshot) {
    Verdict verdict;
    verdict.found = matching(pattern, snapshot).size();
    const bool enough = !times.at_least || verdict.found >= *times.at_least;
    const bool too_many = times.at_most && verdict.found > *times.at_most;
    // What was dropped can only add to the count: "too many" stays true, "enough" stays true, the rest is
    // open.
    if (!too_many && snapshot.dropped && (!enough || times.at_most)) {
        verdict.kind = Verdict::Kind::inconclusive;
        verdict.message = "cannot tell whether the call came " + times_text(times) + ": " +
                          std::to_string(verdict.found) + " of the calls still kept match, but " +
                          recorded_text(snapshot);
        return verdict;
    }
    if (enough && !too_many) return verdict;
    verdict.kind = Verdict::Kind::failed;
    verdict.message = "the call came " + std::to_string(verdict.found) +
                      (verdict.found == 1 ? " time" : " times") + ", wanted " + times_text(times) + "; " +
                      recorded_text(snapshot);
    if (!enough) describe_nearest(pattern, snapshot.entries, verdict);
    return verdict;
}

Verdict verify_sequence(const std::vector<RequestPattern>& patterns, const Snapshot& snapshot) {
    Verdict verdict;
    std::size_t at = 0;
    for (std::size_t i = 0; i < patterns.size(); ++i) {
        while (at < snapshot.entries.size() &&
               !differences(patterns[i], snapshot.entries[at]->request()).empty())
            ++at;
        if (at < snapshot.entries.size()) {
            ++at;
            ++verdict.found;
            continue;
        }
        verdict.kind = snapshot.dropped ? Verdict::Kind::inconclusive : Verdict::Kind::failed;
        verdict.message = "call " + std::to_string(i + 1) + " of " + std::to_string(patterns.size()) +
                          " of the sequence was not found after the one before it; " +
                          recorded_text(snapshot);
        describe_nearest(patterns[i], snapshot.entries, verdict);
        return verdict;
    }
    return verdict;
}

}  // namespace ringback::mock_bin
