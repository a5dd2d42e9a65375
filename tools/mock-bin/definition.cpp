#include "tools/mock-bin/definition.hpp"

#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/template.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/beast/http/status.hpp>
#include <boost/json.hpp>

#include <array>

namespace ringback::mock_bin {
namespace {

constexpr std::chrono::milliseconds kLongest{600'000};
constexpr std::size_t kMostAnswers = 1000, kMostHeaders = 1000;

struct FaultName {
    std::string_view name;
    Fault fault;
};
constexpr std::array<FaultName, 4> kFaults{{{"CONNECTION_RESET_BY_PEER", Fault::connection_reset},
                                            {"EMPTY_RESPONSE", Fault::empty_response},
                                            {"MALFORMED_RESPONSE_CHUNK", Fault::malformed_chunk},
                                            {"RANDOM_DATA_THEN_CLOSE", Fault::random_data}}};

bool is_token(std::string_view name) {
    constexpr std::string_view kOther = "!#$%&'*+-.^_`|~";
    return !name.empty() && std::all_of(name.begin(), name.end(), [&](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               kOther.find(c) != std::string_view::npos;
    });
}

bool has_control(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
    });
}

/// These say how the recorded original was framed; this answer is framed by the server.
bool frames_message(std::string_view name) {
    for (const std::string_view other : {"content-length", "transfer-encoding", "connection", "keep-alive",
                                         "trailer", "te", "upgrade", "proxy-connection"})
        if (net::same_name(name, other)) return true;
    return false;
}

std::string set_cookie(Members& cookie) {
    cookie.only({"name", "value", "path", "domain", "expires", "httpOnly", "secure", "sameSite", "maxAge"});
    const auto name = cookie.text("name");
    if (!is_token(name)) cookie.fail("name", "must be a cookie name: letters, digits and !#$%&'*+-.^_`|~");
    std::string out = name + "=" + cookie.text("value");
    if (auto path = cookie.text("path"); !path.empty()) out += "; Path=" + path;
    if (auto domain = cookie.text("domain"); !domain.empty()) out += "; Domain=" + domain;
    if (auto expires = cookie.text("expires"); !expires.empty()) {
        // HAR holds ISO 8601, Set-Cookie wants the HTTP date.
        const auto time = parse_iso_time(expires);
        if (!time) cookie.fail("expires", "must be an ISO 8601 time such as \"2030-01-01T00:00:00Z\"");
        const std::time_t t =
            time ? std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count() : 0;
        std::tm utc{};
        gmtime_r(&t, &utc);
        std::array<char, 64> text{};
        out += "; Expires=" + std::string(text.data(), std::strftime(text.data(), text.size(),
                                                                     "%a, %d %b %Y %H:%M:%S GMT", &utc));
    }
    if (cookie.find("maxAge"))
        out += "; Max-Age=" + std::to_string(cookie.number("maxAge", -1, INT64_MAX, 0));
    if (cookie.flag("httpOnly", false)) out += "; HttpOnly";
    if (cookie.flag("secure", false)) out += "; Secure";
    if (auto same_site = cookie.text("sameSite"); !same_site.empty()) {
        if (same_site != "Strict" && same_site != "Lax" && same_site != "None")
            cookie.fail("sameSite", "must be Strict, Lax or None");
        out += "; SameSite=" + same_site;
    }
    if (has_control(out)) cookie.fail("", "holds a control character");
    return out;
}

struct AnswerParser {
    Members members;
    std::string pointer;
    std::optional<Invalid>& error;
    json::object complete;  ///< the object as it is stored
    CannedAnswer answer;

    void status_line() {
        answer.status = static_cast<unsigned>(members.number("status", 200, 999, 200));
        const auto reason = members.text("statusText");
        if (has_control(reason)) members.fail("statusText", "must be one line of text");
        answer.reason = reason.empty() ? standard_reason(answer.status) : reason;
        const auto version = members.text("httpVersion", "HTTP/1.1");
        answer.version = version == "HTTP/1.0" ? 10 : 11;
        if (!version.empty() && !version.starts_with("HTTP/") && version != "h2" && version != "h3" &&
            version != "http/1.1" && version != "http/2.0" && version != "unknown")
            members.fail("httpVersion", "must be \"HTTP/1.1\" or \"HTTP/1.0\"");
        complete["status"] = answer.status;
        complete["statusText"] = text_value(answer.reason);
        complete["httpVersion"] = answer.version == 10 ? "HTTP/1.0" : "HTTP/1.1";
    }

    void headers() {
        json::array stored;
        if (const auto* list = members.array("headers")) {
            if (list->size() > kMostHeaders) members.fail("headers", "at most 1000 headers");
            for (std::size_t i = 0; i < list->size() && !error; ++i)
                header((*list)[i], i, stored);
        }
        complete["headers"] = std::move(stored);
    }

