#include "harness/endpoint/step_context.hpp"
#include "harness/expression/response_view.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

#include <array>

namespace ringback::harness {
namespace {

constexpr std::chrono::seconds kDefaultTimeout{30};
constexpr unsigned kMostRedirects = 10;
constexpr std::size_t kKeptBody = 16u << 10;  ///< of a response body, in results
constexpr std::array<std::string_view, 5> kSecretHeaders{"Authorization", "Proxy-Authorization", "Cookie",
                                                         "Set-Cookie", "X-Api-Key"};

struct Failure {
    Failure() = default;  // no aggregate: a text alone must not convert to one
    std::string message;
};
Failure failure(std::string message) {
    Failure made;
    made.message = std::move(message);
    return made;
}
[[noreturn, maybe_unused]] void throw_exception_from_error(const Failure& failure,
                                                           const boost::source_location&) {
    throw std::logic_error(failure.message);
}
template <class T>
using Made = boost::system::result<T, Failure>;

/// RFC 3986 unreserved characters stay.
std::string url_encode(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                           c == '-' || c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
        } else {
            constexpr std::string_view digits = "0123456789ABCDEF";
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

class RequestMaker {
  public:
    explicit RequestMaker(StepContext& context) : context_(context) {}

    Made<net::HttpRequest> make(const RequestStep& step) const {
        net::HttpRequest request;
        auto method = text(step.method, "method"), url = text(step.url, "URL"),
             body = text(step.body, "body");
        for (const auto* part : {&method, &url, &body})
            if (!*part) return part->error();
        request.method = std::move(*method);
        request.url = std::move(*url);
        request.body = std::move(*body);
        for (const auto& [name, value] : step.headers) {
            auto rendered = text(value, "header '" + name + "'");
            if (!rendered) return rendered.error();
            if (rendered->find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
                return failure("header '" + name + "' holds a line break");
            request.headers.add(name, std::move(*rendered));
        }
        auto query = pairs(step.query, "query parameter"), form = pairs(step.form, "form field");
        if (!query) return query.error();
        if (!form) return form.error();
        if (!query->empty()) add_query(request.url, *query);
        if (!step.form.empty()) {
            request.body = std::move(*form);
            if (!request.headers.contains("Content-Type"))
                request.headers.add("Content-Type", "application/x-www-form-urlencoded");
        }
        if (step.basic) {
            auto user = text(step.basic->first, "user name"), password = text(step.basic->second, "password");
            if (!user) return user.error();
            if (!password) return password.error();
            if (user->find(':') != std::string::npos) return failure("user name: it cannot hold ':'");
            request.headers.set("Authorization", "Basic " + basic(*user + ":" + *password));
        }
        return request;
    }

  private:
    Made<std::string> text(const Template& source, const std::string& what) const {
        auto rendered = source.render(context_.templates());
        if (!rendered) return failure(what + ": " + rendered.error().text());
        return std::move(*rendered);
    }

    Made<std::string> pairs(const std::vector<std::pair<std::string, Template>>& list,
                            const std::string& what) const {
        std::string out;
        for (const auto& [name, value] : list) {
            auto rendered = text(value, what + " '" + name + "'");
            if (!rendered) return rendered.error();
            out += (out.empty() ? "" : "&") + url_encode(name) + "=" + url_encode(*rendered);
        }
        return out;
    }

    static void add_query(std::string& url, const std::string& query) {
        const auto fragment = url.find('#');
        const auto tail = fragment == std::string::npos ? std::string{} : url.substr(fragment);
        url.resize(url.size() - tail.size());
        url += (url.find('?') == std::string::npos ? "?" : "&") + query + tail;
    }

    std::string basic(const std::string& credentials) const {
        const std::array<std::string, 1> arguments{credentials};
        return *find_function("encode_base64")->call(arguments, context_.functions);
    }

    StepContext& context_;
};

bool is_redirect(unsigned status) {
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string origin_of(const boost::urls::url_view& url) {
    return std::string(url.scheme()) + "://" + std::string(url.encoded_host_and_port());
}

/// The next request of a redirect (RFC 9110, 15.4), or why it cannot be followed.
Made<net::HttpRequest> redirected(net::HttpRequest request, const net::HttpResponse& response) {
    const auto location = response.headers.get("Location");
    if (!location) return failure("answered " + std::to_string(response.status) + " without a Location");
    const auto base = boost::urls::parse_uri(request.url);
    const auto reference = boost::urls::parse_uri_reference(*location);
    boost::urls::url target;
    if (!base || !reference || !boost::urls::resolve(*base, *reference, target))
        return failure("redirects to '" + std::string(*location) + "', which is no URL");
    if (target.scheme() != "http" && target.scheme() != "https")
        return failure("redirects to a '" + std::string(target.scheme()) + "' URL");
    if (origin_of(*base) != origin_of(target))
        for (const auto name : {"Authorization", "Cookie"})
            request.headers.remove(name);
    if (response.status == 303 || (response.status <= 302 && request.method == "POST")) {
        if (request.method != "HEAD") request.method = "GET";
        request.body.clear();
        for (const auto name : {"Content-Type", "Content-Length"})
            request.headers.remove(name);
    }
    request.headers.remove("Host");
    request.url = target.buffer();
    return request;
}

std::string redact_head(const std::string& head, const Variables& variables) {
    std::string out;
    std::size_t begin = 0;
    while (begin < head.size()) {
        auto end = head.find("\r\n", begin);
        if (end == std::string::npos) end = head.size();
        auto line = head.substr(begin, end - begin);
        const auto colon = line.find(':');
        for (const auto name : kSecretHeaders)
            if (colon != std::string::npos && net::same_name(std::string_view(line).substr(0, colon), name))
                line = line.substr(0, colon) + ": ***";
        out += variables.redact(line) + "\r\n";
        begin = end + 2;
    }
    return out;
}

/// Secrets out, and no more of a body than people look at.
void tidy(net::Exchange& exchange, const Variables& variables) {
    exchange.request_head = redact_head(exchange.request_head, variables);
    exchange.error_detail = variables.redact(exchange.error_detail);
    if (!exchange.response) return;
    net::Headers headers;
    for (const auto& header : exchange.response->headers) {
        bool secret = false;
        for (const auto name : kSecretHeaders)
            secret = secret || net::same_name(header.name, name);
        headers.add(header.name, secret ? "***" : variables.redact(header.value));
    }
    exchange.response->headers = std::move(headers);
    auto& body = exchange.response->body;
    if (body.size() > kKeptBody) {
        body.resize(kKeptBody);
        body.shrink_to_fit();
        exchange.response->truncated = true;
    }
    body = variables.redact(body);
}

void fail(StepResult& result, std::string reason) {
    result.verdict = Verdict::failed;
    result.reasons.push_back(std::move(reason));
}

void warn(StepResult& result, std::string reason) {
    if (result.verdict == Verdict::passed) result.verdict = Verdict::warned;
    result.reasons.push_back(std::move(reason));
}

/// A 4xx or 5xx that no assertion speaks of is not "all well": docs/writing-tests.md, "What fails a step".
void judge_status(const RequestStep& step, unsigned status, const std::string& reason, StepResult& result) {
    for (const auto* list : {&step.assertions, &step.warnings})
        for (const auto& assertion : *list)
            if (assertion.subject().source().name == "response_status") return;
    const auto text = "answered " + std::to_string(status) + (reason.empty() ? "" : " " + reason) +
                      ", and no assertion on response_status allows it";
    if (status >= 500)
        fail(result, text);
    else if (status >= 400)
        warn(result, text);
}

/// A header that is called a credential's may hold a count; masked, "5" would star every 5 that is shown.
constexpr std::size_t kShortestCredential = 4;

void extract(const RequestStep& step, const ResponseView& view, StepContext& context, StepResult& result) {
    for (const auto& wish : step.extracts) {
        const auto found = wish.source.extract(view, context.templates());
        ExtractionResult extraction{
            wish.variable, wish.source.text(), found.value.has_value(), {}, found.why};
        if (found.value) {
            if (found.secret && found.value->size() >= kShortestCredential)
                context.variables.set_secret(wish.variable, *found.value);
            else
                context.variables.set(wish.variable, *found.value);
            extraction.value = context.variables.redact(*found.value);
        } else {
            fail(result, "variable '" + wish.variable + "' was not set: " + found.why);
        }
        result.extractions.push_back(std::move(extraction));
    }
}

void judge(const std::vector<Assertion>& list, bool warning, const ResponseView& view, StepContext& context,
           StepResult& result) {
    for (const auto& assertion : list) {
        auto judged = assertion.evaluate(view, context.templates());
        judged.warning = warning;
        if (!judged.passed) {
            auto reason = shown(judged);
            warning ? warn(result, std::move(reason)) : fail(result, std::move(reason));
        }
        result.assertions.push_back(std::move(judged));
    }
}

}  // namespace

boost::asio::awaitable<void> run_http_step(const RequestStep& step, StepContext& context,
                                           StepResult& result) {
    auto made = RequestMaker(context).make(step);
    context.hide_sensitive();
    if (!made) {
        fail(result, made.error().message);
        co_return;
    }
    net::HttpRequest request = std::move(*made);
    result.method = request.method;
    result.url = context.variables.redact(request.url);
    result.title = result.method + " " + result.url;

    net::ExchangeOptions options;
    options.deadline = context.engine.deadline.within(step.timeout.value_or(kDefaultTimeout));
    options.tls.verify = step.verify_tls;
    const auto began = std::chrono::steady_clock::now();
    net::Exchange exchange;
    std::string redirect_failure;
    for (unsigned redirects = 0;; ++redirects) {
        net::HttpRequest current = request;
        exchange = co_await context.client.send(std::move(current), options);
        if (!exchange.ok() || !step.follow_redirects || !is_redirect(exchange.response->status) ||
            !exchange.response->headers.contains("Location"))
            break;
        if (redirects == kMostRedirects) {
            redirect_failure = "redirected more than " + std::to_string(kMostRedirects) + " times";
            break;
        }
        auto next = redirected(std::move(request), *exchange.response);
        if (!next) {
            redirect_failure = next.error().message;
            break;
        }
        request = std::move(*next);
    }
    result.duration =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);

    const auto dns = to_json(exchange.dns_records);
    const boost::json::value dns_value = dns;
    auto view = view_of(exchange, request.url, &dns_value);
    view.time = result.duration;
    if (!exchange.ok())
        fail(result, exchange.error_detail.empty() ? exchange.error.message() : exchange.error_detail);
    if (!redirect_failure.empty()) fail(result, redirect_failure);
    if (exchange.response) {
        judge_status(step, exchange.response->status, exchange.response->reason, result);
        extract(step, view, context, result);
        judge(step.assertions, false, view, context, result);
        judge(step.warnings, true, view, context, result);
    }
    if (step.slow_after && result.duration > *step.slow_after) {
        result.slower_than_wanted = true;
        warn(result, "took " + std::to_string(result.duration.count() / 1000) +
                         " ms, more than slow-after allows (" + std::to_string(step.slow_after->count()) +
                         " ms)");
    }
    context.hide_sensitive();
    tidy(exchange, context.variables);
    result.exchange = std::move(exchange);
}

}  // namespace ringback::harness
