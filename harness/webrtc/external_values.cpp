#include "harness/webrtc/external_values.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <charconv>

namespace ringback::harness {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

constexpr std::string_view kRoute = "/v1/testruns/externalValue/";
constexpr std::uint64_t kMaxBody = 64 << 10;
constexpr std::size_t kShownSessions = 10;

net::ServerResponse answer(unsigned status, json::object body) {
    net::ServerResponse response;
    response.status = status;
    response.headers.set("Content-Type", "application/json");
    response.headers.set("Cache-Control", "no-store");
    response.body = json::serialize(body) + "\n";
    return response;
}

/// 100 is the code of testRTC's complaints about what was sent.
net::ServerResponse refusal(unsigned status, std::string message) {
    json::object body;
    body["code"] = status == 400 ? 100 : status;
    body["message"] = std::move(message);
    return answer(status, std::move(body));
}

/// "127.0.0.1:8123" without its port, in lower case as browsers send it.
std::string_view without_port(std::string_view authority) {
    if (authority.starts_with('[')) return authority.substr(0, authority.find(']') + 1);
    return authority.substr(0, authority.find(':'));
}

bool is_loopback(std::string_view host) {
    boost::system::error_code error;
    const bool bracketed = host.starts_with('[') && host.ends_with(']');
    const auto address =
        asio::ip::make_address(std::string(bracketed ? host.substr(1, host.size() - 2) : host), error);
    return host == "localhost" || (!error && address.is_loopback());
}

bool says_json(const net::ServerRequest& request) {
    const auto type = request.headers.get("Content-Type").value_or("");
    return net::same_name(type.substr(0, type.find_first_of("; ")), "application/json");
}

struct ListenAddress {
    std::string host;
    std::uint16_t port = 0;
    std::string wrong;  ///< why it cannot be used; else ""
};

/// "[HOST:]PORT"
ListenAddress read_address(std::string_view address) {
    const auto colon = address.rfind(':');
    const auto port = colon == std::string_view::npos ? address : address.substr(colon + 1);
    auto host = colon == std::string_view::npos ? std::string_view("127.0.0.1") : address.substr(0, colon);
    ListenAddress read;
    const auto parsed = std::from_chars(port.data(), port.data() + port.size(), read.port);
    if (port.empty() || parsed.ec != std::errc{} || parsed.ptr != port.data() + port.size())
        read.wrong =
            "'" + std::string(address) + "' is not of the form [HOST:]PORT, with a port from 0 to 65535";
    else if (!is_loopback(host))
        read.wrong = std::string(host) + " is no loopback address; values are taken from this machine only";
    if (host == "localhost") host = "127.0.0.1";
    if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
    read.host = std::string(host);
    return read;
}

std::string no_session(const ExternalValues& values, const std::string& session) {
    const auto known = values.sessions();
    auto text = "no run under way has a session '" + session + "'";
    if (known.empty()) return text;
    text += "; there " + std::string(known.size() == 1 ? "is " : "are ");
    for (std::size_t i = 0; i < std::min(known.size(), kShownSessions); ++i)
        text += (i ? ", " : "") + known[i];
    return known.size() > kShownSessions ? text + ", …" : text;
}

struct Given {
    std::string key;
    json::value value;
    std::string error;
};
Given read_body(const std::string& body) {
    Given given;
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    auto parsed = json::parse(body, error, {}, options);
    auto* object = error ? nullptr : parsed.if_object();
    auto* key = object ? object->if_contains("key") : nullptr;
    auto* value = object ? object->if_contains("value") : nullptr;
    if (error)
        given.error = "the body is no JSON: " + error.message();
    else if (!key || !key->is_string() || !value)
        given.error = "the body must be {\"key\": \"NAME\", \"value\": …}";
    else if (key->get_string().empty() || key->get_string().size() > ExternalValues::kMaxKey)
        given.error = "the key must have from 1 to " + std::to_string(ExternalValues::kMaxKey) + " bytes";
    if (!given.error.empty()) return given;
    given.key = std::string(key->get_string());
    given.value = std::move(*value);
    return given;
}

asio::awaitable<void> handle(std::shared_ptr<ExternalValues> values, const net::ServerRequest& request,
                             net::Responder& responder) {
    auto response = answer_external_value(*values, request);
    static_cast<void>(co_await responder.respond(std::move(response)));
}

}  // namespace

