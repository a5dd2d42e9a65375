#include "harness/expression/expectation.hpp"

#include "harness/expression/expectation_tree.hpp"
#include "harness/expression/text_position.hpp"
#include "harness/run/run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace ringback::harness {

namespace {

using Term = ExpectationTerm;
using Node = Expectation::Node;

/// Media and direction as one small number: the channels that a `.channel` term ranges over.
constexpr std::size_t groups = 4;
std::size_t group_of(const Term& term) {
    return static_cast<std::size_t>(term.media) * 2 + static_cast<std::size_t>(term.direction);
}
/// The channel chosen in each group while an expression is judged channel by channel.
using Chosen = std::array<std::size_t, groups>;

/// What judging a term or an expression gave. Of a passed one `found` is what was measured, too.
struct Finding {
    bool passed = false;
    std::string found, wanted, channel, message;
};

/// Up to three decimals, without zeros at the end.
std::string shown_number(double value) {
    auto text = fmt::format("{:.3f}", value);
    while (text.back() == '0')
        text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text == "-0" ? "0" : text;
}

std::string with_unit(std::string number, std::string_view unit) {
    if (unit.empty()) return number;
    if (unit == "channels" && number == "1") return "1 channel";
    return number.append(unit == "%" ? "" : " ").append(unit);
}

std::string wanted_text(const Term& term) {
    return fmt::format("{} {}", to_string(term.op),
                       term.is_text() ? term.value : with_unit(term.value, term.unit()));
}

bool holds(double value, const Term& term) {
    switch (term.op) {
        case Operator::equal:
            return value == term.number;
        case Operator::not_equal:
            return value != term.number;
        case Operator::greater:
            return value > term.number;
        case Operator::greater_or_equal:
            return value >= term.number;
        case Operator::less:
            return value < term.number;
        case Operator::less_or_equal:
            return value <= term.number;
    }
    return false;
}

/// "H264" names the same codec as "video/h264".
bool same_codec(std::string_view found, std::string_view wanted) {
    const auto letter = [](char c) { return c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c; };
    const auto name = [](std::string_view codec) {
        return codec.substr(codec.find('/') + 1);
    };  // npos + 1 is 0
    return std::equal(name(found).begin(), name(found).end(), name(wanted).begin(), name(wanted).end(),
                      [&](char a, char b) { return letter(a) == letter(b); });
}

double statistic(const MetricValue& value, const Term& term) {
    switch (term.statistic) {
        case Term::Statistic::average:
            return value.avg;
        case Term::Statistic::minimum:
            return value.min;
        case Term::Statistic::maximum:
            return value.max;
    }
    return value.avg;
}

/// Judges one expression against one source.
class Judge {
  public:
    explicit Judge(const MetricSource& source) : source_(source) {}

    /// `.channel` terms outside of any choice of channels are judged for every channel.
    Finding judge(const Node& node) {
        if (node.kind == Node::Kind::term)
            return node.term.scope == Term::Scope::channel ? for_every_channel({&node})
                                                           : judge_chosen(node, {});
        return node.kind == Node::Kind::all ? judge_all(node) : judge_any(node);
    }

  private:
    using Nodes = std::vector<const Node*>;

    static unsigned groups_in(const Node& node) {
        unsigned set = 0;
        for (const auto& child : node.children)
            set |= groups_in(child);
        if (node.kind == Node::Kind::term && node.term.scope == Term::Scope::channel)
            set |= 1u << group_of(node.term);
        return set;
    }

    /// "Every channel" goes through an `and`: each side is judged on its own.
    Finding judge_all(const Node& node) {
        std::vector<Finding> findings;
        for (const auto& child : node.children) {
            findings.push_back(judge(child));
            if (!findings.back().passed) return findings.back();
        }
        return together(findings, true);
    }

    /// Sides of an `or` that speak of the same channels are judged together, channel by channel: each channel
    /// may pass by another side. Sides that share no channels stand alone, which comes to the same and is
    /// shorter to tell.
    Finding judge_any(const Node& node) {
        std::vector<std::pair<unsigned, Nodes>> clusters;
        for (const auto& child : node.children) {
            unsigned set = groups_in(child);
            Nodes nodes{&child};
            for (auto cluster = clusters.begin(); set != 0 && cluster != clusters.end();) {
                if ((cluster->first & set) == 0) {
                    ++cluster;
                    continue;
                }
                set |= cluster->first;
                nodes.insert(nodes.begin(), cluster->second.begin(), cluster->second.end());
                cluster = clusters.erase(cluster);
            }
            clusters.emplace_back(set, std::move(nodes));
        }
        std::vector<Finding> findings;
        for (const auto& [set, nodes] : clusters) {
            findings.push_back(set == 0 ? judge(*nodes.front()) : for_every_channel(nodes));
            if (findings.back().passed) return findings.back();
        }
        return together(findings, false);
    }

    /// True when for every choice of one channel per group one of the nodes holds.
    Finding for_every_channel(const Nodes& nodes) {
        constexpr std::size_t most = 100'000;
        unsigned set = 0;
        for (const auto* node : nodes)
            set |= groups_in(*node);
        Chosen counts{}, chosen{};
        std::size_t combinations = 1;
        for (std::size_t group = 0; group < groups; ++group) {
            if ((set >> group & 1) == 0) continue;
            counts[group] = source_.channel_count(media_of(group), direction_of(group));
            if (counts[group] == 0) return no_channel(group, *nodes.front());
            combinations *= std::min(counts[group], most);
            if (combinations > most)
                return {false, {}, {}, {}, "there are too many channels to judge each with each"};
        }
        std::vector<Finding> passed;
        do {
            auto finding = judge_any_chosen(nodes, chosen);
            if (!finding.passed) return finding;
            if (passed.size() < 8) passed.push_back(std::move(finding));
        } while (advance(chosen, counts));
        return together(passed, true);
    }

