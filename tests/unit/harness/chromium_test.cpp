#include "harness/webrtc/chromium.hpp"

#include <boost/test/unit_test.hpp>

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

using namespace ringback::harness;
namespace fs = std::filesystem;

namespace {

bool has(const std::vector<std::string>& switches, std::string_view wanted) {
    return std::find(switches.begin(), switches.end(), wanted) != switches.end();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(chromium)

BOOST_AUTO_TEST_CASE(switches_follow_from_the_settings) {
    ChromiumSettings settings;
    settings.video_file = "/a/face.y4m";
    settings.audio_file = "/a/voice.wav";
    settings.service_url = "http://meet.example:8080/x?y";
    settings.switches = {"force-fieldtrials=A/B/"};
    const auto all = chromium_switches(settings, true, true);
    for (const char* wanted :
         {"--headless", "--no-sandbox", "--allow-loopback-in-peer-connection",
          "--use-file-for-fake-video-capture=/a/face.y4m", "--use-file-for-fake-audio-capture=/a/voice.wav",
          "--force-fieldtrials=A/B/", "--unsafely-treat-insecure-origin-as-secure=http://meet.example:8080"})
        BOOST_CHECK_MESSAGE(has(all, wanted), wanted);

    BOOST_CHECK(!has(all, "--enable-unsafe-extension-debugging"));
    settings.headed = settings.extensions = true;
    const auto shown = chromium_switches(settings, true, true);
    BOOST_CHECK(!has(shown, "--headless"));
    BOOST_CHECK(has(shown, "--enable-unsafe-extension-debugging"));

    struct Row {
        const char* url;
        bool marked;
    };
    // Secure anyway, or local: nothing to allow.
    for (const auto& row : {Row{"https://meet.example", false}, Row{"http://127.0.0.1:80", false},
                            Row{"http://localhost:1", false}, Row{"http://[::1]:8", false}, Row{"", false},
                            Row{"http://10.0.0.1", true}}) {
        ChromiumSettings plain;
        plain.service_url = row.url;
        const auto made = chromium_switches(plain, false, false);
        BOOST_CHECK(!has(made, "--no-sandbox"));
        BOOST_CHECK(!has(made, "--allow-loopback-in-peer-connection"));
        const bool marked = std::any_of(made.begin(), made.end(), [](const std::string& s) {
            return s.starts_with("--unsafely-treat-insecure-origin-as-secure=");
        });
        BOOST_CHECK_MESSAGE(marked == row.marked, row.url);
    }
}

BOOST_AUTO_TEST_CASE(a_missing_browser_is_told_with_what_to_do) {
    BOOST_CHECK_EQUAL(find_chromium("/nowhere/chromium").error().message,
                      "there is no browser at /nowhere/chromium: --chromium must name a program");
    BOOST_CHECK_EQUAL(find_chromium("no-such-browser").error().message,
                      "no program 'no-such-browser' in PATH: --chromium must name a browser");
}

BOOST_AUTO_TEST_CASE(profiles_of_the_dead_are_removed_and_no_others) {
    const auto directory = fs::temp_directory_path() / ("ringback-profiles-" + std::to_string(::getpid()));
    fs::create_directories(directory);
    struct stat info {};
    BOOST_REQUIRE_EQUAL(::stat("/proc/self/ns/pid", &info), 0);
    const auto here = "ringback-chromium-" + std::to_string(info.st_ino) + "-";
    // A process 1 exists everywhere, but it did not start at tick 1 and a bit.
    const std::vector<std::string> dead{here + "1-123456789012-1", here + "4194305-77-1"};
    const std::vector<std::string> others{"ringback-chromium-1-1-1-1", "ringback-chromium-abc", "something"};
    for (const auto& name : dead)
        fs::create_directories(directory / name / "Default");
    for (const auto& name : others)
        fs::create_directories(directory / name);
    // Where a killed browser's socket lies, only its profile tells; a link may lead anywhere.
    const auto socket = directory / "org.chromium.Chromium.aBcDeF", elsewhere = directory / "mine";
    fs::create_directories(socket);
    fs::create_directories(elsewhere);
    fs::create_symlink(socket / "SingletonSocket", directory / dead[0] / "SingletonSocket");
    fs::create_symlink(elsewhere / "SingletonSocket", directory / dead[1] / "SingletonSocket");
    remove_stale_profiles(directory.string());
    BOOST_CHECK(!fs::exists(socket));
    BOOST_CHECK(fs::exists(elsewhere));
    for (const auto& name : dead)
        BOOST_CHECK_MESSAGE(!fs::exists(directory / name), name);
    for (const auto& name : others)
        BOOST_CHECK_MESSAGE(fs::exists(directory / name), name);
    fs::remove_all(directory);
}

BOOST_AUTO_TEST_SUITE_END()