    void header(const json::value& value, std::size_t i, json::array& stored) {
        const auto at = pointer + "/headers/" + std::to_string(i);
        const auto* object = value.if_object();
        if (!object) {
            error = Invalid{at, "must be an object with name and value"};
            return;
        }
        Members header(*object, at, error);
        header.only({"name", "value"});
        const auto name = header.text("name"), content = header.text("value");
        if (!is_token(name))
            header.fail("name", "must be a header name: letters, digits and !#$%&'*+-.^_`|~");
        if (has_control(content)) header.fail("value", "must be one line of text");
        if (!frames_message(name)) answer.headers.add(name, content);
        stored.emplace_back(json::object{{"name", key(name)}, {"value", key(content)}});
    }

    void cookies() {
        json::array stored;
        if (const auto* list = members.array("cookies")) {
            if (list->size() > kMostHeaders) members.fail("cookies", "at most 1000 cookies");
            for (std::size_t i = 0; i < list->size() && !error; ++i) {
                const auto at = pointer + "/cookies/" + std::to_string(i);
                const auto* object = (*list)[i].if_object();
                if (!object) {
                    error = Invalid{at, "must be an object with name and value"};
                    break;
                }
                Members cookie(*object, at, error);
                answer.headers.add("Set-Cookie", set_cookie(cookie));
                auto copy = *object;
                copy.emplace("value", "");
                stored.emplace_back(std::move(copy));
            }
        }
        complete["cookies"] = std::move(stored);
    }

    void content() {
        json::object stored;
        std::string mime_type;
        if (const auto* object = members.object("content")) {
            Members content(*object, pointer + "/content", error);
            content.only({"mimeType", "text", "encoding", "size", "compression"});
            mime_type = content.text("mimeType");
            if (has_control(mime_type)) content.fail("mimeType", "must be one line of text");
            answer.body = content.text("text");
            const auto encoding = content.text("encoding");
            if (!answer.body.empty()) stored["text"] = text_value(answer.body);
            if (encoding == "base64") {
                auto bytes = base64_decode(answer.body);
                if (!bytes) content.fail("text", "is not base64");
                answer.body = bytes.value_or("");
                stored["encoding"] = "base64";
            } else {
                if (!encoding.empty()) content.fail("encoding", "must be \"base64\" or absent");
                // HAR holds the decoded text, so the original's content coding no longer applies.
                answer.headers.remove("Content-Encoding");
            }
        }
        if (mime_type.empty())
            mime_type = std::string(answer.headers.get("Content-Type").value_or("text/plain; charset=utf-8"));
        if (!answer.headers.contains("Content-Type")) answer.headers.add("Content-Type", mime_type);
        stored["size"] = answer.body.size();
        stored["mimeType"] = text_value(mime_type);
        complete["content"] = std::move(stored);
    }

    void redirect() {
        const auto url = members.text("redirectURL");
        if (has_control(url)) members.fail("redirectURL", "must be one line of text");
        if (!url.empty()) answer.headers.set("Location", url);
        complete["redirectURL"] = text_value(url);
        complete["headersSize"] = -1;
        complete["bodySize"] = answer.body.size();
    }

