#include "webhook/publisher.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string_view>

extern char** environ;

namespace ringback::webhook {
namespace {

using Field = std::optional<std::string> Commit::*;

struct Variable {
    Field field;
    const char* name;
};

// GitHub Actions, GitLab CI, Jenkins, CircleCI, Azure Pipelines, Bitbucket, Travis. The first that is set
// counts.
constexpr std::array kVariables{
    Variable{&Commit::sha, "GITHUB_SHA"},
    Variable{&Commit::sha, "CI_COMMIT_SHA"},
    Variable{&Commit::sha, "GIT_COMMIT"},
    Variable{&Commit::sha, "CIRCLE_SHA1"},
    Variable{&Commit::sha, "BUILD_SOURCEVERSION"},
    Variable{&Commit::sha, "BITBUCKET_COMMIT"},
    Variable{&Commit::sha, "TRAVIS_COMMIT"},
    Variable{&Commit::branch, "GITHUB_HEAD_REF"},
    Variable{&Commit::branch, "GITHUB_REF_NAME"},
    Variable{&Commit::branch, "CI_COMMIT_REF_NAME"},
    Variable{&Commit::branch, "GIT_BRANCH"},
    Variable{&Commit::branch, "CIRCLE_BRANCH"},
    Variable{&Commit::branch, "BUILD_SOURCEBRANCHNAME"},
    Variable{&Commit::branch, "BITBUCKET_BRANCH"},
    Variable{&Commit::branch, "TRAVIS_BRANCH"},
    Variable{&Commit::message, "CI_COMMIT_MESSAGE"},
    Variable{&Commit::message, "TRAVIS_COMMIT_MESSAGE"},
    Variable{&Commit::default_branch, "CI_DEFAULT_BRANCH"},
    Variable{&Commit::build_id, "GITHUB_RUN_ID"},
    Variable{&Commit::build_id, "CI_PIPELINE_ID"},
    Variable{&Commit::build_id, "BUILD_TAG"},
    Variable{&Commit::build_id, "CIRCLE_WORKFLOW_ID"},
    Variable{&Commit::build_id, "BUILD_BUILDID"},
    Variable{&Commit::build_id, "BITBUCKET_BUILD_NUMBER"},
    Variable{&Commit::build_id, "TRAVIS_BUILD_ID"},
};

constexpr std::size_t kLongestOutput = 16u << 10;
constexpr std::chrono::seconds kPatience{2};

/// What a program prints before `until`, at most kLongestOutput; nullopt when it fails or takes longer. The
/// first word of `arguments` is looked up in PATH.
std::optional<std::string> output_of(std::vector<std::string> arguments,
                                     std::chrono::steady_clock::time_point until) {
    std::array<int, 2> pipe{};
    if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return std::nullopt;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, pipe[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::vector<char*> words;
    for (auto& argument : arguments)
        words.push_back(argument.data());
    words.push_back(nullptr);
    pid_t child = 0;
    const bool started = ::posix_spawnp(&child, words.front(), &actions, nullptr, words.data(), environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    ::close(pipe[1]);
    std::string out;
    bool ended = false;
    while (started && !ended && out.size() < kLongestOutput) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(until - std::chrono::steady_clock::now())
                .count();
        pollfd waiting{pipe[0], POLLIN, 0};
        if (left <= 0 || (::poll(&waiting, 1, static_cast<int>(left)) <= 0 && errno != EINTR)) break;
        std::array<char, 4096> block{};
        const auto size = ::read(pipe[0], block.data(), block.size());
        if (size <= 0) ended = true;
        if (size > 0) out.append(block.data(), static_cast<std::size_t>(size));
    }
    ::close(pipe[0]);
    if (!started) return std::nullopt;
    if (!ended) ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!ended || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
    while (!out.empty() && out.back() == '\n')
        out.pop_back();
    return out;
}

void fill(std::optional<std::string>& field, std::string_view value) {
    if (!field && !value.empty()) field = std::string(value);
}

/// The user's name and password, which CI checkouts like to leave in the remote's URL.
std::string without_user(std::string url) {
    const auto scheme = url.find("://");
    if (scheme == std::string::npos) return url;
    const auto host = url.find_first_of("@/", scheme + 3);
    if (host != std::string::npos && url[host] == '@') url.erase(scheme + 3, host + 1 - (scheme + 3));
    return url;
}

void ask_git(Commit& commit, const std::string& directory) {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    const std::string where = directory.empty() ? "." : directory;
    const auto git = [&](std::vector<std::string> words) {
        words.insert(words.begin(), {"git", "-C", where});
        return output_of(std::move(words), until);
    };
    const auto log = git({"log", "-1", "--format=%H%x1f%an%x1f%ae%x1f%B"});
    if (!log) return;
    std::array<std::string_view, 4> parts;
    std::string_view rest = *log;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto end = i + 1 < parts.size() ? std::min(rest.find('\x1f'), rest.size()) : rest.size();
        parts[i] = rest.substr(0, end);
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    const bool same = !commit.sha || *commit.sha == parts[0];
    fill(commit.sha, parts[0]);
    if (same) {
        fill(commit.author_name, parts[1]);
        fill(commit.author_email, parts[2]);
        fill(commit.message, parts[3]);
    }
    if (const auto branch = git({"symbolic-ref", "--short", "-q", "HEAD"})) fill(commit.branch, *branch);
    if (const auto origin = git({"config", "--get", "remote.origin.url"}))
        fill(commit.remote_origin, without_user(*origin));
    if (const auto head = git({"symbolic-ref", "--short", "-q", "refs/remotes/origin/HEAD"}))
        fill(commit.default_branch, head->starts_with("origin/") ? head->substr(7) : *head);
}

}  // namespace

std::vector<std::string> failed_checks(const harness::Run& run) {
    std::vector<std::string> failed;
    for (const auto& step : run.steps)
        if (step.verdict == harness::Verdict::failed) failed.push_back(step.path);
    for (const auto& probe : run.probes)
        for (const auto& expectation : probe.expectations)
            if (!expectation.passed && !expectation.warning) failed.push_back(expectation.text);
    return failed;
}

Commit read_commit(const std::string& directory) {
    Commit commit;
    for (const auto& [field, name] : kVariables)
        if (const char* value = std::getenv(name)) fill(commit.*field, value);
    ask_git(commit, directory);
    return commit;
}

}  // namespace ringback::webhook
