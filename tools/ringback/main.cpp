// ringback: the command line. Each sub-command is one row below and one file beside this one.
#include "run-options/parse_error.hpp"
#include "tools/ringback/commands.hpp"
#include "tools/version.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string_view>

namespace ringback {
namespace {

struct Command {
    std::string_view name, words, help;
    int (*run)(Arguments);
};

constexpr std::array<Command, 5> kCommands{{
    {"run", "[options] TEST...", "run tests once and call their webhooks", run_command},
    {"check", "TEST...", "parse and validate only; nothing is sent", check_command},
    {"import", "FILE... [-o DIR]", "turn testRTC exports into test files", import_command},
    {"serve", "--config FILE", "the service: run monitors on their schedules", serve_command},
    {"webhook", "list|show|retry|flush|…", "the outbox: what was sent, each attempt, send again",
     webhook_command},
}};

void print_help() {
    std::printf(
        "ringback runs WebRTC and endpoint tests, and rings you back: at the end of every run it calls the "
        "webhooks\n"
        "that the test's run options name.\n\n");
    for (const auto& command : kCommands)
        fmt::print("  ringback {:<8} {:<26} {}\n", command.name, command.words, command.help);
    std::printf(
        "\nringback COMMAND --help tells more. Exit codes: 0 passed, 1 a test failed, 2 wrong usage or "
        "input,\n"
        "3 ringback could not do its work, 4 a required webhook was not delivered, 130 interrupted.\n");
}

int dispatch(Arguments arguments) {
    if (arguments.empty()) {
        print_help();
        return kUsage;
    }
    const auto name = arguments.front();
    arguments.erase(arguments.begin());
    if (name == "--help" || name == "-h" || name == "help") return print_help(), kPassed;
    if (name == "--version" || name == "version")
        return std::printf("ringback %s\n", version_text().c_str()), kPassed;
    std::array<std::string_view, kCommands.size()> names{};
    for (std::size_t i = 0; i < kCommands.size(); ++i) {
        if (kCommands[i].name == name) return kCommands[i].run(std::move(arguments));
        names[i] = kCommands[i].name;
    }
    const auto nearest = nearest_name(name, names);
    std::fprintf(stderr, "ringback: unknown command '%s'%s\n", name.c_str(),
                 nearest.empty() ? "; ringback --help lists them"
                                 : ("; did you mean '" + std::string(nearest) + "'?").c_str());
    return kUsage;
}

}  // namespace

std::string version_text() {
    return std::string(kVersion) + " (" + kCommit + ")";
}

bool color_on(int descriptor) {
    const char* no_color = std::getenv("NO_COLOR");
    return isatty(descriptor) && (!no_color || !*no_color);
}

std::size_t columns_of(int descriptor) {
    winsize size{};
    return isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col >= 40 ? size.ws_col
                                                                                                : 100;
}

}  // namespace ringback

int main(int argc, char** argv) {
    std::signal(
        SIGPIPE,
        SIG_IGN);  // a receiver or a reader that went away is an error value, not the end of the program
    try {
        return ringback::dispatch({argv + 1, argv + argc});
    } catch (const std::exception& broken) {
        std::fprintf(stderr, "ringback: %s\n", broken.what());
        return ringback::kUnable;
    }
}
