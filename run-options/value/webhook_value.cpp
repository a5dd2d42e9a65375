#include "run-options/value/webhook_value.hpp"

#include "run-options/webhook_template.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace ringback::value {
namespace {

namespace json = boost::json;
using text::JsonMember;
using text::JsonNode;

constexpr std::size_t kMostHeaders = 64;
constexpr std::size_t kMostHeaderCharacters = 8192;
constexpr std::string_view kAlphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

bool is_control(char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
}

std::string lower(std::string_view words) {
    std::string out(words);
    for (char& c : out)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
}

/// One key of a JSON object with its value, inside the text it was written in.
struct Field {
    std::string_view text;
    std::string_view key;
    const JsonNode& node;

    [[nodiscard]] ParseError error(std::string message, std::string hint = {}) const {
        return error_at(text, node.offset, std::move(message), std::move(hint));
    }
    [[nodiscard]] ParseError wrong_kind(std::string_view expected) const {
        return error(quoted(key) + " takes " + std::string(expected) + ", not " +
                     std::string(text::describe(node.kind)));
    }
    /// The string, which is neither empty nor holds a control character.
    [[nodiscard]] Parsed<std::string> string() const {
        Parsed<std::string> content = string_or_empty();
        if (content && content->empty())
            return error(quoted(key) + " is empty", "leave it out, or give it a value");
        return content;
    }
    [[nodiscard]] Parsed<std::string> string_or_empty() const {
        if (node.kind != json::kind::string) return wrong_kind("a string");
        const std::string_view content = node.scalar.get_string();
        if (std::any_of(content.begin(), content.end(), is_control))
            return error("a line break or control character in " + quoted(key));
        return Parsed<std::string>(boost::system::in_place_value, content);
    }
};

template <class Into>
struct KeyRow {
    std::string_view key;
    Parsed<void> (*read)(const Field& field, Into& into);
};

/// Reads each member of an object with the row of its key; any other key is an error.
template <class Into, std::size_t Count>
Parsed<void> read_keys(const Field& object, const KeyRow<Into> (&rows)[Count], Into& into) {
    if (object.node.kind != json::kind::object) return object.wrong_kind("an object");
    for (const JsonMember& member : object.node.members) {
        const auto row = std::find_if(std::begin(rows), std::end(rows),
                                      [&](const auto& r) { return r.key == member.key; });
        if (row == std::end(rows)) {
            std::array<std::string_view, Count> keys;
            std::transform(std::begin(rows), std::end(rows), keys.begin(),
                           [](const auto& r) { return r.key; });
            const std::string_view nearest = nearest_name(member.key, keys);
            std::string hint =
                nearest.empty() ? "the keys are" : "did you mean '" + std::string(nearest) + "'?";
            if (nearest.empty())
                for (const std::string_view key : keys)
                    hint += (key == keys.front() ? " " : ", ") + std::string(key);
            return error_at(object.text, member.offset,
                            "unknown key " + quoted(member.key) + " in " + std::string(object.key), hint);
        }
        if (Parsed<void> read = row->read({object.text, row->key, member.value}, into); !read) return read;
    }
    return {};
}

/// A member that is a string, to be kept as it is.
template <auto Member, class Into>
Parsed<void> read_text(const Field& field, Into& into) {
    Parsed<std::string> words = field.string();
    if (!words) return words.error();
    into.*Member = std::move(*words);
    return {};
}

Parsed<void> read_url(const Field& field, WebhookTarget& target) {
    if (field.node.kind != json::kind::string) return field.wrong_kind("a string");
    const std::string_view content = field.node.scalar.get_string();
    Parsed<std::string> url = read_web_url(
        {field.text, field.node.offset + 1, std::string(content), field.node.verbatim}, "a webhook");
    if (!url) return url.error();
    target.url = std::move(*url);
    return {};
}

struct ReservedHeader {
    std::string_view name, why;
};
constexpr std::string_view kFollows = "it follows from the URL and the body";
constexpr std::string_view kOfConnection = "it concerns one connection, not the call";  // RFC 9110, 7.6.1
constexpr std::string_view kOfAttempt = "ringback sets it anew for each attempt; 'secret' signs calls";
constexpr ReservedHeader kReservedHeaders[] = {
    {"host", kFollows},
    {"content-length", kFollows},
    {"transfer-encoding", kFollows},
    {"connection", kFollows},
    {"expect", kOfConnection},
    {"keep-alive", kOfConnection},
    {"proxy-connection", kOfConnection},
    {"te", kOfConnection},
    {"trailer", kOfConnection},
    {"upgrade", kOfConnection},
    {"webhook-id", kOfAttempt},
    {"webhook-timestamp", kOfAttempt},
    {"webhook-signature", kOfAttempt},
};

std::optional<ParseError> check_header_name(const Field& headers, const JsonMember& header) {
    const auto wrong = [&](std::string message, std::string hint = {}) {
        return error_at(headers.text, header.offset, std::move(message), std::move(hint));
    };
    // RFC 9110, 5.6.2: token.
    const std::size_t odd = header.key.find_first_not_of(std::string(kAlphanumeric) + "!#$%&'*+-.^_`|~");
    if (header.key.empty()) return wrong("a header without a name");
    if (odd != std::string::npos)
        return wrong(quoted(header.key) + " is no header name",
                     "letters, digits and '-', for example 'X-Api-Key'");
    for (const ReservedHeader& reserved : kReservedHeaders)
        if (lower(header.key) == reserved.name)
            return wrong("the header " + quoted(header.key) + " cannot be set", std::string(reserved.why));
    return std::nullopt;
}

Parsed<void> read_headers(const Field& field, WebhookTarget& target) {
    if (field.node.kind != json::kind::object) return field.wrong_kind("an object of strings");
    if (field.node.members.size() > kMostHeaders) return field.error("more than 64 headers");
    std::set<std::string> seen;
    for (const JsonMember& header : field.node.members) {
        if (auto wrong = check_header_name(field, header)) return *wrong;
        if (!seen.insert(lower(header.key)).second)
            return error_at(field.text, header.offset, "the header " + quoted(header.key) + " is given twice",
                            "header names do not tell capital from small letters");
        const Field value{field.text, header.key, header.value};
        if (header.value.kind != json::kind::string) return value.wrong_kind("a string");
        const std::string_view content = header.value.scalar.get_string();
        if (content.find_first_of("\r\n") != std::string_view::npos)
            return value.error("a line break in the header " + quoted(header.key));
        if (std::any_of(content.begin(), content.end(), [](char c) { return is_control(c) && c != '\t'; }))
            return value.error("a control character in the header " + quoted(header.key));
        if (content.size() > kMostHeaderCharacters) return value.error("a header longer than 8,192 bytes");
        target.headers.emplace_back(header.key, content);
    }
    return {};
}

Parsed<void> read_format(const Field& field, WebhookTarget& target) {
    Parsed<std::string> word = field.string();
    if (!word) return word.error();
    if (const auto format = parse_webhook_format(*word)) {
        target.format = *format;
        return {};
    }
    std::vector<std::string_view> formats;
    for (int i = 0; i <= static_cast<int>(WebhookFormat::victorops); ++i)
        formats.push_back(to_string(static_cast<WebhookFormat>(i)));
    const std::string_view nearest = nearest_name(*word, formats);
    std::string hint = nearest.empty() ? "the formats are" : "did you mean '" + std::string(nearest) + "'?";
    if (nearest.empty())
        for (const std::string_view format : formats)
            hint += " " + std::string(format);
    return field.error("unknown format " + quoted(*word), std::move(hint));
}

/// Message and hint.
std::optional<std::pair<std::string, std::string>> wrong_placeholder(const Placeholder& found) {
    if (!found.closed)
        return std::pair{std::string("'<%' without '%>'"), std::string("write <%this.testName%>")};
    const auto names = webhook_variable_names();
    if (std::find(names.begin(), names.end(), found.variable()) != names.end()) return std::nullopt;
    const std::string_view word = found.name.substr(found.name.rfind('.') + 1);  // npos + 1: all of it
    const std::string_view nearest = nearest_name(word, names);
    return std::pair{
        "unknown template variable " + quoted(found.name),
        nearest.empty() ? std::string() : "did you mean '<%this." + std::string(nearest) + "%>'?"};
}

/// Each placeholder of a template must be a name that exists: the typing error shows before the run, not in
/// a message.
Parsed<void> check_template(const Field& field) {
    for (const JsonMember& member : field.node.members)
        if (Parsed<void> checked = check_template({field.text, member.key, member.value}); !checked)
            return checked;
    for (const JsonNode& item : field.node.items)
        if (Parsed<void> checked = check_template({field.text, field.key, item}); !checked) return checked;
    if (field.node.kind != json::kind::string) return {};
    const std::string_view content = field.node.scalar.get_string();
    const Words words{field.text, field.node.offset + 1, {}, field.node.verbatim};
    for (auto found = next_placeholder(content, 0); found; found = next_placeholder(content, found->end))
        if (auto wrong = wrong_placeholder(*found))
            return words.error(found->begin, std::move(wrong->first), std::move(wrong->second));
    return {};
}

Parsed<void> read_body(const Field& field, WebhookTarget& target) {
    if (field.node.kind != json::kind::object && field.node.kind != json::kind::string)
        return field.wrong_kind("an object or a string");
    if (Parsed<void> checked = check_template(field); !checked) return checked;
    target.body = text::to_value(field.node);
    return {};
}

Parsed<void> read_on(const Field& field, WebhookTarget& target) {
    constexpr std::array<std::string_view, 6> kWords{"start",   "completed", "warnings",
                                                     "failure", "timeout",   "canceled"};
    if (field.node.kind != json::kind::array)
        return field.wrong_kind("a list such as [\"failure\", \"timeout\"]");
    if (field.node.items.empty())
        return field.error("'on' names no status", "without 'on' the webhook is called at every end");
    for (const JsonNode& item : field.node.items) {
        const Field entry{field.text, "on", item};
        Parsed<std::string> word = entry.string();
        if (!word) return word.error();
        const auto known = std::find(kWords.begin(), kWords.end(), *word);
        if (known == kWords.end()) {
            const std::string_view nearest = nearest_name(*word, kWords);
            return entry.error("unknown status " + quoted(*word) + " in 'on'",
                               nearest.empty()
                                   ? "one of start, completed, warnings, failure, timeout, canceled"
                                   : "did you mean '" + std::string(nearest) + "'?");
        }
        target.on.insert(*word == "start" ? RunStatus::started : *parse_run_status(*word));
    }
    return {};
}

/// "env:NAME", or the literal text.
Parsed<SecretText> secret_text(const Field& field, std::string words) {
    if (!words.starts_with("env:")) return SecretText{std::move(words), {}};
    const std::string name = words.substr(4);
    const bool named = !name.empty() &&
                       name.find_first_not_of(std::string(kAlphanumeric) + "_") == std::string::npos &&
                       !(name.front() >= '0' && name.front() <= '9');
    if (!named)
        return field.error("'env:' needs the name of an environment variable behind it",
                           "for example 'env:WEBHOOK_SECRET'");
    return SecretText{{}, name};
}

/// Bytes that base64 text with its padding stands for; nullopt when it is not base64.
std::optional<std::size_t> base64_bytes(std::string_view encoded) {
    std::string_view digits = encoded;
    while (digits.ends_with('=') && encoded.size() - digits.size() < 2)
        digits.remove_suffix(1);
    if (digits.find_first_not_of(std::string(kAlphanumeric) + "+/") != std::string_view::npos)
        return std::nullopt;
    if (encoded.size() % 4 != 0) return std::nullopt;
    return digits.size() * 3 / 4;
}

Parsed<void> read_secret(const Field& field, WebhookTarget& target) {
    Parsed<std::string> words = field.string();
    if (!words) return words.error();
    Parsed<SecretText> secret = secret_text(field, std::move(*words));
    if (!secret) return secret.error();
    if (secret->environment.empty()) {
        // Standard Webhooks 1.0: 24 to 64 bytes for HMAC, a seed of 32 bytes or seed and public key for
        // Ed25519.
        const bool symmetric = secret->literal.starts_with("whsec_"),
                   asymmetric = secret->literal.starts_with("whsk_");
        if (!symmetric && !asymmetric)
            return field.error("'secret' begins with 'whsec_' or 'whsk_', or names a variable: 'env:NAME'");
        const auto bytes = base64_bytes(std::string_view(secret->literal).substr(symmetric ? 6 : 5));
        if (!bytes)
            return field.error("'secret' is not base64 behind its prefix",
                               "its length is a multiple of four, with '=' at its end where needed");
        if (symmetric && (*bytes < 24 || *bytes > 64))
            return field.error("a 'whsec_' secret has 24 to 64 bytes, not " + std::to_string(*bytes));
        if (asymmetric && *bytes != 32 && *bytes != 64)
            return field.error("a 'whsk_' secret has 32 or 64 bytes, not " + std::to_string(*bytes));
    }
    target.secret = std::move(*secret);
    return {};
}

template <SecretText WebhookTarget::Basic::*Member>
Parsed<void> read_credential(const Field& field, WebhookTarget::Basic& basic) {
    // Either may be empty: who takes an API key takes it as one of the two.
    Parsed<std::string> words = field.string_or_empty();
    if (!words) return words.error();
    // RFC 7617, 2: the first colon ends the user name.
    if (field.key == "username" && !words->starts_with("env:") && words->find(':') != std::string::npos)
        return field.error("a colon in 'username'", "Basic authentication cannot carry it");
    Parsed<SecretText> secret = secret_text(field, std::move(*words));
    if (!secret) return secret.error();
    basic.*Member = std::move(*secret);
    return {};
}

constexpr KeyRow<WebhookTarget::Basic> kBasicKeys[] = {
    {"username", read_credential<&WebhookTarget::Basic::username>},
    {"password", read_credential<&WebhookTarget::Basic::password>},
};

Parsed<void> read_basic(const Field& field, WebhookTarget& target) {
    WebhookTarget::Basic basic;
    if (Parsed<void> read = read_keys({field.text, "'basic'", field.node}, kBasicKeys, basic); !read)
        return read;
    if (field.node.members.size() < std::size(kBasicKeys))
        return field.error("'basic' needs both 'username' and 'password'", "one of them may be \"\"");
    target.basic = std::move(basic);
    return {};
}

Parsed<void> read_verify(const Field& field, WebhookTarget::Tls& tls) {
    if (field.node.kind != json::kind::bool_) return field.wrong_kind("true or false");
    tls.verify = field.node.scalar.get_bool();
    return {};
}

constexpr KeyRow<WebhookTarget::Tls> kTlsKeys[] = {
    {"ca", read_text<&WebhookTarget::Tls::ca>},
    {"certificate", read_text<&WebhookTarget::Tls::certificate>},
    {"key", read_text<&WebhookTarget::Tls::key>},
    {"verify", read_verify},
};

Parsed<void> read_tls(const Field& field, WebhookTarget& target) {
    if (Parsed<void> read = read_keys({field.text, "'tls'", field.node}, kTlsKeys, target.tls); !read)
        return read;
    const bool certificate = !target.tls.certificate.empty(), key = !target.tls.key.empty();
    if (certificate != key)
        return field.error(
            key ? "'tls' has a 'key' without a 'certificate'" : "'tls' has a 'certificate' without a 'key'",
            "a client certificate needs both");
    return {};
}

Parsed<void> read_timeout(const Field& field, WebhookTarget& target) {
    const JsonNode& node = field.node;
    const bool number =
        node.kind == json::kind::int64 || node.kind == json::kind::uint64 || node.kind == json::kind::double_;
    if (!number) return field.wrong_kind("a number of seconds");
    const double seconds = node.scalar.to_number<double>();
    if (seconds < 0.1 || seconds > 300) return field.error("'timeout' must lie between 0.1 and 300 seconds");
    target.timeout = std::chrono::milliseconds(std::llround(seconds * 1000));
    return {};
}

Parsed<void> read_strict(const Field& field, WebhookTarget& target) {
    Parsed<std::string> word = field.string();
    if (!word) return word.error();
    if (*word != "docs")
        return field.error("unknown value " + quoted(*word) + " of 'strict'", "the only one is 'docs'");
    target.strict_docs = true;
    return {};
}

/// Every key of the webhook field. What each one means: docs/run-options.md.
constexpr KeyRow<WebhookTarget> kWebhookKeys[] = {
    {"url", read_url},       {"headers", read_headers},
    {"format", read_format}, {"fieldname", read_text<&WebhookTarget::fieldname>},
    {"body", read_body},     {"on", read_on},
    {"secret", read_secret}, {"basic", read_basic},
    {"tls", read_tls},       {"timeout", read_timeout},
    {"strict", read_strict},
};

}  // namespace

