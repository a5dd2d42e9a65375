#include "harness/test/mapping.hpp"

#include "harness/test/option_use.hpp"
#include "harness/test/yaml_outline.hpp"
#include "harness/test/yaml_place.hpp"
#include "run-options/redaction.hpp"
#include "run-options/text/utf8.hpp"

#include <yaml-cpp/depthguard.h>

#include <algorithm>
#include <set>
#include <utility>

namespace ringback::harness::yaml {
namespace {

/// Where a line, counted from 1, begins and ends, without its line break.
std::pair<std::size_t, std::size_t> bounds_of(const std::string& text, std::size_t line) {
    std::size_t begin = 0;
    for (std::size_t at = 1; at < line && begin != std::string::npos; ++at) {
        begin = text.find('\n', begin);
        if (begin != std::string::npos) ++begin;
    }
    if (begin == std::string::npos) return {text.size(), text.size()};
    auto end = std::min(text.find('\n', begin), text.size());
    if (end > begin && text[end - 1] == '\r') --end;
    return {begin, end};
}

std::string line_of(const std::string& text, std::size_t line) {
    const auto [begin, end] = bounds_of(text, line);
    return masked_line(text, begin, end);  // a test file may hold a webhook's secret
}

/// yaml-cpp takes a quote that is open behind the last line break for a closed one, and reports it only where
/// something follows. A comment does, and no sound text minds it.
std::string sealed(const std::string& text) {
    const auto last_line = text.substr(text.rfind('\n') + 1);  // npos + 1 is 0
    if (last_line.find_first_not_of(" \t\r") != std::string::npos) return text;
    return text + (last_line.empty() ? "#" : "\n#");
}

ParseError syntax_error(const Document& document, const YAML::Exception& broken, const Outline& outline) {
    if (broken.msg == YAML::ErrorMsg::EOF_IN_SCALAR)
        return error_at(document, outline.last_scalar, "the quotation mark that begins here is not closed",
                        "write the same one at the end of the text");
    if (dynamic_cast<const YAML::DeepRecursion*>(&broken))
        return error_at(document, broken.mark, "nested too deep");
    return error_at(document, broken.mark, "not valid YAML: " + broken.msg);
}

ParseError error_at_byte(const Document& document, std::size_t place, std::string message, std::string hint) {
    ParseError error;
    error.source = document.file;
    error.message = std::move(message);
    error.hint = std::move(hint);
    const auto before = std::string_view(document.text).substr(0, place);
    const auto begin = before.rfind('\n') + 1;  // npos + 1 is 0
    error.line = 1 + static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n'));
    error.column = 1 + text::count_code_points(before.substr(begin));
    error.excerpt = line_of(document.text, error.line);
    return error;
}

/// yaml-cpp counts lines and bytes from 0.
std::size_t offset_of(const std::string& text, const YAML::Mark& mark) {
    if (mark.is_null()) return 0;
    const auto begin = bounds_of(text, static_cast<std::size_t>(mark.line) + 1).first;
    return std::min(begin + static_cast<std::size_t>(mark.column), text.size());
}

bool is_written_null(std::string_view text) {
    for (const std::string_view word : {"~", "null", "Null", "NULL"})
        if (text.starts_with(word)) return true;
    return false;
}

/// The byte at a line and a column, both from 1, the column in code points.
std::size_t offset_of(std::string_view text, std::size_t line, std::size_t column) {
    std::size_t at = 0;
    for (; line > 1 && at < text.size(); --line)
        at = std::min(text.find('\n', at), text.size() - 1) + 1;
    for (; column > 1 && at < text.size(); --column)
        at += text::code_point_at(text, at).length;
    return at;
}

}  // namespace

ParseError error_at(const Document& document, const YAML::Mark& mark, std::string message, std::string hint) {
    return error_at_byte(document, offset_of(document.text, mark), std::move(message), std::move(hint));
}

ParseError error_at(const Document& document, const YAML::Node& node, std::string message, std::string hint) {
    auto place = node.IsDefined() ? offset_of(document.text, node.Mark()) : 0;
    if (node.IsNull() && !is_written_null(std::string_view(document.text).substr(place)))
        place = place_of_missing(document.text, place);
    return error_at_byte(document, place, std::move(message), std::move(hint));
}

ParseError error_inside(const Document& document, const YAML::Node& scalar, const ParseError& inner) {
    const auto& value = scalar.Scalar();
    const auto place = place_inside(document.text, offset_of(document.text, scalar.Mark()), value,
                                    offset_of(value, inner.line, inner.column));
    return error_at_byte(document, place, inner.message, inner.hint);
}

void place_webhooks(const Document& document, const YAML::Node& scalar, RunOptions& options) {
    for (auto& target : options.webhooks)
        target.place = {error_inside(document, scalar, target.place)};
    resolve_tls_files(options, document.file);
}

Parsed<YAML::Node> parse(const Document& document, std::string_view what, std::string_view first_key) {
    using Result = Parsed<YAML::Node>;
    using boost::system::in_place_error;  // a YAML::Node can be made of anything, so that the result must be
                                          // told which it gets
    if (auto wrong = check_characters(document.text)) {
        wrong->source = document.file;
        return Result(in_place_error, std::move(*wrong));
    }
    const auto outline = outline_of(document.text + "\n");
    if (outline.alias)
        return Result(in_place_error, error_at(document, outline.alias->mark, outline.alias->message));
    try {
        const auto node = YAML::Load(sealed(document.text));
        if (outline.broken) return Result(in_place_error, syntax_error(document, *outline.broken, outline));
        if (node.IsNull() && !outline.second_document)
            return Result(in_place_error,
                          error_at(document, YAML::Mark::null_mark(), "the file is empty",
                                   std::string(what) + " begins with '" + std::string(first_key) + ":'"));
        const std::string noun(what.substr(what.find(' ') + 1));
        if (outline.second_document && outline.second_document->pos == 0)
            return Result(in_place_error, error_at(document, *outline.second_document,
                                                   "not valid YAML: nothing begins like this"));
        if (outline.second_document)
            return Result(in_place_error,
                          error_at(document, *outline.second_document,
                                   "more than one YAML document in the file", "one " + noun + ", one file"));
        return Result(boost::system::in_place_value, node);
    } catch (const YAML::Exception& broken) {
        return Result(in_place_error, syntax_error(document, broken, outline));
    }
}

Parsed<Mapping> Mapping::read(const Document& document, const YAML::Node& node, std::string_view what,
                              std::span<const std::string_view> known) {
    if (!node.IsMap())
        return error_at(document, node, std::string(what) + " must be a mapping of keys to values");
    Mapping mapping;
    mapping.document_ = &document;
    mapping.node_ = node;
    std::set<std::string> seen;
    for (const auto& member : node) {
        if (!member.first.IsScalar()) return error_at(document, member.first, "a key must be a word");
        const auto key = member.first.Scalar();
        if (std::find(known.begin(), known.end(), key) == known.end()) {
            const auto nearest = nearest_name(key, known);
            std::string all;
            for (const auto name : known)
                all += (all.empty() ? "" : ", ") + std::string(name);
            return error_at(
                document, member.first, "unknown key " + quoted(key) + " in " + std::string(what),
                nearest.empty() ? "known keys: " + all : "did you mean '" + std::string(nearest) + "'?");
        }
        if (!seen.insert(key).second)
            return error_at(document, member.first, "key " + quoted(key) + " stands here a second time");
        mapping.members_.emplace_back(key, member.second);
    }
    return mapping;
}

YAML::Node Mapping::get(std::string_view key) const {
    for (const auto& [name, value] : members_)
        if (name == key) return value;
    return YAML::Node(YAML::NodeType::Undefined);
}

bool Mapping::has(std::string_view key) const {
    return std::any_of(members_.begin(), members_.end(),
                       [&](const auto& member) { return member.first == key; });
}

Parsed<std::string> Mapping::text(std::string_view key) const {
    const auto value = get(key);
    if (!value.IsDefined() || value.IsNull()) return Parsed<std::string>(boost::system::in_place_value);
    if (!value.IsScalar()) return error_at(*document_, value, "'" + std::string(key) + "' must be a text");
    return Parsed<std::string>(boost::system::in_place_value, value.Scalar());
}

Parsed<std::string> Mapping::name(std::string_view key) const {
    auto value = text(key);
    if (!value) return value;
    if (value->size() > 255 || value->find_first_of("\r\n") != std::string::npos || check_characters(*value))
        return error_at(
            *document_, get(key),
            "'" + std::string(key) + "' must be one line of at most 255 bytes, without control characters");
    return value;
}

Parsed<std::string> Mapping::run_options() const {
    const auto value = get("run-options");
    if (!value.IsDefined()) return Parsed<std::string>(boost::system::in_place_value);
    if (!value.IsScalar())
        return error_at(
            *document_, value, value.IsNull() ? "'run-options' has no value" : "'run-options' must be a text",
            "quote it, since '#' begins a YAML comment: '#timeout:2 #webhook:https://example.com/hook'");
    return Parsed<std::string>(boost::system::in_place_value, value.Scalar());
}

Parsed<bool> Mapping::flag(std::string_view key, bool otherwise) const {
    const auto value = get(key);
    if (!value.IsDefined() || value.IsNull()) return otherwise;
    bool parsed = otherwise;
    if (!value.IsScalar() || !YAML::convert<bool>::decode(value, parsed))
        return error_at(*document_, value, "'" + std::string(key) + "' must be true or false");
    return parsed;
}

Parsed<std::vector<std::pair<std::string, YAML::Node>>> Mapping::entries(std::string_view key) const {
    std::vector<std::pair<std::string, YAML::Node>> list;
    const auto value = get(key);
    if (!value.IsDefined() || value.IsNull()) return list;
    if (!value.IsMap())
        return error_at(*document_, value, "'" + std::string(key) + "' must be a mapping of names to values");
    std::set<std::string> seen;
    for (const auto& member : value) {
        if (!member.first.IsScalar()) return error_at(*document_, member.first, "a name must be a word");
        if (!member.second.IsScalar() && !member.second.IsNull())
            return error_at(*document_, member.second,
                            "the value of " + quoted(member.first.Scalar()) + " must be a text or a number");
        if (!seen.insert(member.first.Scalar()).second)
            return error_at(*document_, member.first,
                            quoted(member.first.Scalar()) + " stands here a second time");
        list.emplace_back(member.first.Scalar(), member.second);
    }
    return list;
}

}  // namespace ringback::harness::yaml
