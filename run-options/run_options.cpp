#include "run-options/run_options.hpp"

#include "run-options/option_grammar.hpp"
#include "run-options/value/option_value.hpp"
#include "run-options/value/webhook_value.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

namespace ringback {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using value::Option;

constexpr std::size_t kMostBytes = std::size_t{1} << 20;
constexpr std::size_t kMostWebhooks = 100;

/// Reads a value into one member of RunOptions; the same option again must say the same.
template <auto Member, auto Read>
Parsed<void> set(const Option& option, RunOptions& into, bool again) {
    auto value = Read(option);
    if (!value) return value.error();
    if (again && into.*Member != *value)
        return error_at(option.text, option.written.offset,
                        option.title() + " is given twice with different values", "keep one of them");
    into.*Member = std::move(*value);
    return {};
}

template <std::uint32_t Most>
Parsed<std::uint32_t> count(const Option& option) {
    return value::read_count(option, Most);
}

Parsed<milliseconds> run_minutes(const Option& option) {
    return value::read_duration(
        option, {minutes(1), seconds(1), hours(7 * 24), "minutes, or a time such as 90s, 2m or 1h"});
}

Parsed<milliseconds> sampling_seconds(const Option& option) {
    return value::read_duration(
        option, {seconds(1), milliseconds(100), hours(1), "seconds, or a time such as 500ms or 2s"});
}

/// @param offset where the target begins in the text
Parsed<void> add_webhook(Parsed<WebhookTarget> target, const Option& option, std::size_t offset,
                         RunOptions& into) {
    if (!target) return target.error();
    // As for every option, saying the same twice is saying it once: nobody wants to be called twice.
    if (std::find(into.webhooks.begin(), into.webhooks.end(), *target) != into.webhooks.end()) return {};
    if (into.webhooks.size() == kMostWebhooks) return option.error("more than 100 webhooks");
    target->place = {error_at(option.text, offset, {})};
    into.webhooks.push_back(std::move(*target));
    return {};
}

Parsed<void> add_webhooks(const Option& option, RunOptions& into, bool) {
    const OptionText& written = option.written;
    if (written.form == ValueForm::json)
        return add_webhook(value::read_webhook_json(option.text, written.value_offset,
                                                    written.value_offset + written.value.size()),
                           option, written.value_offset, into);
    Parsed<value::Words> words = option.words("a URL or a JSON object");
    if (!words) return words.error();
    const std::vector<value::Words> lines = value::split_lines(*words);
    if (lines.empty()) return option.error(option.title() + " needs a value", "a URL or a JSON object");
    for (const value::Words& line : lines)
        if (Parsed<void> added = add_webhook(value::read_webhook_url(line), option, line.offset, into);
            !added)
            return added;
    return {};
}

struct OptionRow {
    std::string_view name;
    Parsed<void> (*read)(const Option& option, RunOptions& into, bool again);
};

/// Every option there is. What each one means: docs/run-options.md.
constexpr OptionRow kOptions[] = {
    {"session", set<&RunOptions::session, count<10'000>>},
    {"probes", set<&RunOptions::probes, count<10'000>>},
    {"timeout", set<&RunOptions::timeout, run_minutes>},
    {"webhook", add_webhooks},
    {"getstats-frequency", set<&RunOptions::getstats_frequency, sampling_seconds>},
    {"getstats", set<&RunOptions::getstats, value::read_flag>},
    {"random", set<&RunOptions::random, value::read_flag>},
    {"chrome-cli", set<&RunOptions::chrome_cli, value::read_switches>},
    {"extension", set<&RunOptions::extensions, value::read_locations>},
    {"vnc", set<&RunOptions::vnc, value::read_flag>},
    {"try", set<&RunOptions::tries, count<100>>},
};
constexpr std::size_t kOptionCount = std::size(kOptions);

std::size_t row_of(std::string_view name) {
    const auto equal = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a - 'A' + 'a' : a) == b; };
    const auto row = std::find_if(std::begin(kOptions), std::end(kOptions), [&](const OptionRow& candidate) {
        return std::equal(name.begin(), name.end(), candidate.name.begin(), candidate.name.end(), equal);
    });
    return static_cast<std::size_t>(row - std::begin(kOptions));
}

ParseError unknown_option(std::string_view text, const OptionText& written) {
    std::array<std::string_view, kOptionCount> names;
    std::transform(std::begin(kOptions), std::end(kOptions), names.begin(),
                   [](const OptionRow& row) { return row.name; });
    std::string hint;
    if (const std::string_view nearest = nearest_name(written.name, names); !nearest.empty()) {
        hint = "did you mean '#" + std::string(nearest) + "'?";
    } else {
        hint = "the options are";
        for (const std::string_view name : names)
            hint += " #" + std::string(name);
    }
    const std::string shown = quoted("#" + std::string(written.name));
    return error_at(text, written.offset, "unknown option " + shown, std::move(hint));
}

/// Without a place; empty message: all is well.
ParseError check_probes(const RunOptions& options) {
    const std::uint32_t session = options.session_size(), probes = options.probe_count();
    if (probes % session == 0) return {};
    const std::uint32_t below = probes - probes % session;
    ParseError error;
    error.message =
        "#probes:" + std::to_string(probes) + " is not a multiple of #session:" + std::to_string(session);
    error.hint = "for example " + (below > 0 ? "#probes:" + std::to_string(below) + " or " : std::string()) +
                 "#probes:" + std::to_string(below + session);
    return error;
}

}  // namespace

milliseconds RunOptions::sampling_interval() const {
    if (getstats_frequency) return *getstats_frequency;
    if (run_timeout() >= minutes(60)) return seconds(30);
    return run_timeout() >= minutes(20) ? seconds(5) : seconds(1);
}

Parsed<RunOptions> parse_run_options(std::string_view text) {
    if (text.size() > kMostBytes) return error_at(text, kMostBytes, "run options longer than 1 MiB");
    if (auto wrong = check_characters(text)) return *wrong;
    const Parsed<std::vector<OptionText>> written = split_options(text);
    if (!written) return written.error();

    RunOptions options;
    std::array<std::size_t, kOptionCount> times{};
    std::size_t probes_offset = 0;
    for (const OptionText& option : *written) {
        const std::size_t row = row_of(option.name);
        if (row == kOptionCount) return unknown_option(text, option);
        if (Parsed<void> read = kOptions[row].read({text, option}, options, times[row]++ > 0); !read)
            return read.error();
        if (kOptions[row].name == "probes") probes_offset = option.offset;
    }
    if (ParseError wrong = check_probes(options); options.probes && !wrong.message.empty())
        return error_at(text, probes_offset, std::move(wrong.message), std::move(wrong.hint));
    return options;
}

Parsed<RunOptions> merge(RunOptions base, RunOptions over) {
    const auto take = [](auto& from, auto& into) {
        using Member = std::remove_reference_t<decltype(from)>;
        if (from != Member{}) into = std::move(from);
    };
    take(over.session, base.session);
    take(over.probes, base.probes);
    take(over.timeout, base.timeout);
    take(over.webhooks, base.webhooks);
    take(over.getstats_frequency, base.getstats_frequency);
    take(over.getstats, base.getstats);
    take(over.random, base.random);
    take(over.chrome_cli, base.chrome_cli);
    take(over.extensions, base.extensions);
    take(over.vnc, base.vnc);
    take(over.tries, base.tries);
    if (ParseError wrong = check_probes(base); !wrong.message.empty()) return wrong;
    return base;
}

}  // namespace ringback
