// `ringback import`: testRTC exports become test files, each a YAML file with its script beside it.
#include "harness/test/load.hpp"
#include "harness/test/media_source.hpp"
#include "harness/test/option_use.hpp"
#include "harness/test/yaml_writer.hpp"
#include "run-options/redaction.hpp"
#include "tools/ringback/command_line.hpp"

#include <boost/program_options.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <set>

namespace ringback {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

/// One test and the files it becomes.
struct Import {
    std::string source;
    harness::Test test;
    std::string yaml, script;  ///< paths
    bool secret = false;       ///< its webhook holds one: the file is for its owner's eyes
};

int usage(const std::string& message) {
    std::fprintf(stderr, "ringback import: %s\nringback import --help lists the options.\n", message.c_str());
    return kUsage;
}

void tell(const std::string& source, const char* what, const std::string& sentence) {
    std::fprintf(stderr, "%s: %s%s\n", source.c_str(), what, sentence.c_str());
}

/// "Two people, in a room!" is "two-people-in-a-room".
std::string file_name(const std::string& name) {
    constexpr std::size_t most = 60;
    std::string out;
    for (const char c : name) {
        const bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (letter)
            out += c;
        else if (c >= 'A' && c <= 'Z')
            out += static_cast<char>(c - 'A' + 'a');
        else if (!out.empty() && out.back() != '-')
            out += '-';
        if (out.size() == most) break;
    }
    while (!out.empty() && out.back() == '-')
        out.pop_back();
    return out.empty() ? "test" : out;
}

/// What a webhook holds that should not lie about, for people; "" when nothing.
std::string secret_in(const WebhookTarget& target) {
    if (target.secret && !target.secret->literal.empty()) return "a signing secret (write env:NAME)";
    if (target.basic && !target.basic->password.literal.empty()) return "a password (write env:NAME)";
    for (const auto& [name, value] : target.headers)
        if (is_secret_header(name)) return "the header " + ringback::quoted(name);
    if (redacted_url(target.url) != target.url) return "a URL that looks like a secret";
    return {};
}

/// Media files lie beside the export: from the new place they are named anew.
void move_media(harness::Test& test, const std::string& directory) {
    for (auto& profile : std::get<harness::WebrtcTest>(test.body).profiles) {
        const auto media = harness::parse_media(profile.media, harness::folder_of(test.file));
        if (!media || media->kind != harness::MediaSource::Kind::files) continue;
        std::string names;
        for (const auto* file : {&media->video, &media->audio, &media->film}) {
            if (file->empty()) continue;
            std::error_code error;
            auto name = fs::relative(*file, directory, error).string();
            if (error || name.empty()) name = *file;
            if (media->once && file != &media->video) name += "%noloop";
            names += (names.empty() ? "" : ",") + name;
        }
        profile.media = names;
    }
}

/// Everything is read before anything is written.
std::optional<std::vector<Import>> read_exports(const std::vector<std::string>& paths,
                                                const std::string& directory) {
    std::vector<Import> imports;
    std::set<std::string> taken;
    bool well = true;
    for (const auto& path : paths) {
        auto tests = harness::load_exports(path);
        if (!tests) {
            std::fprintf(stderr, "%s\n", render(tests.error(), color_on(STDERR_FILENO)).c_str());
            well = false;
            continue;
        }
        for (auto& test : *tests) {
            auto name = file_name(test.name);
            for (int copy = 2; !taken.insert(name).second; ++copy)
                name = file_name(test.name) + "-" + std::to_string(copy);
            const auto base = (fs::path(directory) / name).string();
            imports.push_back({path, std::move(test), base + ".yaml", base + ".js"});
        }
    }
    if (!well) return std::nullopt;
    return imports;
}

bool refuse_existing(const std::vector<Import>& imports) {
    bool found = false;
    for (const auto& import : imports)
        for (const auto* path : {&import.yaml, &import.script}) {
            std::error_code error;
            if (!fs::exists(*path, error)) continue;
            tell(*path, "", "this file exists already; --force replaces it");
            found = true;
        }
    return found;
}

/// @return what went wrong, "" when nothing did
std::string write_file(const std::string& path, const std::string& text, bool replace, bool secret) {
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (replace ? O_TRUNC : O_EXCL);
    const int file = ::open(path.c_str(), flags, secret ? 0600 : 0666);
    if (file < 0) return std::strerror(errno);
    if (secret && ::fchmod(file, 0600) != 0) {
        const std::string why = std::strerror(errno);
        ::close(file);
        return why;
    }
    for (std::size_t at = 0; at < text.size();) {
        const auto written = ::write(file, text.data() + at, text.size() - at);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) {
            const std::string why = std::strerror(errno);
            ::close(file);
            return why;
        }
        at += static_cast<std::size_t>(written);
    }
    return ::close(file) == 0 ? std::string{} : std::strerror(errno);
}

