#include "harness/expression/comparison.hpp"
#include "harness/expression/expectation_tree.hpp"
#include "harness/expression/text_position.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>
#include <utility>

namespace ringback::harness {

namespace {

using Term = ExpectationTerm;
using Node = Expectation::Node;

constexpr std::size_t max_length = 4096;
constexpr std::size_t max_terms = 64;
constexpr std::size_t max_depth = 16;
constexpr std::string_view example = "write for instance audio.in.bitrate > 20";

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = char(c - 'A' + 'a');
    return out;
}

struct Token {
    enum class Kind { end, word, quoted, op, open, close, unknown } kind = Kind::end;
    std::size_t at = 0;
    std::string text;
};

/// Cuts the text into words, operators, parentheses and quoted strings.
class Lexer {
  public:
    explicit Lexer(std::string_view text) : text_(text) {}

    Token next() {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
        const std::size_t begin = at_;
        if (at_ == text_.size()) return {Token::Kind::end, begin, {}};
        const char c = text_[at_];
        if (c == '(' || c == ')')
            return ++at_, Token{c == '(' ? Token::Kind::open : Token::Kind::close, begin, {c}};
        if (c == '"' || c == '\'') return quoted_string();
        const auto run = [&](std::string_view characters, bool in) {
            while (at_ < text_.size() && (characters.find(text_[at_]) != std::string_view::npos) == in)
                ++at_;
            return std::string(text_.substr(begin, at_ - begin));
        };
        if (std::string_view("<>=!&|").find(c) != std::string_view::npos)
            return {Token::Kind::op, begin, run("<>=!&|", true)};
        return {Token::Kind::word, begin, run(" \t\r\n()<>=!&|\"'", false)};
    }

