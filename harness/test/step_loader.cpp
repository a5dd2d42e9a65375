#include "harness/test/step_loader.hpp"

#include "harness/expression/json_document.hpp"
#include "harness/expression/text_position.hpp"
#include "harness/test/keys.hpp"
#include "net/target.hpp"
#include "run-options/duration.hpp"

#include <boost/json/value.hpp>

#include <array>
#include <charconv>

namespace ringback::harness::yaml {
namespace {

namespace json = boost::json;
using std::chrono::milliseconds;

constexpr std::array<std::string_view, 5> kAnyStepKeys{"note", "skip", "pause", "if", "steps"};
constexpr std::size_t kMostSteps = 1000, kDeepest = 8;

/// By its scheme, which may be written in capitals.
bool is_http_url(std::string_view url) {
    const auto end = url.find("://");
    return end != std::string_view::npos &&
           (net::same_name(url.substr(0, end), "http") || net::same_name(url.substr(0, end), "https"));
}

struct Reader {
    const Document& document;
    std::size_t count = 0;

    Parsed<Template> text_template(const YAML::Node& scalar, std::string_view what) const {
        if (!scalar.IsScalar()) return error_at(document, scalar, std::string(what) + " must be a text");
        auto parsed = Template::parse(scalar.Scalar());
        if (!parsed) return error_inside(document, scalar, parsed.error());
        return parsed;
    }

    /// YAML as JSON: a plain scalar that reads as a number, true, false or null is one; a quoted one is a
    /// text.
    Parsed<json::value> to_json(const YAML::Node& node, std::size_t depth = 0) const {
        if (depth > 32) return error_at(document, node, "nested too deep");
        if (node.IsNull() || !node.IsDefined()) return json::value(nullptr);
        if (node.IsSequence()) {
            json::array array;
            for (const auto& item : node) {
                RINGBACK_TRY(value, to_json(item, depth + 1));
                array.push_back(std::move(value));
            }
            return json::value(std::move(array));
        }
        if (node.IsMap()) {
            json::object object;
            for (const auto& member : node) {
                if (!member.first.IsScalar()) return error_at(document, member.first, "a key must be a word");
                RINGBACK_TRY(value, to_json(member.second, depth + 1));
                if (!object.emplace(member.first.Scalar(), std::move(value)).second)
                    return error_at(document, member.first,
                                    "key '" + member.first.Scalar() + "' stands here a second time");
            }
            return json::value(std::move(object));
        }
        const auto& text = node.Scalar();
        if (node.Tag() != "?") return json::value(text);
        if (text == "true") return json::value(true);
        if (text == "false") return json::value(false);
        const auto* end = text.data() + text.size();
        const auto reads_as = [&](auto& number) {
            const auto [at, error] = std::from_chars(text.data(), end, number);
            return error == std::errc{} && at == end && !text.empty();
        };
        std::int64_t whole = 0;
        if (reads_as(whole)) return json::value(whole);
        std::uint64_t large = 0;
        if (reads_as(large)) return json::value(large);
        const auto digits = std::string_view(text).substr(text.starts_with('-') ? 1 : 0);
        if (!digits.empty() && digits.find_first_not_of("0123456789") == std::string_view::npos)
            return error_at(document, node, "the number " + text + " has more than 64 bits",
                            "write it as a text, \"" + text + "\", or send the JSON as 'body'");
        double number = 0;
        if (reads_as(number) && (text[0] == '-' || (text[0] >= '0' && text[0] <= '9')))
            return json::value(number);
        return json::value(text);
    }

    Parsed<std::vector<std::pair<std::string, Template>>> templates(const Mapping& step,
                                                                    std::string_view key) const {
        std::vector<std::pair<std::string, Template>> list;
        RINGBACK_TRY(entries, step.entries(key));
        for (const auto& [name, value] : entries) {
            RINGBACK_TRY(parsed, value.IsNull() ? Parsed<Template>(Template{}) : text_template(value, name));
            list.emplace_back(name, std::move(parsed));
        }
        return list;
    }

