#include "harness/test/media_source.hpp"

#include <algorithm>
#include <array>
#include <filesystem>

namespace ringback::harness {

namespace fs = std::filesystem;

namespace {

constexpr std::string_view kHead = "talking-head", kLargeHead = "talking-head-720p";

ParseError wrong(std::string message, std::string hint = {}) {
    ParseError error;
    error.message = std::move(message);
    error.hint = std::move(hint);
    return error;
}

ParseError unknown_media(std::string_view name) {
    constexpr std::array<std::string_view, 2> known{kHead, kLargeHead};
    const auto nearest = nearest_name(name, known);
    return wrong("unknown media " + quoted(name),
                 nearest.empty()
                     ? "'talking-head', 'talking-head-720p', or files: y4m, mjpeg, wav, mp4, webm, mkv, mov"
                     : "did you mean '" + std::string(nearest) + "'?");
}

std::string lower_ending(const std::string& file) {
    auto ending = fs::path(file).extension().string();
    for (auto& c : ending)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return ending;
}

/// The next of the names that commas separate, without the spaces around it.
std::string_view next_name(std::string_view& rest) {
    auto name = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(name.size() + 1, rest.size()));
    while (!name.empty() && name.front() == ' ')
        name.remove_prefix(1);
    while (!name.empty() && name.back() == ' ')
        name.remove_suffix(1);
    return name;
}

}  // namespace

Parsed<MediaSource> parse_media(std::string_view text, const std::string& folder) {
    MediaSource source;
    if (text.empty()) return source;
    if (text == kHead || text == kLargeHead) {
        source.kind = MediaSource::Kind::talking_head;
        if (text == kLargeHead) source.width = 1280, source.height = 720;
        return source;
    }
    source.kind = MediaSource::Kind::files;
    while (!text.empty()) {
        auto name = next_name(text);
        const bool once = name.ends_with("%noloop");
        if (once) name.remove_suffix(7);
        const auto file =
            fs::path(name).is_absolute() ? std::string(name) : (fs::path(folder) / name).string();
        const auto ending = lower_ending(file);
        const bool video = ending == ".y4m" || ending == ".mjpeg" || ending == ".mjpg",
                   audio = ending == ".wav";
        const bool film = ending == ".mp4" || ending == ".webm" || ending == ".mkv" || ending == ".mov";
        if (!video && !audio && !film) return unknown_media(name);
        std::error_code error;
        if (!fs::is_regular_file(file, error)) return wrong("there is no media file " + file);
        auto& place = video ? source.video : audio ? source.audio : source.film;
        if (!place.empty()) return wrong("media name two files of one kind: " + place + " and " + file);
        place = fs::absolute(file, error).string();
        if (audio || film) source.once = source.once || once;
    }
    return source;
}

std::string folder_of(const std::string& test_file) {
    return fs::path(test_file).parent_path().string();
}

}  // namespace ringback::harness
