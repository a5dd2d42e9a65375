// A picture and a voice for calls: a head that moves and speaks before a room full of detail, and speech-like
// sound. Drawn and spoken by formulas, so that nothing needs to be shipped, and always the same.
#pragma once

#include <string>

namespace ringback::harness {

struct Picture {
    int width = 640, height = 480;
    int fps = 25;
    int frames = 100;  ///< of a loop without a seam
};

/// Writes a YUV4MPEG2 file, 4:2:0, as Chromium's fake camera reads it.
/// @return what went wrong, "" when nothing did
[[nodiscard]] std::string write_talking_head(const std::string& path, const Picture& picture);

/// Writes a WAV file, 48 kHz, mono, 16 bit: syllables of about four a second, with pauses between words.
/// @return what went wrong, "" when nothing did
[[nodiscard]] std::string write_speech(const std::string& path, int seconds);

}  // namespace ringback::harness
