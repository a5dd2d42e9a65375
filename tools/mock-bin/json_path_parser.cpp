#include "tools/mock-bin/json_path_tree.hpp"

#include <charconv>

namespace ringback::mock_bin {
namespace {

using namespace path_tree;
using Segments = std::vector<JsonPath::Segment>;

/// Thrown and caught inside this file only: the depth of recursive descent makes values unwieldy here.
struct SyntaxError {
    std::string message;
};

class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Segments whole() {
        space();
        if (!take("$")) fail("a path begins with \"$\"");
        auto out = segments();
        space();
        if (at_ != text_.size()) fail("unexpected \"" + std::string(text_.substr(at_, 1)) + "\"");
        return out;
    }

  private:
    [[noreturn]] void fail(const std::string& message) const {
        throw SyntaxError{message + " at column " + std::to_string(at_ + 1)};
    }
    [[nodiscard]] char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
    bool take(std::string_view token) {
        if (!text_.substr(at_).starts_with(token)) return false;
        at_ += token.size();
        return true;
    }
    void need(std::string_view token) {
        space();
        if (!take(token)) fail("expected \"" + std::string(token) + "\"");
    }
    void space() {
        while (peek() == ' ' || peek() == '\t' || peek() == '\n' || peek() == '\r')
            ++at_;
    }
    struct Depth {
        Parser& parser;
        explicit Depth(Parser& p) : parser(p) {
            if (++p.depth_ > 32) p.fail("nested too deeply");
        }
        ~Depth() { --parser.depth_; }
    };

    Segments segments() {
        const Depth depth(*this);
        Segments out;
        for (;;) {
            const auto before = at_;
            space();
            if (take("..")) {
                out.push_back({true, peek() == '[' ? bracket() : dotted()});
            } else if (take(".")) {
                out.push_back({false, dotted()});
            } else if (peek() == '[') {
                out.push_back({false, bracket()});
            } else {
                at_ = before;
                return out;
            }
        }
    }

    static bool in_name(char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
               c == '-' || (static_cast<unsigned char>(c) & 0x80);
    }

    std::vector<Selector> dotted() {
        Selector selector;
        if (take("*")) return {selector};
        const auto begin = at_;
        while (in_name(peek()))
            ++at_;
        if (at_ == begin) fail("expected a name");
        selector.kind = Selector::Kind::name;
        selector.name = std::string(text_.substr(begin, at_ - begin));
        return {selector};
    }

    std::vector<Selector> bracket() {
        need("[");
        std::vector<Selector> out;
        do {
            out.push_back(selector());
            space();
        } while (take(","));
        need("]");
        return out;
    }

    Selector selector() {
        space();
        Selector out;
        if (take("*")) return out;
        if (peek() == '\'' || peek() == '"') {
            out.kind = Selector::Kind::name;
            out.name = quoted();
            return out;
        }
        if (take("?")) {
            out.kind = Selector::Kind::filter;
            out.filter = disjunction();
            return out;
        }
        const auto first = integer();
        space();
        if (peek() != ':') {
            if (!first) fail("expected a name in quotes, an index, \"*\" or \"?\"");
            out.kind = Selector::Kind::index;
            out.index = *first;
            return out;
        }
        out.kind = Selector::Kind::slice;
        out.start = first;
        take(":");
        space();
        out.stop = integer();
        space();
        if (take(":")) {
            space();
            out.step = integer().value_or(1);
        }
        return out;
    }

    std::optional<std::int64_t> integer() {
        std::int64_t value = 0;
        const auto rest = text_.substr(at_);
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
        if (error == std::errc::result_out_of_range) fail("number too large");
        if (error != std::errc()) return std::nullopt;
        at_ += static_cast<std::size_t>(end - rest.data());
        return value;
    }

    std::string quoted() {
        const char quote = peek();
        std::string out;
        for (++at_; peek() != quote; ++at_) {
            if (at_ >= text_.size()) fail("text without its closing quote");
            if (peek() == '\\') ++at_;
            out += peek();
        }
        ++at_;
        return out;
    }

    static ExpressionPtr make(Expression expression) {
        return std::make_shared<const Expression>(std::move(expression));
    }

