#include "harness/webrtc/media.hpp"

#include "harness/webrtc/probe_state.hpp"
#include "harness/webrtc/talking_head.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/throw_exception.hpp>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <stdexcept>
#include <thread>
#include <vector>

namespace ringback::harness {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using Made = boost::system::result<MediaFiles, MediaError>;

namespace {

/// Raises when the pictures drawn change: older ones in the cache are then not used.
constexpr int kDrawingVersion = 1;
constexpr int kSpeechSeconds = 8;
/// How much of a film is used.
constexpr const char* kFilmSeconds = "30";

std::string cache_directory() {
    fs::path base;
    if (const char* cache = ::getenv("XDG_CACHE_HOME"); cache && *cache == '/') base = cache;
    if (const char* home = ::getenv("HOME"); base.empty() && home && *home == '/')
        base = fs::path(home) / ".cache";
    std::error_code error;
    if (!base.empty()) {
        const auto directory = base / "ringback" / "media";
        fs::create_directories(directory, error);
        if (!error && ::access(directory.c_str(), W_OK) == 0) return directory.string();
    }
    const auto directory = fs::temp_directory_path(error) / ("ringback-media-" + std::to_string(::geteuid()));
    fs::create_directories(directory, error);
    return directory.string();
}

/// Makes a file under another name first: two runs may want it at once, and a run may be killed.
/// @return what went wrong, "" when nothing did
std::string make_once(const std::string& file, const std::function<std::string(const std::string&)>& make) {
    std::error_code error;
    if (fs::exists(file, error)) return {};
    const auto draft = file + "." + std::to_string(::getpid()) + "-" +
                       std::to_string(std::hash<std::thread::id>{}(std::this_thread::get_id())) + ".part" +
                       fs::path(file).extension().string();
    if (auto failed = make(draft); !failed.empty()) {
        fs::remove(draft, error);
        return failed;
    }
    fs::rename(draft, file, error);
    return error ? "cannot write " + file + ": " + error.message() : std::string{};
}

/// What a run that was killed has left behind, and films that nobody has used for a week: one may take a GB.
void tidy(const std::string& directory) {
    std::error_code error;
    const auto now = fs::file_time_type::clock::now();
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        const bool draft = name.find(".part") != std::string::npos, film = name.starts_with("film-");
        std::error_code gone;
        const auto used = fs::last_write_time(entry->path(), gone);
        if (!gone && ((draft && now - used > 1h) || (film && now - used > 24h * 7)))
            fs::remove(entry->path(), gone);
    }
}

/// The last line of what can be read.
std::string last_line(int descriptor) {
    std::string text;
    std::array<char, 4096> chunk{};
    for (;;) {
        const auto size = ::read(descriptor, chunk.data(), chunk.size());
        if (size < 0 && errno == EINTR) continue;
        if (size <= 0) break;
        text.append(chunk.data(), static_cast<std::size_t>(size));
        if (text.size() > chunk.size()) text.erase(0, text.size() - chunk.size());
    }
    while (!text.empty() && (text.back() == '\n' || text.back() == '\r'))
        text.pop_back();
    return text.substr(text.find_last_of("\r\n") + 1);
}

/// @return what went wrong, "" when nothing did
std::string run_ffmpeg(const std::string& film, const std::vector<std::string>& options) {
    std::vector<std::string> words{"ffmpeg", "-nostdin", "-v", "error", "-y"};
    words.insert(words.end(), options.begin(), options.end());
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    std::array<int, 2> errors{};
    if (::pipe2(errors.data(), O_CLOEXEC) != 0) return "ffmpeg cannot be started";
    const pid_t parent = ::getpid(), child = ::fork();
    if (child == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent) ::_exit(127);
        const int null = ::open("/dev/null", O_RDWR);
        ::dup2(null, 0);
        ::dup2(null, 1);
        ::dup2(errors[1], 2);
        ::close_range(3, ~0u, 0);
        ::execvp("ffmpeg", arguments.data());
        ::_exit(127);
    }
    ::close(errors[1]);
    const auto said = last_line(errors[0]);
    ::close(errors[0]);
    if (child < 0) return "ffmpeg cannot be started";
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
        return "ffmpeg is not installed: it is needed for films (mp4, webm)";
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
    return "ffmpeg could not read " + film + (said.empty() ? "" : ": " + said);
}