Parsed<WebhookTarget> read_webhook_json(std::string_view text, std::size_t begin, std::size_t end) {
    const Parsed<JsonNode> node = text::read_json(text, begin, end);
    if (!node) return node.error();
    WebhookTarget target;
    const Field object{text, "the webhook", *node};
    if (Parsed<void> read = read_keys(object, kWebhookKeys, target); !read) return read.error();
    if (target.url.empty())
        return object.error("the webhook has no 'url'",
                            "for example {\"url\": \"https://example.com/hook\"}");
    const bool authorized = std::any_of(target.headers.begin(), target.headers.end(), [](const auto& header) {
        return lower(header.first) == "authorization";
    });
    if (target.basic && authorized)
        return object.error("the webhook has both 'basic' and a header Authorization", "keep one of them");
    return target;
}

Parsed<WebhookTarget> read_webhook_url(const Words& words) {
    if (words.content.starts_with('{'))
        return words.error(0, "a JSON target among URLs", "give it a #webhook of its own");
    for (const std::string_view next : {",http://", ",https://"})
        if (const auto comma = words.content.find(next); comma != std::string::npos)
            return words.error(comma, "a comma between two URLs",
                               "several URLs stand on one line each; a comma inside of one is written %2C");
    Parsed<std::string> url = read_web_url(words, "a webhook");
    if (!url) return url.error();
    WebhookTarget target;
    target.url = std::move(*url);
    return target;
}

}  // namespace ringback::value
