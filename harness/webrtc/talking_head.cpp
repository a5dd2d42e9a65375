#include "harness/webrtc/talking_head.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <numbers>
#include <vector>

namespace ringback::harness {
namespace {

constexpr double kTurn = 2 * std::numbers::pi;
/// Picture and voice repeat after this many seconds, or a multiple.
constexpr double kPeriod = 4;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

/// The same well-mixed bits for the same numbers, everywhere.
std::uint32_t hash(std::uint32_t x, std::uint32_t y = 0, std::uint32_t z = 0) {
    std::uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ z * 0xc2b2ae3du;
    h = (h ^ (h >> 15)) * 0x2c1b3c6du;
    h = (h ^ (h >> 12)) * 0x297a2d39u;
    return h ^ (h >> 15);
}
/// −1 to 1
double noise(std::uint32_t x, std::uint32_t y = 0, std::uint32_t z = 0) {
    return static_cast<double>(hash(x, y, z) & 0xffff) / 32767.5 - 1;
}

/// How loud the voice is, 0 to 1: syllables in words of three to five, with pauses.
double loudness(double seconds) {
    const double t = std::fmod(seconds, kPeriod);
    // Word ends within the period, in syllables of 240 ms.
    constexpr std::array<bool, 17> spoken{true, true, true,  false, true, true, true,  true, false,
                                          true, true, false, true,  true, true, false, false};
    const auto syllable = static_cast<std::size_t>(t / 0.24);
    if (syllable >= spoken.size() || !spoken[syllable]) return 0;
    const double phase = std::fmod(t, 0.24) / 0.24;
    return std::pow(std::sin(std::numbers::pi * phase), 0.6);
}

// ---- The picture
// -------------------------------------------------------------------------------------------------

struct Color {
    double y, u, v;
};

double smooth(double edge0, double edge1, double x) {
    const double t = std::clamp((x - edge0) / (edge1 - edge0), 0.0, 1.0);
    return t * t * (3 - 2 * t);
}
Color mix(const Color& a, const Color& b, double share) {
    return {a.y + (b.y - a.y) * share, a.u + (b.u - a.u) * share, a.v + (b.v - a.v) * share};
}

/// A wall of books: edges and texture that cost an encoder something.
Color room(double x, double y) {
    const int shelf = static_cast<int>(std::floor(y * 5));
    const double within = y * 5 - shelf;
    if (within > 0.9) return {70, 118, 138};
    const double position = x * 34 + 3 * noise(static_cast<std::uint32_t>(shelf), 7);
    const auto book = static_cast<std::uint32_t>(std::floor(position) + 100);
    const double spine = position - std::floor(position);
    const auto id = hash(book, static_cast<std::uint32_t>(shelf + 50));
    if (within < 0.12 + 0.2 * static_cast<double>(id & 7) / 7) return {38, 126, 130};
    Color color{60 + static_cast<double>(id >> 8 & 127), 104 + static_cast<double>(id >> 16 & 47),
                104 + static_cast<double>(id >> 22 & 47)};
    color.y *= 0.75 + 0.35 * std::sin(std::numbers::pi * spine);
    if (within > 0.45 && within < 0.55) color.y += 40;
    return color;
}

/// The speaker at a moment, in units of the picture's height.
struct Pose {
    double x, y, tilt, mouth, lids;
};

Pose pose_at(double seconds) {
    const double turn = kTurn * seconds / kPeriod;
    const double blink = std::fmod(seconds + 0.4, 2.0);
    return {0.05 * std::sin(turn) + 0.012 * std::sin(3 * turn), 0.018 * std::sin(2 * turn),
            0.07 * std::sin(turn + 1), loudness(seconds),
            blink < 0.16 ? 1 - std::abs(blink - 0.08) / 0.08 : 0};
}

/// @param x,y from the middle of the picture, in units of its height
Color speaker(double x, double y, const Pose& pose, Color behind) {
    constexpr Color skin{158, 112, 150}, hair{46, 124, 132}, shirt{92, 148, 112}, dark{28, 126, 130},
        lip{104, 116, 166}, white{214, 128, 128}, iris{70, 140, 118};
    Color color = behind;
    const double sx = (x - pose.x * 0.5) / 0.46, sy = (y - 0.62) / 0.34;  // shoulders
    const double from_head = std::hypot(x - pose.x, y - pose.y + 0.06);
    if (from_head > 0.45 && sx * sx + sy * sy > 1.1) return behind;
    color = mix(color, {shirt.y + 10 * std::sin(60 * (x + 0.3 * y)), shirt.u, shirt.v},
                smooth(1.02, 0.98, sx * sx + sy * sy));
    // The head's own axes.
    const double dx = x - pose.x, dy = y + 0.06 - pose.y;
    const double hx = dx * std::cos(pose.tilt) + dy * std::sin(pose.tilt),
                 hy = dy * std::cos(pose.tilt) - dx * std::sin(pose.tilt);
    const auto inside = [&](double cx, double cy, double rx, double ry) {
        const double ex = (hx - cx) / rx, ey = (hy - cy) / ry;
        return smooth(1.06, 0.94, ex * ex + ey * ey);
    };
    color = mix(color, {skin.y - 18, skin.u, skin.v}, inside(0, 0.25, 0.085, 0.16));  // neck
    const double strands = 14 * std::sin(190 * hx + 40 * hy) + 8 * std::sin(90 * hx - 70 * hy);
    color = mix(color, {hair.y + strands, hair.u, hair.v}, inside(0, -0.06, 0.225, 0.27));
    const double light =
        26 * (0.5 - hx / 0.38) - 40 * hy * hy +
        5 * noise(static_cast<std::uint32_t>(hx * 900 + 2000), static_cast<std::uint32_t>(hy * 900 + 2000));
    color = mix(color, {skin.y + light, skin.u, skin.v}, inside(0, 0.015, 0.178, 0.235));
    for (const double side : {-1.0, 1.0}) {
        color = mix(color, {hair.y + 8, hair.u, hair.v}, inside(side * 0.075, -0.085, 0.045, 0.011));
        const double open = 0.022 * (1 - 0.92 * pose.lids);
        color = mix(color, white, inside(side * 0.075, -0.035, 0.036, open));
        color = mix(color, iris, inside(side * 0.075 + pose.x * 0.15, -0.035, 0.016, std::min(0.016, open)));
        color = mix(color, dark, inside(side * 0.075 + pose.x * 0.15, -0.035, 0.007, std::min(0.007, open)));
    }
    color = mix(color, {skin.y - 34, skin.u, skin.v + 4}, inside(0.012, 0.04, 0.022, 0.03) * 0.6);
    const double mouth = 0.012 + 0.038 * pose.mouth;
    color = mix(color, lip, inside(0, 0.122, 0.068, mouth + 0.012));
    color = mix(color, dark, inside(0, 0.122, 0.052, mouth - 0.006));
    color =
        mix(color, white, inside(0, 0.122 - mouth * 0.55, 0.04, mouth * 0.25) * (pose.mouth > 0.25 ? 1 : 0));
    return color;
}

std::uint8_t byte(double value) {
    return static_cast<std::uint8_t>(std::clamp(value, 16.0, 235.0));
}

/// One frame, planes Y, U and V one after the other.
void draw(std::vector<std::uint8_t>& planes, const std::vector<Color>& background, const Picture& picture,
          int frame) {
    const int w = picture.width, h = picture.height;
    const auto pose = pose_at(kPeriod * frame / picture.frames);
    auto* luma = planes.data();
    auto* u = luma + static_cast<std::ptrdiff_t>(w) * h;
    auto* v = u + static_cast<std::ptrdiff_t>(w / 2) * (h / 2);
    for (int py = 0; py < h; ++py)
        for (int px = 0; px < w; ++px) {
            const auto at =
                static_cast<std::size_t>(py) * static_cast<std::size_t>(w) + static_cast<std::size_t>(px);
            const double x = (px - w / 2.0) / h, y = (py - h / 2.0) / h;
            const auto color = speaker(x, y, pose, background[at]);
            // What a sensor adds: different in each frame, and what makes a real picture expensive.
            const double grain = 2.2 * noise(static_cast<std::uint32_t>(px), static_cast<std::uint32_t>(py),
                                             static_cast<std::uint32_t>(frame + 1));
            luma[at] = byte(color.y + grain);
            if (px % 2 == 0 && py % 2 == 0) {
                const auto half = static_cast<std::size_t>(py / 2) * static_cast<std::size_t>(w / 2) +
                                  static_cast<std::size_t>(px / 2);
                u[half] = byte(color.u);
                v[half] = byte(color.v);
            }
        }
}

// ---- The voice
// ---------------------------------------------------------------------------------------------------

constexpr int kRate = 48'000;

/// A resonance: one formant of the vocal tract.
class Formant {
  public:
    double filter(double input, double frequency, double bandwidth) {
        const double r = std::exp(-std::numbers::pi * bandwidth / kRate);
        const double a1 = 2 * r * std::cos(kTurn * frequency / kRate), a2 = -r * r;
        const double output = (1 - r) * input + a1 * last_ + a2 * before_;
        before_ = last_;
        last_ = output;
        return output;
    }

