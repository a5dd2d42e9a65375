#include "harness/script/script_place.hpp"

#include <charconv>

namespace ringback::harness {
namespace {

std::size_t characters(std::string_view text) {
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

}  // namespace

std::optional<ScriptContext::Place> parse_frame(std::string_view line) {
    const auto number_at_end = [&line](std::size_t& value) {
        const auto colon = line.rfind(':');
        if (colon == std::string_view::npos) return false;
        const auto* begin = line.data() + colon + 1;
        const auto* end = line.data() + line.size();
        const auto parsed = std::from_chars(begin, end, value);
        if (parsed.ec != std::errc{} || parsed.ptr != end) return false;
        line.remove_suffix(line.size() - colon);
        return true;
    };
    ScriptContext::Place place;
    if (!number_at_end(place.column) || !number_at_end(place.line)) return std::nullopt;
    const auto at = line.find('@');
    place.source = std::string(at == std::string_view::npos ? line : line.substr(at + 1));
    return place;
}

std::size_t column_of_token(std::string_view source, std::size_t line, std::string_view message) {
    const auto open = message.find('\''), close = message.find('\'', open + 1);
    if (open == std::string_view::npos || close == std::string_view::npos || close == open + 1) return 0;
    const auto token = message.substr(open + 1, close - open - 1);
    for (; line > 1; --line) {
        const auto end = source.find('\n');
        if (end == std::string_view::npos) return 0;
        source.remove_prefix(end + 1);
    }
    const auto text = source.substr(0, source.find('\n'));
    const auto at = text.find(token);
    if (at == std::string_view::npos || text.find(token, at + 1) != std::string_view::npos) return 0;
    return 1 + characters(text.substr(0, at));
}

std::pair<std::size_t, std::size_t> end_of_code(std::string_view body) {
    const auto last = body.find_last_not_of(" \t\r\n");
    if (last == std::string_view::npos) return {1, 1};
    body = body.substr(0, last + 1);
    const auto line_begin = body.rfind('\n') + 1;  // npos + 1 is 0
    return {1 + static_cast<std::size_t>(std::count(body.begin(), body.end(), '\n')),
            1 + characters(body.substr(line_begin))};
}

}  // namespace ringback::harness
