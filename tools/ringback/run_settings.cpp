#include "tools/ringback/run_settings.hpp"

#include "harness/test/environment.hpp"
#include "harness/test/load.hpp"
#include "harness/test/option_use.hpp"
#include "harness/webrtc/external_values.hpp"
#include "store/store.hpp"
#include "tools/ringback/command_line.hpp"
#include "tools/ringback/history_options.hpp"
#include "tools/ringback/network_options.hpp"
#include "webhook/signature.hpp"
#include "webhook/supported.hpp"

#include <boost/program_options.hpp>

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>

namespace ringback {
namespace {

namespace po = boost::program_options;
constexpr std::array<std::string_view, 4> kReportFormats{"html", "json", "junit", "tap"};

po::options_description describe() {
    po::options_description options("options", kHelpColumns);
    const auto text = [](const char* name) { return po::value<std::string>()->value_name(name); };
    const auto list = [](const char* name) {
        return po::value<std::vector<std::string>>()->value_name(name)->composing();
    };
    auto add = options.add_options();
    add("run-options", text("STR"),
        "more run options, e.g. '#webhook:http://127.0.0.1:8090/bin/ID #timeout:2' (override the file's)");
    add("webhook", list("URL|JSON"), "the same as #webhook; may be repeated");
    add("webhook-secret-env", text("NAME"),
        "sign calls with the secret in this environment variable (Standard Webhooks)");
    add("webhook-required", "exit 4 when a webhook could not be delivered");
    add_network_options(options);
    add_history_options(options);
    add("var", list("NAME=VALUE"), "a variable for templates; may be repeated");
    add("secret", list("NAME=ENVVAR"), "a variable whose value is in ENVVAR and is shown nowhere");
    add("environment", text("FILE"), "YAML file with 'name' and 'variables'");
    add("report", list("FORMAT=PATH"),
        "write a report: html, json, junit or tap; '-' is standard output; may be repeated");
    add("jobs", po::value<unsigned>()->value_name("N")->default_value(1), "tests side by side");
    add("location", text("NAME"), "what this place is called in results (default: local)");
    add("artifacts", text("DIR"), "keep screenshots and dumps below this directory");
    add("chromium", text("PATH"), "the browser to use (default: chromium in PATH)");
    add("network-emulation", text("auto|link|devtools"),
        "what makes the networks of probes: the link emulator, DevTools, or (auto, the default) the emulator "
        "where "
        "this machine allows it");
    add("external-values", text("[HOST:]PORT"),
        "take values for rtcWaitForExternalValue over HTTP at this loopback address (port 0: a free one)");
    add("state", text("DIR"),
        "where history and outbox are kept (default: $RINGBACK_STATE or ~/.local/state/ringback)");
    add("quiet,q", "print failures and the verdict only");
    add("verbose,v", "print what scripts and browsers log");
    add("help,h", "this help");
    return options;
}

int usage(const std::string& message) {
    std::fprintf(stderr, "ringback run: %s\nringback run --help lists the options.\n", message.c_str());
    return kUsage;
}

int bad_input(const ParseError& error) {
    std::fprintf(stderr, "%s\n", render(error, color_on(STDERR_FILENO)).c_str());
    return kUsage;
}

/// Why `variable` does not hold what signs webhooks, behind its name; "" names none.
std::optional<std::string> wrong_secret_variable(const std::string& variable) {
    if (variable.empty()) return std::nullopt;
    const char* secret = std::getenv(variable.c_str());
    if (!secret) return " is not set";
    const auto keys = webhook::parse_signing_keys(secret);
    return keys ? std::nullopt : std::optional(": " + keys.error());
}

/// "NAME=VALUE" in two; nullopt without a name or "=".
std::optional<std::pair<std::string, std::string>> split(const std::string& text) {
    const auto at = text.find('=');
    if (at == 0 || at == std::string::npos) return std::nullopt;
    return std::pair{text.substr(0, at), text.substr(at + 1)};
}

std::optional<int> read_variables(const po::variables_map& given, RunSettings& settings) {
    if (given.contains("environment")) {
        const auto environment = harness::load_environment(given["environment"].as<std::string>());
        if (!environment) return bad_input(environment.error());
        settings.environment = environment->name;
        for (const auto& [name, value] : environment->variables)
            settings.variables.set(name, value);
    }
    if (given.contains("var"))
        for (const auto& word : given["var"].as<std::vector<std::string>>()) {
            const auto pair = split(word);
            if (!pair) return usage("--var '" + word + "' is not of the form NAME=VALUE");
            settings.variables.set(pair->first, pair->second);
        }
    if (given.contains("secret"))
        for (const auto& word : given["secret"].as<std::vector<std::string>>()) {
            const auto pair = split(word);
            if (!pair) return usage("--secret '" + word + "' is not of the form NAME=ENVVAR");
            const char* value = std::getenv(pair->second.c_str());
            if (!value)
                return usage("--secret " + pair->first + ": the environment variable " + pair->second +
                             " is not set");
            settings.variables.set_secret(pair->first, value);
        }
    return std::nullopt;
}

/// Also of files that are not there yet.
bool is_same_file(const std::string& one, const std::string& other) {
    namespace fs = std::filesystem;
    std::error_code ignored;
    return fs::weakly_canonical(fs::absolute(one, ignored), ignored) ==
           fs::weakly_canonical(fs::absolute(other, ignored), ignored);
}

/// A report must not take the place of what was read.
std::optional<int> refuse_overwriting(const std::vector<std::string>& inputs, const RunSettings& settings) {
    for (const auto& report : settings.reports)
        for (const auto& input : inputs)
            if (report.path != "-" && is_same_file(report.path, input))
                return usage("--report " + report.format + "=" + report.path + " would overwrite '" + input +
                             "', which is read");
    return std::nullopt;
}

std::optional<int> read_reports(const po::variables_map& given, RunSettings& settings) {
    if (!given.contains("report")) return std::nullopt;
    for (const auto& word : given["report"].as<std::vector<std::string>>()) {
        const auto pair = split(word);
        if (!pair || pair->second.empty())
            return usage("--report '" + word + "' is not of the form FORMAT=PATH");
        if (std::find(kReportFormats.begin(), kReportFormats.end(), pair->first) == kReportFormats.end()) {
            const auto nearest = nearest_name(pair->first, kReportFormats);
            return usage("unknown report format '" + pair->first + "'" +
                         (nearest.empty() ? "; there are html, json, junit and tap"
                                          : "; did you mean '" + std::string(nearest) + "'?"));
        }
        settings.reports.push_back({pair->first, pair->second});
    }
    for (auto one = settings.reports.begin(); one != settings.reports.end(); ++one)
        for (auto other = settings.reports.begin(); other != one; ++other)
            if (one->path != "-" && is_same_file(one->path, other->path))
                return usage("two reports cannot be written to the same file '" + one->path + "'");
    const auto to_stdout = std::count_if(settings.reports.begin(), settings.reports.end(),
                                         [](const auto& report) { return report.path == "-"; });
    if (to_stdout > 1) return usage("only one report can go to standard output");
    return std::nullopt;
}

/// What the command line says about run options, on top of every file's.
Parsed<RunOptions> read_overrides(const po::variables_map& given) {
    RunOptions over;
    if (given.contains("run-options")) {
        auto parsed = parse_run_options(given["run-options"].as<std::string>());
        if (!parsed) {
            auto error = parsed.error();
            error.source = "--run-options";
            return error;
        }
        over = std::move(*parsed);
        for (auto& target : over.webhooks)
            target.place.source = "--run-options";
    }
    if (given.contains("webhook"))
        for (const auto& word : given["webhook"].as<std::vector<std::string>>()) {
            auto targets = parse_webhook_targets(word);
            if (!targets) {
                auto error = targets.error();
                error.source = "--webhook";
                return error;
            }
            for (auto& target : *targets) {
                target.place.source = "--webhook";
                over.webhooks.push_back(std::move(target));
            }
        }
    harness::resolve_tls_files(over, "");
    return over;
}

/// The webhooks in force for a test, each with a secret if the command line gives one for all.
/// @param told for warnings: what names them
std::optional<int> check_webhooks(std::vector<WebhookTarget>& webhooks, const std::string& secret_variable,
                                  const std::string& told) {
    std::optional<int> code;
    for (auto& target : webhooks) {
        if (!target.secret && !secret_variable.empty()) target.secret = SecretText{{}, secret_variable};
        if (const auto reason = webhook::unusable(target))
            code = bad_input(target.error(*reason));
        else if (const auto warning = webhook::caution(target))
            std::fprintf(stderr, "%s: warning: %s\n", told.c_str(), warning->c_str());
    }
    return code;
}

/// Every file is read before anything is run, so that all that is wrong is said at once and nothing is sent.
std::optional<int> read_tests(const std::vector<std::string>& paths, const RunOptions& over,
                              RunSettings& settings) {
    std::optional<int> code;
    for (const auto& path : paths) {
        auto tests = harness::load_tests(path);
        if (!tests) {
            code = bad_input(tests.error());
            continue;
        }
        for (auto& test : *tests) {
            auto options = merge(test.run_options, over);
            if (!options) {
                auto error = options.error();
                error.source = path;
                code = bad_input(error);
                continue;
            }
            if (over.webhooks.empty())
                if (const auto wrong = check_webhooks(options->webhooks, settings.webhook_secret_env, path))
                    code = wrong;
            if (const auto wrong = harness::refused_option(test, *options)) {
                std::fprintf(stderr, "%s: %s\n", path.c_str(), wrong->c_str());
                code = kUsage;
            }
            for (const auto& caution : harness::cautions(test, *options, !settings.artifacts.empty()))
                std::fprintf(stderr, "%s: warning: %s\n", path.c_str(), caution.c_str());
            settings.tests.push_back({std::move(test), std::move(*options)});
        }
    }
    return code;
}

}  // namespace

std::variant<RunSettings, int> read_run_settings(const Arguments& arguments) {
    const auto options = describe();
    po::variables_map given;
    if (const auto wrong = read_words(arguments, options, true, given)) return usage(*wrong);
    if (given.contains("help")) {
        std::printf(
            "usage: ringback run [options] TEST...\n\nRuns tests once. TEST is a YAML test file, or a "
            "testRTC export (JSON).\n\n%s\n"
            "Exit codes: 0 passed, 1 a test failed, 2 wrong usage or input, 3 ringback could not do its "
            "work,\n"
            "4 a required webhook was not delivered, 130 interrupted.\n",
            help_text(options).c_str());
        return kPassed;
    }
    if (!given.contains("words")) return usage("no test given");
    RunSettings settings;
    const auto text = [&](const char* name, std::string otherwise) {
        return given.contains(name) ? given[name].as<std::string>() : std::move(otherwise);
    };
    settings.jobs = given["jobs"].as<unsigned>();
    if (settings.jobs < 1 || settings.jobs > 64) return usage("--jobs must be from 1 to 64");
    settings.webhook_required = given.contains("webhook-required");
    settings.quiet = given.contains("quiet");
    settings.verbose = given.contains("verbose");
    settings.location = text("location", "local");
    settings.artifacts = text("artifacts", "");
    settings.chromium = text("chromium", "");
    const auto emulation = harness::parse_network_emulation(text("network-emulation", "auto"));
    if (!emulation)
        return usage("--network-emulation: " + emulation.error().message + ": " + emulation.error().hint);
    settings.network_emulation = *emulation;
    settings.external_values = text("external-values", "");
    if (!settings.external_values.empty())
        if (const auto wrong = harness::ExternalValuesServer::wrong_address(settings.external_values);
            !wrong.empty())
            return usage("--external-values: " + wrong);
    settings.state_directory = text("state", store::default_state_directory());
    settings.webhook_secret_env = text("webhook-secret-env", "");
    if (const auto wrong = wrong_secret_variable(settings.webhook_secret_env))
        return usage("--webhook-secret-env: the environment variable " + settings.webhook_secret_env +
                     *wrong);
    if (const auto wrong = read_network_options(given, settings.delivery)) return usage(*wrong);
    HistoryOptions history;
    if (const auto wrong = read_history_options(given, history)) return usage(*wrong);
    settings.base_url = history.base_url.value_or("");
    settings.keep = history.keep.value_or(settings.keep);
    if (const auto code = read_variables(given, settings)) return *code;
    if (const auto code = read_reports(given, settings)) return *code;
    const auto& paths = given["words"].as<std::vector<std::string>>();
    auto inputs = paths;
    if (given.contains("environment")) inputs.push_back(given["environment"].as<std::string>());
    if (const auto code = refuse_overwriting(inputs, settings)) return *code;
    auto over = read_overrides(given);
    if (!over) return bad_input(over.error());
    const auto wrong = check_webhooks(over->webhooks, settings.webhook_secret_env, "ringback run");
    const auto code = read_tests(paths, *over, settings);
    if (wrong || code) return kUsage;
    return settings;
}

}  // namespace ringback
