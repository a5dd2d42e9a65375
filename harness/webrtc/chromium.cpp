#include "harness/webrtc/chromium.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/throw_exception.hpp>
#include <boost/url/parse.hpp>

#include <fcntl.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace ringback::harness {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::string_view kProfilePrefix = "ringback-chromium-";
/// What is kept of the browser's standard error, for diagnosis.
constexpr std::size_t kMaxStderr = 16 * 1024;

// ---- Profiles: named after the process that made them
// -------------------------------------------------------

/// Start time of a process in clock ticks since boot, "" when there is none: with the pid it names a process
/// for good.
std::string start_time(const std::string& pid) {
    std::ifstream file("/proc/" + pid + "/stat");
    std::string line;
    if (!std::getline(file, line)) return {};
    // The command, in parentheses, may hold anything; the start time is the 20th field after it.
    auto at = line.rfind(')');
    for (int field = 0; field < 20 && at != std::string::npos; ++field)
        at = line.find(' ', at + 1);
    if (at == std::string::npos) return {};
    return line.substr(at + 1, line.find(' ', at + 1) - at - 1);
}

/// Process ids mean something only within their namespace, and several may share one temporary directory.
std::string process_namespace() {
    struct stat info {};
    return ::stat("/proc/self/ns/pid", &info) == 0 ? std::to_string(info.st_ino) : std::string("0");
}

std::string temporary_directory() {
    std::error_code error;
    const auto directory = fs::temp_directory_path(error);
    return error ? std::string("/tmp") : directory.string();
}

std::string make_profile(const std::string& directory) {
    static std::atomic<unsigned> count{0};
    const auto pid = std::to_string(::getpid());
    const auto path = directory + '/' + std::string(kProfilePrefix) + process_namespace() + '-' + pid + '-' +
                      start_time(pid) + '-' + std::to_string(++count);
    return ::mkdir(path.c_str(), 0700) == 0 ? path : std::string{};
}

/// A browser that is killed leaves a folder with its socket beside its profile, which only the profile names.
fs::path socket_folder(const std::string& profile) {
    std::error_code error;
    auto folder = fs::read_symlink(profile + "/SingletonSocket", error).parent_path();
    const bool known = !error && folder.filename().string().find("org.chromium.Chromium.") <= 1;
    return known ? folder : fs::path{};
}
void remove_socket(const fs::path& folder) {
    std::error_code error;
    if (folder.empty()) return;
    struct stat info {};
    if (::lstat(folder.c_str(), &info) == 0 && S_ISDIR(info.st_mode) && info.st_uid == ::geteuid())
        fs::remove_all(folder, error);
}

/// A dying browser may still write: try again for a while.
void remove_profile(const std::string& path) {
    remove_socket(socket_folder(path));
    for (int attempt = 0; attempt < 20; ++attempt) {
        std::error_code error;
        fs::remove_all(path, error);
        if (!error && !fs::exists(path, error)) return;
        std::this_thread::sleep_for(std::chrono::milliseconds(25));
    }
}

// ---- The machine
// ---------------------------------------------------------------------------------------------

bool only_loopback_addresses() {
    ifaddrs* list = nullptr;
    if (::getifaddrs(&list) != 0) return false;
    bool other = false;
    for (const auto* entry = list; entry; entry = entry->ifa_next) {
        if (!entry->ifa_addr || (entry->ifa_flags & IFF_UP) == 0 || (entry->ifa_flags & IFF_LOOPBACK) != 0)
            continue;
        const auto family = entry->ifa_addr->sa_family;
        if (family == AF_INET || family == AF_INET6) other = true;
    }
    ::freeifaddrs(list);
    return !other;
}

bool is_loopback_host(std::string_view host) {
    return host == "localhost" || host.ends_with(".localhost") || host.starts_with("127.") || host == "[::1]";
}

bool executable(const std::string& path) {
    std::error_code error;
    return ::access(path.c_str(), X_OK) == 0 && !fs::is_directory(path, error);
}

std::string in_path(const std::string& name) {
    const char* path = ::getenv("PATH");
    std::string_view rest = path ? path : "/usr/local/bin:/usr/bin:/bin";
    while (!rest.empty()) {
        const auto end = rest.find(':');
        const auto candidate = std::string(rest.substr(0, end)) + '/' + name;
        if (executable(candidate)) return candidate;
        if (end == std::string_view::npos) break;
        rest.remove_prefix(end + 1);
    }
    return {};
}

