#include "harness/test/yaml_place.hpp"

#include "run-options/text/utf8.hpp"

#include <algorithm>

namespace ringback::harness::yaml {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

std::string_view without_trailing_blanks(std::string_view text) {
    while (!text.empty() && is_blank(text.back()))
        text.remove_suffix(1);
    return text;
}

/// A line up to its comment. What ends in an indicator cannot be in the midst of a quoted text whose "#" is
/// none: a value is missing there.
std::string_view without_comment(std::string_view line) {
    for (auto at = line.find('#'); at != std::string_view::npos; at = line.find('#', at + 1)) {
        if (at > 0 && !is_blank(line[at - 1])) continue;
        const auto before = without_trailing_blanks(line.substr(0, at));
        if (before.empty() || std::string_view(":-?,[{").find(before.back()) != std::string_view::npos)
            return before;
    }
    return without_trailing_blanks(line);
}

/// Reads a scalar's source along with its value.
class Walk {
  public:
    Walk(std::string_view source, std::size_t mark) : source_(source), at_(mark) {
        skip_properties();
        const char first = here();
        block_ = first == '|' || first == '>';
        quote_ = first == '"' || first == '\'' ? first : '\0';
        if (block_)
            enter_block();
        else if (quote_)
            ++at_;
    }

    [[nodiscard]] std::size_t at() const { return at_; }

    /// To the character that comes next, when there is one.
    void settle() {
        while (at_line_end() && at_ < source_.size())
            next_line();
    }

    /// Over what stands for the code point of `length` bytes that begins with `first`. @return its bytes
    std::size_t step(char first, std::size_t length) {
        if (first == ' ' || first == '\n' || first == '\t') {
            if (at_line_end())
                next_line();
            else
                over_character(length);
            return length;
        }
        settle();
        over_character(length);
        return length;
    }

  private:
    [[nodiscard]] char here(std::size_t ahead = 0) const {
        return at_ + ahead < source_.size() ? source_[at_ + ahead] : '\n';
    }
    /// White space at the end of a line belongs to a block scalar, but not to any other.
    [[nodiscard]] bool at_line_end() const {
        std::size_t ahead = 0;
        while (!block_ && is_blank(here(ahead)))
            ++ahead;
        if (block_ && here() == '\r') ++ahead;
        return here(ahead) == '\n' || (quote_ == '"' && here(ahead) == '\\' && here(ahead + 1) == '\n');
    }

    void skip_properties() {
        while (here() == '&' || here() == '!') {
            at_ = std::min(source_.find_first_of(" \t\r\n", at_), source_.size());
            at_ = std::min(source_.find_first_not_of(" \t\r\n", at_), source_.size());
        }
    }

    /// A block scalar is indented as far as its first line with text.
    void enter_block() {
        at_ = std::min(source_.find('\n', at_), source_.size());
        const auto text = std::min(source_.find_first_not_of(" \r\n", at_), source_.size());
        const auto line = source_.rfind('\n', text);
        indent_ = line == std::string_view::npos ? 0 : text - line - 1;
        next_line();
    }

    void next_line() {
        at_ = std::min(source_.find('\n', at_), source_.size());
        if (at_ < source_.size()) ++at_;
        for (std::size_t i = 0; here() == ' ' && (!block_ || i < indent_); ++i)
            ++at_;
        while (!block_ && is_blank(here()))
            ++at_;
    }

    void over_character(std::size_t length) {
        if (quote_ == '"' && here() == '\\') {
            const char kind = here(1);
            at_ += kind == 'x' ? 4 : kind == 'u' ? 6 : kind == 'U' ? 10 : 2;
        } else if (quote_ == '\'' && here() == '\'') {
            at_ += 2;
        } else {
            at_ += length;
        }
        at_ = std::min(at_, source_.size());
    }

    std::string_view source_;
    std::size_t at_, indent_ = 0;
    bool block_ = false;
    char quote_ = '\0';
};

}  // namespace

std::size_t place_of_missing(std::string_view source, std::size_t mark) {
    std::size_t end = std::min(mark, source.size());
    for (;;) {
        const auto begin = end == 0 ? 0 : source.rfind('\n', end - 1) + 1;  // npos + 1 is 0
        const auto line = without_comment(source.substr(begin, end - begin));
        if (!line.empty() || begin == 0) return begin + line.size();
        end = begin - 1;
    }
}

std::size_t place_inside(std::string_view source, std::size_t mark, std::string_view value,
                         std::size_t offset) {
    Walk walk(source, mark);
    for (std::size_t at = 0; at < std::min(offset, value.size());)
        at += walk.step(value[at], text::code_point_at(value, at).length);
    if (offset < value.size() && value[offset] != '\n') walk.settle();
    return walk.at();
}

}  // namespace ringback::harness::yaml
