// What a message says of the ringback that sends it, as far as it is not in the run itself.
#pragma once

#include "harness/run/run.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace ringback::webhook {

/// The commit that was tested, for payloads that carry one. Each field is null where it is not known.
struct Commit {
    std::optional<std::string> sha, branch, message, author_name, author_email, remote_origin, default_branch;
    std::optional<std::string> build_id;  ///< of the CI job, not part of git
};

/// Paths of the steps, or texts of the expectations, that failed in `run`.
[[nodiscard]] std::vector<std::string> failed_checks(const harness::Run& run);

/// From the usual CI variables, else from the git checkout that holds `directory` (runs `git`, at most 2 s).
[[nodiscard]] Commit read_commit(const std::string& directory);

struct Publisher {
    std::string
        base_url;  ///< where results can be looked at, "https://ringback.example"; "": payloads say null
    std::string trigger_url;        ///< a request to it starts the test again; "": payloads say null
    std::string version;            ///< ringback's own, "0.1.0"
    std::string owner;              ///< this process, from make_owner()
    std::string team = "default";   ///< Runscope's team, APIContext's organization
    std::vector<std::string> tags;  ///< of the test, for payloads that carry tags
    std::chrono::milliseconds lease{
        60'000};              ///< a started run is taken for interrupted this long after its last renewal
    bool more_tries = false;  ///< a failed run will be tried again: its end tells nobody, its history is kept
    Commit commit;
    /// With #try: what failed in earlier tries of the same test, from failed_checks(); a pass of it now is
    /// "flaky".
    std::vector<std::string> failed_before;
};

}  // namespace ringback::webhook
