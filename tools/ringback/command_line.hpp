// What the sub-commands share in reading their words.
#pragma once

#include "tools/ringback/commands.hpp"

#include <boost/program_options/options_description.hpp>
#include <boost/program_options/variables_map.hpp>

#include <optional>
#include <string>

namespace ringback {

/// Fills `given`. Words that belong to no option are gathered as "words"; nobody's, when `takes_words` is
/// false. Gives what is wrong, as a sentence without the command's name.
[[nodiscard]] std::optional<std::string> read_words(
    const Arguments& arguments, const boost::program_options::options_description& options, bool takes_words,
    boost::program_options::variables_map& given);

/// The options as --help shows them.
[[nodiscard]] std::string help_text(const boost::program_options::options_description& options);

}  // namespace ringback
