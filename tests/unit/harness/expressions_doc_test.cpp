// docs/expressions.md is true: its tables are the program's, and its examples come out as it says.
#include "expression_support.hpp"
#include "harness/expression/assertion.hpp"
#include "harness/expression/expectation.hpp"
#include "harness/run/run.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <iterator>

using namespace ringback;
using namespace ringback::harness;
using namespace ringback::harness::testing;
using namespace std::chrono_literals;

namespace {

const std::string& doc() {
    static const std::string text = [] {
        std::ifstream file(RINGBACK_SOURCE_DIR "/docs/expressions.md");
        return std::string(std::istreambuf_iterator<char>(file), {});
    }();
    BOOST_REQUIRE(!text.empty());
    return text;
}

using Rows = std::vector<std::vector<std::string>>;

std::string without_backticks(std::string cell) {
    if (cell.size() >= 2 && cell.front() == '`' && cell.back() == '`') cell = cell.substr(1, cell.size() - 2);
    return cell;
}

/// The rows of the table whose header line begins like this, cells without white space.
Rows table(const std::string& header) {
    Rows rows;
    const auto begin = doc().find("\n| " + header);
    BOOST_REQUIRE_MESSAGE(begin != std::string::npos, header);
    std::size_t line = doc().find('\n', begin + 1) + 1;
    for (line = doc().find('\n', line) + 1; line < doc().size() && doc()[line] == '|';
         line = doc().find('\n', line) + 1) {
        std::vector<std::string> cells;
        std::size_t at = line + 2;
        for (const auto end = doc().find('\n', line); at < end;) {
            const auto bar = std::min(doc().find(" |", at), end);
            cells.push_back(doc().substr(at, bar - at));
            at = bar + 3;
        }
        rows.push_back(std::move(cells));
    }
    return rows;
}

/// Compares a table with the program's, row by row; a difference shows the line to write.
void same_table(const std::string& header, const Rows& wanted) {
    const auto rows = table(header);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const auto line = fmt::format("| {} |", fmt::join(wanted[i], " | "));
        BOOST_TEST((i < rows.size() && rows[i] == wanted[i]), "docs/expressions.md wants\n" << line);
    }
    BOOST_TEST(rows.size() == wanted.size());
}

std::string code(std::string_view text) {
    return fmt::format("`{}`", text);
}

Variables example_variables() {
    return {{"user", "ann"}, {"password", "pass"}, {"sku", "42"}};
}

class ExampleCall : public MetricSource {
  public:
    std::size_t channel_count(Media, Direction direction) const override {
        return direction == Direction::in ? 2 : 0;
    }
    std::optional<MetricValue> channel_metric(Media media, Direction, std::size_t channel,
                                              ChannelMetric metric) const override {
        const bool first = channel == 0;
        if (media == Media::audio && metric == ChannelMetric::bitrate)
            return first ? MetricValue{30, 0, 30, {}} : MetricValue{12.4, 0, 20, {}};
        if (media == Media::audio && metric == ChannelMetric::packetloss)
            return MetricValue::of(first ? 0 : 10);
        if (media == Media::audio && metric == ChannelMetric::packets)
            return MetricValue::of(first ? 900 : 100);
        if (media == Media::video && metric == ChannelMetric::fps) return MetricValue::of(first ? 30 : 7);
        if (media == Media::video && metric == ChannelMetric::bitrate)
            return MetricValue::of(first ? 800 : 0);
        return std::nullopt;
    }
    std::optional<MetricValue> run_metric(RunMetric metric) const override {
        return metric == RunMetric::score ? std::optional(MetricValue::of(8.5)) : std::nullopt;
    }
    std::optional<MetricValue> custom_metric(std::string_view) const override { return std::nullopt; }
};

