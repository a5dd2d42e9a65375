// The sub-commands of the command line. Each gets the words after its own name and gives the exit code.
#pragma once

#include <string>
#include <vector>

namespace ringback {

using Arguments = std::vector<std::string>;

/// Exit codes, docs/operations.md.
enum Exit : int { kPassed = 0, kFailed = 1, kUsage = 2, kUnable = 3, kUndelivered = 4, kInterrupted = 130 };

int run_command(Arguments arguments);
int check_command(Arguments arguments);
int import_command(Arguments arguments);
int serve_command(Arguments arguments);
int webhook_command(Arguments arguments);

/// "0.1.0 (a1b2c3d)"
std::string version_text();

/// True when colour is welcome on that file descriptor: a terminal, and NO_COLOR is not set.
bool color_on(int descriptor);
/// Columns of the terminal on that descriptor; 100 when it is none.
std::size_t columns_of(int descriptor);

/// Width of --help: wide enough that no URL in it is broken.
constexpr unsigned kHelpColumns = 100;

}  // namespace ringback
