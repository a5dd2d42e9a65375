#include "harness/expression/template_document.hpp"
#include "harness/expression/text_position.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <optional>
#include <utility>

namespace ringback::harness {

namespace {

using Part = TemplatePart;
using Parts = TemplateParts;

constexpr std::size_t max_source = 16u << 20;
constexpr std::size_t max_parts = 100'000;
constexpr std::size_t max_depth = 16;

bool is_name_byte(char c) noexcept {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("_-.$:@").find(c) != std::string_view::npos ||
           static_cast<unsigned char>(c) >= 0x80;
}

/// Recursive descent over the grammar in the header. The first error ends it.
class Parser {
  public:
    explicit Parser(std::string_view text) : text_(text) {}

    Parsed<Parts> parse() {
        Parts parts;
        while (!error_ && plain_text(parts, "{"))
            parts.push_back(tag());
        if (error_) return std::move(*error_);
        return parts;
    }

  private:
    void fail(std::size_t at, std::string message, std::string hint = {}) {
        if (!error_) error_ = error_at(text_, at, std::move(message), std::move(hint));
    }

    void count_part(std::size_t at) {
        if (++parts_ > max_parts)
            fail(at, fmt::format("a template has at most {} places in braces", max_parts));
    }

    void literal(Parts& parts, std::size_t begin, std::size_t end) {
        if (begin == end) return;
        if (!parts.empty() && parts.back().kind == Part::Kind::literal && parts.back().end == begin)
            parts.back().end = end;
        else
            parts.push_back({Part::Kind::literal, begin, end, begin, nullptr, {}});
    }

    /// Reads plain text up to the next "{{", or another of the characters in `stops`, which is left unread;
    /// unescapes
    /// "\{{". True at "{{".
    bool plain_text(Parts& parts, std::string_view stops) {
        while (at_ < text_.size()) {
            const std::size_t next = std::min(text_.find_first_of(stops, at_), text_.size());
            literal(parts, at_, next);
            at_ = next;
            if (at_ == text_.size() || text_[at_] != '{') return false;
            if (text_.substr(at_, 2) != "{{") {
                literal(parts, at_, at_ + 1);
                ++at_;
                continue;
            }
            if (drop_escape(parts)) {
                literal(parts, at_, at_ + 2);
                at_ += 2;
                continue;
            }
            while (text_.substr(at_, 3) == "{{{") {
                literal(parts, at_, at_ + 1);
                ++at_;
            }
            return true;
        }
        return false;
    }

    /// At "{{": an odd number of backslashes before it escapes it, and the last of them goes.
    bool drop_escape(Parts& parts) {
        if (parts.empty() || parts.back().kind != Part::Kind::literal || parts.back().end != at_)
            return false;
        auto& before = parts.back();
        std::size_t slashes = 0;
        while (before.end - slashes > before.begin && text_[before.end - slashes - 1] == '\\')
            ++slashes;
        if (slashes % 2 == 0) return false;
        --before.end;
        return true;
    }

    void skip_space() {
        while (at_ < text_.size() && is_space(text_[at_]))
            ++at_;
    }

    bool closes(std::size_t at) const {
        while (at < text_.size() && is_space(text_[at]))
            ++at;
        return text_.substr(at, 2) == "}}";
    }

    /// At "{{".
    Part tag() {
        Part part;
        part.at = at_;
        count_part(at_);
        at_ += 2;
        skip_space();
        part.begin = at_;
        while (at_ < text_.size() && is_name_byte(text_[at_]))
            ++at_;
        part.end = at_;
        skip_space();
        if (part.begin != part.end && text_.substr(at_, 2) == "}}") {
            part.kind = Part::Kind::name;
            at_ += 2;
        } else if (part.begin != part.end && at_ < text_.size() && text_[at_] == '(') {
            part.kind = Part::Kind::call;
            call(part);
        } else {
            no_tag(part);
        }
        return part;
    }

    void no_tag(const Part& part) {
        const auto end = text_.find("}}", part.at + 2);
        const auto inner =
            trimmed(text_.substr(part.at + 2, end == std::string_view::npos ? end : end - part.at - 2));
        if (end == std::string_view::npos)
            fail(part.at, "'{{' is not closed", "write '}}' behind the name, or '\\{{' for two plain braces");
        else if (inner.empty())
            fail(part.at, "there is no name between '{{' and '}}'", "write '\\{{' for two plain braces");
        else
            fail(part.at,
                 fmt::format("'{}' is neither a variable name nor a function call", clipped(inner, 40)),
                 "a name has letters, digits and _ - . $ : @; write '\\{{' for two plain braces");
    }

