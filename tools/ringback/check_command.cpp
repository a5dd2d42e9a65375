#include "harness/test/load.hpp"
#include "harness/test/option_use.hpp"
#include "tools/ringback/command_line.hpp"
#include "webhook/supported.hpp"

#include <boost/program_options.hpp>

#include <unistd.h>

#include <cstdio>

namespace ringback {
namespace {

int usage(const std::string& message) {
    std::fprintf(stderr, "ringback check: %s\nringback check --help tells more.\n", message.c_str());
    return kUsage;
}

}  // namespace

int check_command(Arguments arguments) {
    boost::program_options::options_description options("options", kHelpColumns);
    options.add_options()("help,h", "this help");
    boost::program_options::variables_map given;
    if (const auto wrong = read_words(arguments, options, true, given)) return usage(*wrong);
    if (given.contains("help")) {
        std::printf(
            "usage: ringback check TEST...\n\nParses and validates test files; nothing is sent.\n\n%s",
            help_text(options).c_str());
        return kPassed;
    }
    if (!given.contains("words")) return usage("no test given");
    int code = kPassed;
    for (const auto& path : given["words"].as<std::vector<std::string>>()) {
        const auto tests = harness::load_tests(path);
        if (!tests) {
            std::fprintf(stderr, "%s\n", render(tests.error(), color_on(STDERR_FILENO)).c_str());
            code = kUsage;
            continue;
        }
        for (const auto& test : *tests) {
            bool well = true;
            for (const auto& target : test.run_options.webhooks)
                if (const auto reason = webhook::unsound(target)) {
                    std::fprintf(stderr, "%s\n",
                                 render(target.error(*reason), color_on(STDERR_FILENO)).c_str());
                    code = kUsage;
                    well = false;
                } else if (const auto lacking = webhook::unmet(target)) {
                    // The machine that runs the test may have it.
                    std::fprintf(stderr, "%s: warning: %s\n", path.c_str(), lacking->c_str());
                }
            if (const auto refused = harness::refused_option(test, test.run_options)) {
                std::fprintf(stderr, "%s: %s\n", path.c_str(), refused->c_str());
                code = kUsage;
                well = false;
            }
            for (const auto& caution : harness::cautions(test, test.run_options))
                std::fprintf(stderr, "%s: warning: %s\n", path.c_str(), caution.c_str());
            if (well)
                std::printf("%s: '%s' is a valid %s test\n", path.c_str(), test.name.c_str(), test.kind());
        }
    }
    return code;
}

}  // namespace ringback
