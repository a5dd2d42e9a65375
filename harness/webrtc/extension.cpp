#include "harness/webrtc/extension.hpp"

#include "net/http_client.hpp"

#include <boost/asio/this_coro.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include <archive.h>
#include <archive_entry.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>

namespace ringback::harness {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kMaxArchive = std::uint64_t{64} << 20;
constexpr std::uint64_t kMaxUnpacked = std::uint64_t{256} << 20;
constexpr unsigned kMaxFiles = 20'000, kMaxRedirects = 5;

struct Download {
    std::string body, error;
};

asio::awaitable<Download> download(std::string url, net::Deadline deadline) {
    const auto executor = co_await asio::this_coro::executor;
    net::HttpClient client(executor);
    Download result;
    const auto asked = url;
    for (unsigned hop = 0; hop <= kMaxRedirects; ++hop) {
        net::HttpRequest request;
        request.url = url;
        net::ExchangeOptions options;
        options.deadline = deadline;
        options.max_body = options.keep_body = kMaxArchive;
        auto exchange = co_await client.send(std::move(request), std::move(options));
        if (!exchange.ok()) {
            result.error = asked + ": " + exchange.error_detail;
            co_return result;
        }
        auto& response = *exchange.response;
        const auto location = response.headers.get("Location");
        if (response.status < 300 || response.status > 399 || !location) {
            if (response.status == 200)
                result.body = std::move(response.body);
            else
                result.error = asked + " answered " + std::to_string(response.status);
            co_return result;
        }
        const auto base = boost::urls::parse_uri(url);
        const auto next = boost::urls::parse_uri_reference(*location);
        boost::urls::url whole;
        if (!base || !next || boost::urls::resolve(*base, *next, whole).has_error()) {
            result.error = asked + " leads to an address that is none";
            co_return result;
        }
        url = std::string(whole.buffer());
    }
    result.error = asked + " is redirected more than five times";
    co_return result;
}

struct ArchiveCloser {
    void operator()(archive* opened) const { archive_read_free(opened); }
};
using Archive = std::unique_ptr<archive, ArchiveCloser>;

/// Whether a path inside an archive stays inside.
bool stays_inside(const fs::path& path) {
    if (path.empty() || path.is_absolute()) return false;
    for (const auto& part : path)
        if (part == "..") return false;
    return true;
}

std::string write_entry(archive* from, const fs::path& to, std::uint64_t& room) {
    std::error_code error;
    fs::create_directories(to.parent_path(), error);
    std::ofstream file(to, std::ios::binary | std::ios::trunc);
    std::array<char, 65536> chunk{};
    for (;;) {
        const auto size = archive_read_data(from, chunk.data(), chunk.size());
        if (size < 0) return "the archive is damaged";
        if (size == 0) break;
        if (static_cast<std::uint64_t>(size) > room) return "it is larger than 256 MiB when unpacked";
        room -= static_cast<std::uint64_t>(size);
        file.write(chunk.data(), size);
    }
    file.close();
    return file.good() ? std::string{} : "cannot write " + to.string();
}

std::string unpack_all(const std::string& bytes, const fs::path& directory) {
    const Archive opened(archive_read_new());
    archive_read_support_format_zip(opened.get());
    archive_read_support_format_tar(opened.get());
    archive_read_support_filter_gzip(opened.get());
    if (archive_read_open_memory(opened.get(), bytes.data(), bytes.size()) != ARCHIVE_OK)
        return "it is neither a zip nor a tar.gz archive";
    std::uint64_t room = kMaxUnpacked;
    archive_entry* entry = nullptr;
    for (unsigned files = 0;;) {
        const int next = archive_read_next_header(opened.get(), &entry);
        if (next == ARCHIVE_EOF) return {};
        if (next != ARCHIVE_OK && next != ARCHIVE_WARN) return "the archive is damaged";
        if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry)) continue;
        const char* name = archive_entry_pathname(entry);
        const fs::path path(name ? name : "");
        if (!stays_inside(path)) return "it holds a file that would lie outside of it";
        if (++files > kMaxFiles) return "it holds more than 20,000 files";
        if (auto failed = write_entry(opened.get(), directory / path, room); !failed.empty()) return failed;
    }
}

/// Where manifest.json lies: at the top, or in the only folder there.
std::string root_of(const fs::path& directory) {
    std::error_code error;
    if (fs::is_regular_file(directory / "manifest.json", error)) return directory.string();
    fs::path only;
    for (fs::directory_iterator entry(directory, error), end; !error && entry != end;
         entry.increment(error)) {
        if (!only.empty()) return {};
        only = entry->path();
    }
    return !only.empty() && fs::is_regular_file(only / "manifest.json", error) ? only.string()
                                                                               : std::string{};
}

}  // namespace

asio::awaitable<FetchedExtensions> fetch_extensions(std::vector<std::string> locations,
                                                    net::Deadline deadline) {
    FetchedExtensions fetched;
    for (const auto& location : locations) {
        Extension extension;
        extension.location = location;
        std::error_code error;
        if (location.starts_with("http://") || location.starts_with("https://")) {
            auto loaded = co_await download(location, deadline);
            fetched.error = std::move(loaded.error);
            extension.archive = std::move(loaded.body);
        } else if (fs::is_directory(location, error)) {
            extension.directory = location;
        } else if (fs::file_size(location, error) > kMaxArchive || error) {
            fetched.error = location + (error ? " cannot be read" : " is larger than 64 MiB");
        } else {
            std::ifstream file(location, std::ios::binary);
            extension.archive.assign(std::istreambuf_iterator<char>(file), {});
        }
        if (!fetched.error.empty()) {
            fetched.error.insert(0, "#extension: ");
            break;
        }
        fetched.extensions.push_back(std::move(extension));
    }
    co_return fetched;
}

asio::awaitable<std::string> load_extensions(Chromium& browser, const std::vector<Extension>& extensions,
                                             net::Deadline deadline) {
    unsigned number = 0;
    for (const auto& extension : extensions) {
        const auto what = "#extension " + extension.location + ": ";
        UnpackedExtension unpacked{extension.directory, {}};
        if (extension.directory.empty()) {
            const auto folder = browser.profile() + "/ringback-extension-" + std::to_string(++number);
            unpacked = unpack_extension(extension.archive, folder);
        }
        if (!unpacked.error.empty()) co_return what + unpacked.error;
        boost::json::object params;
        params["path"] = unpacked.directory;
        params["enableInIncognito"] = true;  // a probe's context counts as such
        auto loaded = co_await browser.devtools().call(std::string(), "Extensions.loadUnpacked",
                                                       std::move(params), deadline);
        if (loaded.has_error()) co_return what + "the browser did not load it: " + loaded.error().message;
    }
    co_return std::string();
}

UnpackedExtension unpack_extension(const std::string& archive, const std::string& directory) {
    UnpackedExtension unpacked;
    std::error_code error;
    fs::create_directories(directory, error);
    unpacked.error = error ? "cannot make " + directory : unpack_all(archive, directory);
    if (!unpacked.error.empty()) return unpacked;
    unpacked.directory = root_of(directory);
    if (unpacked.directory.empty()) unpacked.error = "there is no manifest.json in it";
    return unpacked;
}

}  // namespace ringback::harness
