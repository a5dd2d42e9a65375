#include "run-options/text/json_document.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/parser.hpp>
#include <boost/json/string.hpp>

#include <charconv>
#include <set>
#include <utility>

namespace ringback::text {
namespace {

namespace json = boost::json;

constexpr std::string_view kWhitespace = " \t\r\n";

/// Whether Boost.JSON takes the text, and how far it came.
struct Verdict {
    boost::system::error_code error;
    std::size_t reached;
};

Verdict validate(std::string_view text) {
    json::parse_options options;
    options.max_depth = kJsonDepth;
    json::parser parser({}, options);
    Verdict verdict{};
    verdict.reached = parser.write_some(text.data(), text.size(), verdict.error);
    return verdict;
}

/// Walks a text that is known to be sound JSON at most kJsonDepth deep, so that it may recurse and need not
/// check.
class TreeReader {
  public:
    TreeReader(std::string_view text, std::size_t begin) : text_(text), at_(begin) {}

    Parsed<JsonNode> read() {
        skip_space();
        JsonNode node;
        node.offset = at_;
        switch (text_[at_]) {
            case '{':
                return read_object(std::move(node));
            case '[':
                return read_array(std::move(node));
            case '"': {
                node.kind = json::kind::string;
                node.scalar = read_string(node.verbatim);
                return node;
            }
            default:
                return read_word(std::move(node));
        }
    }

  private:
    void skip_space() { at_ = text_.find_first_not_of(kWhitespace, at_); }

    char next() {
        skip_space();
        return text_[at_];
    }

    Parsed<JsonNode> read_object(JsonNode node) {
        node.kind = json::kind::object;
        std::set<std::string> seen;
        for (++at_; next() != '}';) {
            if (text_[at_] == ',') {
                ++at_;
                continue;
            }
            JsonMember member;
            member.offset = at_;
            bool verbatim = true;
            member.key = read_string(verbatim);
            if (!seen.insert(member.key).second)
                return error_at(text_, member.offset, "the key " + quoted(member.key) + " is given twice",
                                "keep one of them");
            next();
            ++at_;  // the colon
            Parsed<JsonNode> value = read();
            if (!value) return value.error();
            member.value = std::move(*value);
            node.members.push_back(std::move(member));
        }
        ++at_;
        return node;
    }

    Parsed<JsonNode> read_array(JsonNode node) {
        node.kind = json::kind::array;
        for (++at_; next() != ']';) {
            if (text_[at_] == ',') {
                ++at_;
                continue;
            }
            Parsed<JsonNode> item = read();
            if (!item) return item.error();
            node.items.push_back(std::move(*item));
        }
        ++at_;
        return node;
    }

    std::string read_string(bool& verbatim) {
        const std::size_t end = end_of_json(text_, at_);
        const std::string_view written = text_.substr(at_, end - at_);
        at_ = end;
        verbatim = written.find('\\') == std::string_view::npos;
        if (verbatim) return std::string(written.substr(1, written.size() - 2));
        const json::value value = json::parse(json::string_view(written.data(), written.size()));
        return std::string(std::string_view(value.get_string()));
    }

    Parsed<JsonNode> read_word(JsonNode node) {
        const std::size_t end = std::min(text_.find_first_of(" \t\r\n,]}", at_), text_.size());
        const std::string_view word = text_.substr(at_, end - at_);
        at_ = end;
        if (word == "true" || word == "false")
            node.scalar = word == "true";
        else if (word != "null" && !read_number(word, node.scalar))
            return error_at(text_, node.offset, "the number " + quoted(word) + " is out of range");
        node.kind = node.scalar.kind();
        return node;
    }

    /// Boost.JSON rounds decimal fractions roughly (before its "precise" mode), and then a number would not
    /// survive being written and read again. std::from_chars rounds correctly.
    static bool read_number(std::string_view word, json::value& value) {
        const char* const begin = word.data();
        const char* const end = begin + word.size();
        const auto whole = [&](auto number) {
            const auto [stop, error] = std::from_chars(begin, end, number);
            if (error != std::errc() || stop != end) return false;
            value = number;
            return true;
        };
        double number = 0;
        if (whole(std::int64_t{}) || whole(std::uint64_t{})) return true;
        const auto [stop, error] = std::from_chars(begin, end, number);
        value = number;
        return error == std::errc() && stop == end;
    }