  private:
    double last_ = 0, before_ = 0;
};

/// First three formants of a, e, i, o, u in Hz (Peterson and Barney, men).
constexpr std::array<std::array<double, 3>, 5> kVowels{
    {{730, 1090, 2440}, {530, 1840, 2480}, {270, 2290, 3010}, {570, 840, 2410}, {300, 870, 2240}}};

std::vector<double> speak(int seconds) {
    std::vector<double> samples(static_cast<std::size_t>(seconds) * kRate);
    std::array<Formant, 3> tract;
    double phase = 0;
    for (std::size_t i = 0; i < samples.size(); ++i) {
        const double t = static_cast<double>(i) / kRate;
        const auto syllable = static_cast<std::size_t>(t / 0.24);
        const auto& vowel = kVowels[hash(static_cast<std::uint32_t>(syllable)) % kVowels.size()];
        const double loud = loudness(t), within = std::fmod(t, 0.24) / 0.24;
        const double pitch =
            118 + 22 * std::sin(kTurn * t / kPeriod) + 8 * std::sin(kTurn * t * 1.7) - 10 * within;
        phase += pitch / kRate;
        if (phase >= 1) phase -= 1;
        // The vocal folds' pulse, and breath: more of it where a consonant would be.
        const double pulse = phase < 0.6 ? std::sin(std::numbers::pi * phase / 0.6) - 0.5 : -0.5;
        const double breath = noise(static_cast<std::uint32_t>(i), 99) * (within < 0.2 ? 0.6 : 0.04);
        double sound = 0, gain = 1;
        for (std::size_t f = 0; f < tract.size(); ++f, gain *= 0.55)
            sound +=
                gain * tract[f].filter((pulse + breath) * loud, vowel[f], 70 + 40.0 * static_cast<double>(f));
        samples[i] = sound;
    }
    return samples;
}

void put(std::string& to, std::uint32_t value, int bytes) {
    for (int i = 0; i < bytes; ++i)
        to += static_cast<char>(value >> (8 * i) & 0xff);
}

std::string cannot_write(const std::string& path) {
    return "cannot write " + path;
}

}  // namespace

std::string write_talking_head(const std::string& path, const Picture& picture) {
    File file(std::fopen(path.c_str(), "wbe"), &std::fclose);
    if (!file) return cannot_write(path);
    const int w = picture.width, h = picture.height;
    const auto pixels = static_cast<std::size_t>(w) * static_cast<std::size_t>(h);
    std::vector<Color> background(pixels);
    for (int y = 0; y < h; ++y)
        for (int x = 0; x < w; ++x)
            background[static_cast<std::size_t>(y) * static_cast<std::size_t>(w) +
                       static_cast<std::size_t>(x)] =
                room(static_cast<double>(x) / h, static_cast<double>(y) / h);
    std::fprintf(file.get(), "YUV4MPEG2 W%d H%d F%d:1 Ip A1:1 C420jpeg\n", w, h, picture.fps);
    std::vector<std::uint8_t> planes(pixels * 3 / 2);
    for (int frame = 0; frame < picture.frames; ++frame) {
        draw(planes, background, picture, frame);
        std::fputs("FRAME\n", file.get());
        if (std::fwrite(planes.data(), 1, planes.size(), file.get()) != planes.size())
            return cannot_write(path);
    }
    return std::fclose(file.release()) == 0 ? std::string{} : cannot_write(path);
}

std::string write_speech(const std::string& path, int seconds) {
    const auto samples = speak(seconds);
    double peak = 1e-9;
    for (const double sample : samples)
        peak = std::max(peak, std::abs(sample));
    std::string data;
    data.reserve(samples.size() * 2 + 44);
    data += "RIFF";
    put(data, static_cast<std::uint32_t>(36 + samples.size() * 2), 4);
    data += "WAVEfmt ";
    put(data, 16, 4);
    put(data, 1, 2);  // PCM
    put(data, 1, 2);  // one channel
    put(data, kRate, 4);
    put(data, kRate * 2, 4);
    put(data, 2, 2);
    put(data, 16, 2);
    data += "data";
    put(data, static_cast<std::uint32_t>(samples.size() * 2), 4);
    for (const double sample : samples)  // 6 dB below full scale
        put(data, static_cast<std::uint32_t>(static_cast<std::int16_t>(std::lround(sample / peak * 16'000))),
            2);
    File file(std::fopen(path.c_str(), "wbe"), &std::fclose);
    if (!file) return cannot_write(path);
    if (std::fwrite(data.data(), 1, data.size(), file.get()) != data.size()) return cannot_write(path);
    return std::fclose(file.release()) == 0 ? std::string{} : cannot_write(path);
}

}  // namespace ringback::harness