    Parsed<Assertion> assertion(const YAML::Node& node) const {
        if (node.IsScalar()) {
            auto parsed = Assertion::parse(node.Scalar());
            if (!parsed) return error_inside(document, node, parsed.error());
            return parsed;
        }
        if (!node.IsMap())
            return error_at(document, node, "an assertion must be a text",
                            "response_status equal_number 200");
        RINGBACK_TRY(fields, Mapping::read(document, node, "an assertion", kAssertionKeys));
        AssertionFields parts;
        RINGBACK_TRY(source, fields.text("source"));
        RINGBACK_TRY(property, fields.text("property"));
        RINGBACK_TRY(comparison, fields.text("comparison"));
        parts.source = source, parts.property = property, parts.comparison = comparison;
        if (fields.has("value")) {
            RINGBACK_TRY(value, to_json(fields.get("value")));
            parts.value = std::move(value);
        }
        auto parsed = Assertion::from_fields(parts);
        if (!parsed) return error_at(document, node, parsed.error().message, parsed.error().hint);
        return parsed;
    }

    Parsed<void> read_request_line(const Mapping& step, RequestStep& request) const {
        const auto line = step.get("request");
        if (!line.IsScalar())
            return error_at(document, line, "'request' must be a text",
                            "a method and a URL: GET https://example.com/");
        const auto& text = line.Scalar();
        const auto space = text.find(' ');
        const bool has_method =
            space != std::string::npos && text.find("{{") >= space && text.find("://") >= space;
        const auto method = has_method ? text.substr(0, space) : "GET";
        for (const char c : method)
            if (!((c >= 'A' && c <= 'Z') || c == '-'))
                return error_at(document, line, "'" + method + "' is no HTTP method",
                                "methods are upper-case words: GET, POST, PUT …");
        auto url_text =
            has_method ? text.substr(std::min(text.find_first_not_of(' ', space), text.size())) : text;
        const auto in_url = [&](ParseError inner) {
            return error_inside(document, line, error_within(text, text.size() - url_text.size(), inner));
        };
        auto url = Template::parse(url_text);
        if (!url) return in_url(url.error());
        if (url_text.empty()) return error_at(document, line, "'request' has no URL");
        if (url->is_literal() && !is_http_url(url_text))
            return error_at(document, line, "'" + url_text + "' is no http or https URL",
                            "write the whole URL, or begin with {{service_url}}");
        if (const auto space_at = url->find_in_literals(" \t\r\n"); space_at != std::string::npos)
            return in_url(
                ringback::error_at(url_text, space_at, "white space inside a URL", "write a space as %20"));
        if (url->is_literal())
            if (const auto target = net::parse_target(url_text); !target)
                return error_at(document, line, "'" + url_text + "' cannot be asked: " + target.error());
        request.method = Template::literal(method);
        request.url = *url;
        return {};
    }

    Parsed<void> read_body(const Mapping& step, RequestStep& request) const {
        if (step.has("body") + step.has("json") + step.has("form") > 1)
            return error_at(document, step.node(), "a request has one of 'body', 'json' and 'form'");
        if (step.has("body")) {
            RINGBACK_TRY(body, text_template(step.get("body"), "'body'"));
            request.body = std::move(body);
        }
        if (step.has("json")) {
            RINGBACK_TRY(value, to_json(step.get("json")));
            auto body = Template::parse(json_text(value));
            if (!body) return error_at(document, step.get("json"), body.error().message, body.error().hint);
            request.body = *body;
            const bool typed =
                std::any_of(request.headers.begin(), request.headers.end(),
                            [](const auto& header) { return net::same_name(header.first, "Content-Type"); });
            if (!typed) request.headers.emplace_back("Content-Type", Template::literal("application/json"));
        }
        RINGBACK_TRY(form, templates(step, "form"));
        request.form = std::move(form);
        return {};
    }

