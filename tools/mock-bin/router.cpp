#include "tools/mock-bin/router.hpp"

#include <algorithm>

namespace ringback::mock_bin {
namespace {

/// Takes "/segment" off the front.
std::string_view take_segment(std::string_view& path) {
    path.remove_prefix(1);
    const auto end = std::min(path.find('/'), path.size());
    const auto segment = path.substr(0, end);
    path.remove_prefix(end);
    return segment;
}

bool fits(std::string_view pattern, std::string_view path, Call* call) {
    while (!pattern.empty()) {
        auto part = take_segment(pattern);
        if (part == "*") {
            if (call) call->rest = std::string(path.empty() ? path : path.substr(1));
            return true;
        }
        const bool optional = part.ends_with('?');
        if (optional) part.remove_suffix(1);
        if (path.empty() || path == "/") {
            if (part.empty()) return true;  // the pattern "/"
            if (!optional) return false;
            if (call) call->args.emplace_back();
            path = {};
            continue;
        }
        const auto segment = take_segment(path);
        if (part.starts_with(':')) {
            if (segment.empty() && !optional) return false;
            if (call) call->args.push_back(net::percent_decode(segment));
        } else if (part != segment) {
            return false;
        }
    }
    return path.empty() || path == "/";
}

}  // namespace

Match match(std::span<const Route> routes, Call& call) {
    Match out;
    if (!call.path.starts_with('/')) return out;
    for (const auto& route : routes) {
        const bool method_fits = route.method == "*" || route.method == call.method ||
                                 (route.method == "GET" && call.method == "HEAD");
        if (!fits(route.pattern, call.path, nullptr)) continue;
        if (!method_fits) {
            out.allow.push_back(route.method);
            continue;
        }
        call.args.clear();
        (void)fits(route.pattern, call.path, &call);
        out.route = &route;
        return out;
    }
    return out;
}

}  // namespace ringback::mock_bin
