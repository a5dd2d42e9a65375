// Recorded calls as HAR 1.2, with what HAR has no place for under names that begin with "_".
#pragma once

#include "tools/mock-bin/definition.hpp"
#include "tools/mock-bin/entry.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace ringback::mock_bin {

/// "http://host:port/path?query" as the client asked for it, escaped where a URI needs it.
[[nodiscard]] std::string full_url(const RecordedRequest& request);

/// HAR `request`. Header names in lower case; `_headers` next to it keeps them as received.
[[nodiscard]] boost::json::object request_har(const RecordedRequest& request);
/// One entry of `log.entries`.
[[nodiscard]] boost::json::object entry_har(const Entry& entry);
/// All of them; nothing when several of them, with what was answered, have more than 100 MiB.
[[nodiscard]] std::optional<boost::json::array> entries_har(const std::vector<EntryPtr>& entries);
/// One line of a history: number, time, method, URL, status, sizes, signature verdict.
[[nodiscard]] boost::json::object entry_summary(const Entry& entry);
/// {"name": "mock-bin", "version": …}
[[nodiscard]] boost::json::object creator();
/// {"log": …} with these entries and the members of `log` beside them.
[[nodiscard]] boost::json::object whole_log(boost::json::array entries, boost::json::object extra = {});

/// The request in the simple form of `/request`: headers, cookies, queryString and params as objects; a name
/// that comes more than once has an array of values.
[[nodiscard]] boost::json::object simple_request(const RecordedRequest& request);

/// An answer ready to send: templates filled in.
struct Answer {
    unsigned status = 200;
    std::string reason;
    unsigned version = 11;
    net::Headers headers;
    std::string body;
};
/// 500 in place of a filled template of more than 16 MiB.
[[nodiscard]] Answer render(const CannedAnswer& canned, const Entry& entry);

}  // namespace ringback::mock_bin
