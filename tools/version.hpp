// Version and commit of this build; the one file that changes with every commit.
#pragma once

namespace ringback {
extern const char* const kVersion;  ///< "0.1.0"
extern const char* const
    kCommit;  ///< short hash, with "+" when the tree had changes; "unknown" outside a checkout
}  // namespace ringback