// ---- Descriptors
// ---------------------------------------------------------------------------------------------

struct Pipe {
    int read = -1, write = -1;
    ~Pipe() {
        if (read >= 0) ::close(read);
        if (write >= 0) ::close(write);
    }
    /// Both ends above 9, out of the way of what the child expects on 0 to 4.
    bool open() {
        std::array<int, 2> ends{};
        if (::pipe2(ends.data(), O_CLOEXEC) != 0) return false;
        read = ::fcntl(ends[0], F_DUPFD_CLOEXEC, 10);
        write = ::fcntl(ends[1], F_DUPFD_CLOEXEC, 10);
        ::close(ends[0]);
        ::close(ends[1]);
        return read >= 0 && write >= 0;
    }
    int take_read() { return std::exchange(read, -1); }
    int take_write() { return std::exchange(write, -1); }
};

/// Between fork and exec: only calls that are safe there. Never returns.
[[noreturn]] void become(char* const* arguments, const Pipe& commands, const Pipe& replies,
                         const Pipe& errors, pid_t parent, const ChromiumSettings& settings) {
    ::setpgid(0, 0);
    // Before the wish below: the rights that a user namespace gives would take it back.
    if (settings.user_namespace >= 0 && ::setns(settings.user_namespace, CLONE_NEWUSER) != 0) ::_exit(127);
    if (settings.network_namespace >= 0 && ::setns(settings.network_namespace, CLONE_NEWNET) != 0)
        ::_exit(127);
    // Reaches only this process, but its children end with it.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGPIPE, SIG_DFL);
    const int null = ::open("/dev/null", O_RDWR);
    ::dup2(null, 0);
    ::dup2(null, 1);
    ::dup2(errors.write, 2);
    ::dup2(commands.read, 3);
    ::dup2(replies.write, 4);
    ::close_range(5, ~0u, 0);  // nothing else of ours is the browser's business
    ::execv(arguments[0], arguments);
    ::_exit(127);
}

/// Standard error without what every Chromium says on a machine without a desktop.
std::string without_noise(std::string_view text) {
    std::string kept;
    while (!text.empty()) {
        const auto line = text.substr(0, std::min(text.find('\n'), text.size()));
        if (line.find("ERROR:dbus/") == std::string_view::npos) kept.append(line).append("\n");
        text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
    while (kept.ends_with('\n'))
        kept.pop_back();
    return kept;
}

}  // namespace

void throw_exception_from_error(const LaunchError& error, const boost::source_location& where) {
    boost::throw_exception(std::runtime_error(error.message), where);
}

boost::system::result<std::string, LaunchError> find_chromium(const std::string& wanted) {
    using Found = boost::system::result<std::string, LaunchError>;
    constexpr auto value = boost::system::in_place_value;  // a string makes an error, too
    if (wanted.find('/') != std::string::npos) {
        if (executable(wanted)) return Found(value, wanted);
        return LaunchError{"there is no browser at " + wanted + ": --chromium must name a program"};
    }
    if (!wanted.empty()) {
        if (auto found = in_path(wanted); !found.empty()) return Found(value, std::move(found));
        return LaunchError{"no program '" + wanted + "' in PATH: --chromium must name a browser"};
    }
    for (const char* name : {"chromium", "chromium-browser", "google-chrome-stable", "google-chrome"})
        if (auto found = in_path(name); !found.empty()) return Found(value, std::move(found));
    return LaunchError{"no Chromium found: install the package 'chromium' or name it with --chromium"};
}

std::vector<std::string> chromium_switches(const ChromiumSettings& settings, bool as_root,
                                           bool only_loopback) {
    std::vector<std::string> all{
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--no-default-browser-check",
        "--disable-background-networking",
        "--disable-breakpad",
        "--disable-component-update",
        "--disable-default-apps",
        "--disable-sync",
        "--disable-dev-shm-usage",
        // Background tabs must run like the one in front: each is a probe.
        "--disable-background-timer-throttling",
        "--disable-backgrounding-occluded-windows",
        "--disable-renderer-backgrounding",
        // All frames of a page in one process, so that a script reaches each of them.
        "--disable-site-isolation-trials",
        "--password-store=basic",
        "--use-mock-keychain",
        "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream=fps=30",
    };
    if (!settings.headed) all.emplace_back("--headless");
    if (settings.extensions) all.emplace_back("--enable-unsafe-extension-debugging");
    if (as_root) all.emplace_back("--no-sandbox");
    if (only_loopback) all.emplace_back("--allow-loopback-in-peer-connection");
    if (!settings.video_file.empty())
        all.push_back("--use-file-for-fake-video-capture=" + settings.video_file);
    if (!settings.audio_file.empty())
        all.push_back("--use-file-for-fake-audio-capture=" + settings.audio_file);
    if (const auto url = boost::urls::parse_uri(settings.service_url);
        url && url->scheme() == "http" && !is_loopback_host(std::string(url->encoded_host())))
        all.push_back("--unsafely-treat-insecure-origin-as-secure=http://" +
                      std::string(url->encoded_host_and_port()));
    for (const auto& more : settings.switches)
        all.push_back("--" + more);
    return all;
}

