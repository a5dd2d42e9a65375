// What `ringback run` and `ringback serve` say about results: where they can be looked at, how long they are
// kept.
#pragma once

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <chrono>
#include <optional>
#include <string>

namespace ringback {

struct HistoryOptions {
    std::optional<std::string> base_url;
    std::optional<std::chrono::milliseconds> keep;
};

void add_history_options(boost::program_options::options_description& into);
/// A sentence when one of them is wrong; else `options` has what was given.
[[nodiscard]] std::optional<std::string> read_history_options(
    const boost::program_options::variables_map& given, HistoryOptions& options);

}  // namespace ringback
