#include "harness/webrtc/extension.hpp"

#include "harness/webrtc/webrtc_engine.hpp"

#include <boost/test/unit_test.hpp>

#include <archive.h>
#include <archive_entry.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace ringback::harness;
namespace fs = std::filesystem;

namespace {

struct Folder {
    fs::path path = fs::temp_directory_path() / ("ringback-extension-test-" + std::to_string(::getpid()));
    Folder() { fs::create_directories(path); }
    ~Folder() { fs::remove_all(path); }
};

using Files = std::vector<std::pair<std::string, std::string>>;

std::string packed(bool zip, const Files& files) {
    std::string bytes(1 << 20, '\0');
    std::size_t used = 0;
    auto* out = archive_write_new();
    zip ? archive_write_set_format_zip(out) : archive_write_set_format_ustar(out);
    if (!zip) archive_write_add_filter_gzip(out);
    archive_write_open_memory(out, bytes.data(), bytes.size(), &used);
    for (const auto& [name, text] : files) {
        auto* entry = archive_entry_new();
        archive_entry_set_pathname(entry, name.c_str());
        archive_entry_set_perm(entry, 0644);
        if (text.starts_with("-> ")) {
            archive_entry_set_filetype(entry, AE_IFLNK);
            archive_entry_set_symlink(entry, text.c_str() + 3);
            archive_entry_set_size(entry, 0);
            archive_write_header(out, entry);
        } else {
            archive_entry_set_filetype(entry, AE_IFREG);
            archive_entry_set_size(entry, static_cast<la_int64_t>(text.size()));
            archive_write_header(out, entry);
            archive_write_data(out, text.data(), text.size());
        }
        archive_entry_free(entry);
    }
    archive_write_close(out);
    archive_write_free(out);
    bytes.resize(used);
    return bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(extension)

BOOST_AUTO_TEST_CASE(archives_are_unpacked_where_they_may) {
    const Folder folder;
    struct Row {
        const char* name;
        Files files;
        std::string directory, error;
    };
    const Row rows[] = {
        {"at the top", {{"manifest.json", "{}"}, {"js/a.js", "1"}}, "", ""},
        {"in a folder", {{"ext-1.2/manifest.json", "{}"}, {"ext-1.2/a.js", "1"}}, "/ext-1.2", ""},
        {"no manifest", {{"a.js", "1"}}, "", "there is no manifest.json in it"},
        {"upwards",
         {{"manifest.json", "{}"}, {"../evil", "1"}},
         "",
         "it holds a file that would lie outside of it"},
        {"absolute", {{"/tmp/ringback-evil", "1"}}, "", "it holds a file that would lie outside of it"},
        {"a link", {{"manifest.json", "{}"}, {"etc", "-> /etc"}}, "", ""},
    };
    int number = 0;
    for (const bool zip : {true, false})
        for (const auto& row : rows)
            BOOST_TEST_CONTEXT(row.name << (zip ? " (zip)" : " (tar.gz)")) {
                const auto to = (folder.path / std::to_string(++number)).string();
                const auto unpacked = unpack_extension(packed(zip, row.files), to);
                BOOST_CHECK_EQUAL(unpacked.error, row.error);
                BOOST_CHECK_EQUAL(unpacked.directory, row.error.empty() ? to + row.directory : "");
                if (row.error.empty())
                    BOOST_CHECK(fs::is_regular_file(unpacked.directory + "/manifest.json"));
                BOOST_CHECK(!fs::exists(fs::path(to) / "etc"));
            }
    BOOST_CHECK(!fs::exists(folder.path / "evil"));
    BOOST_CHECK_EQUAL(unpack_extension("hello", (folder.path / "text").string()).error,
                      "it is neither a zip nor a tar.gz archive");
    auto cut = packed(false, {{"manifest.json", std::string(300'000, 'x')}});
    cut.resize(cut.size() / 2);
    BOOST_CHECK_EQUAL(unpack_extension(cut, (folder.path / "cut").string()).error, "the archive is damaged");
}

BOOST_AUTO_TEST_CASE(probes_start_one_after_the_other) {
    using std::chrono::milliseconds;
    BOOST_CHECK(start_delay(0, 1) == milliseconds(0));
    BOOST_CHECK(start_delay(1, 2) == milliseconds(50));
    BOOST_CHECK(start_delay(15, 16) == milliseconds(750));
    BOOST_CHECK(start_delay(9'999, 10'000) <= milliseconds(30'000));
    BOOST_CHECK(start_delay(9'999, 10'000) > milliseconds(20'000));
}

BOOST_AUTO_TEST_SUITE_END()