    ExpressionPtr joined(Expression::Kind kind, std::string_view word, ExpressionPtr (Parser::*next)()) {
        const Depth depth(*this);
        auto first = (this->*next)();
        space();
        if (!text_.substr(at_).starts_with(word)) return first;
        Expression all;
        all.kind = kind;
        all.children.push_back(std::move(first));
        while (take(word)) {
            all.children.push_back((this->*next)());
            space();
        }
        return make(std::move(all));
    }
    ExpressionPtr disjunction() { return joined(Expression::Kind::either, "||", &Parser::conjunction); }
    ExpressionPtr conjunction() { return joined(Expression::Kind::both, "&&", &Parser::condition); }

    ExpressionPtr condition() {
        const Depth depth(*this);
        space();
        if (peek() == '!' && text_.substr(at_, 2) != "!=") {
            take("!");
            Expression negation;
            negation.kind = Expression::Kind::negation;
            negation.children.push_back(condition());
            return make(std::move(negation));
        }
        if (take("(")) {
            auto inside = disjunction();
            need(")");
            return inside;
        }
        auto left = operand();
        space();
        if (take("=~")) {
            Expression match;
            match.kind = Expression::Kind::match;
            match.children.push_back(std::move(left));
            match.regex = regex();
            return make(std::move(match));
        }
        for (const std::string_view sign : {"==", "!=", "<=", ">=", "<", ">"}) {
            if (!take(sign)) continue;
            Expression comparison;
            comparison.kind = Expression::Kind::comparison;
            comparison.comparison = std::string(sign);
            comparison.children.push_back(std::move(left));
            comparison.children.push_back(operand());
            return make(std::move(comparison));
        }
        if (left->kind != Expression::Kind::query) fail("expected a comparison");
        Expression exists;
        exists.kind = Expression::Kind::exists;
        exists.children.push_back(std::move(left));
        return make(std::move(exists));
    }

    ExpressionPtr operand() {
        space();
        Expression out;
        if (peek() == '@' || peek() == '$') {
            out.kind = Expression::Kind::query;
            out.from_root = peek() == '$';
            ++at_;
            out.query = segments();
            if (ends_in_length(out.query) && take("()")) {
                out.query.pop_back();
                return length(make(std::move(out)));
            }
            return make(std::move(out));
        }
        if (take("length(")) {
            auto inside = operand();
            need(")");
            return length(std::move(inside));
        }
        if (peek() == '\'' || peek() == '"')
            out.literal = quoted();
        else if (take("true"))
            out.literal = true;
        else if (take("false"))
            out.literal = false;
        else if (take("null"))
            out.literal = nullptr;
        else
            out.literal = number();
        return make(std::move(out));
    }

    /// Jayway writes "@.name.length()".
    static bool ends_in_length(const Segments& query) {
        return !query.empty() && !query.back().descendant && query.back().selectors.size() == 1 &&
               query.back().selectors.front().kind == Selector::Kind::name &&
               query.back().selectors.front().name == "length";
    }

    static ExpressionPtr length(ExpressionPtr of) {
        Expression out;
        out.kind = Expression::Kind::length;
        out.children.push_back(std::move(of));
        return make(std::move(out));
    }

    boost::json::value number() {
        double value = 0;
        const auto rest = text_.substr(at_);
        const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value);
        if (error != std::errc())
            fail("expected a value: a path, a number, text in quotes, true, false or null");
        at_ += static_cast<std::size_t>(end - rest.data());
        return value;
    }

    boost::regex regex() {
        space();
        if (!take("/")) fail("expected /a regular expression/");
        std::string pattern;
        for (; peek() != '/'; ++at_) {
            if (at_ >= text_.size()) fail("regular expression without its closing \"/\"");
            if (peek() == '\\' && text_.substr(at_, 2) == "\\/") ++at_;
            pattern += peek();
        }
        take("/");
        auto flags = boost::regex::perl | boost::regex::no_except;
        if (take("i")) flags |= boost::regex::icase;
        boost::regex out(pattern, flags);
        if (out.status() != 0) fail("the regular expression is not valid");
        return out;
    }

    std::string_view text_;
    std::size_t at_ = 0;
    int depth_ = 0;
};

}  // namespace

boost::system::result<JsonPath, std::string> JsonPath::parse(std::string_view text) {
    if (text.size() > 4096) return std::string("a path may have 4,096 bytes");
    try {
        JsonPath path;
        path.segments_ = std::make_shared<const std::vector<Segment>>(Parser(text).whole());
        return path;
    } catch (const SyntaxError& error) {
        return error.message;
    }
}

}  // namespace ringback::mock_bin
