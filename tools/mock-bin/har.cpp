#include "tools/mock-bin/har.hpp"

#include "net/json_error.hpp"
#include "tools/mock-bin/form_data.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/signature_check.hpp"
#include "tools/mock-bin/template.hpp"
#include "tools/mock-bin/text.hpp"
#include "tools/version.hpp"

#include <boost/json.hpp>

namespace ringback::mock_bin {
namespace {

constexpr std::size_t kMostFilled = 16u << 20;
constexpr std::uint64_t kMostAtOnce = 100u << 20;

using Fields = std::vector<std::pair<std::string_view, std::string_view>>;

json::object pair_of(std::string_view name, std::string_view value) {
    return {{"name", key(to_text(name))}, {"value", key(to_text(value))}};
}

json::array fields_har(const Fields& fields, bool as_received) {
    json::array out;
    for (const auto& [name, value] : fields)
        out.emplace_back(pair_of(as_received ? std::string(name) : lower(name), value));
    return out;
}

template <class Pairs>
json::array pairs_har(const Pairs& pairs) {
    json::array out;
    for (const auto& [name, value] : pairs)
        out.emplace_back(pair_of(name, value));
    return out;
}

std::vector<std::pair<std::string, std::string>> all_cookies(const RecordedRequest& request) {
    std::vector<std::pair<std::string, std::string>> out;
    for (const auto& [name, value] : request.headers)
        if (net::same_name(name, "cookie"))
            for (auto& cookie : parse_cookies(value))
                out.push_back(std::move(cookie));
    return out;
}

void add_text(json::object& to, std::string_view name, std::string_view bytes,
              std::string_view encoding_name) {
    if (is_utf8(bytes)) {
        to[key(name)] = key(bytes);
    } else {
        to[key(name)] = base64_encode(bytes);
        to[key(encoding_name)] = "base64";
    }
}

json::array params_har(const RecordedRequest& request, const std::string& type) {
    if (type == "application/x-www-form-urlencoded") {
        std::vector<std::pair<std::string, std::string>> pairs = net::parse_query(request.body);
        return pairs_har(pairs);
    }
    json::array out;
    if (!type.starts_with("multipart/")) return out;
    const auto boundary = field_parameter(request.header("content-type").value_or(""), "boundary");
    for (const auto& part : parse_multipart(request.body, boundary.value_or(""))) {
        json::object param{{"name", key(part.name)}};
        add_text(param, "value", part.value, "_encoding");
        if (part.is_file) param["fileName"] = key(part.file_name);
        if (!part.content_type.empty()) param["contentType"] = key(part.content_type);
        out.emplace_back(std::move(param));
    }
    return out;
}

std::string body_type(const RecordedRequest& request) {
    auto type = media_type(request.header("content-type").value_or(""));
    return type.empty() ? "application/octet-stream" : type;
}

json::object post_data(const RecordedRequest& request) {
    const auto type = body_type(request);
    json::object out{{"mimeType", key(type)}};
    add_text(out, "text", request.body, "encoding");
    out["params"] = params_har(request, type);
    return out;
}

double milliseconds(std::int64_t microseconds) {
    return static_cast<double>(microseconds) / 1000.0;
}
double milliseconds(std::chrono::microseconds span) {
    return milliseconds(span.count());
}

std::string http_version(unsigned version) {
    return version == 10 ? "HTTP/1.0" : "HTTP/1.1";
}

bool sends_nothing(Fault fault) {
    return fault == Fault::connection_reset || fault == Fault::empty_response;
}

/// "Wed, 02 Jan 2030 03:04:05 GMT" as HAR has it.
std::optional<std::string> iso_of_http_date(const std::string& text) {
    std::tm utc{};
    const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &utc);
    if (!end || *end) return std::nullopt;
    return iso_time(Time(std::chrono::seconds(::timegm(&utc))));
}

/// One Set-Cookie field.
json::object set_cookie_har(std::string_view field) {
    const auto take_pair = [&field] {
        const auto end = std::min(field.find(';'), field.size());
        const auto pair = trim(field.substr(0, end));
        field.remove_prefix(std::min(field.size(), end + 1));
        const auto equals = std::min(pair.find('='), pair.size());
        return std::pair(trim(pair.substr(0, equals)), trim(pair.substr(std::min(pair.size(), equals + 1))));
    };
    const auto [name, value] = take_pair();
    auto out = pair_of(name, value);
    while (!field.empty()) {
        const auto [attribute, text] = take_pair();
        if (net::same_name(attribute, "path")) out["path"] = key(to_text(text));
        if (net::same_name(attribute, "domain")) out["domain"] = key(to_text(text));
        if (net::same_name(attribute, "secure")) out["secure"] = true;
        if (net::same_name(attribute, "httponly")) out["httpOnly"] = true;
        if (net::same_name(attribute, "samesite")) out["sameSite"] = key(to_text(text));
        if (net::same_name(attribute, "expires"))
            if (const auto time = iso_of_http_date(std::string(text))) out["expires"] = *time;
    }
    return out;
}

json::object response_har(const Entry& entry, const CannedAnswer& canned) {
    // An answer that never left has status 0, as browsers write it.
    if (sends_nothing(canned.fault) || canned.fault == Fault::random_data)
        return {{"status", 0},
                {"statusText", ""},
                {"httpVersion", "HTTP/1.1"},
                {"cookies", json::array()},
                {"headers", json::array()},
                {"content", json::object{{"size", 0}, {"mimeType", "x-unknown"}}},
                {"redirectURL", ""},
                {"headersSize", -1},
                {"bodySize", -1}};
    const auto answer = render(canned, entry);
    json::array headers, cookies;
    for (const auto& header : answer.headers)
        headers.emplace_back(pair_of(header.name, header.value));
    for (const auto field : answer.headers.all("Set-Cookie"))
        cookies.emplace_back(set_cookie_har(field));
    json::object content{{"size", answer.body.size()},
                         {"mimeType", key(to_text(answer.headers.get("Content-Type").value_or("")))}};
    // A fixed text stands in the bin's definition; one made from a template is only here.
    if (canned.templated) add_text(content, "text", answer.body, "encoding");
    return {{"status", answer.status},
            {"statusText", key(to_text(answer.reason))},
            {"httpVersion", key(http_version(answer.version))},
            {"cookies", std::move(cookies)},
            {"headers", std::move(headers)},
            {"content", std::move(content)},
            {"redirectURL", key(to_text(answer.headers.get("Location").value_or("")))},
            {"headersSize", -1},
            {"bodySize", answer.body.size()}};
}

json::object given_answer(const Entry& entry, const CannedAnswer& canned) {
    json::object out{{"status", canned.status}, {"statusText", key(canned.reason)}};
    if (entry.definition->answers.size() > 1) out["index"] = entry.answer;
    if (canned.delay.count()) out["delay"] = canned.delay.count();
    if (canned.fault != Fault::none) out["fault"] = key(to_string(canned.fault));
    if (canned.dribble) out["dribble"] = canned.dribble->duration.count();
    return out;
}

/// Repeated names become arrays, as Node's querystring has it.
void add_simple(json::object& to, std::string_view name, json::value value) {
    auto& place = to[key(name)];
    if (place.is_null())
        place = std::move(value);
    else if (auto* array = place.if_array())
        array->push_back(std::move(value));
    else
        place = json::array{std::move(place), std::move(value)};
}

template <class Pairs>
json::object simple_object(const Pairs& pairs) {
    json::object out;
    for (const auto& [name, value] : pairs)
        add_simple(out, to_text(name), text_value(to_text(value)));
    return out;
}

}  // namespace