// ---- The values

void ExternalValues::open(const std::string& session) {
    const std::lock_guard lock(mutex_);
    sessions_.try_emplace(session);
}
void ExternalValues::close(const std::string& session) {
    const std::lock_guard lock(mutex_);
    sessions_.erase(session);
}

ExternalValues::Kept ExternalValues::set(const std::string& session, const std::string& key,
                                         json::value value) {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return Kept::no_such_session;
    auto& values = found->second;
    if (values.size() >= kMaxValues && !values.contains(key)) return Kept::too_many;
    values.insert_or_assign(key, std::move(value));
    return Kept::yes;
}

std::optional<json::value> ExternalValues::get(const std::string& session, const std::string& key) const {
    const std::lock_guard lock(mutex_);
    const auto found = sessions_.find(session);
    if (found == sessions_.end()) return std::nullopt;
    const auto value = found->second.find(key);
    if (value == found->second.end()) return std::nullopt;
    return value->second;
}

std::vector<std::string> ExternalValues::sessions() const {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, values] : sessions_)
        names.push_back(name);
    return names;
}

// ---- HTTP

net::ServerResponse answer_external_value(ExternalValues& values, const net::ServerRequest& request) {
    // A page under test runs in a browser of this machine. It can send here neither JSON (that takes a
    // permission which nobody gives) nor, by a name that resolves to this machine, from its own origin.
    if (!is_loopback(without_port(request.headers.get("Host").value_or(""))))
        return refusal(403, "the Host must be a loopback address or localhost");
    if (!request.path.starts_with(kRoute) || request.path.size() == kRoute.size())
        return refusal(404, "there is only POST " + std::string(kRoute) + "{session name}");
    if (request.method != "POST") {
        auto wrong = refusal(405, "values are set with POST");
        wrong.headers.set("Allow", "POST");
        return wrong;
    }
    if (!says_json(request)) return refusal(415, "the Content-Type must be application/json");
    const auto session = net::percent_decode(request.path.substr(kRoute.size()));
    auto given = read_body(request.body);
    if (!given.error.empty()) return refusal(400, std::move(given.error));
    json::object kept;
    kept["sessionName"] = session;
    kept["key"] = given.key;
    switch (values.set(session, given.key, std::move(given.value))) {
        case ExternalValues::Kept::no_such_session:
            return refusal(404, no_session(values, session));
        case ExternalValues::Kept::too_many:
            return refusal(
                429, "the session has " + std::to_string(ExternalValues::kMaxValues) + " values already");
        case ExternalValues::Kept::yes:
            break;
    }
    return answer(200, std::move(kept));
}

ExternalValuesServer::ExternalValuesServer(asio::any_io_executor executor,
                                           std::shared_ptr<ExternalValues> values)
    : executor_(std::move(executor)), values_(std::move(values)) {}

std::string ExternalValuesServer::wrong_address(std::string_view address) {
    return read_address(address).wrong;
}

std::string ExternalValuesServer::start(std::string_view address) {
    auto listen = read_address(address);
    if (!listen.wrong.empty()) return listen.wrong;
    net::ServerOptions options;
    options.host = std::move(listen.host);
    options.port = listen.port;
    options.limits.max_body = kMaxBody;
    options.limits.max_connections = 100;
    server_ = std::make_unique<net::HttpServer>(
        std::vector<asio::any_io_executor>{executor_}, std::move(options),
        [values = values_](const net::ServerRequest& request, net::Responder& responder) {
            return handle(values, request, responder);
        });
    const auto started = server_->start();
    if (started) return {};
    server_.reset();
    return started.error();
}

asio::awaitable<void> ExternalValuesServer::stop() {
    if (!server_) co_return;
    const auto deadline = net::Deadline::after(std::chrono::seconds(1));
    co_await server_->stop(deadline);
}

std::string ExternalValuesServer::url() const {
    return server_ ? server_->origin() + std::string(kRoute) : std::string{};
}

}  // namespace ringback::harness