bool write(Import& import, bool replace) {
    const auto comment = "Imported by ringback from the testRTC export " +
                         ringback::quoted(fs::path(import.source).filename().string());
    const auto& script = std::get<harness::WebrtcTest>(import.test.body).script;
    const auto text = harness::yaml_text(import.test, fs::path(import.script).filename().string(), comment);
    const auto put = [replace](const std::string& path, const std::string& bytes, bool secret) {
        const auto why = write_file(path, bytes, replace, secret);
        if (!why.empty()) tell(path, "cannot be written: ", why);
        return why.empty();
    };
    return put(import.script, script, false) && put(import.yaml, text, import.secret);
}

void tell_about(Import& import) {
    for (const auto& remark : harness::cautions(import.test, import.test.run_options))
        tell(import.source, "warning: ", remark);
    if (const auto refused = harness::refused_option(import.test, import.test.run_options))
        tell(import.source, "warning: it will not run as it is: ", *refused);
    for (const auto& target : import.test.run_options.webhooks)
        if (const auto secret = secret_in(target); !secret.empty()) {
            import.secret = true;
            tell(import.source, "warning: ",
                 "its webhook holds " + secret + ", which " + import.yaml +
                     " now holds, too: only you can read that file, keep it out of version control");
        }
}

}  // namespace

int import_command(Arguments arguments) {
    po::options_description options("options", kHelpColumns);
    auto add = options.add_options();
    add("output,o", po::value<std::string>()->value_name("DIR")->default_value("."),
        "where the files go; made when it is not there");
    add("force", "replace files that exist");
    add("help,h", "this help");
    po::variables_map given;
    if (const auto wrong = read_words(arguments, options, true, given)) return usage(*wrong);
    if (given.contains("help")) {
        std::printf(
            "usage: ringback import FILE... [-o DIR] [--force]\n\nTurns testRTC exports (JSON) into test "
            "files: NAME.yaml and its script, NAME.js, after each test's\nname. ringback run takes exports "
            "as "
            "they are, too.\n\n%s\nExit codes: 0 all were imported, 2 nothing was: wrong usage, a bad "
            "export, "
            "or a file exists,\n3 a file could not be written.\n",
            help_text(options).c_str());
        return kPassed;
    }
    if (!given.contains("words")) return usage("no export given");
    const auto directory = given["output"].as<std::string>();
    const bool force = given.contains("force");
    auto imports = read_exports(given["words"].as<std::vector<std::string>>(), directory);
    if (!imports || (!force && refuse_existing(*imports))) return kUsage;
    std::error_code failed;
    fs::create_directories(directory, failed);
    if (failed || !fs::is_directory(directory)) {
        tell(directory, "", failed ? "cannot be made: " + failed.message() : "is no directory");
        return kUnable;
    }
    for (auto& import : *imports) {
        tell_about(import);
        move_media(import.test, directory);
        if (!write(import, force)) return kUnable;
        std::printf("%s: '%s' is now %s and %s\n", import.source.c_str(), import.test.name.c_str(),
                    import.yaml.c_str(), import.script.c_str());
    }
    return kPassed;
}

}  // namespace ringback