    void extras() {
        answer.delay = members.span("delay", kLongest);
        if (answer.delay.count()) complete["delay"] = answer.delay.count();
        if (const auto name = members.text("fault"); !name.empty()) {
            for (const auto& row : kFaults)
                if (row.name == name) answer.fault = row.fault;
            if (answer.fault == Fault::none)
                members.fail("fault",
                             "must be CONNECTION_RESET_BY_PEER, EMPTY_RESPONSE, MALFORMED_RESPONSE_CHUNK or "
                             "RANDOM_DATA_THEN_CLOSE");
            complete["fault"] = text_value(name);
        }
        if (const auto* object = members.object("dribble")) {
            Members dribble(*object, pointer + "/dribble", error);
            dribble.only({"chunks", "duration"});
            answer.dribble = Dribble{static_cast<unsigned>(dribble.number("chunks", 1, 10'000, 5)),
                                     dribble.span("duration", kLongest)};
            complete["dribble"] = json::object{{"chunks", answer.dribble->chunks},
                                               {"duration", answer.dribble->duration.count()}};
        }
        answer.templated = members.flag("template", false);
        if (answer.templated) {
            if (const auto wrong = check_template(answer.body)) members.fail("content", *wrong);
            for (const auto& header : answer.headers)
                if (const auto wrong = check_template(header.value)) members.fail("headers", *wrong);
            complete["template"] = true;
        }
    }

    void parse() {
        status_line();
        headers();
        cookies();
        content();
        redirect();
        extras();
    }
};

AnswerParser parse_answer(const json::object& object, const std::string& pointer,
                          std::optional<Invalid>& error) {
    AnswerParser parser{Members(object, pointer, error), pointer, error, {}, {}};
    parser.parse();
    return parser;
}

/// Each of `responses` takes what it does not say itself from the object around it.
void parse_sequence(const json::object& outer, const json::array& list, Definition& out,
                    json::object& complete, std::optional<Invalid>& error) {
    if (list.empty() || list.size() > kMostAnswers) {
        error = Invalid{"/responses", "must hold 1 to 1000 responses"};
        return;
    }
    auto common = outer;
    for (const auto name : {"responses", "after", "verify"})
        common.erase(name);
    json::array stored;
    for (std::size_t i = 0; i < list.size() && !error; ++i) {
        const auto pointer = "/responses/" + std::to_string(i);
        const auto* own = list[i].if_object();
        if (!own) {
            error = Invalid{pointer, "must be a response object"};
            return;
        }
        Members(*own, pointer, error)
            .only({"status", "statusText", "httpVersion", "headers", "cookies", "content", "redirectURL",
                   "delay", "fault", "dribble", "template", "size", "bodySize", "headersSize"});
        auto merged = common;
        // A status of its own must not get the outer reason.
        if (own->contains("status")) merged.erase("statusText");
        for (const auto& member : *own)
            merged[member.key()] = member.value();
        auto parsed = parse_answer(merged, pointer, error);
        out.answers.push_back(std::move(parsed.answer));
        stored.emplace_back(std::move(parsed.complete));
    }
    complete["responses"] = std::move(stored);
}

}  // namespace

std::string_view to_string(Fault fault) noexcept {
    for (const auto& row : kFaults)
        if (row.fault == fault) return row.name;
    return "";
}

std::string standard_reason(unsigned status) {
    namespace http = boost::beast::http;
    const auto known = http::int_to_status(status);
    if (known == http::status::unknown) return "OK";
    const auto reason = http::obsolete_reason(known);
    return {reason.data(), reason.size()};
}

std::uint32_t Definition::index(std::uint64_t turn) const noexcept {
    if (turn < answers.size()) return static_cast<std::uint32_t>(turn);
    return static_cast<std::uint32_t>(after == After::cycle ? turn % answers.size() : answers.size() - 1);
}

Checked<std::shared_ptr<const Definition>> parse_definition(const json::value& value) {
    const auto* object = value.if_object();
    if (!object)
        return Invalid{
            "", "the body must be a JSON object, a HAR response, not " + std::string(kind_name(value))};
    if (const auto* wrapped = object->if_contains("response")) {
        auto inner = wrapped->is_object() && !wrapped->as_object().contains("response")
                         ? parse_definition(*wrapped)
                         : Invalid{"", "must be a HAR response object"};
        if (!inner) return Invalid{"/response" + inner.error().pointer, inner.error().message};
        return inner;
    }

    std::optional<Invalid> error;
    Members members(*object, "", error);
    members.only({"status", "statusText", "httpVersion", "headers", "cookies", "content", "redirectURL",
                  "delay", "responses", "after", "fault", "dribble", "template", "verify", "size", "bodySize",
                  "headersSize", "response", "compression"});
    auto definition = std::make_shared<Definition>();
    auto outer = parse_answer(*object, "", error);
    auto complete = std::move(outer.complete);
    if (const auto* list = members.array("responses")) {
        if (!error) parse_sequence(*object, *list, *definition, complete, error);
        const auto after = members.text("after", "repeat-last");
        if (after != "repeat-last" && after != "cycle") members.fail("after", "must be repeat-last or cycle");
        definition->after = after == "cycle" ? Definition::After::cycle : Definition::After::repeat_last;
        complete["after"] = text_value(after);
    } else {
        if (members.find("after")) members.fail("after", "needs responses");
        definition->answers.push_back(std::move(outer.answer));
    }
    if (const auto* verify = members.object("verify")) {
        Members check(*verify, "/verify", error);
        check.only({"secret"});
        definition->secret = check.text("secret");
        if (definition->secret.empty())
            check.fail("secret", "must be the secret that signs, such as \"whsec_…\"");
        complete["verify"] = json::object{{"secret", key(definition->secret)}};
    }
    if (error) return *error;
    definition->json = json::serialize(complete);
    return std::shared_ptr<const Definition>(std::move(definition));
}

json::value shown(const Definition& definition) {
    auto value = json::parse(definition.json);
    if (!definition.secret.empty()) value.as_object()["verify"].as_object()["secret"] = "***";
    return value;
}

}  // namespace ringback::mock_bin