    Parsed<void> read_header_names(const Mapping& step, const RequestStep& request) const {
        for (const auto& [name, value] : request.headers) {
            const bool token = !name.empty() && name.find_first_not_of(
                                                    "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                    "abcdefghijklmnopqrstuvwxyz") == std::string::npos;
            if (!token) return error_at(document, step.get("headers"), "'" + name + "' is no header name");
            for (const auto forbidden : {"Content-Length", "Transfer-Encoding", "Connection"})
                if (net::same_name(name, forbidden))
                    return error_at(document, step.get("headers"),
                                    "header '" + name + "' is set by ringback itself");
            if (value.find_in_literals(std::string_view("\r\n\0", 3)) != std::string::npos)
                return error_at(document, step.get("headers"),
                                "the value of header '" + name + "' is more than one line");
        }
        return {};
    }

    Parsed<RequestStep> request(const Mapping& step) const {
        RequestStep made;
        RINGBACK_TRY(headers, templates(step, "headers"));
        made.headers = std::move(headers);
        RINGBACK_TRY(query, templates(step, "query"));
        made.query = std::move(query);
        if (auto done = read_header_names(step, made); !done) return done.error();
        if (auto done = read_request_line(step, made); !done) return done.error();
        if (auto done = read_body(step, made); !done) return done.error();
        if (step.has("basic")) {
            RINGBACK_TRY(basic, Mapping::read(document, step.get("basic"), "'basic'", kBasicKeys));
            for (const auto* key : {"username", "password"})
                if (!basic.has(key))
                    return error_at(document, basic.node(), std::string("'basic' needs a '") + key + "'");
            RINGBACK_TRY(user, text_template(basic.get("username"), "'username'"));
            RINGBACK_TRY(password, text_template(basic.get("password"), "'password'"));
            if (const auto colon = user.find_in_literals(":"); colon != std::string::npos)
                return error_inside(document, basic.get("username"),
                                    ringback::error_at(user.source(), colon, "a user name cannot hold ':'"));
            for (const auto& header : made.headers)
                if (net::same_name(header.first, "Authorization"))
                    return error_at(document, step.get("headers"),
                                    "header '" + header.first + "' is set by 'basic'", "keep one of them");
            made.basic.emplace(std::move(user), std::move(password));
        }
        for (const auto* key : {"assertions", "warnings"}) {
            const auto list = step.get(key);
            if (!list.IsDefined() || list.IsNull()) continue;
            if (!list.IsSequence())
                return error_at(document, list, std::string("'") + key + "' must be a list");
            for (const auto& item : list) {
                RINGBACK_TRY(parsed, assertion(item));
                (std::string_view(key) == "warnings" ? made.warnings : made.assertions)
                    .push_back(std::move(parsed));
            }
        }
        RINGBACK_TRY(extracts, step.entries("extract"));
        for (const auto& [variable, source] : extracts) {
            auto parsed = ValueSource::parse(source.IsScalar() ? source.Scalar() : "");
            if (!parsed) return error_inside(document, source, parsed.error());
            made.extracts.push_back({variable, *parsed});
        }
        using namespace std::chrono_literals;
        if (step.has("timeout")) {
            RINGBACK_TRY(timeout, read_duration(document, step.get("timeout"), "timeout", 1ms, 1h));
            made.timeout = timeout;
        }
        if (step.has("slow-after")) {
            RINGBACK_TRY(slow, read_duration(document, step.get("slow-after"), "slow-after", 1ms, 1h));
            made.slow_after = slow;
        }
        RINGBACK_TRY(follow, step.flag("follow-redirects", true));
        made.follow_redirects = follow;
        RINGBACK_TRY(verify, step.flag("verify-tls", true));
        made.verify_tls = verify;
        return made;
    }

    /// Keys that only a request has must not stand in another kind of step: they would do nothing.
    Parsed<void> refuse_request_keys(const Mapping& step, std::string_view kind) const {
        for (const auto& member : step.node()) {
            const auto key = member.first.Scalar();
            if (std::find(kAnyStepKeys.begin(), kAnyStepKeys.end(), key) == kAnyStepKeys.end())
                return error_at(document, member.first,
                                "'" + key + "' has no meaning in " + std::string(kind));
        }
        return {};
    }

    Parsed<Step> step(const YAML::Node& node, std::size_t depth) {
        if (++count > kMostSteps) return error_at(document, node, "more than 1,000 steps");
        RINGBACK_TRY(keys, Mapping::read(document, node, "a step", kStepKeys));
        Step made{{static_cast<std::size_t>(node.Mark().line) + 1,
                   static_cast<std::size_t>(node.Mark().column) + 1},
                  {},
                  false,
                  PauseStep{}};
        if (keys.has("request") + keys.has("pause") + keys.has("if") != 1)
            return error_at(document, node, "a step has exactly one of 'request', 'pause' and 'if'");
        RINGBACK_TRY(note, keys.text("note"));
        made.note = note;
        RINGBACK_TRY(skip, keys.flag("skip", false));
        made.skipped = skip;
        if (keys.has("steps") && !keys.has("if"))
            return error_at(document, keys.get("steps"), "'steps' belongs to 'if'");
        if (keys.has("request")) {
            RINGBACK_TRY(parsed, request(keys));
            made.action = std::move(parsed);
        } else if (keys.has("pause")) {
            using namespace std::chrono_literals;
            if (auto done = refuse_request_keys(keys, "a pause"); !done) return done.error();
            RINGBACK_TRY(span, read_duration(document, keys.get("pause"), "pause", 0ms, 1h));
            made.action = PauseStep{span};
        } else {
            if (auto done = refuse_request_keys(keys, "a condition"); !done) return done.error();
            const auto text = keys.get("if");
            if (!text.IsScalar())
                return error_at(document, text, "'if' must be a text", "a condition: '{{name}} equal 3'");
            auto condition = Condition::parse(text.Scalar());
            if (!condition) return error_inside(document, text, condition.error());
            if (!keys.has("steps")) return error_at(document, node, "'if' needs 'steps'");
            RINGBACK_TRY(inner, steps(keys.get("steps"), depth + 1));
            made.action = ConditionStep{std::move(*condition), std::move(inner)};
        }
        return made;
    }

    Parsed<std::vector<Step>> steps(const YAML::Node& list, std::size_t depth) {
        if (!list.IsSequence()) return error_at(document, list, "'steps' must be a list");
        if (list.size() == 0) return error_at(document, list, "'steps' is empty");
        if (depth > kDeepest) return error_at(document, list, "conditions nested more than 8 deep");
        std::vector<Step> made;
        for (const auto& node : list) {
            RINGBACK_TRY(parsed, step(node, depth));
            made.push_back(std::move(parsed));
        }
        return made;
    }
};

/// In the largest unit that gives a whole number.
std::string as_written(milliseconds span) {
    using namespace std::chrono_literals;
    constexpr std::pair<milliseconds, const char*> units[] = {{24h, "d"}, {1h, "h"}, {1min, "m"}, {1s, "s"}};
    for (const auto& [unit, letter] : units)
        if (span >= unit && span % unit == 0ms) return std::to_string(span / unit) + letter;
    return std::to_string(span.count()) + "ms";
}

}  // namespace

Parsed<std::vector<Step>> read_steps(const Document& document, const YAML::Node& list) {
    Reader reader{document};
    return reader.steps(list, 0);
}

Parsed<milliseconds> read_duration(const Document& document, const YAML::Node& scalar, std::string_view key,
                                   milliseconds least, milliseconds most) {
    const auto span =
        scalar.IsScalar() ? parse_duration(scalar.Scalar(), std::chrono::seconds(1)) : std::nullopt;
    if (!span)
        return error_at(document, scalar, "'" + std::string(key) + "' must be a duration",
                        "a number and a unit: 500ms, 2s, 1m; a number alone counts seconds");
    if (*span < least || *span > most)
        return error_at(document, scalar, "'" + std::string(key) + "' is out of range",
                        "from " + as_written(least) + " to " + as_written(most));
    return *span;
}

}  // namespace ringback::harness::yaml
