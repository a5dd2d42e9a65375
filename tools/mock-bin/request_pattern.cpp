#include "tools/mock-bin/request_pattern.hpp"

#include "tools/mock-bin/form_data.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/matcher.hpp"
#include "tools/mock-bin/text.hpp"

#include <algorithm>

namespace ringback::mock_bin {
namespace {

using Values = std::vector<std::string>;

/// Whether every condition holds for some of the texts that may stand for the same thing.
void check_any(const std::vector<TextMatcher>& matchers, const Values& texts, std::string_view what,
               std::vector<std::string>& out) {
    for (const auto& matcher : matchers) {
        const auto good = [&](const std::string& text) { return holds(matcher, Subject(text)); };
        const bool fine = matcher.negated ? std::all_of(texts.begin(), texts.end(), good)
                                          : std::any_of(texts.begin(), texts.end(), good);
        if (!fine)
            out.push_back(std::string(what) + " is " + quoted(texts.front()) + ", wanted " +
                          wanted_text(matcher));
    }
}

/// The first few of them.
std::string quoted_values(const Values& values) {
    constexpr std::size_t kMost = 5;
    std::string out;
    for (std::size_t i = 0; i < values.size() && i < kMost; ++i)
        out += (i ? " and " : "") + quoted(values[i]);
    return values.size() > kMost ? out + " and more" : out;
}

/// A name with several values matches when one of them does (WireMock and MockServer agree on that).
void check_field(const FieldMatcher& field, const Values& values, std::string_view what,
                 std::vector<std::string>& out) {
    for (const auto& matcher : field.values) {
        const bool wants_none =
            (matcher.kind == TextMatcher::Kind::absent) != matcher.negated &&
            (matcher.kind == TextMatcher::Kind::absent || matcher.kind == TextMatcher::Kind::present);
        const std::string name = std::string(what) + " " + field.name;
        if (wants_none) {
            if (!values.empty()) out.push_back(name + " is " + quoted_values(values) + ", wanted none");
            continue;
        }
        if (values.empty()) {
            if (!matcher.negated) out.push_back(name + " is missing, wanted " + wanted_text(matcher));
            continue;
        }
        const auto good = [&](const std::string& text) { return holds(matcher, Subject(text)); };
        const bool fine = matcher.negated ? std::all_of(values.begin(), values.end(), good)
                                          : std::any_of(values.begin(), values.end(), good);
        if (!fine) out.push_back(name + " is " + quoted_values(values) + ", wanted " + wanted_text(matcher));
    }
}

Values header_values(const RecordedRequest& request, std::string_view name) {
    Values out;
    for (const auto& [key, value] : request.headers)
        if (net::same_name(key, name)) out.emplace_back(value);
    return out;
}

template <class Pairs>
Values values_of(const Pairs& pairs, std::string_view name) {
    Values out;
    for (const auto& [key, value] : pairs)
        if (key == name) out.push_back(value);
    return out;
}

std::vector<std::pair<std::string, std::string>> cookies_of(const RecordedRequest& request) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& field : header_values(request, "cookie"))
        for (auto& cookie : parse_cookies(field))
            out.push_back(std::move(cookie));
    return out;
}

void check_body(const std::vector<TextMatcher>& matchers, std::string_view body,
                std::vector<std::string>& out) {
    const Subject subject(body);
    for (const auto& matcher : matchers) {
        if (holds(matcher, subject)) continue;
        const bool wants_json =
            matcher.kind == TextMatcher::Kind::json || matcher.kind == TextMatcher::Kind::json_path;
        if (wants_json && !subject.json()) {
            out.push_back(subject.too_deep()
                              ? "body is JSON of more than " + std::to_string(kMaxJsonDepth) + " levels"
                              : "body is not JSON: " + quoted(body));
        } else if (matcher.kind == TextMatcher::Kind::json && !matcher.negated) {
            const auto other = json_difference(matcher.compiled->json, *subject.json(),
                                               matcher.ignore_array_order, matcher.ignore_extra_elements, "");
            out.push_back("body: " + other.value_or("differs"));
        } else {
            out.push_back("body is " + quoted(body) + ", wanted " + wanted_text(matcher));
        }
    }
}

}  // namespace

std::vector<std::string> differences(const RequestPattern& pattern, const RecordedRequest& request) {
    std::vector<std::string> out;
    check_any(pattern.method, {std::string(request.method)}, "method", out);
    if (!pattern.url.empty()) {
        const auto query = request.query();
        const std::string tail = query.empty() ? std::string() : "?" + std::string(query);
        check_any(pattern.url,
                  {std::string(request.path()) + tail, std::string(request.path_in_bin()) + tail}, "url",
                  out);
    }
    if (!pattern.path.empty()) {
        Values paths{std::string(request.path()), std::string(request.path_in_bin())};
        for (auto& decoded : Values{net::percent_decode(paths[0]), net::percent_decode(paths[1])})
            if (std::find(paths.begin(), paths.end(), decoded) == paths.end()) paths.push_back(decoded);
        check_any(pattern.path, paths, "path", out);
    }
    for (const auto& field : pattern.headers)
        check_field(field, header_values(request, field.name), "header", out);
    if (!pattern.query.empty()) {
        const auto query = net::parse_query(request.query());
        for (const auto& field : pattern.query)
            check_field(field, values_of(query, field.name), "query parameter", out);
    }
    if (!pattern.cookies.empty()) {
        const auto cookies = cookies_of(request);
        for (const auto& field : pattern.cookies)
            check_field(field, values_of(cookies, field.name), "cookie", out);
    }
    check_body(pattern.body, request.body, out);
    return out;
}

}  // namespace ringback::mock_bin
