// "?method=&path=&search=&since=&limit=" of a log.
#pragma once

#include "tools/mock-bin/bin.hpp"
#include "tools/mock-bin/text.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ringback::mock_bin {

struct Filter {
    std::vector<std::string> methods;  ///< in any case; empty: all
    std::string path;                  ///< whole, or below the bin; "*" stands for anything; empty: all
    std::string search;                ///< somewhere in target, fields or body, in any case; empty: all
    std::uint64_t after = 0;           ///< _seq
    std::optional<Time> since;
    std::size_t limit = SIZE_MAX;  ///< the newest so many

    /// Unknown parameters are not its business. The pointer of an error is the parameter's name.
    [[nodiscard]] static Checked<Filter> parse(std::string_view query);
    [[nodiscard]] bool takes(const Entry& entry) const;
    /// Older than `since`.
    [[nodiscard]] bool too_old(const Entry& entry) const;
    /// What is left of a snapshot's entries.
    void apply(std::vector<EntryPtr>& entries) const;
    [[nodiscard]] bool takes_all() const noexcept {
        return methods.empty() && path.empty() && search.empty() && !after && !since;
    }
};

}  // namespace ringback::mock_bin