std::string key_of(const std::string& file) {
    struct stat info {};
    if (::stat(file.c_str(), &info) != 0) return "none";
    return std::to_string(std::hash<std::string>{}(fs::absolute(file).string())) + "-" +
           std::to_string(info.st_size) + "-" + std::to_string(info.st_mtime);
}

/// Fills what `files` lacks with picture and sound of a film.
std::string take_apart(const std::string& film, const std::string& base, MediaFiles& files) {
    std::error_code ignored;
    if (files.video.empty()) {
        files.video = base + ".y4m";
        auto failed = make_once(files.video, [&](const std::string& path) {
            return run_ffmpeg(film, {"-i", film, "-t", kFilmSeconds, "-an", "-r", "25", "-vf",
                                     "scale=-2:'min(720,ih)'", "-pix_fmt", "yuv420p", path});
        });
        if (!failed.empty()) return failed;
        fs::last_write_time(files.video, fs::file_time_type::clock::now(), ignored);
    }
    if (!files.audio.empty()) return {};
    files.audio = base + ".wav";
    auto failed = make_once(files.audio, [&](const std::string& path) {
        auto no_sound =
            run_ffmpeg(film, {"-i", film, "-t", kFilmSeconds, "-vn", "-ac", "1", "-ar", "48000", path});
        if (no_sound.empty()) return no_sound;
        // A silent film: its picture could be read.
        return run_ffmpeg(film, {"-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "2", path});
    });
    fs::last_write_time(files.audio, fs::file_time_type::clock::now(), ignored);
    return failed;
}

/// Runs in a thread of its own: it may take seconds.
Made make(const MediaSource& source) {
    const auto directory = cache_directory();
    tidy(directory);
    MediaFiles files{source.video, source.audio};
    std::string failed;
    if (source.kind == MediaSource::Kind::talking_head) {
        const auto version = "-v" + std::to_string(kDrawingVersion);
        files.video = directory + "/talking-head-" + std::to_string(source.height) + version + ".y4m";
        files.audio = directory + "/speech" + version + ".wav";
        failed = make_once(files.video, [&](const std::string& path) {
            Picture picture;
            picture.width = source.width;
            picture.height = source.height;
            return write_talking_head(path, picture);
        });
        if (failed.empty())
            failed = make_once(files.audio,
                               [](const std::string& path) { return write_speech(path, kSpeechSeconds); });
    } else if (!source.film.empty()) {
        failed = take_apart(source.film, directory + "/film-" + key_of(source.film), files);
    }
    if (!failed.empty()) return MediaError{failed};
    if (source.once && !files.audio.empty()) files.audio += "%noloop";
    return files;
}

}  // namespace

void throw_exception_from_error(const MediaError& error, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(error.message), where);
}

asio::awaitable<Made> prepare_media(MediaSource source, net::Deadline deadline) {
    const auto executor = co_await asio::this_coro::executor;
    if (source.kind == MediaSource::Kind::browser) co_return MediaFiles{};
    struct Work {
        std::atomic<bool> done{false};
        Made made{MediaError{}};
    };
    const auto work = std::make_shared<Work>();
    std::thread([work, source] {
        work->made = make(source);
        work->done = true;
    }).detach();
    while (!work->done) {
        if (deadline.expired()) co_return MediaError{"the media were not made in time"};
        const bool go_on = co_await pause_for(executor, deadline.within(10ms));
        if (!go_on && !work->done) co_return MediaError{"ended while media were made"};
    }
    co_return work->made;
}

}  // namespace ringback::harness
