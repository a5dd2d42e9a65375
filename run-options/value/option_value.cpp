#include "run-options/value/option_value.hpp"

#include "run-options/duration.hpp"
#include "run-options/text/json_document.hpp"

#include <algorithm>
#include <charconv>

namespace ringback::value {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kWhitespace = " \t\r\n\v\f";
constexpr std::size_t kMostSwitches = 200;
constexpr std::size_t kMostExtensions = 20;

std::string_view trim(std::string_view words, std::string_view characters) {
    const std::size_t begin = words.find_first_not_of(characters);
    if (begin == std::string_view::npos) return words.substr(0, 0);
    return words.substr(begin, words.find_last_not_of(characters) - begin + 1);
}

std::string shown(milliseconds duration) {
    const auto count = duration.count();
    if (count % 3'600'000 == 0) return std::to_string(count / 3'600'000) + "h";
    if (count % 60'000 == 0) return std::to_string(count / 60'000) + "m";
    if (count % 1'000 == 0) return std::to_string(count / 1'000) + "s";
    return std::to_string(count) + "ms";
}

}  // namespace

std::string Option::title() const {
    return "#" + std::string(written.name.substr(0, 40));
}

ParseError Option::error(std::string message, std::string hint) const {
    const bool has_value = !written.value.empty();
    return error_at(text, has_value ? written.value_offset : written.offset, std::move(message),
                    std::move(hint));
}

Parsed<Words> Option::words(std::string_view expected) const {
    if (written.value.empty())
        return error(title() + " needs a value", title() + " takes " + std::string(expected));
    if (written.form == ValueForm::json)
        return error(title() + " takes " + std::string(expected) + ", not JSON");
    if (written.form == ValueForm::plain)
        return Words{text, written.value_offset, std::string(written.value), true};
    Parsed<text::JsonNode> node =
        text::read_json(text, written.value_offset, written.value_offset + written.value.size());
    if (!node) return node.error();
    const std::string_view content = node->scalar.get_string();
    if (content.find('\0') != std::string_view::npos)
        return error("a NUL character in the value of " + title());
    if (content.empty())
        return error(title() + " needs a value", title() + " takes " + std::string(expected));
    return Words{text, written.value_offset + 1, std::string(content), node->verbatim};
}

Parsed<std::uint32_t> read_count(const Option& option, std::uint32_t most) {
    const std::string expected = "a whole number from 1 to " + std::to_string(most);
    Parsed<Words> words = option.words(expected);
    if (!words) return words.error();
    const std::string& digits = words->content;
    std::uint32_t count = 0;
    const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    const bool whole = error == std::errc() && stop == digits.data() + digits.size();
    if (!whole || count < 1 || count > most)
        return option.error(option.title() + " takes " + expected + ", not " + quoted(digits));
    return count;
}

Parsed<milliseconds> read_duration(const Option& option, const DurationRange& range) {
    Parsed<Words> words = option.words(range.expected);
    if (!words) return words.error();
    const std::string& content = words->content;
    const std::optional<milliseconds> duration = parse_duration(content, range.unit);
    if (!duration)
        return option.error(option.title() + " takes " + std::string(range.expected) + ", not " +
                            quoted(content));
    if (*duration < range.least || *duration > range.most)
        return option.error(option.title() + " must lie between " + shown(range.least) + " and " +
                            shown(range.most) + ", not be " + quoted(content));
    return *duration;
}

Parsed<bool> read_flag(const Option& option) {
    if (option.written.form == ValueForm::none) return true;
    return option.error(option.title() + " takes no value", "write '" + option.title() + "'");
}

Parsed<std::vector<std::string>> read_switches(const Option& option) {
    Parsed<Words> words = option.words("Chromium's switches, separated by commas");
    if (!words) return words.error();
    std::vector<std::string> switches(1);
    std::vector<std::size_t> offsets{0};
    const std::string_view content = words->content;
    for (std::size_t i = 0; i < content.size(); ++i) {
        if (content[i] == ',') {
            switches.emplace_back();
            offsets.push_back(i + 1);
            if (switches.size() > kMostSwitches)
                return option.error(option.title() + " names more than 200 switches");
        } else {
            if (content.substr(i, 2) == "\\,") ++i;
            switches.back() += content[i];
        }
    }
    for (std::size_t i = 0; i < switches.size(); ++i) {
        std::string_view name = trim(switches[i], kWhitespace);
        if (name.starts_with("--")) name.remove_prefix(2);
        if (name.empty() || name.front() == '=' || name.front() == '-')
            return words->error(offsets[i], "a switch without a name in " + option.title(),
                                "for example #chrome-cli:lang=en,mute-audio");
        switches[i] = std::string(name);
    }
    return switches;
}

Parsed<std::vector<std::string>> read_locations(const Option& option) {
    Parsed<Words> words = option.words("the path or URL of an extension");
    if (!words) return words.error();
    std::vector<std::string> locations;
    for (const Words& line : split_lines(*words)) {
        if (line.content.find("://") != std::string::npos) {
            Parsed<std::string> url = read_web_url(line, "an extension");
            if (!url) return url.error();
        }
        locations.push_back(line.content);
    }
    if (locations.empty()) return option.error(option.title() + " needs a value");
    if (locations.size() > kMostExtensions)
        return option.error(option.title() + " names more than 20 extensions");
    return locations;
}

std::vector<Words> split_lines(const Words& words) {
    std::vector<Words> lines;
    const std::string_view content = words.content;
    for (std::size_t begin = 0; begin < content.size();) {
        const std::size_t end = std::min(content.find('\n', begin), content.size());
        const std::string_view line = trim(content.substr(begin, end - begin), " \t\r\n\v\f,");
        if (!line.empty()) {
            const auto offset = static_cast<std::size_t>(line.data() - content.data());
            lines.push_back({words.text, words.verbatim ? words.offset + offset : words.offset,
                             std::string(line), words.verbatim});
        }
        begin = end + 1;
    }
    return lines;
}

}  // namespace ringback::value