void remove_stale_profiles(const std::string& directory) {
    std::error_code error;
    const auto ours = process_namespace();
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        const auto name = entry->path().filename().string();
        if (!name.starts_with(kProfilePrefix)) continue;
        std::vector<std::string> parts;
        for (std::size_t at = kProfilePrefix.size(), dash = 0; at <= name.size(); at = dash + 1) {
            dash = std::min(name.find('-', at), name.size());
            parts.push_back(name.substr(at, dash - at));
        }
        if (parts.size() != 4 || parts[0] != ours) continue;
        struct stat info {};
        if (::lstat(entry->path().c_str(), &info) != 0 || !S_ISDIR(info.st_mode) ||
            info.st_uid != ::geteuid())
            continue;
        if (start_time(parts[1]) != parts[2]) remove_profile(entry->path().string());
    }
}

// ---- The process
// ---------------------------------------------------------------------------------------------

struct Chromium::Process {
    explicit Process(const asio::any_io_executor& on) : executor(on) {}
    ~Process() {
        end();
        if (!profile.empty()) remove_profile(profile);
        remove_socket(socket);
    }
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    /// @return "" when it was started
    std::string start(const ChromiumSettings& settings);
    bool reap() {
        if (pid > 0 && !exited && ::waitpid(pid, &status, WNOHANG) == pid) exited = true;
        return exited;
    }
    void end();
    void read_errors();

    asio::any_io_executor executor;
    std::string profile;
    fs::path socket;  ///< its folder; kept, because a browser that is ended while it ends names it no more
    pid_t pid = -1;
    bool exited = false;
    int status = 0;
    std::unique_ptr<DevTools> devtools;
    std::string version;
    /// Outlives the process object while a read is under way.
    struct Errors {
        explicit Errors(const asio::any_io_executor& on) : pipe(on) {}
        asio::posix::stream_descriptor pipe;
        std::array<char, 4096> chunk{};
        std::string text;
    };
    std::shared_ptr<Errors> errors;
};

std::string Chromium::Process::start(const ChromiumSettings& settings) {
    const auto directory = temporary_directory();
    remove_stale_profiles(directory);
    profile = make_profile(directory);
    if (profile.empty())
        return "no browser profile can be made in " + directory + ": " + std::strerror(errno);
    Pipe commands, replies, stderr_pipe;
    if (!commands.open() || !replies.open() || !stderr_pipe.open())
        return std::string("no pipe to the browser can be made: ") + std::strerror(errno);

    const bool only_loopback = settings.network_namespace < 0 && only_loopback_addresses();
    auto switches = chromium_switches(settings, ::geteuid() == 0, only_loopback);
    switches.insert(switches.begin(), settings.path);
    switches.push_back("--user-data-dir=" + profile);
    switches.emplace_back("--remote-debugging-pipe");
    switches.emplace_back("about:blank");
    std::vector<char*> arguments;
    for (auto& text : switches)
        arguments.push_back(text.data());
    arguments.push_back(nullptr);

    const pid_t parent = ::getpid();
    pid = ::fork();
    if (pid == 0) become(arguments.data(), commands, replies, stderr_pipe, parent, settings);
    if (pid < 0) return std::string("the browser cannot be started: ") + std::strerror(errno);
    ::setpgid(pid, pid);  // whoever is first, this or the child's own call
    devtools = std::make_unique<DevTools>(executor, commands.take_write(), replies.take_read());
    errors = std::make_shared<Errors>(executor);
    errors->pipe.assign(stderr_pipe.take_read());
    read_errors();
    return {};
}