std::string full_url(const RecordedRequest& request) {
    const auto uri_safe = [](char c) {
        return c > 0x20 && c < 0x7F && std::string_view("\"<>\\^`{|}").find(c) == std::string_view::npos;
    };
    std::string out;
    if (request.target.starts_with('/') || request.target == "*") {
        const auto host = request.header("host").value_or("");
        const bool clean = !host.empty() && host.find_first_of("/?#@%") == std::string_view::npos &&
                           std::all_of(host.begin(), host.end(), uri_safe);
        out = (request.secure ? "https://" : "http://") + std::string(clean ? host : "localhost");
        if (request.target == "*") out += '/';
    }
    for (const char c : request.target) {
        if (uri_safe(c)) {
            out += c;
        } else {
            constexpr std::string_view kHex = "0123456789ABCDEF";
            const auto byte = static_cast<unsigned char>(c);
            out += {'%', kHex[byte >> 4], kHex[byte & 15]};
        }
    }
    return out;
}

json::object request_har(const RecordedRequest& request) {
    return {{"method", key(to_text(request.method))},
            {"url", key(full_url(request))},
            {"httpVersion", key(http_version(request.version))},
            {"cookies", pairs_har(all_cookies(request))},
            {"headers", fields_har(request.headers, false)},
            {"queryString", pairs_har(net::parse_query(request.query()))},
            {"postData", post_data(request)},
            {"headersSize", request.head_size},
            {"bodySize", request.body.size()}};
}

