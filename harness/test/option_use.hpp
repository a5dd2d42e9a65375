// What run options do for a test: an option that would do nothing is refused or told, never passed over.
#pragma once

#include "harness/test/test.hpp"

#include <optional>
#include <string>
#include <vector>

namespace ringback::harness {

/// Why these options cannot be in force for this test on this machine, one sentence; nullopt when they can:
/// `#vnc` without a display, an `#extension` that is not there.
[[nodiscard]] std::optional<std::string> refused_option(const Test& test, const RunOptions& options);

/// Options that have no meaning in a test of this kind: "#session". Worth a warning, since options given on a
/// command line are those of tests of both kinds.
[[nodiscard]] std::vector<std::string> idle_options(const Test& test, const RunOptions& options);

/// An extension of a test: a URL as it is, a path relative to the test file made whole.
[[nodiscard]] std::string extension_location(const Test& test, const std::string& written);

/// Makes the files that webhooks name in `tls` absolute, so that a message that waits can be sent from
/// anywhere.
/// @param file the paths are relative to the directory it lies in; "": to the working directory
void resolve_tls_files(RunOptions& options, const std::string& file);

/// All that is worth saying of a test before it runs, one sentence each: what its import could not take over,
/// and options without a meaning.
/// @param artifacts whether files are kept
[[nodiscard]] std::vector<std::string> cautions(const Test& test, const RunOptions& options,
                                                bool artifacts = true);

}  // namespace ringback::harness
