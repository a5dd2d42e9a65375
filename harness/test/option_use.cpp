#include "harness/test/option_use.hpp"

#include <cstdlib>
#include <filesystem>

namespace ringback::harness {

namespace fs = std::filesystem;

namespace {

bool is_url(const std::string& location) {
    return location.starts_with("http://") || location.starts_with("https://");
}

/// A path that is relative to the directory of `file`, made absolute.
std::string beside(const std::string& file, const std::string& path) {
    std::error_code error;
    return fs::absolute(fs::path(file).parent_path() / path, error).lexically_normal().string();
}

std::optional<std::string> refused_extension(const std::string& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) {
        if (fs::is_regular_file(fs::path(path) / "manifest.json", error)) return std::nullopt;
        return "#extension: there is no manifest.json in " + path;
    }
    if (!fs::is_regular_file(path, error)) return "#extension: there is no " + path;
    for (const auto* ending : {".zip", ".tar.gz", ".tgz"})
        if (path.ends_with(ending)) return std::nullopt;
    return "#extension: " + path + " is neither a directory nor a .zip or .tar.gz file";
}

}  // namespace

std::string extension_location(const Test& test, const std::string& written) {
    return is_url(written) ? written : beside(test.file, written);
}

void resolve_tls_files(RunOptions& options, const std::string& file) {
    for (auto& target : options.webhooks)
        for (auto* path : {&target.tls.ca, &target.tls.certificate, &target.tls.key})
            if (!path->empty()) *path = beside(file, *path);
}

std::optional<std::string> refused_option(const Test& test, const RunOptions& options) {
    if (!std::holds_alternative<WebrtcTest>(test.body)) return std::nullopt;
    if (const char* display = std::getenv("DISPLAY"); options.vnc && (!display || !*display))
        return "#vnc shows the browser's window, and there is no display here (DISPLAY is not set)";
    for (const auto& written : options.extensions) {
        const auto location = extension_location(test, written);
        if (is_url(location)) continue;
        if (auto refused = refused_extension(location)) return refused;
    }
    return std::nullopt;
}

std::vector<std::string> idle_options(const Test& test, const RunOptions& options) {
    std::vector<std::string> idle;
    if (!std::holds_alternative<EndpointTest>(test.body)) return idle;
    const auto note = [&](bool given, const char* name) {
        if (given) idle.emplace_back(name);
    };
    note(options.session.has_value(), "#session");
    note(options.probes.has_value(), "#probes");
    note(options.random, "#random");
    note(options.getstats_frequency.has_value(), "#getstats-frequency");
    note(options.getstats, "#getstats");
    note(!options.chrome_cli.empty(), "#chrome-cli");
    note(!options.extensions.empty(), "#extension");
    note(options.vnc, "#vnc");
    return idle;
}

std::vector<std::string> cautions(const Test& test, const RunOptions& options, bool artifacts) {
    auto all = test.remarks;
    const auto idle = idle_options(test, options);
    std::string names;
    for (const auto& name : idle)
        names += (names.empty() ? "" : ", ") + name;
    if (!idle.empty())
        all.push_back(names + (idle.size() == 1 ? " has" : " have") +
                      " no meaning in an endpoint test, which has no browsers");
    if (options.getstats && !artifacts && std::holds_alternative<WebrtcTest>(test.body))
        all.emplace_back("#getstats keeps nothing: no directory for artifacts is given");
    return all;
}

}  // namespace ringback::harness