    static Media media_of(std::size_t group) { return static_cast<Media>(group / 2); }
    static Direction direction_of(std::size_t group) { return static_cast<Direction>(group % 2); }

    static bool advance(Chosen& chosen, const Chosen& counts) {
        for (std::size_t group = 0; group < groups; ++group) {
            if (counts[group] == 0) continue;
            if (++chosen[group] < counts[group]) return true;
            chosen[group] = 0;
        }
        return false;
    }

    static Finding no_channel(std::size_t group, const Node& node) {
        const auto* first = &node;
        while (first->kind != Node::Kind::term)
            first = &first->children.front();
        return {false,
                {},
                wanted_text(first->term),
                {},
                fmt::format("there is no {}.{} channel", to_string(media_of(group)),
                            to_string(direction_of(group)))};
    }

    Finding judge_any_chosen(const Nodes& nodes, const Chosen& chosen) {
        std::vector<Finding> findings;
        for (const auto* node : nodes) {
            findings.push_back(judge_chosen(*node, chosen));
            if (findings.back().passed) return findings.back();
        }
        return together(findings, false);
    }

    Finding judge_chosen(const Node& node, const Chosen& chosen) {
        if (node.kind == Node::Kind::term) return judge_term(node.term, chosen);
        const bool all = node.kind == Node::Kind::all;
        std::vector<Finding> findings;
        for (const auto& child : node.children) {
            findings.push_back(judge_chosen(child, chosen));
            if (findings.back().passed != all) return findings.back();
        }
        return together(findings, all);
    }

    /// Findings that all passed, or of which none did, as one.
    static Finding together(const std::vector<Finding>& findings, bool passed) {
        if (findings.size() == 1) return findings.front();
        Finding result;
        result.passed = passed;
        const auto join = [&](std::string Finding::*text, std::string_view separator) {
            std::vector<std::string> texts;
            for (const auto& finding : findings)
                if (!(finding.*text).empty() &&
                    std::find(texts.begin(), texts.end(), finding.*text) == texts.end())
                    texts.push_back(finding.*text);
            return fmt::format("{}", fmt::join(texts, separator));
        };
        result.found = join(&Finding::found, ", ");
        result.wanted = join(&Finding::wanted, passed ? " and " : " or ");
        result.channel = passed ? "" : join(&Finding::channel, ", ");
        result.message = join(&Finding::message, "; ");
        return result;
    }

    Finding judge_term(const Term& term, const Chosen& chosen) {
        Finding finding;
        finding.wanted = wanted_text(term);
        const std::size_t channel = chosen[group_of(term)];
        if (term.scope == Term::Scope::channel)
            finding.channel = source_.channel_name(term.media, term.direction, channel);
        const auto value = measured(term, channel);
        if (!value) {
            finding.message = unmeasured(term);
        } else if (term.is_text()) {
            finding.found = value->text;
            finding.passed = same_codec(value->text, term.value) == (term.op == Operator::equal);
        } else if (const double number = statistic(*value, term); std::isfinite(number)) {
            finding.found = with_unit(shown_number(number), term.unit());
            finding.passed = holds(number, term);
        } else {
            finding.message = unmeasured(term);
        }
        return finding;
    }

    std::optional<MetricValue> measured(const Term& term, std::size_t channel) {
        switch (term.scope) {
            case Term::Scope::channel_count:
                return MetricValue::of(double(source_.channel_count(term.media, term.direction)));
            case Term::Scope::aggregate:
                return source_.aggregate_metric(term.media, term.direction, term.channel_metric->metric);
            case Term::Scope::channel:
                return source_.channel_metric(term.media, term.direction, channel,
                                              term.channel_metric->metric);
            case Term::Scope::run:
                return source_.run_metric(term.run_metric->metric);
            case Term::Scope::custom:
                return source_.custom_metric(term.name);
        }
        return std::nullopt;
    }

    std::string unmeasured(const Term& term) {
        if (term.scope == Term::Scope::custom)
            return fmt::format("no metric or timer {} was set", quoted(term.name));
        if (term.scope == Term::Scope::aggregate && source_.channel_count(term.media, term.direction) == 0)
            return fmt::format("there is no {}.{} channel", to_string(term.media), to_string(term.direction));
        return fmt::format("{} was not measured", term.name);
    }

    const MetricSource& source_;
};

void collect_custom_names(const Node& node, std::vector<std::string>& names) {
    if (node.kind == Node::Kind::term && node.term.scope == Term::Scope::custom &&
        std::find(names.begin(), names.end(), node.term.name) == names.end())
        names.push_back(node.term.name);
    for (const auto& child : node.children)
        collect_custom_names(child, names);
}

}  // namespace

Parsed<Expectation> Expectation::parse(std::string_view text) {
    auto root = parse_expectation(text);
    if (!root) return root.error();
    Expectation expectation;
    expectation.text_ = trimmed(text);
    expectation.root_ = std::make_shared<const Node>(std::move(*root));
    return expectation;
}

AssertionResult Expectation::evaluate(const MetricSource& source) const {
    auto finding = Judge(source).judge(*root_);
    AssertionResult result;
    result.text = text_;
    result.passed = finding.passed;
    result.found = std::move(finding.found);
    result.wanted = std::move(finding.wanted);
    result.source = "expectation";
    result.channel = std::move(finding.channel);
    result.message = std::move(finding.message);
    return result;
}

std::vector<std::string> Expectation::custom_names() const {
    std::vector<std::string> names;
    if (root_) collect_custom_names(*root_, names);
    return names;
}

}  // namespace ringback::harness
