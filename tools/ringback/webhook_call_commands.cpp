// `ringback webhook verify|test`: calls by hand, without an outbox.
#include "harness/report/json.hpp"
#include "harness/run/run.hpp"
#include "net/headers.hpp"
#include "run-options/redaction.hpp"
#include "run-options/webhook_target.hpp"
#include "tools/ringback/webhook_command.hpp"
#include "tools/ringback/webhook_view.hpp"
#include "tools/version.hpp"
#include "webhook/attempt.hpp"
#include "webhook/message.hpp"
#include "webhook/signature.hpp"
#include "webhook/supported.hpp"

#include <boost/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <sstream>

namespace ringback::webhook_tool {
namespace {

namespace json = boost::json;
using namespace std::chrono_literals;
using std::chrono::system_clock;

constexpr std::size_t kLongestCall = 100u << 20;
constexpr const char* kSampleName = "Sample call from ringback";

/// A file's bytes, "-" for standard input; nullopt when it cannot be read, as a directory cannot.
std::optional<std::string> read_file(const std::string& path) {
    std::string bytes;
    if (path == "-") {
        bytes.assign(std::istreambuf_iterator<char>(std::cin), {});
        return bytes;
    }
    std::error_code ignored;
    std::ifstream in(path, std::ios::binary);
    if (!in || std::filesystem::is_directory(path, ignored)) return std::nullopt;
    bytes.assign(std::istreambuf_iterator<char>(in), {});
    return in.bad() ? std::nullopt : std::optional(bytes);
}

struct Captured {
    std::string id, timestamp, signature, body;
};

void note_header(Captured& call, std::string_view name, const std::string& value) {
    if (net::same_name(name, "webhook-id")) call.id = value;
    if (net::same_name(name, "webhook-timestamp")) call.timestamp = value;
    if (net::same_name(name, "webhook-signature"))
        call.signature += (call.signature.empty() ? "" : " ") + value;
}

std::string text_at(const json::value& value, const char* pointer) {
    boost::system::error_code error;
    const auto* found = value.find_pointer(pointer, error);
    return found && found->is_string() ? std::string(found->get_string()) : std::string();
}

/// The newest call of a HAR log, or one entry of it; nullopt when the text is neither.
std::optional<Captured> read_har(const std::string& text) {
    boost::system::error_code error;
    const auto parsed = json::parse(text, error);
    if (error) return std::nullopt;
    const auto* entry = &parsed;
    if (const auto* entries = parsed.find_pointer("/log/entries", error);
        entries && entries->is_array() && !entries->get_array().empty())
        entry = &entries->get_array().back();
    const auto* headers = entry->find_pointer("/request/headers", error);
    if (!headers || !headers->is_array()) return std::nullopt;
    Captured call;
    for (const auto& header : headers->get_array())
        note_header(call, text_at(header, "/name"), text_at(header, "/value"));
    call.body = text_at(*entry, "/request/postData/text");
    // Chrome and mock-bin write bytes that are no text so.
    if (text_at(*entry, "/request/postData/encoding") == "base64")
        call.body = webhook::from_base64(call.body).value_or(call.body);
    return call;
}

/// A HAR log, or a request as it went over the wire: head, empty line, body. Without a head it is all body.
Captured read_call(const std::string& text) {
    if (auto har = read_har(text)) return std::move(*har);
    Captured call;
    auto end = text.find("\r\n\r\n");
    std::size_t gap = 4;
    if (const auto bare = text.find("\n\n"); bare < end) {
        end = bare;
        gap = 2;
    }
    if (end == std::string::npos || text.starts_with('{') || text.starts_with('[')) {
        call.body = text;
        return call;
    }
    std::istringstream head(text.substr(0, end));
    std::size_t length = std::string::npos;
    for (std::string line; std::getline(head, line);) {
        if (line.ends_with('\r')) line.pop_back();
        const auto colon = line.find(':');
        if (colon == std::string::npos) continue;
        const auto name = line.substr(0, colon);
        const auto begin = line.find_first_not_of(" \t", colon + 1);
        const auto value = begin == std::string::npos ? std::string() : line.substr(begin);
        note_header(call, name, value);
        if (net::same_name(name, "Content-Length"))
            std::from_chars(value.data(), value.data() + value.size(), length);
    }
    // An editor may have put a line break at the end.
    call.body = text.substr(end + gap, length);
    return call;
}

/// The sample: what a run of a small test would have told.
harness::Run sample_run(RunStatus status) {
    harness::Run run;
    run.id = harness::make_run_id();
    run.name = harness::make_run_name();
    run.kind = "endpoint";
    run.test_name = kSampleName;
    run.test_id = harness::stable_uuid("ringback webhook test");
    run.service_url = "https://service.example";
    run.description = "Sent by 'ringback webhook test'";
    run.status = status;
    run.started_at = system_clock::now();
    if (!is_final(status)) return run;
    run.duration = 1234ms;
    run.finished_at = run.started_at + run.duration;
    harness::StepResult step;
    step.path = "1";
    step.type = "request";
    step.method = "GET";
    step.url = "https://service.example/health";
    step.title = "GET https://service.example/health";
    step.started_at = run.started_at;
    step.duration = 200ms;
    step.exchange.emplace();
    step.exchange->response.emplace();
    step.exchange->response->status = is_pass(status) ? 200 : 503;
    step.exchange->response->reason = is_pass(status) ? "OK" : "Service Unavailable";
    step.exchange->timings.total = 200ms;
    harness::AssertionResult assertion;
    assertion.text = "response_status equal_number 200";
    assertion.source = "response_status";
    assertion.passed = is_pass(status);
    assertion.found = std::to_string(step.exchange->response->status);
    assertion.wanted = "200";
    step.assertions.push_back(assertion);
    const auto sentence =
        "step 1 (GET https://service.example/health): response_status equal_number 200: found " +
        assertion.found;
    step.verdict = is_pass(status) ? harness::Verdict::passed : harness::Verdict::failed;
    if (status == RunStatus::warnings) run.warnings = {"this is a sample of a warning"};
    if (status == RunStatus::timeout) run.error = "the run did not end within its time-out (a sample)";
    if (status == RunStatus::canceled) run.error = "canceled by the user (a sample)";
    if (run.error) run.failure_reasons.push_back(*run.error);
    if (status == RunStatus::failure) run.failure_reasons.push_back(sentence);
    run.steps.push_back(std::move(step));
    return run;
}

/// "POST /path?key=*** HTTP/1.1"
std::string shown_request_line(const std::string& line) {
    const auto begin = line.find(' ') + 1, end = line.rfind(' ');
    if (begin == 0 || end < begin) return one_line(line);
    return one_line(line.substr(0, begin) + redacted_url(line.substr(begin, end - begin)) + line.substr(end));
}

struct SentHead {
    std::string request_line;
    webhook::HeaderList headers;
};

/// The head that was sent, with secrets starred.
SentHead sent_head(const std::string& head) {
    SentHead sent;
    std::istringstream lines(head);
    for (std::string line; std::getline(lines, line);) {
        if (line.ends_with('\r')) line.pop_back();
        const auto colon = line.find(": ");
        if (sent.request_line.empty()) {
            sent.request_line = shown_request_line(line);
        } else if (colon != std::string::npos) {
            const auto name = line.substr(0, colon);
            sent.headers.emplace_back(name, shown_header(name, line.substr(colon + 2)));
        }
    }
    return sent;
}

std::string marked(const std::string& text, const char* mark) {
    std::istringstream lines(text);
    std::string out;
    for (std::string line; std::getline(lines, line);)
        out += mark + line + "\n";
    return out;
}

void print_call(const store::Message& message, const webhook::AttemptResult& result) {
    const auto& exchange = result.exchange;
    const auto headers = webhook::read_headers(message.headers);
    if (exchange.address)
        std::printf("* connected to %s port %u\n", exchange.address->to_string().c_str(), exchange.port);
    if (exchange.tls) std::printf("* %s %s\n", exchange.tls->protocol.c_str(), exchange.tls->cipher.c_str());
    if (!exchange.request_head.empty()) {
        const auto sent = sent_head(exchange.request_head);
        std::printf("> %s\n", sent.request_line.c_str());
        for (const auto& [name, value] : sent.headers)
            std::printf("> %s: %s\n", name.c_str(), value.c_str());
        std::printf(">\n%s\n", marked(sent_body(message.body, headers), "> ").c_str());
    }
    if (exchange.response) {
        const auto& response = *exchange.response;
        std::printf("< HTTP %u %s\n", response.status, one_line(response.reason).c_str());
        for (const auto& header : response.headers)
            std::printf("< %s: %s\n", one_line(header.name).c_str(),
                        shown_header(header.name, header.value).c_str());
        if (!response.body.empty())
            std::printf("<\n%s", marked(shown_body(response.body, {}, false), "< ").c_str());
        std::printf("\n");
    }
    boost::system::error_code error;
    const auto detail = json::parse(result.record.detail, error);
    if (!error && detail.is_object())
        if (const auto* timings = detail.get_object().if_contains("timings"); timings && timings->is_object())
            std::printf("* %s\n", timing_line(timings->get_object()).c_str());
    std::printf("* %s%s%s\n", result.record.outcome.c_str(), result.record.error.empty() ? "" : ": ",
                one_line(result.record.error).c_str());
}

/// As `show` tells a message, with the head as it was sent.
json::object to_json(const store::Message& message, const webhook::AttemptResult& result) {
    auto object = webhook_tool::to_json(Listed{message, kSampleName});
    for (const char* of_outbox : {"state", "targetKey", "seq", "attempts", "dueAt", "lastError"})
        object.erase(of_outbox);
    const auto sent = sent_head(result.exchange.request_head);
    json::array headers;
    for (const auto& [name, value] : sent.headers)
        headers.push_back(json::array{name, value});
    object["requestLine"] = sent.request_line;
    object["headers"] = std::move(headers);
    object["attemptsMade"] = json::array{webhook_tool::to_json(result.record)};
    return object;
}

int send_sample(const WebhookTarget& target, RunStatus status, const webhook::DeliveryOptions& options,
                bool as_json) {
    webhook::Publisher publisher;
    publisher.version = kVersion;
    const auto messages =
        webhook::build_messages(sample_run(status), {target}, publisher, system_clock::now());
    if (messages.empty() && !as_json) {
        std::printf("A webhook of format '%s' sends nothing when a run is %s.\n",
                    std::string(to_string(target.format)).c_str(), std::string(to_string(status)).c_str());
        return kPassed;
    }
    bool delivered = true;
    json::array all;
    for (const auto& message : messages) {
        boost::asio::io_context io(1);
        net::HttpClient client(io.get_executor());
        if (!options.name_servers.empty()) client.use_name_servers(options.name_servers);
        webhook::AttemptSettings settings;
        settings.version = options.version;
        settings.policy = &options.policy;
        settings.proxy = options.proxy;
        const auto result = run(io, webhook::make_attempt(client, message, 1, settings));
        if (as_json)
            all.push_back(to_json(message, result));
        else
            print_call(message, result);
        delivered = delivered && result.outcome.verdict == webhook::Verdict::delivered;
    }
    if (as_json) std::printf("%s\n", harness::pretty(json::object{{"messages", std::move(all)}}).c_str());
    return delivered ? kPassed : kUndelivered;
}

}  // namespace

int verify(const Given& given) {
    const auto words = given.list("words");
    if (words.size() != 1) return usage("verify", "give one FILE, or - for standard input");
    if (!given.has("secret-env")) return usage("verify", "--secret-env NAME is missing");
    const auto variable = given.text("secret-env");
    const char* secret = std::getenv(variable.c_str());
    if (!secret) return usage("verify", "the environment variable " + variable + " is not set");
    if (const auto wrong = webhook::wrong_secrets(secret))
        return usage("verify", "the environment variable " + variable + ": " + *wrong);
    const auto text = read_file(words[0]);
    if (!text) return usage("verify", "cannot read " + words[0]);
    if (text->size() > kLongestCall) return usage("verify", words[0] + " is larger than 100 MiB");
    const bool by_option = given.has("id") || given.has("timestamp") || given.has("signature");
    auto call = by_option
                    ? Captured{given.text("id"), given.text("timestamp"), given.text("signature"), *text}
                    : read_call(*text);
    for (const auto& [header, value] :
         {std::pair("webhook-id", &call.id), std::pair("webhook-timestamp", &call.timestamp),
          std::pair("webhook-signature", &call.signature)})
        if (value->empty())
            return usage("verify", std::string("the call has no '") + header +
                                       "'; give it with its head, or --id, --timestamp and --signature");
    const auto tolerance =
        given.has("any-age") ? std::chrono::seconds(1'000'000'000'000) : std::chrono::seconds(5min);
    const auto verified = webhook::verify_signature(secret, call.id, call.timestamp, call.signature,
                                                    call.body, system_clock::now(), tolerance);
    if (!verified) {
        std::printf("not valid: %s\n", one_line(verified.error()).c_str());
        return kFailed;
    }
    std::printf("valid: %s signature of message %s, %zu bytes\n", std::string(to_string(*verified)).c_str(),
                one_line(call.id).c_str(), call.body.size());
    return kPassed;
}

int test(const Given& given) {
    const auto words = given.list("words");
    if (words.size() != 1) return usage("test", "give one URL, or one webhook as JSON");
    auto target = parse_webhook_target(words[0]);
    if (!target) {
        std::fprintf(stderr, "%s\n", render(target.error(), color_on(STDERR_FILENO)).c_str());
        return kUsage;
    }
    if (given.has("format")) {
        const auto format = parse_webhook_format(given.text("format"));
        if (!format)
            return usage("test",
                         "unknown format '" + given.text("format") + "'; docs/payloads.md lists them");
        target->format = *format;
    }
    if (given.has("secret-env")) target->secret = SecretText{{}, given.text("secret-env")};
    const auto status = parse_run_status(given.text("status", "completed"));
    if (!status)
        return usage("test", "unknown status '" + given.text("status") +
                                 "'; there are started, completed, warnings, failure, timeout and canceled");
    target->on = {*status};
    if (const auto reason = webhook::unusable(*target)) return usage("test", *reason);
    if (const auto warning = webhook::caution(*target))
        std::fprintf(stderr, "warning: %s\n", warning->c_str());
    const auto options = delivery_options("test", given);
    if (!options) return kUsage;
    return send_sample(*target, *status, *options, given.has("json"));
}

}  // namespace ringback::webhook_tool
