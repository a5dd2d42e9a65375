#include "harness/test/load.hpp"
#include "harness/test/option_use.hpp"
#include "tools/ringback/commands.hpp"
#include "webhook/supported.hpp"

#include <unistd.h>

#include <cstdio>

namespace ringback {

int check_command(Arguments arguments) {
    if (arguments.empty() || arguments.front() == "--help" || arguments.front() == "-h") {
        std::printf("usage: ringback check TEST...\n\nParses and validates test files; nothing is sent.\n");
        return arguments.empty() ? kUsage : kPassed;
    }
    int code = kPassed;
    for (const auto& path : arguments) {
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
