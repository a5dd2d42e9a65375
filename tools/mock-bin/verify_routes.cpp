// Assertions on what was recorded: WireMock's count and find, MockServer's verify.
#include "tools/mock-bin/app.hpp"
#include "tools/mock-bin/har.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/verdict.hpp"

#include <boost/json.hpp>

namespace ringback::mock_bin {
namespace {

constexpr std::size_t kMaxPattern = 1u << 20;

boost::system::result<json::value, net::ServerResponse> read_json(const Call& call) {
    if (const auto unknown = unknown_parameter(call, {})) return answer_parameter(call, *unknown);
    if (call.request.body.size() > kMaxPattern)
        return answer_error(call, 413, "too_large", "a pattern may have 1 MiB");
    if (call.request.body.empty()) return json::value(json::object());
    auto value = body_json(call.request);
    if (!value) return answer_invalid(call, value.error());
    return *std::move(value);
}

struct Asked {
    RequestPattern pattern;
    Snapshot snapshot;
};

boost::system::result<Asked, net::ServerResponse> read_pattern(const Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) return answer_no_bin(call, call.args.front());
    const auto value = read_json(call);
    if (!value) return value.error();
    auto pattern = parse_wiremock_pattern(*value, "");
    if (!pattern) return answer_invalid(call, pattern.error());
    return Asked{*std::move(pattern), bin->snapshot()};
}

net::ServerResponse count_calls(Call& call) {
    auto asked = read_pattern(call);
    if (!asked) return asked.error();
    const auto found = matching(asked->pattern, asked->snapshot).size();
    if (!asked->snapshot.dropped) return answer_value(call, {{"count", found}});
    // A number here would be taken for the truth: null makes a careless reader stop.
    return answer_value(call, {{"count", nullptr},
                               {"inconclusive", true},
                               {"atLeast", found},
                               {"total", asked->snapshot.total},
                               {"dropped", asked->snapshot.dropped}});
}

net::ServerResponse find_calls(Call& call) {
    auto asked = read_pattern(call);
    if (!asked) return asked.error();
    auto list = entries_har(matching(asked->pattern, asked->snapshot));
    if (!list) return answer_too_much(call);
    json::object out{{"requests", *std::move(list)}};
    if (asked->snapshot.dropped) {
        out["inconclusive"] = true;
        out["total"] = asked->snapshot.total;
        out["dropped"] = asked->snapshot.dropped;
    }
    return answer_value(call, out);
}

net::ServerResponse answer_verdict(const Call& call, const Verdict& verdict, const Snapshot& snapshot) {
    if (verdict.kind == Verdict::Kind::passed) return answer_status(202);
    json::array list;
    for (const auto& difference : verdict.differences)
        list.emplace_back(text_value(difference));
    json::object details{{"verdict", verdict.kind == Verdict::Kind::inconclusive ? "inconclusive" : "failed"},
                         {"found", verdict.found},
                         {"total", snapshot.total},
                         {"dropped", snapshot.dropped},
                         {"differences", std::move(list)}};
    if (verdict.nearest) details["nearest"] = verdict.nearest;
    if (negotiated(call).format == Format::text) {
        auto response = answer_status(406);
        response.headers.add("Content-Type", "text/plain; charset=utf-8");
        response.body = verdict.message + "\n";
        return response;
    }
    return answer_error(call, 406,
                        verdict.kind == Verdict::Kind::inconclusive ? "inconclusive" : "verification_failed",
                        verdict.message, std::move(details));
}

Checked<Times> parse_times(const json::object& object) {
    Times out{1, std::nullopt};
    const auto* value = object.if_contains("times");
    if (!value || value->is_null()) return out;
    const auto* times_object = value->if_object();
    if (!times_object) return Invalid{"/times", "must be an object with atLeast and atMost"};
    std::optional<Invalid> error;
    Members times(*times_object, "/times", error);
    times.only({"atLeast", "atMost"});
    const auto least = times.number("atLeast", -1, INT64_MAX, -1),
               most = times.number("atMost", -1, INT64_MAX, -1);
    if (error) return *error;
    out.at_least = least < 0 ? std::nullopt : std::optional<std::uint64_t>(least);
    out.at_most = most < 0 ? std::nullopt : std::optional<std::uint64_t>(most);
    if (out.at_least && out.at_most && *out.at_least > *out.at_most)
        return Invalid{"/times", "atLeast is more than atMost"};
    if (!out.at_least && !out.at_most) out.at_least = 1;
    return out;
}

net::ServerResponse verify_calls(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) return answer_no_bin(call, call.args.front());
    const auto value = read_json(call);
    if (!value) return value.error();
    const auto* object = value->if_object();
    if (!object) return answer_invalid(call, {"", "must be an object with httpRequest and times"});
    std::optional<Invalid> error;
    Members(*object, "", error).only({"httpRequest", "times"});
    if (error) return answer_invalid(call, *error);
    const auto* wanted = object->if_contains("httpRequest");
    const auto pattern =
        parse_mockserver_request(wanted ? *wanted : json::value(json::object()), "/httpRequest");
    if (!pattern) return answer_invalid(call, pattern.error());
    const auto times = parse_times(*object);
    if (!times) return answer_invalid(call, times.error());
    const auto snapshot = bin->snapshot();
    return answer_verdict(call, verify(*pattern, *times, snapshot), snapshot);
}

net::ServerResponse verify_calls_in_order(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) return answer_no_bin(call, call.args.front());
    const auto value = read_json(call);
    if (!value) return value.error();
    const auto* object = value->if_object();
    std::optional<Invalid> error;
    if (object) Members(*object, "", error).only({"httpRequests"});
    if (error) return answer_invalid(call, *error);
    const auto* member = object ? object->if_contains("httpRequests") : nullptr;
    const auto* list = member ? member->if_array() : nullptr;
    if (!list || list->empty() || list->size() > 1000)
        return answer_invalid(call, {"/httpRequests", "must be an array of 1 to 1000 httpRequests"});
    std::vector<RequestPattern> patterns;
    for (std::size_t i = 0; i < list->size(); ++i) {
        auto pattern = parse_mockserver_request((*list)[i], "/httpRequests/" + std::to_string(i));
        if (!pattern) return answer_invalid(call, pattern.error());
        patterns.push_back(*std::move(pattern));
    }
    const auto snapshot = bin->snapshot();
    return answer_verdict(call, verify_sequence(patterns, snapshot), snapshot);
}

constexpr Route kRoutes[] = {
    {"POST", "/bin/:id/count", count_calls},
    {"POST", "/bin/:id/find", find_calls},
    {"PUT", "/bin/:id/verify", verify_calls},
    {"PUT", "/bin/:id/verifySequence", verify_calls_in_order},
};

}  // namespace

std::span<const Route> verify_routes() {
    return kRoutes;
}

}  // namespace ringback::mock_bin
