// The media of a profile as written: what a probe's camera and microphone shall see and hear.
#pragma once

#include "run-options/parse_error.hpp"

#include <string>
#include <string_view>

namespace ringback::harness {

/// A profile's media, checked but not yet made. Grammar:
///   media = "" | "talking-head" | "talking-head-720p" | file { "," file }
/// A file is y4m or mjpeg (camera), wav (microphone, "%noloop" at its end plays it once), or, where ffmpeg is
/// installed, mp4, webm, mkv or mov (both).
struct MediaSource {
    enum class Kind { browser, talking_head, files } kind = Kind::browser;
    int width = 640, height = 480;   ///< of a talking head
    std::string video, audio, film;  ///< paths; a film has both
    bool once = false;               ///< the sound is not repeated
};

/// Errors: a file that is not there, an unknown name or ending (with the nearest name), two cameras.
/// @param folder relative files lie in it: the test file's
[[nodiscard]] Parsed<MediaSource> parse_media(std::string_view text, const std::string& folder);

/// The folder that a test file's media lie in.
[[nodiscard]] std::string folder_of(const std::string& test_file);

}  // namespace ringback::harness
