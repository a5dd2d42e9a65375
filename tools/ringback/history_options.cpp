#include "tools/ringback/history_options.hpp"

#include "run-options/duration.hpp"
#include "webhook/retention.hpp"
#include "webhook/supported.hpp"

#include <boost/program_options/value_semantic.hpp>

namespace ringback {

namespace po = boost::program_options;

void add_history_options(po::options_description& into) {
    auto add = into.add_options();
    add("base-url", po::value<std::string>()->value_name("URL"),
        "where results can be looked at, for links in webhooks, e.g. https://ringback.example.com");
    add("keep", po::value<std::string>()->value_name("DURATION"),
        "how long runs and their webhook calls are kept, from 7d (default: 90d)");
}

std::optional<std::string> read_history_options(const po::variables_map& given, HistoryOptions& options) {
    if (given.contains("base-url")) {
        options.base_url = given["base-url"].as<std::string>();
        if (const auto wrong = webhook::wrong_base_url(*options.base_url)) return "--base-url: " + *wrong;
    }
    if (given.contains("keep")) {
        const auto text = given["keep"].as<std::string>();
        options.keep = parse_duration(text, std::chrono::hours(24));
        if (!options.keep) return "--keep " + text + " is no duration; write 90d";
        if (*options.keep < webhook::kKeepAtLeast)
            return "--keep " + text + ": at least 7d are kept, so that a target that fails is known";
    }
    return std::nullopt;
}

}  // namespace ringback
