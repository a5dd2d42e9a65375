// What a probe's camera and microphone see and hear: the media of its profile.
#pragma once

#include "net/deadline.hpp"
#include "run-options/parse_error.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

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

/// What Chromium is told to use; empty: its own test picture and beep.
struct MediaFiles {
    std::string video, audio;
};

struct MediaError {
    std::string message;
};
[[noreturn]] void throw_exception_from_error(const MediaError& error, const boost::source_location& where);

/// Errors: a file that is not there, an unknown ending, two cameras.
/// @param folder relative files lie in it: the test file's
[[nodiscard]] Parsed<MediaSource> parse_media(std::string_view text, const std::string& folder);

/// Makes what must be made: the talking head is drawn, and a film taken apart by ffmpeg, once, and kept in
/// the cache directory ($XDG_CACHE_HOME/ringback/media or ~/.cache/ringback/media).
[[nodiscard]] boost::asio::awaitable<boost::system::result<MediaFiles, MediaError>> prepare_media(
    MediaSource source, net::Deadline deadline);

}  // namespace ringback::harness
