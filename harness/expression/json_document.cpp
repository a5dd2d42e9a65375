#include "harness/expression/json_document.hpp"

#include "harness/expression/encoding.hpp"
#include "harness/expression/text_position.hpp"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value_stack.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <stdexcept>

namespace ringback::harness {

namespace json = boost::json;

namespace {

using boost::system::error_code;

/// Builds a value from the parser's calls, with numbers read by from_chars.
struct Builder {
    static constexpr std::size_t max_object_size = json::object::max_size();
    static constexpr std::size_t max_array_size = json::array::max_size();
    static constexpr std::size_t max_key_size = json::string::max_size();
    static constexpr std::size_t max_string_size = json::string::max_size();

    json::value_stack stack;
    std::string number;

    bool on_document_begin(error_code&) { return true; }
    bool on_document_end(error_code&) { return true; }
    bool on_object_begin(error_code&) { return true; }
    bool on_object_end(std::size_t n, error_code&) { return stack.push_object(n), true; }
    bool on_array_begin(error_code&) { return true; }
    bool on_array_end(std::size_t n, error_code&) { return stack.push_array(n), true; }
    bool on_key_part(json::string_view s, std::size_t, error_code&) { return stack.push_chars(s), true; }
    bool on_key(json::string_view s, std::size_t, error_code&) { return stack.push_key(s), true; }
    bool on_string_part(json::string_view s, std::size_t, error_code&) { return stack.push_chars(s), true; }
    bool on_string(json::string_view s, std::size_t, error_code&) { return stack.push_string(s), true; }
    bool on_number_part(json::string_view s, error_code&) { return number.append(s), true; }
    bool on_int64(std::int64_t i, json::string_view, error_code&) {
        return number.clear(), stack.push_int64(i), true;
    }
    bool on_uint64(std::uint64_t u, json::string_view, error_code&) {
        return number.clear(), stack.push_uint64(u), true;
    }
    bool on_double(double d, json::string_view s, error_code&) {
        number.append(s);
        double exact = d;
        if (std::from_chars(number.data(), number.data() + number.size(), exact).ec != std::errc()) exact = d;
        number.clear();
        return stack.push_double(exact), true;
    }
    bool on_bool(bool b, error_code&) { return stack.push_bool(b), true; }
    bool on_null(error_code&) { return stack.push_null(), true; }
    bool on_comment_part(json::string_view, error_code&) { return true; }
    bool on_comment(json::string_view, error_code&) { return true; }
};

/// "\ud83d", the first half of a character beyond U+FFFF: what follows it is where the parser stops.
bool ends_in_high_surrogate(std::string_view text) {
    if (text.size() < 6) return false;
    text.remove_prefix(text.size() - 6);
    return text.starts_with("\\u") && (text[2] == 'd' || text[2] == 'D') &&
           std::string_view("89abAB").find(text[3]) != std::string_view::npos;
}

}  // namespace

void throw_exception_from_error(const JsonError& error, const boost::source_location&) {
    throw std::invalid_argument(error.message);
}

boost::system::result<json::value, JsonError> parse_json(std::string_view text) {
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    json::parse_options options;
    options.max_depth = 256;
    json::basic_parser<Builder> parser(options);
    parser.handler().stack.reset();
    error_code error;
    const std::size_t read = parser.write_some(false, text.data(), text.size(), error);
    const bool rest = !error && trimmed(text.substr(read)) != "";
    if (!error && !rest) return parser.handler().stack.release();
    const auto [line, column] = position_of(text, read);
    const std::string what = rest                               ? "something follows the value"
                             : error == json::error::incomplete ? "it ends too early"
                             : error == json::error::too_deep   ? "it is nested more than 256 deep"
                             : ends_in_high_surrogate(text.substr(0, read))
                                 ? "half of a surrogate pair, which is no character,"
                                 : error.message();
    return JsonError{fmt::format("{} at line {}, column {}", what, line, column)};
}

namespace {

void append(std::string& out, const json::value& value);

void append_double(std::string& out, double number) {
    const std::size_t begin = out.size();
    fmt::format_to(std::back_inserter(out), "{}", number);
    if (std::isfinite(number) && out.find_first_of(".e", begin) == std::string::npos) out += ".0";
}

void append_list(std::string& out, const json::array& list) {
    out += '[';
    for (const auto& element : list) {
        if (&element != &list.front()) out += ',';
        append(out, element);
    }
    out += ']';
}

void append_object(std::string& out, const json::object& object) {
    out += '{';
    for (const auto& [key, member] : object) {
        if (out.back() != '{') out += ',';
        out.append("\"").append(json_escaped(key)).append("\":");
        append(out, member);
    }
    out += '}';
}

/// As deep as the value, which parse_json() bounds.
void append(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::double_:
            return append_double(out, value.get_double());
        case json::kind::array:
            return append_list(out, value.get_array());
        case json::kind::object:
            return append_object(out, value.get_object());
        default:
            out += json::serialize(value);
    }
}

}  // namespace

std::string json_text(const json::value& value) {
    std::string out;
    append(out, value);
    return out;
}

}  // namespace ringback::harness