std::string_view words(Aggregate aggregate) {
    switch (aggregate) {
        case Aggregate::sum:
            return "sum";
        case Aggregate::mean:
            return "mean";
        case Aggregate::weighted:
            return "mean, weighted by packets";
        case Aggregate::largest:
            return "largest";
        case Aggregate::same:
            return "the one that all share";
    }
    return "";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(expressions_doc)

BOOST_AUTO_TEST_CASE(tables_are_those_of_the_program) {
    Rows functions, sources, comparisons, channel_metrics, run_metrics;
    for (const auto& function : all_functions())
        functions.push_back({code(function.signature), std::string(function.help)});
    for (const auto& source : all_sources()) {
        const bool optional = source.property == Source::Property::optional;
        sources.push_back({code(source.name),
                           std::string(source.property_help) + (optional ? ", or none" : ""),
                           std::string(source.help)});
    }
    for (const auto& row : all_comparisons()) {
        std::vector<std::string> aliases;
        for (const auto alias : row.aliases)
            aliases.push_back(code(alias));
        comparisons.push_back(
            {code(row.name), fmt::format("{}", fmt::join(aliases, ", ")), std::string(row.help)});
    }
    for (const auto& info : all_channel_metrics())
        channel_metrics.push_back({code(info.name), std::string(info.unit),
                                   std::string(words(info.aggregate)), std::string(info.help)});
    for (const auto& info : all_run_metrics())
        run_metrics.push_back({code(info.name), std::string(info.unit), std::string(info.help)});
    same_table("function | gives", functions);
    same_table("source | property", sources);
    same_table("comparison | also written", comparisons);
    same_table("metric of a channel", channel_metrics);
    same_table("metric of a probe", run_metrics);
}

BOOST_AUTO_TEST_CASE(templates_give_what_is_shown) {
    const auto rows = table("template | gives");
    BOOST_TEST(rows.size() >= 8u);
    for (const auto& row : rows)
        BOOST_TEST(rendered(without_backticks(row.at(0)), example_variables()) ==
                   without_backticks(row.at(1)));
}

BOOST_AUTO_TEST_CASE(assertions_come_out_as_shown) {
    const auto begin = doc().find("```json\n") + 8;
    const std::string body = doc().substr(begin, doc().find("\n```", begin) - begin);
    const net::Headers headers{{"Content-Type", "application/json"}};
    ResponseView view;
    view.status = 500;
    view.headers = &headers;
    view.body = body;
    view.has_body = true;
    view.time = 123ms;
    const auto variables = example_variables();
    const auto environment = frozen_environment();
    const auto rows = table("assertion | outcome");
    BOOST_TEST(rows.size() >= 12u);
    for (const auto& row : rows) {
        const auto assertion = Assertion::parse(without_backticks(row.at(0)));
        BOOST_REQUIRE_MESSAGE(assertion.has_value(), row.at(0));
        const auto result = assertion->evaluate(view, {variables, environment});
        BOOST_TEST((result.passed ? "passes" : shown(result)) == row.at(1));
    }
}

BOOST_AUTO_TEST_CASE(conditions_come_out_as_shown) {
    const auto variables = example_variables();
    const auto environment = frozen_environment();
    const auto rows = table("condition | with");
    BOOST_TEST(rows.size() >= 4u);
    for (const auto& row : rows) {
        const auto condition = Condition::parse(without_backticks(row.at(0)));
        BOOST_REQUIRE_MESSAGE(condition.has_value(), row.at(0));
        BOOST_TEST((condition->evaluate({variables, environment})->holds ? "yes" : "no") == row.at(1),
                   row.at(0));
    }
}

BOOST_AUTO_TEST_CASE(expectations_come_out_as_shown) {
    const auto rows = table("expectation | outcome");
    BOOST_TEST(rows.size() >= 9u);
    for (const auto& row : rows) {
        const auto expectation = Expectation::parse(without_backticks(row.at(0)));
        BOOST_REQUIRE_MESSAGE(expectation.has_value(), row.at(0));
        const auto result = expectation->evaluate(ExampleCall());
        const std::string place = result.channel.empty() ? "" : " in " + result.channel;
        const auto outcome = result.passed ? std::string("passes")
                             : !result.message.empty()
                                 ? result.message
                                 : "found " + result.found + place + ", wanted " + result.wanted;
        BOOST_TEST(outcome == row.at(1), row.at(0));
    }
}

BOOST_AUTO_TEST_SUITE_END()
