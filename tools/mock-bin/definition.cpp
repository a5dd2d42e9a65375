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
constexpr std::size_t kMostHeaderBytes = 16u << 20;  ///< of all answers of a sequence

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

/// On the wire.
std::size_t bytes_of(const net::Headers& headers) {
    std::size_t size = 0;
    for (const auto& header : headers)
        size += header.name.size() + header.value.size() + 4;
    return size;
}

/// A ";" would begin an attribute: it is sent escaped, as clients of most frameworks expect it.
std::string in_cookie(std::string text) {
    for (auto at = text.find(';'); at != std::string::npos; at = text.find(';', at))
        text.replace(at, 1, "%3B");
    return text;
}

std::string set_cookie(Members& cookie) {
    cookie.only({"name", "value", "path", "domain", "expires", "httpOnly", "secure", "sameSite", "maxAge"});
    const auto name = cookie.text("name");
    if (!is_token(name)) cookie.fail("name", "must be a cookie name: letters, digits and !#$%&'*+-.^_`|~");
    std::string out = name + "=" + in_cookie(cookie.text("value"));
    if (auto path = cookie.text("path"); !path.empty()) out += "; Path=" + in_cookie(path);
    if (auto domain = cookie.text("domain"); !domain.empty()) out += "; Domain=" + in_cookie(domain);
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

/// An answer in the pieces that a response of a sequence takes over from the object around it.
struct Parts {
    CannedAnswer answer;  ///< its headers are those given, without what the other pieces add
    std::vector<std::string> cookies;
    std::string mime_type, redirect;
    bool coded = false;                         ///< the content was given as bytes
    std::optional<std::string> wrong_template;  ///< why the body would not do as a template
};

/// Reads one object over `parts`, which hold what it inherits. What it does not name stays as it is.
struct AnswerParser {
    Members members;
    std::string pointer;
    std::optional<Invalid>& error;
    Parts parts;
    bool inherits;
    json::object complete{};  ///< the object as it is stored

    [[nodiscard]] bool says(std::string_view name) const { return !inherits || members.find(name); }

    void status_line() {
        auto& answer = parts.answer;
        const bool own_status = says("status");
        if (own_status) answer.status = static_cast<unsigned>(members.number("status", 200, 999, 200));
        // A status of its own must not get the outer reason.
        if (own_status || says("statusText")) {
            const auto reason = members.text("statusText");
            if (has_control(reason)) members.fail("statusText", "must be one line of text");
            answer.reason = reason.empty() ? standard_reason(answer.status) : reason;
        }
        if (says("httpVersion")) http_version();
        complete["status"] = answer.status;
        complete["statusText"] = text_value(answer.reason);
        complete["httpVersion"] = answer.version == 10 ? "HTTP/1.0" : "HTTP/1.1";
    }

    void http_version() {
        const auto version = members.text("httpVersion", "HTTP/1.1");
        parts.answer.version = version == "HTTP/1.0" ? 10 : 11;
        if (!version.empty() && !version.starts_with("HTTP/") && version != "h2" && version != "h3" &&
            version != "http/1.1" && version != "http/2.0" && version != "unknown")
            members.fail("httpVersion", "must be \"HTTP/1.1\" or \"HTTP/1.0\"");
    }

    void headers() {
        if (!says("headers")) return;
        parts.answer.headers.clear();
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
        if (!frames_message(name)) parts.answer.headers.add(name, content);
        stored.emplace_back(json::object{{"name", key(name)}, {"value", key(content)}});
    }

    void cookies() {
        if (!says("cookies")) return;
        parts.cookies.clear();
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
                parts.cookies.push_back(set_cookie(cookie));
                auto copy = *object;
                copy.emplace("value", "");
                stored.emplace_back(std::move(copy));
            }
        }
        complete["cookies"] = std::move(stored);
    }

    void content() {
        if (!says("content")) return;
        json::object stored;
        std::string body;
        parts.mime_type.clear();
        parts.coded = false;
        if (const auto* object = members.object("content")) {
            Members content(*object, pointer + "/content", error);
            content.only({"mimeType", "text", "encoding", "size", "compression"});
            parts.mime_type = content.text("mimeType");
            if (has_control(parts.mime_type)) content.fail("mimeType", "must be one line of text");
            body = content.text("text");
            if (!body.empty()) stored["text"] = text_value(body);
            const auto encoding = content.text("encoding");
            parts.coded = encoding == "base64";
            if (parts.coded) {
                auto bytes = base64_decode(body);
                if (!bytes) content.fail("text", "is not base64");
                body = bytes.value_or("");
                stored["encoding"] = "base64";
            } else if (!encoding.empty()) {
                content.fail("encoding", "must be \"base64\" or absent");
            }
        }
        if (parts.mime_type.empty())
            parts.mime_type =
                std::string(parts.answer.headers.get("Content-Type").value_or("text/plain; charset=utf-8"));
        stored["size"] = body.size();
        stored["mimeType"] = text_value(parts.mime_type);
        parts.wrong_template = check_template(body);
        parts.answer.body = std::make_shared<const std::string>(std::move(body));
        complete["content"] = std::move(stored);
    }

    void redirect() {
        if (says("redirectURL")) parts.redirect = members.text("redirectURL");
        if (has_control(parts.redirect)) members.fail("redirectURL", "must be one line of text");
        complete["redirectURL"] = text_value(parts.redirect);
        complete["headersSize"] = -1;
        complete["bodySize"] = parts.answer.body->size();
    }

    void extras() {
        auto& answer = parts.answer;
        if (says("delay")) answer.delay = members.span("delay", kLongest);
        if (answer.delay.count()) complete["delay"] = answer.delay.count();
        if (says("fault")) fault();
        if (says("dribble")) dribble();
        if (says("template")) answer.templated = members.flag("template", false);
        if (answer.templated) complete["template"] = true;
    }

    void fault() {
        parts.answer.fault = Fault::none;
        const auto name = members.text("fault");
        if (name.empty()) return;
        for (const auto& row : kFaults)
            if (row.name == name) parts.answer.fault = row.fault;
        if (parts.answer.fault == Fault::none)
            members.fail("fault",
                         "must be CONNECTION_RESET_BY_PEER, EMPTY_RESPONSE, MALFORMED_RESPONSE_CHUNK or "
                         "RANDOM_DATA_THEN_CLOSE");
        complete["fault"] = text_value(name);
    }

    void dribble() {
        parts.answer.dribble.reset();
        const auto* object = members.object("dribble");
        if (!object) return;
        Members dribble(*object, pointer + "/dribble", error);
        dribble.only({"chunks", "duration"});
        const Dribble how{static_cast<unsigned>(dribble.number("chunks", 1, 10'000, 5)),
                          dribble.span("duration", kLongest)};
        parts.answer.dribble = how;
        complete["dribble"] = json::object{{"chunks", how.chunks}, {"duration", how.duration.count()}};
    }

    void parse() {
        status_line();
        headers();
        cookies();
        content();
        redirect();
        extras();
    }

    /// The pieces put together.
    [[nodiscard]] CannedAnswer answer() {
        auto out = parts.answer;
        auto& headers = out.headers;
        for (const auto& cookie : parts.cookies)
            headers.add("Set-Cookie", cookie);
        // HAR holds the decoded text, so the original's content coding no longer applies.
        if (!parts.coded) headers.remove("Content-Encoding");
        if (!headers.contains("Content-Type")) headers.add("Content-Type", parts.mime_type);
        if (!parts.redirect.empty()) headers.set("Location", parts.redirect);
        if (out.templated) check_templates(headers);
        return out;
    }

    void check_templates(const net::Headers& headers) {
        if (parts.wrong_template && !error) error = Invalid{pointer + "/content/text", *parts.wrong_template};
        for (const auto& header : headers)
            if (const auto wrong = check_template(header.value)) members.fail("headers", *wrong);
    }
};

/// Each of `responses` takes what it does not say itself from the object around it. They are stored as given:
/// what is around them is stored too, and they inherit from it again.
void parse_sequence(const Parts& outer, const json::array& list, Definition& out,
                    std::optional<Invalid>& error) {
    if (list.empty() || list.size() > kMostAnswers) {
        error = Invalid{"/responses", "must hold 1 to 1000 responses"};
        return;
    }
    std::size_t header_bytes = 0;
    for (std::size_t i = 0; i < list.size() && !error; ++i) {
        const auto pointer = "/responses/" + std::to_string(i);
        const auto* own = list[i].if_object();
        if (!own) {
            error = Invalid{pointer, "must be a response object"};
            return;
        }
        AnswerParser parser{Members(*own, pointer, error), pointer, error, outer, true};
        parser.members.only({"status", "statusText", "httpVersion", "headers", "cookies", "content",
                             "redirectURL", "delay", "fault", "dribble", "template", "size", "bodySize",
                             "headersSize"});
        parser.parse();
        out.answers.push_back(parser.answer());
        header_bytes += bytes_of(out.answers.back().headers);
        if (header_bytes > kMostHeaderBytes)
            parser.members.fail("", "up to here the answers have more than 16 MiB of headers");
    }
}

/// A definition may stand in {"response": …}, and then says everything there.
Checked<std::shared_ptr<const Definition>> parse_wrapped(const json::object& object,
                                                         const json::value& wrapped) {
    for (const auto& member : object) {
        const auto name = view(member.key());
        if (name != "response" && name != "comment" && !name.starts_with('_'))
            return Invalid{pointer_step(name), "must stand inside \"response\", not beside it"};
    }
    auto inner = wrapped.is_object() && !wrapped.get_object().contains("response")
                     ? parse_definition(wrapped)
                     : Invalid{"", "must be a HAR response object"};
    if (!inner) return Invalid{"/response" + inner.error().pointer, inner.error().message};
    return inner;
}

/// Bytes of memory.
std::size_t size_of(const Definition& definition) {
    std::size_t size = sizeof(Definition) + definition.json.size();
    const std::string* last = nullptr;
    for (const auto& answer : definition.answers) {
        size += sizeof(CannedAnswer) + answer.reason.size() + bytes_of(answer.headers);
        size += answer.headers.size() * sizeof(net::Header);
        if (answer.body.get() != last) size += answer.body->size();
        last = answer.body.get();
    }
    return size;
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
    if (const auto* wrapped = object->if_contains("response")) return parse_wrapped(*object, *wrapped);

    std::optional<Invalid> error;
    AnswerParser outer{Members(*object, "", error), "", error, {}, false};
    auto& members = outer.members;
    members.only({"status", "statusText", "httpVersion", "headers", "cookies", "content", "redirectURL",
                  "delay", "responses", "after", "fault", "dribble", "template", "verify", "size", "bodySize",
                  "headersSize", "compression"});
    outer.parse();
    auto definition = std::make_shared<Definition>();
    definition->answers.push_back(outer.answer());
    auto& complete = outer.complete;
    if (const auto* list = members.array("responses")) {
        definition->answers.clear();
        if (!error) parse_sequence(outer.parts, *list, *definition, error);
        const auto after = members.text("after", "repeat-last");
        if (after != "repeat-last" && after != "cycle") members.fail("after", "must be repeat-last or cycle");
        definition->after = after == "cycle" ? Definition::After::cycle : Definition::After::repeat_last;
        complete["responses"] = *list;
        complete["after"] = text_value(after);
    } else if (members.find("after")) {
        members.fail("after", "needs responses");
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
    definition->size = size_of(*definition);
    return std::shared_ptr<const Definition>(std::move(definition));
}

json::value shown(const Definition& definition) {
    json::error_code ec;
    auto value = parse_json(definition.json, ec);
    if (!definition.secret.empty()) value.as_object()["verify"].as_object()["secret"] = "***";
    return value;
}

}  // namespace ringback::mock_bin
