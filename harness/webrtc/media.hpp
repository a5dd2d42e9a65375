// What a probe's camera and microphone see and hear: the media of its profile.
#pragma once

#include "harness/test/media_source.hpp"
#include "net/deadline.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <string>

namespace ringback::harness {

/// What Chromium is told to use; empty: its own test picture and beep.
struct MediaFiles {
    std::string video, audio;
};

struct MediaError {
    std::string message;
};
[[noreturn]] void throw_exception_from_error(const MediaError& error, const boost::source_location& where);

/// Makes what must be made: the talking head is drawn, and a film taken apart by ffmpeg, once, and kept in
/// the cache directory ($XDG_CACHE_HOME/ringback/media or ~/.cache/ringback/media).
[[nodiscard]] boost::asio::awaitable<boost::system::result<MediaFiles, MediaError>> prepare_media(
    MediaSource source, net::Deadline deadline);

}  // namespace ringback::harness
