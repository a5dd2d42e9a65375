// docs/run-options.md shows errors as they are really printed, and options that really parse.
#include "run-options/run_options.hpp"

#include <boost/test/unit_test.hpp>

#include <fstream>
#include <sstream>

using namespace ringback;

namespace {

/// The contents of the fenced code blocks of one language.
std::vector<std::string> blocks(std::string_view language) {
    std::ifstream file(RINGBACK_SOURCE_DIR "/docs/run-options.md");
    std::vector<std::string> found;
    bool inside = false, wanted = false;
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with("```")) {
            inside = !inside;
            wanted = inside && line.substr(3) == language;
            if (wanted) found.emplace_back();
        } else if (wanted) {
            found.back() += line + "\n";
        }
    }
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(documentation)

BOOST_AUTO_TEST_CASE(examples_parse) {
    const auto examples = blocks("run-options");
    BOOST_TEST(examples.size() >= 8u);
    for (const std::string& example : examples) {
        const auto options = parse_run_options(example);
        BOOST_TEST(options.has_value(), (options ? "" : render(options.error())));
    }
}

BOOST_AUTO_TEST_CASE(errors_are_printed_as_shown) {
    // "FILE:LINE:COLUMN: message", the line, the caret, perhaps a hint.
    const auto examples = blocks("text");
    BOOST_TEST(examples.size() >= 8u);
    for (const std::string& example : examples) {
        std::istringstream lines(example);
        std::string head, written;
        std::getline(lines, head);
        std::getline(lines, written);
        BOOST_REQUIRE_MESSAGE(head.starts_with("--run-options:") && written.starts_with("  #"), example);
        const auto options = parse_run_options(written.substr(2));
        BOOST_REQUIRE_MESSAGE(!options, example);
        ParseError error = options.error();
        error.source = "--run-options";
        BOOST_TEST(render(error) + "\n" == example);
    }
}

BOOST_AUTO_TEST_SUITE_END()
