// A second process on the same state: unit-store-child (child.cpp), talking back line by line.
#pragma once

#include <fcntl.h>
#include <spawn.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <vector>

extern char** environ;

namespace ringback::store::test {

class ChildProcess {
  public:
    explicit ChildProcess(std::vector<std::string> arguments) {
        int ends[2];
        if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        arguments.insert(arguments.begin(), RINGBACK_STORE_CHILD);
        std::vector<char*> argv;
        for (auto& argument : arguments)
            argv.push_back(argument.data());
        argv.push_back(nullptr);
        const int error = ::posix_spawn(&id_, RINGBACK_STORE_CHILD, &actions, nullptr, argv.data(), environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        output_ = ::fdopen(ends[0], "r");
        if (error != 0) throw std::runtime_error("cannot start " RINGBACK_STORE_CHILD);
    }
    ~ChildProcess() {
        if (id_ > 0) {
            kill();
            static_cast<void>(wait());
        }
        std::fclose(output_);
    }
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    /// The next line without its end; "" at the end of the output, and for a line that was cut off by a
    /// signal.
    std::string line() {
        std::string text;
        for (int c = std::fgetc(output_); c != EOF; c = std::fgetc(output_)) {
            if (c == '\n') return text;
            text += static_cast<char>(c);
        }
        return {};
    }

    void kill() const { ::kill(id_, SIGKILL); }

    /// The exit code, or minus the signal.
    int wait() {
        int status = 0;
        ::waitpid(id_, &status, 0);
        id_ = -1;
        return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    }

  private:
    pid_t id_ = -1;
    std::FILE* output_ = nullptr;
};

}  // namespace ringback::store::test
