#include "tools/ringback/command_line.hpp"

#include "run-options/parse_error.hpp"

#include <boost/program_options/parsers.hpp>
#include <boost/program_options/positional_options.hpp>

#include <sstream>
#include <vector>

namespace ringback {

namespace po = boost::program_options;

namespace {

/// "; did you mean '--report'?", or "".
std::string nearest_option(const std::string& given, const po::options_description& options) {
    std::vector<std::string> names;
    for (const auto& option : options.options())
        names.push_back("--" + option->long_name());
    const auto nearest = nearest_name(given, std::vector<std::string_view>(names.begin(), names.end()));
    return nearest.empty() ? "" : "; did you mean '" + std::string(nearest) + "'?";
}

}  // namespace

std::optional<std::string> read_words(const Arguments& arguments, const po::options_description& options,
                                      bool takes_words, po::variables_map& given) {
    po::options_description all;
    all.add(options);
    po::positional_options_description words;
    if (takes_words) {
        all.add_options()("words", po::value<std::vector<std::string>>());
        words.add("words", -1);
    }
    try {
        po::store(po::command_line_parser(arguments).options(all).positional(words).run(), given);
        po::notify(given);
    } catch (const po::unknown_option& unknown) {
        return unknown.what() + nearest_option(unknown.get_option_name(), options);
    } catch (const po::error& wrong) {
        return wrong.what();
    }
    return std::nullopt;
}

std::string help_text(const po::options_description& options) {
    std::ostringstream text;
    text << options;
    return text.str();
}

}  // namespace ringback
