// One Chromium process: started with a fresh profile, driven through a pipe, and gone without a trace.
#pragma once

#include "harness/webrtc/devtools.hpp"
#include "net/deadline.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::harness {

/// Why there is no browser, in one sentence with what to do about it.
struct LaunchError {
    std::string message;
};
[[noreturn]] void throw_exception_from_error(const LaunchError& error, const boost::source_location& where);

struct ChromiumSettings {
    std::string path;                   ///< of the program, as find_chromium() gave it
    std::string video_file;             ///< y4m or mjpeg for the camera; "": the browser's own test picture
    std::string audio_file;             ///< wav for the microphone; "": the browser's own beep
    std::string service_url;            ///< its origin may use camera and microphone though it is plain http
    std::vector<std::string> switches;  ///< more of them, without "--"
    bool headed = false;                ///< show its window, on the display of $DISPLAY
    bool extensions = false;            ///< some will be loaded
    int user_namespace = -1;            ///< descriptor of one to join first; -1: none
    int network_namespace = -1;         ///< descriptor of the one to live in; -1: ringback's own
};

/// @param wanted path or name; "": Chromium or Chrome from PATH
[[nodiscard]] boost::system::result<std::string, LaunchError> find_chromium(const std::string& wanted);

/// The command line, without the profile and the pipe. Pure: for tests and for people who ask.
/// @param as_root Chromium's sandbox does not work for root
/// @param only_loopback the machine has no other address: peers must then be allowed to meet there
[[nodiscard]] std::vector<std::string> chromium_switches(const ChromiumSettings& settings, bool as_root,
                                                         bool only_loopback);

/// Removes profiles whose ringback died without doing so. Called before each launch.
/// @param directory where profiles lie: the temporary directory
void remove_stale_profiles(const std::string& directory);

class Chromium {
  public:
    /// Ready to be driven when it returns.
    static boost::asio::awaitable<boost::system::result<std::unique_ptr<Chromium>, LaunchError>> launch(
        ChromiumSettings settings, net::Deadline deadline);
    /// Kills the whole process group and removes the profile.
    ~Chromium();
    Chromium(const Chromium&) = delete;
    Chromium& operator=(const Chromium&) = delete;

    [[nodiscard]] DevTools& devtools() noexcept;
    [[nodiscard]] pid_t process() const noexcept;
    /// Its directory, gone when it is: whatever it needs for its life may be put there.
    [[nodiscard]] const std::string& profile() const noexcept;
    /// "Chromium/156.0.8078.79"
    [[nodiscard]] const std::string& version() const noexcept;
    /// What is known of its end: exit status or signal, and the last lines it wrote.
    [[nodiscard]] std::string diagnosis();
    /// Asks it to end; the destructor then finds nothing left to kill. Bounded to 4 seconds.
    boost::asio::awaitable<void> close();

  private:
    struct Process;
    explicit Chromium(std::unique_ptr<Process> process);
    std::unique_ptr<Process> process_;
};

}  // namespace ringback::harness