json::object entry_har(const Entry& entry) {
    const auto request = entry.request();
    const auto& canned = entry.definition->answers[entry.answer];
    const auto answered = entry.answered_us.load(std::memory_order_relaxed);
    const auto received = (request.head_time + request.body_time).count();
    const double receive = milliseconds(received);
    const double answer = answered < 0 ? 0 : milliseconds(answered);
    json::object out{{"startedDateTime", key(iso_time(request.received_at))},
                     {"time", milliseconds(received + std::max<std::int64_t>(0, answered))},
                     {"clientIPAddress", key(request.peer)},
                     {"request", request_har(request)},
                     {"response", response_har(entry, canned)},
                     {"cache", json::object()},
                     {"timings", {{"send", receive}, {"wait", answer}, {"receive", 0}}},
                     {"_id", std::to_string(entry.seq)},
                     {"_seq", entry.seq},
                     {"_response", given_answer(entry, canned)},
                     {"_timings",
                      {{"head", milliseconds(request.head_time)},
                       {"body", milliseconds(request.body_time)},
                       {"answer", answered < 0 ? json::value(nullptr) : json::value(answer)}}},
                     {"_headers", fields_har(request.headers, true)}};
    if (!request.trailers.empty()) out["_trailers"] = fields_har(request.trailers, true);
    if (!entry.definition->secret.empty())
        out["_signature"] = check_signature(request, entry.definition->secret);
    return out;
}

std::optional<json::array> entries_har(const std::vector<EntryPtr>& entries) {
    json::array out;
    std::uint64_t size = 0;
    for (const auto& entry : entries) {
        const auto& har = out.emplace_back(entry_har(*entry));
        size += entry->size();
        if (entry->definition->answers[entry->answer].templated)
            size += har.at("response").at("bodySize").to_number<std::uint64_t>();
        if (size > kMostAtOnce && out.size() > 1) return std::nullopt;
    }
    return out;
}

json::object entry_summary(const Entry& entry) {
    const auto request = entry.request();
    const auto& canned = entry.definition->answers[entry.answer];
    json::object out{{"_id", std::to_string(entry.seq)},
                     {"_seq", entry.seq},
                     {"startedDateTime", key(iso_time(request.received_at))},
                     {"clientIPAddress", key(request.peer)},
                     {"method", key(to_text(request.method))},
                     {"url", key(full_url(request))},
                     {"path", key(to_text(request.target))},
                     {"mimeType", key(request.body.empty() ? std::string() : body_type(request))},
                     {"bodySize", request.body.size()},
                     {"status", canned.status}};
    if (canned.fault != Fault::none) out["fault"] = key(to_string(canned.fault));
    if (!entry.definition->secret.empty())
        out["signature"] = check_signature(request, entry.definition->secret)["verdict"];
    return out;
}

json::object creator() {
    return {{"name", "mock-bin"}, {"version", kVersion}};
}

json::object whole_log(json::array entries, json::object extra) {
    json::object log{{"version", "1.2"}, {"creator", creator()}};
    log["entries"] = std::move(entries);
    for (auto& member : extra)
        log[member.key()] = std::move(member.value());
    return {{"log", std::move(log)}};
}

json::object simple_request(const RecordedRequest& request) {
    const auto type = body_type(request);
    Fields headers;
    std::vector<std::string> names;
    names.reserve(request.headers.size());
    for (const auto& [name, value] : request.headers)
        headers.emplace_back(names.emplace_back(lower(name)), value);
    json::object params;
    for (const auto& param : params_har(request, type)) {
        const auto& object = param.as_object();
        add_simple(params, view(object.at("name").as_string()), object.at("value"));
    }
    json::object post{{"mimeType", key(type)}};
    add_text(post, "text", request.body, "encoding");
    post["params"] = std::move(params);
    return {{"startedDateTime", key(iso_time(request.received_at))},
            {"clientIPAddress", key(request.peer)},
            {"method", key(to_text(request.method))},
            {"url", key(full_url(request))},
            {"httpVersion", key(http_version(request.version))},
            {"cookies", simple_object(all_cookies(request))},
            {"headers", simple_object(headers)},
            {"queryString", simple_object(net::parse_query(request.query()))},
            {"postData", std::move(post)},
            {"headersSize", request.head_size},
            {"bodySize", request.body.size()}};
}

namespace {

Answer too_large() {
    auto error = net::json_error_response(500, "answer_too_large",
                                          "the bin's template, filled in, has more than 16 MiB");
    return {500, standard_reason(500), 11, std::move(error.headers), std::move(error.body)};
}

}  // namespace

Answer render(const CannedAnswer& canned, const Entry& entry) {
    Answer out{canned.status, canned.reason, canned.version, {}, {}};
    if (!canned.templated) {
        out.headers = canned.headers;
        out.body = *canned.body;
        return out;
    }
    const auto request = entry.request();
    TemplateFiller filler(request, kMostFilled);
    for (const auto& header : canned.headers) {
        const auto value = filler.fill(header.value);
        if (!value) return too_large();
        out.headers.add(header.name, one_line(*value));
    }
    auto body = filler.fill(*canned.body);
    if (!body) return too_large();
    out.body = *std::move(body);
    return out;
}

}  // namespace ringback::mock_bin