  private:
    Token quoted_string() {
        const std::size_t begin = at_;
        const auto close = text_.find(text_[begin], begin + 1);
        if (close == std::string_view::npos) {
            at_ = text_.size();
            return {Token::Kind::unknown, begin, std::string(text_.substr(begin))};
        }
        at_ = close + 1;
        return {Token::Kind::quoted, begin, std::string(text_.substr(begin + 1, close - begin - 1))};
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

/// Recursive descent over the grammar in expectation.hpp. The first error ends it.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text), lexer_(text), token_(lexer_.next()) {}

    Parsed<Node> parse() {
        Node root = alternatives();
        if (!error_ && token_.kind != Token::Kind::end) leftover();
        if (error_) return std::move(*error_);
        return root;
    }

  private:
    void fail(std::size_t at, std::string message, std::string hint = {}) {
        if (!error_) error_ = error_at(text_, at, std::move(message), std::move(hint));
    }

    Token take() { return std::exchange(token_, lexer_.next()); }
    bool at_word(std::string_view word) const {
        return token_.kind == Token::Kind::word && lower(token_.text) == word;
    }

    void leftover() {
        if (token_.kind == Token::Kind::close) return fail(token_.at, "this ')' closes nothing");
        if (token_.text == "&&" || token_.text == "||")
            return fail(token_.at, fmt::format("unexpected {}", quoted(token_.text)),
                        token_.text == "&&" ? "write 'and'" : "write 'or'");
        fail(token_.at, fmt::format("expected 'and' or 'or' here, not {}", quoted(token_.text)));
    }

    Node joined(Node::Kind kind, std::string_view word, Node (Parser::*side)()) {
        Node first = (this->*side)();
        if (error_ || !at_word(word)) return first;
        Node node;
        node.kind = kind;
        node.children.push_back(std::move(first));
        while (!error_ && at_word(word)) {
            take();
            node.children.push_back((this->*side)());
        }
        return node;
    }
    Node alternatives() { return joined(Node::Kind::any, "or", &Parser::conjunction); }
    Node conjunction() { return joined(Node::Kind::all, "and", &Parser::operand); }

    Node operand() {
        if (token_.kind != Token::Kind::open) return term();
        const Token open = take();
        if (++depth_ > max_depth) {
            fail(open.at, fmt::format("parentheses are nested more than {} deep", max_depth));
            return {};
        }
        Node inside = alternatives();
        --depth_;
        if (!error_ && token_.kind != Token::Kind::close) {
            if (token_.kind == Token::Kind::end)
                fail(open.at, "this '(' is not closed");
            else
                leftover();
        }
        if (!error_) take();
        return inside;
    }

    Node term() {
        Node node;
        if (++terms_ > max_terms)
            fail(token_.at, fmt::format("an expectation has at most {} comparisons", max_terms));
        if (error_) return node;
        const Token name = take();
        metric(name, node.term);
        if (!error_) comparison(node.term);
        return node;
    }

    // The name of a metric

    void metric(const Token& name, Term& term) {
        switch (name.kind) {
            case Token::Kind::end:
                return fail(name.at,
                            name.at == 0 || trimmed(text_).empty() ? "there is no expectation"
                                                                   : "a comparison is missing at the end",
                            std::string(example));
            case Token::Kind::unknown:
                return fail(name.at, "the quoted name is not closed");
            case Token::Kind::quoted:
                return custom(name.text, name.at, term);
            case Token::Kind::word:
                break;
            default:
                return fail(name.at, fmt::format("expected a metric, not {}", quoted(name.text)),
                            std::string(example));
        }
        if (at_edge(name.text))
            return fail(name.at, fmt::format("{} is not a metric", quoted(name.text)), std::string(example));
        std::string_view rest = name.text;
        const auto first = lower(part(rest));
        if (first == "audio" || first == "video") return channel_metric(name, rest, term);
        if (first == "custom" && !rest.empty()) return custom(rest, name.at, term);
        run_or_custom(name, term);
    }

    static bool at_edge(std::string_view name) {
        return name.starts_with('.') || name.ends_with('.') || name.find("..") != std::string_view::npos;
    }

    /// Takes the text up to the next dot.
    static std::string_view part(std::string_view& rest) {
        const auto dot = std::min(rest.find('.'), rest.size());
        const auto first = rest.substr(0, dot);
        rest.remove_prefix(std::min(dot + 1, rest.size()));
        return first;
    }

    static std::optional<Term::Statistic> statistic_of(std::string_view word) {
        const auto name = lower(word);
        if (name == "avg") return Term::Statistic::average;
        if (name == "min") return Term::Statistic::minimum;
        if (name == "max") return Term::Statistic::maximum;
        return std::nullopt;
    }

    /// `rest` is what stands behind "audio." or "video.".
    void channel_metric(const Token& name, std::string_view rest, Term& term) {
        term.name = name.text;
        term.media = lower(name.text).starts_with("audio") ? Media::audio : Media::video;
        const auto place = [&](std::string_view part_of_name) {
            return name.at + static_cast<std::size_t>(part_of_name.data() - name.text.data());
        };
        const auto direction = part(rest);
        if (lower(direction) != "in" && lower(direction) != "out")
            return fail(direction.empty() ? name.at + name.text.size() : place(direction),
                        direction.empty() ? "the direction is missing"
                                          : fmt::format("{} is not a direction", quoted(direction)),
                        fmt::format("write {}.in or {}.out", to_string(term.media), to_string(term.media)));
        term.direction = lower(direction) == "in" ? Direction::in : Direction::out;
        auto word = part(rest);
        const bool per_channel = lower(word) == "channel" || lower(word) == "channels";
        if (per_channel) word = part(rest);
        if (word.empty()) {
            if (per_channel)
                return fail(name.at + name.text.size(), "the metric of the channel is missing",
                            hint_for_metric(term, ""));
            term.scope = Term::Scope::channel_count;
            return;
        }
        term.scope = per_channel ? Term::Scope::channel : Term::Scope::aggregate;
        term.channel_metric = find_channel_metric(word);
        if (!term.channel_metric)
            return fail(place(word), fmt::format("unknown metric {}", quoted(word)),
                        hint_for_metric(term, word));
        if (!rest.empty()) statistic(rest, place(rest), term);
    }

    static const ChannelMetricInfo* find_channel_metric(std::string_view word) {
        const auto name = lower(word);
        for (const auto& info : all_channel_metrics())
            if (info.name == name) return &info;
        return nullptr;
    }

    static std::string hint_for_metric(const Term& term, std::string_view word) {
        std::vector<std::string_view> names;
        for (const auto& info : all_channel_metrics())
            names.push_back(info.name);
        const auto nearest = nearest_name(word, names);
        const std::string channel = term.scope == Term::Scope::channel ? ".channel" : "";
        if (!nearest.empty())
            return did_you_mean(fmt::format("{}.{}{}.{}", to_string(term.media), to_string(term.direction),
                                            channel, nearest));
        return fmt::format("one of {}", fmt::join(names, ", "));
    }

    void statistic(std::string_view word, std::size_t at, Term& term) {
        const auto found = statistic_of(word);
        if (!found)
            return fail(at, fmt::format("{} is no statistic of a metric", quoted(word)),
                        "write .avg, .min or .max");
        if (term.is_text()) return fail(at, "a codec has no minimum or maximum");
        term.statistic = *found;
    }

    void run_or_custom(const Token& name, Term& term) {
        std::string_view metric_name = name.text;
        const auto dot = metric_name.rfind('.');
        const auto ending =
            dot == std::string_view::npos ? std::nullopt : statistic_of(metric_name.substr(dot + 1));
        if (ending) metric_name = metric_name.substr(0, dot);
        for (const auto& info : all_run_metrics()) {
            if (lower(info.name) != lower(metric_name)) continue;
            term.scope = Term::Scope::run;
            term.run_metric = &info;
            term.name = name.text;
            term.statistic = ending.value_or(Term::Statistic::average);
            return;
        }
        if (find_channel_metric(metric_name))
            return fail(name.at, fmt::format("{} is a metric of a channel", quoted(metric_name)),
                        fmt::format("write for instance audio.in.{}", lower(metric_name)));
        if (!suspicious(name)) custom(name.text, name.at, term);
    }

    /// A name so near to a built-in one that it was likely meant as such is an error.
    bool suspicious(const Token& name) {
        std::vector<std::string_view> names;
        for (const auto& info : all_run_metrics())
            names.push_back(info.name);
        const auto first = std::string_view(name.text).substr(0, name.text.find('.'));
        constexpr std::string_view roots[] = {"audio", "video", "performance"};
        auto nearest = std::string(nearest_name(name.text, names));
        if (nearest.empty() && first.size() < name.text.size()) {
            if (const auto root = nearest_name(first, roots); !root.empty() || first == "performance")
                nearest = first == "performance" ? "performance.browser.cpu"
                                                 : std::string(root) + name.text.substr(first.size());
        }
        if (nearest.empty()) return false;
        fail(name.at, fmt::format("unknown metric {}", quoted(name.text)),
             fmt::format(
                 "did you mean '{}'? a metric or timer of your own with this name is written custom.{}",
                 nearest, name.text));
        return true;
    }

    void custom(std::string_view text, std::size_t at, Term& term) {
        const auto dot = text.rfind('.');
        const auto ending =
            dot == std::string_view::npos || dot == 0 ? std::nullopt : statistic_of(text.substr(dot + 1));
        term.scope = Term::Scope::custom;
        term.statistic = ending.value_or(Term::Statistic::average);
        term.name = ending ? text.substr(0, dot) : text;
        if (term.name.empty()) return fail(at, "the name of the metric is empty");
        if (is_number(term.name))
            fail(at, fmt::format("expected a metric, not the number {}", term.name), std::string(example));
    }

    // The operator and the value

    void comparison(Term& term) {
        static constexpr std::pair<std::string_view, Operator> operators[] = {
            {"==", Operator::equal},  {"!=", Operator::not_equal},
            {">", Operator::greater}, {">=", Operator::greater_or_equal},
            {"<", Operator::less},    {"<=", Operator::less_or_equal}};
        if (token_.kind != Token::Kind::op)
            return fail(token_.at,
                        token_.kind == Token::Kind::end
                            ? std::string("the operator is missing")
                            : fmt::format("expected an operator, not {}", quoted(token_.text)),
                        "one of == != > >= < <=");
        const Token op = take();
        const auto row = std::find_if(std::begin(operators), std::end(operators),
                                      [&](const auto& o) { return o.first == op.text; });
        if (row == std::end(operators))
            return fail(op.at, fmt::format("{} is not an operator", quoted(op.text)),
                        op.text == "=" ? "write '=='" : "one of == != > >= < <=");
        term.op = row->second;
        if (term.is_text() && term.op != Operator::equal && term.op != Operator::not_equal)
            return fail(op.at, "codecs compare with == and != only");
        value(term);
    }

    void value(Term& term) {
        const Token token = take();
        if (token.kind == Token::Kind::end) return fail(token.at, "the value is missing");
        if (token.kind == Token::Kind::unknown) return fail(token.at, "the quoted value is not closed");
        const bool text = token.kind == Token::Kind::quoted;
        if (token.kind != Token::Kind::word && !text)
            return fail(token.at, fmt::format("expected a value, not {}", quoted(token.text)));
        term.value = token.text;
        if (term.is_text()) return;
        const auto digits = std::string_view(token.text).substr(token.text.starts_with('+') ? 1 : 0);
        const auto [end, status] = std::from_chars(digits.data(), digits.data() + digits.size(), term.number);
        if (status == std::errc() && end == digits.data() + digits.size() && std::isfinite(term.number))
            return;
        const auto unit = term.unit();
        fail(token.at, fmt::format("expected a number, not {}", quoted(token.text)),
             unit.empty() ? "" : fmt::format("a number without its unit, in {}", unit));
    }

    std::string_view text_;
    Lexer lexer_;
    Token token_;
    std::size_t terms_ = 0, depth_ = 0;
    std::optional<ParseError> error_;
};

}  // namespace

std::string_view to_string(Operator op) noexcept {
    switch (op) {
        case Operator::equal:
            return "==";
        case Operator::not_equal:
            return "!=";
        case Operator::greater:
            return ">";
        case Operator::greater_or_equal:
            return ">=";
        case Operator::less:
            return "<";
        case Operator::less_or_equal:
            return "<=";
    }
    return "";
}

std::string_view ExpectationTerm::unit() const noexcept {
    switch (scope) {
        case Scope::aggregate:
        case Scope::channel:
            return channel_metric->unit;
        case Scope::run:
            return run_metric->unit;
        case Scope::channel_count:
            return "channels";
        case Scope::custom:
            return "";
    }
    return "";
}

Parsed<Node> parse_expectation(std::string_view text) {
    if (text.size() > max_length)
        return error_at(text.substr(0, 40), 0,
                        fmt::format("an expectation has at most {} bytes", max_length));
    return Parser(text).parse();
}

}  // namespace ringback::harness
