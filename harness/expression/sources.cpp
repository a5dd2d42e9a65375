// The table of sources: where in a response a value is read.
#include "harness/expression/assertion.hpp"
#include "harness/expression/body_document.hpp"
#include "harness/expression/text_position.hpp"
#include "net/http_client.hpp"

#include <boost/json/value_from.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace ringback::harness {

namespace json = boost::json;

ResponseView view_of(const net::Exchange& exchange, std::string_view url, const json::value* dns) {
    ResponseView view;
    view.url = url;
    view.timings = exchange.timings;
    view.time = exchange.timings.total;
    view.certificate = exchange.tls ? &*exchange.tls : nullptr;
    view.dns_records = dns;
    view.failure = exchange.error_detail;
    if (exchange.address) view.remote_ip = exchange.address->to_string();
    if (const auto& response = exchange.response) {
        view.status = response->status;
        view.headers = &response->headers;
        view.body = response->body;
        view.has_body = true;
        view.truncated = response->truncated;
        view.size_bytes = response->body_size;
    }
    return view;
}

json::value to_json(const net::DnsRecords& records) {
    return {{"a", json::value_from(records.a)},
            {"aaaa", json::value_from(records.aaaa)},
            {"cname", json::value_from(records.cname)}};
}

namespace {

using Response = ResponseView;
using Property = const std::string&;

Operand no_response(const Response& response) {
    return Operand::absent(response.failure.empty() ? "no response was received"
                                                    : std::string(response.failure));
}

/// The exchange came to its end; there need not be a body: a name was looked up, a connection made.
bool finished(const Response& response) {
    return response.time.has_value() && response.failure.empty();
}

Operand status(const Response& response, Property) {
    return response.status ? Operand::text(std::to_string(*response.status)) : no_response(response);
}

Operand header(const Response& response, Property name) {
    if (!response.headers) return no_response(response);
    const auto values = response.headers->all(name);
    if (values.empty()) return Operand::absent("the response has no such header");
    return Operand::text(fmt::format("{}", fmt::join(values, ", ")));
}

Operand json_value(const Response& response, Property property) {
    if (!response.has_body) return no_response(response);
    if (response.truncated) return Operand::absent("the body is too long to be read as JSON");
    const auto path = JsonPath::parse(property);
    if (!path) return Operand::absent(path.error().message);
    const auto& document = BodyDocument::of(response).json();
    if (!document) return Operand::absent("the body is not JSON: " + document.error().message);
    const auto* value = path->find(*document);
    return value ? Operand::json(*value) : Operand::absent(path->explain(*document));
}

Operand xml_value(const Response& response, Property property) {
    if (!response.has_body) return no_response(response);
    if (response.truncated) return Operand::absent("the body is too long to be read as XML");
    return BodyDocument::of(response).xpath(property);
}

Operand text(const Response& response, Property) {
    return response.has_body ? Operand::text(std::string(response.body)) : no_response(response);
}

Operand time(const Response& response, Property) {
    if (!finished(response)) return no_response(response);
    return Operand::text(
        std::to_string(std::chrono::floor<std::chrono::milliseconds>(*response.time).count()));
}

Operand size(const Response& response, Property) {
    return response.size_bytes ? Operand::text(std::to_string(*response.size_bytes)) : no_response(response);
}

Operand url(const Response& response, Property) {
    return response.url.empty() ? no_response(response) : Operand::text(std::string(response.url));
}

Operand remote_ip(const Response& response, Property) {
    return response.remote_ip.empty() ? no_response(response) : Operand::text(response.remote_ip);
}

Operand dns_records(const Response& response, Property property) {
    if (!response.dns_records) return Operand::absent("no name was resolved");
    const auto path = JsonPath::parse(property);
    if (!path) return Operand::absent(path.error().message);
    const auto* value = path->find(*response.dns_records);
    return value ? Operand::json(*value) : Operand::absent(path->explain(*response.dns_records));
}

// A phase or a certificate's part: a small table each.

struct Phase {
    std::string_view name;
    net::Timings::Span net::Timings::*span;
};
constexpr Phase phases[] = {{"dns", &net::Timings::dns},           {"connect", &net::Timings::connect},
                            {"tls_handshake", &net::Timings::tls}, {"upload", &net::Timings::send},
                            {"processing", &net::Timings::wait},   {"download", &net::Timings::receive}};
constexpr std::string_view phase_names[] = {"dns",        "connect",  "tls_handshake", "upload",
                                            "processing", "download", "total"};

/// Milliseconds, up to three decimals.
std::string milliseconds(std::chrono::microseconds time) {
    return fmt::format("{}", static_cast<double>(time.count()) / 1000);
}

/// A phase that a finished exchange had no need of (an address literal has no `dns`) took no time.
Operand timing(const Response& response, Property property) {
    if (property == "total") {
        if (!response.time) return no_response(response);
        return Operand::text(milliseconds(*response.time));
    }
    const auto phase = std::find_if(std::begin(phases), std::end(phases),
                                    [&](const Phase& p) { return p.name == property; });
    if (phase == std::end(phases)) return Operand::absent("there is no such phase");
    const auto span = response.timings.*phase->span;
    if (!span && !finished(response)) return no_response(response);
    return Operand::text(milliseconds(span.value_or(std::chrono::microseconds(0))));
}

struct CertificatePart {
    std::string_view name;
    Operand (*read)(const net::TlsInfo& tls, std::chrono::system_clock::time_point now);
};
using Now = std::chrono::system_clock::time_point;

Operand expires_in_days(const net::TlsInfo& tls, Now now) {
    if (!tls.not_after) return Operand::absent("the certificate does not say when it expires");
    return Operand::text(std::to_string(std::chrono::floor<std::chrono::days>(*tls.not_after - now).count()));
}

template <std::string net::TlsInfo::*field>
Operand tls_text(const net::TlsInfo& tls, Now) {
    return Operand::text(tls.*field);
}

Operand san(const net::TlsInfo& tls, Now) {
    return Operand::owned(json::value_from(tls.subject_alternative_names));
}

constexpr CertificatePart certificate_parts[] = {
    {"expires_in_days", expires_in_days},
    {"subject", tls_text<&net::TlsInfo::subject>},
    {"issuer", tls_text<&net::TlsInfo::issuer>},
    {"san", san},
    {"protocol", tls_text<&net::TlsInfo::protocol>},
    {"cipher", tls_text<&net::TlsInfo::cipher>},
};
constexpr std::string_view certificate_names[] = {"expires_in_days", "subject", "issuer", "san",
                                                  "protocol",        "cipher"};

Operand certificate(const Response& response, Property property) {
    if (!response.certificate)
        return finished(response) ? Operand::absent("the connection was not encrypted")
                                  : no_response(response);
    const auto part = std::find_if(std::begin(certificate_parts), std::end(certificate_parts),
                                   [&](const CertificatePart& p) { return p.name == property; });
    if (part == std::end(certificate_parts)) return Operand::absent("a certificate has no such part");
    return part->read(*response.certificate, response.now);
}

using Check = std::optional<ParseError>;

Check check_path(std::string_view property) {
    const auto path = JsonPath::parse(property);
    return path ? std::nullopt : Check(path.error());
}

Check check_name(std::string_view property, std::span<const std::string_view> names, std::string_view what) {
    if (std::find(names.begin(), names.end(), property) != names.end()) return std::nullopt;
    auto hint = did_you_mean(nearest_name(property, names));
    if (hint.empty()) hint = fmt::format("one of {}", fmt::join(names, ", "));
    return error_at(property, 0, fmt::format("unknown {} '{}'", what, clipped(property, 40)),
                    std::move(hint));
}
constexpr std::string_view record_types[] = {"a", "aaaa", "cname"};
Check check_records(std::string_view property) {
    const auto path = JsonPath::parse(property);
    if (!path) return path.error();
    if (path->steps().empty()) return std::nullopt;
    const auto* type = std::get_if<std::string>(&path->steps().front());
    return check_name(type ? std::string_view(*type) : property, record_types, "type of record");
}
Check check_phase(std::string_view property) {
    return check_name(property, phase_names, "phase");
}
Check check_certificate(std::string_view property) {
    return check_name(property, certificate_names, "certificate part");
}

Check check_header(std::string_view property) {
    const auto bad = std::find_if(property.begin(), property.end(), [](char c) {
        return static_cast<unsigned char>(c) <= ' ' || c == ':' || static_cast<unsigned char>(c) >= 0x7F;
    });
    if (bad == property.end()) return std::nullopt;
    return error_at(property, static_cast<std::size_t>(bad - property.begin()),
                    fmt::format("'{}' is not a header name", clipped(property, 40)));
}

constexpr auto none = Source::Property::none, optional = Source::Property::optional,
               required = Source::Property::required;
constexpr std::string_view header_aliases[] = {"response_header"};
constexpr std::string_view path_help = "a JSON path such as items[0].sku";

constexpr Source table[] = {
    {"response_status", {}, none, "", "the status code", nullptr, status},
    {"response_headers", header_aliases, required, "a header name",
     "the header's value; several are joined by a comma", check_header, header},
    {"response_json",
     {},
     optional,
     path_help,
     "a place in the body; without a path all of it",
     check_path,
     json_value},
    {"response_xml",
     {},
     required,
     "an XPath such as //item/price",
     "the first node that the XPath finds, as text",
     check_xpath,
     xml_value},
    {"response_text", {}, none, "", "the body as text", nullptr, text},
    {"response_time", {}, none, "", "the whole exchange in milliseconds, a whole number", nullptr, time},
    {"response_size", {}, none, "", "the decoded body in bytes", nullptr, size},
    {"response_url", {}, none, "", "the URL of the last request, after redirects", nullptr, url},
    {"response_certificate",
     {},
     required,
     "a part such as expires_in_days",
     "expires_in_days, subject, issuer, san (a list), protocol, cipher",
     check_certificate,
     certificate},
    {"timing",
     {},
     required,
     "a phase such as connect",
     "dns, connect, tls_handshake, upload, processing, download or total, in milliseconds",
     check_phase,
     timing},
    {"remote_ip", {}, none, "", "the address that was connected to", nullptr, remote_ip},
    {"dns_records",
     {},
     optional,
     "a place such as a[0]",
     "the records found by type: a, aaaa, cname",
     check_records,
     dns_records},
};

}  // namespace

std::span<const Source> all_sources() noexcept {
    return table;
}

const Source* find_source(std::string_view name) noexcept {
    const auto found = std::find_if(std::begin(table), std::end(table), [&](const Source& source) {
        return source.name == name ||
               std::find(source.aliases.begin(), source.aliases.end(), name) != source.aliases.end();
    });
    return found == std::end(table) ? nullptr : found;
}

}  // namespace ringback::harness
