#include "monitors/configuration.hpp"

#include "harness/test/environment.hpp"
#include "harness/test/load.hpp"
#include "harness/test/mapping.hpp"
#include "harness/test/option_use.hpp"
#include "harness/test/step_loader.hpp"
#include "webhook/supported.hpp"

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace ringback::monitors {
namespace {

using namespace harness::yaml;
using namespace std::chrono_literals;

constexpr std::array<std::string_view, 6> kKeys{"location", "artifacts", "chromium",
                                                "base-url", "keep",      "monitors"};
constexpr std::array<std::string_view, 9> kMonitorKeys{"name",        "test",      "every",
                                                       "cron",        "time-zone", "run-options",
                                                       "environment", "variables", "retry-on-failure"};

struct Reader {
    const Document& document;

    [[nodiscard]] std::string beside(const std::string& path) const {
        return (std::filesystem::path(document.file).parent_path() / path).string();
    }

    Parsed<Schedule> schedule(const Mapping& keys, const std::string& name) const {
        if (keys.has("every") == keys.has("cron"))
            return error_at(document, keys.node(), "a monitor has either 'every' or 'cron'");
        if (keys.has("every")) {
            if (keys.has("time-zone"))
                return error_at(document, keys.get("time-zone"), "'time-zone' belongs to 'cron'");
            RINGBACK_TRY(interval, read_duration(document, keys.get("every"), "every", 1s, 31 * 24h));
            return Schedule(monitors::every(interval, name));
        }
        RINGBACK_TRY(line, keys.text("cron"));
        RINGBACK_TRY(zone, keys.text("time-zone"));
        auto cron = parse_cron(line, zone);
        if (!cron) {
            const bool is_zone = cron.error().message.starts_with("unknown time zone");
            return error_inside(document, keys.get(is_zone ? "time-zone" : "cron"), cron.error());
        }
        return Schedule(*cron);
    }

    Parsed<RunOptions> options(const Mapping& keys, const harness::Test& test) const {
        const auto value = keys.get("run-options");
        RINGBACK_TRY(text, keys.run_options());
        auto over = parse_run_options(text);
        if (!over) return error_inside(document, value, over.error());
        place_webhooks(document, value, *over);
        auto merged = merge(test.run_options, *over);
        if (!merged) return error_at(document, value, merged.error().message, merged.error().hint);
        for (const auto& target : merged->webhooks)
            if (const auto reason = webhook::unusable(target)) return target.error(*reason);
        if (const auto refused = harness::refused_option(test, *merged))
            return error_at(document, value, *refused);
        return merged;
    }

    /// A file that cannot be read is an error of the key that names it; any other has its place in the file.
    ParseError of_file(const ParseError& error, const Mapping& keys, const char* key,
                       const std::string& file) const {
        if (error.source != beside(file) || !error.excerpt.empty()) return error;
        return error_at(document, keys.get(key), std::string(key) + " '" + file + "': " + error.message);
    }

    Parsed<Monitor> monitor(const YAML::Node& node) const {
        RINGBACK_TRY(keys, Mapping::read(document, node, "a monitor", kMonitorKeys));
        RINGBACK_TRY(file, keys.text("test"));
        if (file.empty())
            return error_at(document, node, "a monitor needs a 'test'", "the path of a test file");
        auto tests = harness::load_tests(beside(file));
        if (!tests) return of_file(tests.error(), keys, "test", file);
        Monitor made;
        made.test = std::make_shared<const harness::Test>(std::move(tests->front()));
        RINGBACK_TRY(name, keys.name("name"));
        made.name = name.empty() ? made.test->name : name;
        RINGBACK_TRY(when, schedule(keys, made.name));
        made.schedule = std::move(when);
        RINGBACK_TRY(run_options, options(keys, *made.test));
        made.options = std::move(run_options);
        RINGBACK_TRY(environment_file, keys.text("environment"));
        if (!environment_file.empty()) {
            const auto environment = harness::load_environment(beside(environment_file));
            if (!environment) return of_file(environment.error(), keys, "environment", environment_file);
            made.environment = environment->name;
            made.variables = environment->variables;
        }
        RINGBACK_TRY(entries, keys.entries("variables"));
        for (const auto& [variable, value] : entries)
            made.variables.emplace_back(variable, value.IsNull() ? "" : value.Scalar());
        RINGBACK_TRY(retry, keys.flag("retry-on-failure", false));
        made.retry_on_failure = retry;
        return made;
    }
};

}  // namespace

Parsed<Configuration> load_configuration(const std::string& path) {
    Document document{path, {}};
    std::ifstream file(path, std::ios::binary);
    if (!file || std::filesystem::is_directory(path)) {
        ParseError error;
        error.source = path;
        error.message = "the configuration cannot be read";
        return error;
    }
    document.text.assign(std::istreambuf_iterator<char>(file), {});
    RINGBACK_TRY(root, parse(document, "a configuration", "monitors"));
    RINGBACK_TRY(keys, Mapping::read(document, root, "a configuration", kKeys));
    Configuration made;
    for (const auto& [key, target] : {std::pair<const char*, std::string*>{"location", &made.location},
                                      {"artifacts", &made.artifacts},
                                      {"chromium", &made.chromium},
                                      {"base-url", &made.base_url}}) {
        RINGBACK_TRY(text, keys.text(key));
        if (!text.empty()) *target = text;
    }
    if (!made.base_url.empty())
        if (const auto wrong = webhook::wrong_base_url(made.base_url))
            return error_at(document, keys.get("base-url"), "'base-url': " + *wrong);
    if (keys.has("keep")) {
        RINGBACK_TRY(keep, read_duration(document, keys.get("keep"), "keep", webhook::kKeepAtLeast,
                                         std::chrono::hours(24 * 10'000)));
        made.keep = keep;
    }
    const auto list = keys.get("monitors");
    if (!list.IsDefined() || !list.IsSequence() || list.size() == 0)
        return error_at(document, list.IsDefined() ? list : root,
                        list.IsDefined() ? "'monitors' must be a list with one monitor at least"
                                         : "a configuration needs 'monitors'",
                        "a list of monitors, each with 'test' and 'every' or 'cron'");
    const Reader reader{document};
    std::set<std::string> names;
    for (const auto& node : list) {
        RINGBACK_TRY(monitor, reader.monitor(node));
        if (!names.insert(monitor.name).second)
            return error_at(document, node, "two monitors are named '" + monitor.name + "'",
                            "give one of them a 'name' of its own");
        made.monitors.push_back(std::move(monitor));
    }
    return made;
}

}  // namespace ringback::monitors
