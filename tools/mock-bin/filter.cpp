#include "tools/mock-bin/filter.hpp"

#include "tools/mock-bin/text.hpp"

#include <algorithm>

namespace ringback::mock_bin {
namespace {

/// Linear in text times stars: each star only ever moves forward.
bool glob(std::string_view pattern, std::string_view text) {
    std::size_t p = 0, t = 0, star = std::string_view::npos, mark = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            mark = t;
        } else if (p < pattern.size() && pattern[p] == text[t]) {
            ++p, ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++mark;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*')
        ++p;
    return p == pattern.size();
}

/// @param wanted in lower case
bool contains(std::string_view text, std::string_view wanted) {
    const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; };
    return std::search(text.begin(), text.end(), wanted.begin(), wanted.end(), same) != text.end();
}

bool mentions(const RecordedRequest& request, std::string_view wanted) {
    if (contains(request.target, wanted) || contains(request.method, wanted) ||
        contains(request.body, wanted))
        return true;
    return std::any_of(request.headers.begin(), request.headers.end(), [&](const auto& field) {
        return contains(field.first, wanted) || contains(field.second, wanted);
    });
}

}  // namespace

Checked<Filter> Filter::parse(std::string_view query) {
    Filter out;
    for (const auto& [name, value] : net::parse_query(query)) {
        if (name == "method") {
            std::string_view rest = value;
            while (!rest.empty()) {
                const auto end = rest.find(',');
                if (const auto method = trim(rest.substr(0, end)); !method.empty())
                    out.methods.emplace_back(method);
                rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
            }
        } else if (name == "path") {
            out.path = value;
        } else if (name == "search") {
            out.search = lower(value);
        } else if (name == "since") {
            if (const auto seq = parse_number(value))
                out.after = *seq;
            else if (!(out.since = parse_iso_time(value)))
                return Invalid{
                    "since", "must be a _seq, such as 17, or an ISO 8601 time, such as 2026-01-02T03:04:05Z"};
        } else if (name == "limit") {
            const auto limit = parse_number(value);
            if (!limit) return Invalid{"limit", "must be a whole number"};
            out.limit = *limit;
        }
    }
    return out;
}

bool Filter::too_old(const Entry& entry) const {
    return since && std::chrono::floor<std::chrono::milliseconds>(entry.request().received_at) < *since;
}

bool Filter::takes(const Entry& entry) const {
    if (entry.seq <= after) return false;
    if (methods.empty() && path.empty() && search.empty() && !since) return true;
    const auto request = entry.request();
    const auto same = [&](const std::string& method) { return net::same_name(method, request.method); };
    if (!methods.empty() && std::none_of(methods.begin(), methods.end(), same)) return false;
    if (since && std::chrono::floor<std::chrono::milliseconds>(request.received_at) < *since) return false;
    if (!search.empty() && !mentions(request, search)) return false;
    return path.empty() || glob(path, request.path()) || glob(path, request.path_in_bin());
}

void Filter::apply(std::vector<EntryPtr>& entries) const {
    std::erase_if(entries, [&](const EntryPtr& entry) { return !takes(*entry); });
    if (entries.size() > limit)
        entries.erase(entries.begin(), entries.end() - static_cast<std::ptrdiff_t>(limit));
}

}  // namespace ringback::mock_bin
