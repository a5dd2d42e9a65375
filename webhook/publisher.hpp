// What a message says of the ringback that sends it, as far as it is not in the run itself.
#pragma once

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
        60'000};  ///< a started run is taken for interrupted this long after its last renewal
    Commit commit;
    std::string geoip;  ///< MaxMind database file, "" for none
};

}  // namespace ringback::webhook
