#include "webhook/json_text.hpp"

#include "run-options/text/utf8.hpp"

#include <boost/json.hpp>

#include <charconv>
#include <cmath>

namespace ringback::webhook {
namespace {

namespace json = boost::json;

void write_number(std::string& out, double number) {
    if (!std::isfinite(number)) {
        out += "null";
        return;
    }
    char text[32];
    const auto end = std::to_chars(text, text + sizeof text, number).ptr;
    out.append(text, end);
}

void write(std::string& out, const json::value& value);

template <class Items, class WriteItem>
void write_list(std::string& out, const Items& items, char open, char close, WriteItem write_item) {
    out += open;
    bool first = true;
    for (const auto& item : items) {
        if (!first) out += ',';
        first = false;
        write_item(item);
    }
    out += close;
}

void write_string(std::string& out, std::string_view text) {
    out += json::serialize(json::string(valid_utf8(text)));
}

void write(std::string& out, const json::value& value) {
    switch (value.kind()) {
        case json::kind::object:
            write_list(out, value.get_object(), '{', '}', [&](const auto& member) {
                write_string(out, member.key());
                out += ':';
                write(out, member.value());
            });
            break;
        case json::kind::array:
            write_list(out, value.get_array(), '[', ']', [&](const json::value& item) { write(out, item); });
            break;
        case json::kind::string:
            write_string(out, value.get_string());
            break;
        case json::kind::double_:
            write_number(out, value.get_double());
            break;
        default:
            out += json::serialize(value);
    }
}

}  // namespace

std::string json_text(const json::value& value) {
    std::string out;
    write(out, value);
    return out;
}

std::string valid_utf8(std::string_view text) {
    return text::valid_utf8(text);
}

std::string clipped(std::string_view text, std::size_t limit) {
    std::size_t count = 0, last = 0;
    for (std::size_t at = 0; at < text.size(); ++count) {
        if (count == limit) return limit == 0 ? std::string() : std::string(text.substr(0, last)) + "…";
        last = at;
        at += text::code_point_at(text, at).length;
    }
    return std::string(text);
}

}  // namespace ringback::webhook
