// `ringback webhook`: the outbox, and calls by hand.
#include "tools/ringback/webhook_command.hpp"

#include "run-options/parse_error.hpp"
#include "tools/ringback/command_line.hpp"
#include "tools/ringback/network_options.hpp"
#include "tools/version.hpp"
#include "webhook/recovery.hpp"

#include <boost/program_options.hpp>

#include <array>
#include <cstdio>

namespace ringback {
namespace webhook_tool {
namespace {

namespace po = boost::program_options;

constexpr unsigned kOutbox = 1, kSends = 2, kReads = 4;  // groups of options

struct SubCommand {
    std::string_view name, words, help;
    unsigned groups;
    void (*options)(po::options_description& into);
    int (*run)(const Given& given);
};

auto text(const char* name) {
    return po::value<std::string>()->value_name(name);
}

void list_options(po::options_description& into) {
    into.add_options()("only", text("STATE"), "parked, delivered or dead")(
        "run", text("ID"), "messages of this run")("limit", text("N"),
                                                   "at most N messages, newest first (default: 50)");
}
void retry_options(po::options_description& into) {
    into.add_options()("force", "also before the time that the receiver asked for (Retry-After)");
}
void flush_options(po::options_description& into) {
    into.add_options()("budget", text("DURATION"), "how long to try (default: 30s)");
}
void verify_options(po::options_description& into) {
    into.add_options()(
        "secret-env", text("NAME"),
        "environment variable with the secret (whsec_, whsk_) or public key (whpk_); several may be "
        "separated by spaces")("id", text("ID"), "webhook-id, when FILE is the body only")(
        "timestamp", text("SECONDS"), "webhook-timestamp, likewise")("signature", text("TEXT"),
                                                                     "webhook-signature, likewise")(
        "any-age", "accept an old timestamp: this is a captured call");
}
void test_options(po::options_description& into) {
    into.add_options()("status", text("STATUS"),
                       "started, completed (default), warnings, failure, timeout or canceled")(
        "format", text("FORMAT"), "payload format, over the one in the JSON")(
        "secret-env", text("NAME"), "sign with the secret in this environment variable");
}
void no_options(po::options_description&) {}

constexpr std::array kSubCommands{
    SubCommand{"list", "", "What is in the outbox, newest first", kOutbox | kReads, list_options, list},
    SubCommand{"show", "MESSAGE...", "One message: what was sent, each attempt and what came back",
               kOutbox | kReads, no_options, show},
    SubCommand{"retry", "MESSAGE...", "Send again now, with the same id and bytes", kOutbox | kSends | kReads,
               retry_options, retry},
    SubCommand{"flush", "", "Try everything that waits, now", kOutbox | kSends | kReads, flush_options,
               flush},
    SubCommand{"verify", "FILE|-",
               "Check the signature of a captured call: a request with its head, or a HAR log", 0,
               verify_options, verify},
    SubCommand{"test", "URL|JSON", "Send a sample call and show what went over the wire", kSends | kReads,
               test_options, test},
};

po::options_description options_of(const SubCommand& command) {
    po::options_description options("options");
    command.options(options);
    auto add = options.add_options();
    if (command.groups & kReads) add("json", "print JSON");
    if (command.groups & kSends) add_network_options(options);
    if (command.groups & kOutbox)
        add("state", text("DIR"),
            "where the outbox is kept (default: $RINGBACK_STATE or ~/.local/state/ringback)");
    add("help,h", "this help");
    return options;
}

void print_help(const SubCommand& command) {
    std::printf("usage: ringback webhook %s %s\n\n%s.\n\n%s", std::string(command.name).c_str(),
                command.words.empty() ? "[options]" : ("[options] " + std::string(command.words)).c_str(),
                std::string(command.help).c_str(), help_text(options_of(command)).c_str());
}

void print_help() {
    std::printf("usage: ringback webhook COMMAND\n\nThe outbox of webhook calls, and calls by hand.\n\n");
    for (const auto& command : kSubCommands)
        std::printf("  %-7s %-12s %s\n", std::string(command.name).c_str(),
                    std::string(command.words).c_str(), std::string(command.help).c_str());
    std::printf(
        "\nringback webhook COMMAND --help tells more. Exit codes: 0 well, 1 the signature does not match,\n"
        "2 wrong usage or input, 3 the outbox cannot be used, 4 something was not delivered.\n");
}

int run_sub_command(const SubCommand& command, const Arguments& arguments) {
    Given given;
    if (const auto wrong = read_words(arguments, options_of(command), !command.words.empty(), given.values))
        return usage(command.name, *wrong);
    if (given.has("help")) return print_help(command), kPassed;
    if (!command.words.empty() && !given.has("words"))
        return usage(command.name, std::string(command.words) + " is missing");
    return command.run(given);
}

}  // namespace

std::string Given::text(const char* name, std::string otherwise) const {
    return has(name) ? values[name].as<std::string>() : std::move(otherwise);
}

std::vector<std::string> Given::list(const char* name) const {
    return has(name) ? values[name].as<std::vector<std::string>>() : std::vector<std::string>();
}

int usage(std::string_view name, const std::string& message) {
    const std::string command(name);
    std::fprintf(stderr, "ringback webhook %s: %s\nringback webhook %s --help tells more.\n", command.c_str(),
                 message.c_str(), command.c_str());
    return kUsage;
}

int trouble(const store::StoreError& error) {
    std::fprintf(stderr, "ringback: %s\n", error.message.c_str());
    return kUnable;
}

std::unique_ptr<store::Store> open_outbox(const Given& given) {
    auto opened = store::open_sqlite(given.text("state", store::default_state_directory()));
    if (opened) return std::move(*opened);
    trouble(opened.error());
    return nullptr;
}

std::optional<webhook::DeliveryOptions> delivery_options(std::string_view name, const Given& given) {
    webhook::DeliveryOptions options;
    options.owner = webhook::make_owner();
    options.version = kVersion;
    if (const auto wrong = read_network_options(given.values, options)) {
        usage(name, *wrong);
        return std::nullopt;
    }
    return options;
}

}  // namespace webhook_tool

int webhook_command(Arguments arguments) {
    using namespace webhook_tool;
    if (arguments.empty()) return print_help(), kUsage;
    const auto name = arguments.front();
    arguments.erase(arguments.begin());
    if (name == "--help" || name == "-h" || name == "help") return print_help(), kPassed;
    std::array<std::string_view, kSubCommands.size()> names{};
    for (std::size_t i = 0; i < kSubCommands.size(); ++i) {
        if (kSubCommands[i].name == name) return run_sub_command(kSubCommands[i], arguments);
        names[i] = kSubCommands[i].name;
    }
    const auto nearest = nearest_name(name, names);
    std::fprintf(stderr, "ringback webhook: unknown command '%s'%s\n", name.c_str(),
                 nearest.empty() ? "; ringback webhook --help lists them"
                                 : ("; did you mean '" + std::string(nearest) + "'?").c_str());
    return kUsage;
}

}  // namespace ringback
