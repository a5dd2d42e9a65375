#include "run-options/option_grammar.hpp"

#include "run-options/text/json_document.hpp"

#include <algorithm>
#include <string>

namespace ringback {
namespace {

constexpr std::string_view kWhitespace = " \t\r\n\v\f";
constexpr std::string_view kSeparators = " \t\r\n\v\f,";
constexpr std::string_view kExample = "an option looks like '#timeout:5'";

bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_name_character(char c) {
    return is_letter(c) || (c >= '0' && c <= '9') || c == '-' || c == '_';
}
bool is_separator(char c) {
    return kSeparators.find(c) != std::string_view::npos;
}

class Splitter {
  public:
    explicit Splitter(std::string_view text) : text_(text) {}

    Parsed<std::vector<OptionText>> split() {
        std::vector<OptionText> options;
        for (skip(kSeparators); at_ < text_.size(); skip(kSeparators)) {
            if (!option_starts_at(at_)) return stray_text(options);
            Parsed<OptionText> option = read_option();
            if (!option) return option.error();
            options.push_back(*option);
        }
        return options;
    }

  private:
    void skip(std::string_view characters) {
        at_ = std::min(text_.find_first_not_of(characters, at_), text_.size());
    }

    bool option_starts_at(std::size_t offset) const {
        return text_[offset] == '#' && (offset == 0 || is_separator(text_[offset - 1]));
    }

    std::string_view word_at(std::size_t offset) const {
        return text_.substr(offset, text_.find_first_of(kSeparators, offset) - offset);
    }

    ParseError stray_text(const std::vector<OptionText>& options) const {
        const std::string word = quoted(word_at(at_));
        if (options.empty())
            return error_at(text_, at_, "text before the first option: " + word, std::string(kExample));
        const OptionText& last = options.back();
        if (last.form == ValueForm::none)
            return error_at(text_, at_, "text behind " + quoted("#" + std::string(last.name)) + ": " + word,
                            "a value follows a colon, an option begins with '#'");
        return error_at(
            text_, at_, "text behind the JSON value: " + word,
            text_[at_] == '#' ? "put a space or a comma before '#'" : "an option begins with '#'");
    }

    Parsed<OptionText> read_option() {
        OptionText option;
        option.offset = at_++;
        const std::size_t begin = at_;
        while (at_ < text_.size() && is_name_character(text_[at_]))
            ++at_;
        option.name = text_.substr(begin, at_ - begin);
        option.value_offset = at_;
        const bool over = at_ == text_.size() || is_separator(text_[at_]);
        const bool colon = !over && text_[at_] == ':';
        if (option.name.empty()) {
            if (over || colon || text_[at_] == '#')
                return error_at(text_, option.offset, "an option without a name", std::string(kExample));
            return error_at(text_, begin,
                            "an option's name begins with a letter, not with " + first_character(begin),
                            std::string(kExample));
        }
        if (!is_letter(option.name.front()))
            return error_at(text_, begin,
                            "an option's name begins with a letter, not with " + first_character(begin),
                            std::string(kExample));
        if (over) return option;
        if (!colon)
            return error_at(text_, at_, "unexpected " + first_character(at_) + " in the name of an option",
                            "a value follows a colon: " + quoted("#" + std::string(option.name) + ":") +
                                " and the value");
        ++at_;
        return read_value(option);
    }

    std::string first_character(std::size_t offset) const {
        // A code point has at most four bytes; quoted() shows whole ones only.
        std::size_t length = 1;
        while (offset + length < text_.size() &&
               (static_cast<unsigned char>(text_[offset + length]) & 0xC0) == 0x80)
            ++length;
        return quoted(text_.substr(offset, length));
    }

    Parsed<OptionText> read_value(OptionText option) {
        const std::size_t behind_colon = at_;
        skip(kWhitespace);
        // White space may follow the colon, but a "#" behind it begins the next option.
        const bool empty = at_ == text_.size() || (at_ > behind_colon && option_starts_at(at_));
        option.value_offset = empty ? behind_colon : at_;
        option.form = ValueForm::plain;
        if (empty) return option;
        if (text_[at_] == '{' || text_[at_] == '"') return read_json(option);
        while (at_ < text_.size() && !option_starts_at(at_))
            ++at_;
        option.value = text_.substr(option.value_offset, at_ - option.value_offset);
        option.value.remove_suffix(option.value.size() - (option.value.find_last_not_of(kSeparators) + 1));
        return option;
    }

    Parsed<OptionText> read_json(OptionText option) {
        const std::size_t end = text::end_of_json(text_, at_);
        // The JSON never closes: an earlier mistake, such as a missing quotation mark, may be the reason.
        if (end == std::string_view::npos) return text::json_error(text_, at_, text_.size());
        option.form = text_[at_] == '{' ? ValueForm::json : ValueForm::quoted;
        option.value = text_.substr(at_, end - at_);
        at_ = end;
        return option;
    }

    std::string_view text_;
    std::size_t at_ = 0;
};

}  // namespace

Parsed<std::vector<OptionText>> split_options(std::string_view text) {
    return Splitter(text).split();
}

}  // namespace ringback