    std::string_view name_of(const Part& part) const {
        return text_.substr(part.begin, part.end - part.begin);
    }

    /// At "(".
    void call(Part& part) {
        const auto name = name_of(part);
        part.function = find_function(name);
        if (!part.function)
            return fail(part.begin, fmt::format("unknown function '{}'", name), nearest_function_hint(name));
        if (++depth_ > max_depth)
            return fail(part.at, fmt::format("functions are nested more than {} deep", max_depth));
        ++at_;
        std::vector<Parts> pieces = argument_pieces(part);
        --depth_;
        if (error_) return;
        const bool nothing = pieces.size() == 1 && is_blank(pieces[0]);
        if (nothing && part.function->accepts(0)) return;
        part.arguments = joined(std::move(pieces), *part.function);
        if (!part.function->accepts(part.arguments.size()))
            fail(part.at,
                 fmt::format("{} has {} argument{}", name, part.arguments.size(),
                             part.arguments.size() == 1 ? "" : "s"),
                 fmt::format("write {}", part.function->signature));
    }

    bool is_blank(const Parts& parts) const {
        return std::all_of(parts.begin(), parts.end(), [&](const Part& part) {
            return part.kind == Part::Kind::literal && trimmed(name_of(part)).empty();
        });
    }

    /// Behind "(": the text up to the matching ")}}", cut at commas outside of parentheses. Reads the ")}}",
    /// too.
    std::vector<Parts> argument_pieces(const Part& part) {
        std::vector<Parts> pieces(1);
        std::size_t open = 0;
        while (!error_) {
            if (plain_text(pieces.back(), "{(),")) {
                pieces.back().push_back(tag());
                continue;
            }
            if (at_ == text_.size()) {
                fail(part.at, fmt::format("the call of {} is not closed", name_of(part)),
                     "write ')}}' behind the argument");
                break;
            }
            const char c = text_[at_];
            if (c == ')' && open == 0 && closes(at_ + 1)) {
                at_ = text_.find("}}", at_) + 2;
                break;
            }
            if (c == ',' && open == 0) {
                pieces.emplace_back();
                ++at_;
                continue;
            }
            if (c == '(') ++open;
            if (c == ')' && open > 0) --open;
            literal(pieces.back(), at_, at_ + 1);
            ++at_;
        }
        return pieces;
    }

    /// Puts back the commas that belong to an argument, and drops white space next to those that separate.
    std::vector<Parts> joined(std::vector<Parts> pieces, const Function& function) {
        const std::size_t wanted = std::max<std::size_t>(function.max_arguments(), 1);
        std::vector<Parts> arguments;
        const std::size_t surplus = pieces.size() > wanted ? pieces.size() - wanted : 0;
        const std::size_t joins_at = function.split == ArgumentSplit::last_comma ? 0 : wanted - 1;
        for (std::size_t i = 0; i < pieces.size(); ++i) {
            const bool joins = !arguments.empty() && i > joins_at && i <= joins_at + surplus;
            if (!joins) {
                arguments.push_back(std::move(pieces[i]));
                continue;
            }
            auto& argument = arguments.back();
            const std::size_t comma = comma_before(pieces[i]);
            literal(argument, comma, comma + 1);
            std::move(pieces[i].begin(), pieces[i].end(), std::back_inserter(argument));
        }
        for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
            trim_back(arguments[i]);
            trim_front(arguments[i + 1]);
        }
        return arguments;
    }

    /// Any comma of the source will do as the text ",": a piece may be empty and then has no place of its
    /// own.
    std::size_t comma_before(const Parts& piece) const {
        if (!piece.empty() && piece.front().at > 0 && text_[piece.front().at - 1] == ',')
            return piece.front().at - 1;
        return text_.find(',');
    }

    void trim_back(Parts& parts) {
        if (parts.empty() || parts.back().kind != Part::Kind::literal) return;
        while (parts.back().end > parts.back().begin && is_space(text_[parts.back().end - 1]))
            --parts.back().end;
    }

    void trim_front(Parts& parts) {
        if (parts.empty() || parts.front().kind != Part::Kind::literal) return;
        while (parts.front().end > parts.front().begin && is_space(text_[parts.front().begin]))
            ++parts.front().begin;
    }

    std::string_view text_;
    std::size_t at_ = 0, parts_ = 0, depth_ = 0;
    std::optional<ParseError> error_;
};

}  // namespace

Parsed<TemplateParts> parse_template(std::string_view text) {
    if (text.size() > max_source)
        return error_at(text.substr(0, 40), 0,
                        fmt::format("the text is longer than {} MiB", max_source >> 20));
    return Parser(text).parse();
}

}  // namespace ringback::harness
