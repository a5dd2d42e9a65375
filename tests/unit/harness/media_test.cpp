#include "harness/webrtc/media.hpp"

#include "harness/webrtc/talking_head.hpp"

#include <boost/test/unit_test.hpp>

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace ringback::harness;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / ("ringback-media-test-" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
    void touch(const char* name) const { std::ofstream(path / name) << "x"; }
};

std::string shown(const ringback::Parsed<MediaSource>& parsed) {
    if (parsed.has_error())
        return parsed.error().message + (parsed.error().hint.empty() ? "" : " | " + parsed.error().hint);
    const auto name = [](const std::string& file) { return fs::path(file).filename().string(); };
    switch (parsed->kind) {
        case MediaSource::Kind::browser:
            return "browser";
        case MediaSource::Kind::talking_head:
            return "head " + std::to_string(parsed->width) + "x" + std::to_string(parsed->height);
        case MediaSource::Kind::files:
            break;
    }
    return "video " + name(parsed->video) + " audio " + name(parsed->audio) + " film " + name(parsed->film) +
           (parsed->once ? " once" : "");
}

std::string bytes_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

/// Mean difference of neighbours in a row: what an encoder calls detail.
double detail(const unsigned char* luma, int width, int height) {
    double sum = 0;
    for (int y = 0; y < height; ++y)
        for (int x = 1; x < width; ++x)
            sum += std::abs(luma[y * width + x] - luma[y * width + x - 1]);
    return sum / width / height;
}
double difference(const unsigned char* a, const unsigned char* b, int size) {
    double sum = 0;
    for (int i = 0; i < size; ++i)
        sum += std::abs(a[i] - b[i]);
    return sum / size;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(media)

BOOST_AUTO_TEST_CASE(media_are_checked_before_anything_is_started) {
    const Folder folder;
    for (const char* name : {"a.y4m", "b.mjpeg", "c.wav", "d.mp4", "e.txt"})
        folder.touch(name);
    struct Row {
        const char *text, *wanted;
    };
    const std::string at = folder.path.string();
    const Row rows[] = {
        {"", "browser"},
        {"talking-head", "head 640x480"},
        {"talking-head-720p", "head 1280x720"},
        {"a.y4m", "video a.y4m audio  film "},
        {"b.mjpeg, c.wav", "video b.mjpeg audio c.wav film "},
        {"c.wav%noloop", "video  audio c.wav film  once"},
        {"d.mp4", "video  audio  film d.mp4"},
        {"d.mp4,c.wav", "video  audio c.wav film d.mp4"},
        {"talking head", "unknown media 'talking head' | did you mean 'talking-head'?"},
        {"talking-head-720", "unknown media 'talking-head-720' | did you mean 'talking-head-720p'?"},
        {"a.y4m, taking-head", "unknown media 'taking-head' | did you mean 'talking-head'?"},
        {"e.txt",
         "unknown media 'e.txt' | 'talking-head', 'talking-head-720p', or files: y4m, mjpeg, wav, mp4, webm, "
         "mkv, mov"},
    };
    for (const auto& row : rows)
        BOOST_CHECK_EQUAL(shown(parse_media(row.text, at)), row.wanted);
    BOOST_CHECK_EQUAL(shown(parse_media("z.wav", at)), "there is no media file " + at + "/z.wav");
    BOOST_CHECK_EQUAL(shown(parse_media("a.y4m,b.mjpeg", at)),
                      "media name two files of one kind: " + at + "/a.y4m and " + at + "/b.mjpeg");
}

BOOST_AUTO_TEST_CASE(the_talking_head_moves_has_detail_and_no_seam) {
    const Folder folder;
    const auto file = folder.path / "head.y4m";
    Picture picture;
    picture.width = 320;
    picture.height = 240;
    BOOST_REQUIRE_EQUAL(write_talking_head(file.string(), picture), "");
    const auto bytes = bytes_of(file);
    const std::string head = "YUV4MPEG2 W320 H240 F25:1 Ip A1:1 C420jpeg\n";
    const std::size_t frame = 6 + 320 * 240 * 3 / 2;
    BOOST_REQUIRE_EQUAL(bytes.size(), head.size() + 100 * frame);
    BOOST_CHECK_EQUAL(bytes.substr(0, head.size()), head);
    const auto luma = [&](std::size_t index) {
        BOOST_REQUIRE_EQUAL(bytes.substr(head.size() + index * frame, 6), "FRAME\n");
        return reinterpret_cast<const unsigned char*>(bytes.data() + head.size() + index * frame + 6);
    };
    BOOST_CHECK_GT(detail(luma(0), 320, 240), 5);
    // From one frame to the next it changes, at the loop's end no more than elsewhere.
    const double step = difference(luma(40), luma(41), 320 * 240),
                 seam = difference(luma(99), luma(0), 320 * 240);
    BOOST_CHECK_GT(step, 0.5);
    BOOST_CHECK_LT(seam, 2 * step);
    BOOST_CHECK_GT(difference(luma(0), luma(50), 320 * 240), step);
    BOOST_CHECK_EQUAL(write_talking_head((folder.path / "none" / "x.y4m").string(), picture),
                      "cannot write " + (folder.path / "none" / "x.y4m").string());
}

BOOST_AUTO_TEST_CASE(the_voice_speaks_and_pauses) {
    const Folder folder;
    const auto file = folder.path / "speech.wav";
    BOOST_REQUIRE_EQUAL(write_speech(file.string(), 8), "");
    const auto bytes = bytes_of(file);
    BOOST_REQUIRE_EQUAL(bytes.size(), 44 + 8 * 48000 * 2);
    BOOST_CHECK_EQUAL(bytes.substr(0, 4) + bytes.substr(8, 8), "RIFFWAVEfmt ");
    const auto sample = [&](std::size_t i) {
        const auto at = 44 + 2 * i;
        return static_cast<std::int16_t>(static_cast<unsigned char>(bytes[at]) |
                                         static_cast<unsigned char>(bytes[at + 1]) << 8);
    };
    int loud = 0, quiet = 0, peak = 0;
    for (std::size_t part = 0; part < 80; ++part) {  // tenths of a second
        double energy = 0;
        for (std::size_t i = 0; i < 4800; ++i) {
            const int value = sample(part * 4800 + i);
            energy += static_cast<double>(value) * value;
            peak = std::max(peak, std::abs(value));
        }
        const double level = std::sqrt(energy / 4800);
        loud += level > 1000;
        quiet += level < 100;
    }
    BOOST_CHECK_EQUAL(peak, 16000);
    BOOST_CHECK_GT(loud, 35);
    BOOST_CHECK_GT(quiet, 10);
}

BOOST_AUTO_TEST_SUITE_END()