void Chromium::Process::read_errors() {
    struct Loop {
        static void next(const std::shared_ptr<Errors>& errors) {
            errors->pipe.async_read_some(asio::buffer(errors->chunk),
                                         [errors](boost::system::error_code error, std::size_t size) {
                                             if (error) return;
                                             errors->text.append(errors->chunk.data(), size);
                                             if (errors->text.size() > 2 * kMaxStderr)
                                                 errors->text.erase(0, errors->text.size() - kMaxStderr);
                                             next(errors);
                                         });
        }
    };
    Loop::next(errors);
}

void Chromium::Process::end() {
    devtools.reset();
    if (errors) {
        boost::system::error_code ignored;
        errors->pipe.close(ignored);
    }
    if (pid <= 0) return;
    ::kill(-pid, SIGKILL);
    // A killed process is gone within milliseconds; the bound is for a machine that hangs.
    for (int attempt = 0; attempt < 500 && !reap(); ++attempt)
        std::this_thread::sleep_for(std::chrono::milliseconds(attempt < 20 ? 1 : 10));
}

Chromium::Chromium(std::unique_ptr<Process> process) : process_(std::move(process)) {}
Chromium::~Chromium() = default;

asio::awaitable<boost::system::result<std::unique_ptr<Chromium>, LaunchError>> Chromium::launch(
    ChromiumSettings settings, net::Deadline deadline) {
    const auto executor = co_await asio::this_coro::executor;
    auto browser = std::unique_ptr<Chromium>(new Chromium(std::make_unique<Process>(executor)));
    auto& process = *browser->process_;
    if (const auto error = process.start(settings); !error.empty()) co_return LaunchError{error};
    boost::json::object none;
    auto answer =
        co_await process.devtools->call(std::string(), "Browser.getVersion", std::move(none), deadline);
    if (answer.has_error())
        co_return LaunchError{settings.path + " did not start: " + answer.error().message +
                              browser->diagnosis()};
    if (const auto* product = answer->if_contains("product"); product && product->is_string())
        process.version = std::string(product->get_string());
    process.socket = socket_folder(process.profile);
    co_return std::move(browser);
}

DevTools& Chromium::devtools() noexcept {
    return *process_->devtools;
}
pid_t Chromium::process() const noexcept {
    return process_->pid;
}
const std::string& Chromium::profile() const noexcept {
    return process_->profile;
}
const std::string& Chromium::version() const noexcept {
    return process_->version;
}

std::string Chromium::diagnosis() {
    auto& process = *process_;
    // The pipe closes a moment before the process can be reaped.
    for (int attempt = 0; attempt < 50 && process.devtools && process.devtools->closed() && !process.reap();
         ++attempt)
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::string text;
    if (process.reap()) {
        if (WIFSIGNALED(process.status))
            text += std::string("; it was killed by signal ") + std::to_string(WTERMSIG(process.status)) +
                    " (" + ::strsignal(WTERMSIG(process.status)) + ")";
        else
            text += "; it exited with status " + std::to_string(WEXITSTATUS(process.status));
    }
    const auto said = process.errors ? without_noise(process.errors->text) : std::string{};
    if (said.empty()) return text;
    std::string_view tail = said;
    if (tail.size() > 1000) tail.remove_prefix(tail.size() - 1000);
    text += "; its last words: ";
    text += tail;
    return text;
}

asio::awaitable<void> Chromium::close() {
    auto& process = *process_;
    if (!process.devtools || process.devtools->closed()) co_return;
    const auto deadline = net::Deadline::after(std::chrono::seconds(4));
    boost::json::object none;
    co_await process.devtools->call(std::string(), "Browser.close", std::move(none), deadline);
    asio::steady_timer timer(process.executor);
    while (!process.reap() && !deadline.expired()) {
        boost::system::error_code error;
        timer.expires_after(std::chrono::milliseconds(5));
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
    }
    // Some hundred files: not on this thread, which other runs share.
    const auto removed = std::make_shared<std::atomic<bool>>(false);
    ::kill(-process.pid, SIGKILL);
    std::thread([removed, profile = process.profile] {
        remove_profile(profile);
        *removed = true;
    }).detach();
    while (!*removed && !deadline.expired()) {
        boost::system::error_code error;
        timer.expires_after(std::chrono::milliseconds(5));
        co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
    }
    if (*removed) process.profile.clear();
}

}  // namespace ringback::harness