    std::string_view text_;
    std::size_t at_;
};

/// Where the string begins that is still open at the end; npos when none is.
std::size_t unclosed_string(std::string_view document) {
    std::size_t open = std::string_view::npos;
    for (std::size_t at = 0; at < document.size(); ++at) {
        const bool in_string = open != std::string_view::npos;
        if (in_string && document[at] == '\\')
            ++at;
        else if (document[at] == '"')
            open = in_string ? std::string_view::npos : at;
    }
    return open;
}

std::string syntax_hint(std::string_view text, std::size_t begin, std::size_t at) {
    if (text[at] == '\'') return "JSON strings stand in double quotation marks";
    const std::size_t before =
        at == begin ? std::string_view::npos : text.find_last_not_of(kWhitespace, at - 1);
    const char previous = before == std::string_view::npos || before < begin ? '\0' : text[before];
    if ((text[at] == '}' || text[at] == ']') && previous == ',') return "remove the comma before it";
    if (text[at] == '"' && previous != ':' && previous != ',' && previous != '{' && previous != '[')
        return "is a comma or colon missing before it?";
    if (static_cast<unsigned char>(text[at]) < 0x20)
        return "write a line break inside a string as \\n, a tab as \\t";
    if (previous == '{' || previous == ',') return "JSON keys and strings stand in double quotation marks";
    return "";
}

}  // namespace

Parsed<JsonNode> read_json(std::string_view text, std::size_t begin, std::size_t end) {
    const std::string_view document = text.substr(begin, end - begin);
    const Verdict verdict = validate(document);
    if (verdict.error) return json_error(text, begin, end);
    const std::size_t rest = document.find_first_not_of(kWhitespace, verdict.reached);
    if (rest != std::string_view::npos)
        return error_at(text, begin + rest, "text behind the JSON value: " + quoted(document.substr(rest)));
    return TreeReader(text.substr(0, end), begin).read();
}

boost::json::value to_value(const JsonNode& node) {
    if (node.kind == json::kind::object) {
        json::object object;
        for (const JsonMember& member : node.members)
            object.emplace(member.key, to_value(member.value));
        return object;
    }
    if (node.kind == json::kind::array) {
        json::array array;
        for (const JsonNode& item : node.items)
            array.push_back(to_value(item));
        return array;
    }
    return node.scalar;
}

std::string_view describe(boost::json::kind kind) noexcept {
    switch (kind) {
        case json::kind::null:
            return "null";
        case json::kind::bool_:
            return "true or false";
        case json::kind::string:
            return "a string";
        case json::kind::array:
            return "a list";
        case json::kind::object:
            return "an object";
        default:
            return "a number";
    }
}

std::size_t end_of_json(std::string_view text, std::size_t begin) noexcept {
    std::size_t depth = 0;
    bool in_string = false;
    for (std::size_t at = begin; at < text.size(); ++at) {
        const char c = text[at];
        if (in_string && c == '\\') {
            ++at;
        } else if (c == '"') {
            in_string = !in_string;
            if (!in_string && depth == 0) return at + 1;
        } else if (!in_string && c == '{') {
            ++depth;
        } else if (!in_string && c == '}' && --depth == 0) {
            return at + 1;
        }
    }
    return std::string_view::npos;
}

ParseError json_error(std::string_view text, std::size_t begin, std::size_t end) {
    const std::string_view document = text.substr(begin, end - begin);
    const Verdict verdict = validate(document);
    const std::size_t at = begin + verdict.reached;
    if (verdict.error == json::error::too_deep)
        return error_at(text, at, "JSON nested more than " + std::to_string(kJsonDepth) + " levels deep");
    if (verdict.error == json::error::incomplete || !verdict.error || at >= end) {
        if (const std::size_t open = unclosed_string(document); open != std::string_view::npos)
            return error_at(text, begin + open, "the string that begins here is not closed",
                            "a '\"' is missing at its end");
        return error_at(text, begin, "the JSON that begins here is not closed",
                        "a '}' is missing at its end");
    }
    if (verdict.error != json::error::syntax)
        return error_at(text, at, "malformed JSON: " + verdict.error.message());
    std::size_t length = 1;
    while (at + length < end && (static_cast<unsigned char>(text[at + length]) & 0xC0) == 0x80)
        ++length;
    return error_at(text, at, "malformed JSON: unexpected " + quoted(text.substr(at, length)),
                    syntax_hint(text, begin, at));
}

}  // namespace ringback::text
