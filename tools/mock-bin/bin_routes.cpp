// Making, showing and removing bins, and the calls that they record.
#include "tools/mock-bin/app.hpp"
#include "tools/mock-bin/form_data.hpp"
#include "tools/mock-bin/har.hpp"
#include "tools/mock-bin/journal.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/page.hpp"
#include "tools/mock-bin/signature_check.hpp"
#include "tools/mock-bin/text.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/json.hpp>

#include <openssl/rand.h>

namespace ringback::mock_bin {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kMaxDefinition = 16u << 20;

/// The text that holds the definition: a form's field "response", else the body itself.
std::string definition_text(const net::ServerRequest& request) {
    const auto content_type = request.headers.get("Content-Type").value_or("");
    const auto type = media_type(content_type);
    // curl -d sends JSON as if it were a form.
    const auto first = request.body.find_first_not_of(" \t\r\n");
    if (first != std::string::npos && request.body[first] == '{') return request.body;
    if (type == "application/x-www-form-urlencoded")
        for (auto& [name, value] : net::parse_query(request.body))
            if (name == "response") return std::move(value);
    if (type == "multipart/form-data")
        for (const auto& part :
             parse_multipart(request.body, field_parameter(content_type, "boundary").value_or("")))
            if (part.name == "response") return std::string(part.value);
    return request.body;
}

/// A view shows "***" for the secret: put back, that stands for the one which the bin has.
std::optional<Invalid> settle_secret(json::value& value, const Bin* bin) {
    for (const auto* pointer : {"/verify/secret", "/response/verify/secret"}) {
        json::error_code ec;
        auto* secret = value.find_pointer(pointer, ec);
        if (!secret || !secret->is_string()) continue;
        if (secret->get_string() == "***") {
            const auto kept = bin ? bin->definition()->secret : std::string();
            if (kept.empty()) return Invalid{pointer, "is what a view shows in place of a secret"};
            *secret = kept;
        } else if (const auto wrong = wrong_secret(view(secret->get_string()));
                   wrong && !secret->get_string().empty()) {
            return Invalid{pointer, *wrong};
        }
    }
    return std::nullopt;
}

/// The definition in a request, or the answer that says what is wrong with it.
/// @param bin the one that it is for, when there is one already
boost::system::result<std::shared_ptr<const Definition>, net::ServerResponse> read_definition(
    const Call& call, const Bin* bin) {
    if (call.request.body.size() > kMaxDefinition)
        return answer_error(call, 413, "too_large", "a bin's definition may have 16 MiB");
    const auto text = definition_text(call.request);
    std::string_view trimmed = text;
    while (!trimmed.empty() && std::string_view(" \t\r\n").find(trimmed.front()) != std::string_view::npos)
        trimmed.remove_prefix(1);
    auto value = trimmed.empty() ? Checked<json::value>(json::value(json::object())) : parse_body(text);
    if (!value) {
        const auto type = media_type(call.request.headers.get("Content-Type").value_or(""));
        const bool other = !type.empty() && type != "application/x-www-form-urlencoded" &&
                           !type.starts_with("text/") && type != "application/octet-stream" &&
                           type.find("json") == std::string::npos;
        if (other)
            return answer_error(call, 415, "unsupported_media_type",
                                "the body must be a HAR response object as application/json, or a form with "
                                "the field \"response\"");
        return answer_invalid(call, value.error());
    }
    if (const auto wrong = settle_secret(*value, bin)) return answer_invalid(call, *wrong);
    auto definition = parse_definition(*value);
    if (!definition) return answer_invalid(call, definition.error());
    return *std::move(definition);
}

net::ServerResponse answer_made(const Call& call, const Bin& bin, bool created) {
    const auto location = "/bin/" + bin.id();
    const unsigned status = created ? 201 : 200;
    auto response = negotiated(call).format == Format::html
                        ? answer_page(created_page(location), status)
                        : answer_value(call, text_value(bin.id()), status);
    response.headers.add("Location", location);
    return response;
}

net::ServerResponse answer_full(const Call& call, const Bins::Made& made) {
    if (!made.too_large)
        return answer_error(call, 507, "too_many_bins",
                            "there are as many bins as this mock-bin keeps; delete some");
    return answer_error(call, 507, "too_large",
                        "what the bins answer, and answered in the calls still kept, may take " +
                            std::to_string(call.app.bins().limits().total_bytes / 2) +
                            " bytes together, half of --total-bytes; delete bins or clear logs");
}

asio::awaitable<void> create_bin(Call& call) {
    auto definition = read_definition(call, nullptr);
    if (!definition) {
        auto refused = definition.error();
        co_await send(call, std::move(refused));
        co_return;
    }
    const auto made = call.app.bins().create(*std::move(definition));
    if (!made.bin) {
        auto full = answer_full(call, made);
        co_await send(call, std::move(full));
        co_return;
    }
    auto response = answer_made(call, *made.bin, true);
    co_await send_durably(call, made.position, std::move(response));
}

asio::awaitable<void> upsert_bin(Call& call) {
    const auto& id = call.args.front();
    if (!valid_bin_id(id)) {
        auto refused = answer_error(
            call, 400, "invalid_id",
            "an id has 1 to 128 letters, digits, \"-\", \"_\" and \".\", and is not create, upsert, "
            "delete, view, sample or log");
        co_await send(call, std::move(refused));
        co_return;
    }
    auto definition = read_definition(call, call.app.bins().find(id).get());
    if (!definition) {
        auto refused = definition.error();
        co_await send(call, std::move(refused));
        co_return;
    }
    const auto made = call.app.bins().upsert(id, *std::move(definition));
    if (!made.bin) {
        auto full = answer_full(call, made);
        co_await send(call, std::move(full));
        co_return;
    }
    auto response = answer_made(call, *made.bin, made.created);
    co_await send_durably(call, made.position, std::move(response));
}

asio::awaitable<void> delete_bin(Call& call) {
    const auto position = call.app.bins().remove(call.args.front());
    auto response = position ? answer_status(204) : answer_no_bin(call, call.args.front());
    co_await send_durably(call, position.value_or(0), std::move(response));
}

asio::awaitable<void> clear_log(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    std::uint64_t position = 0;
    if (bin) position = bin->clear();
    auto response = bin ? answer_status(204) : answer_no_bin(call, call.args.front());
    co_await send_durably(call, position, std::move(response));
}

net::ServerResponse view_bin(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) return answer_no_bin(call, call.args.front());
    if (negotiated(call).format == Format::html) return bin_page();
    return answer_value(call, shown(*bin->definition()));
}

net::ServerResponse sample(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) return answer_no_bin(call, call.args.front());
    const auto pair = [](std::string_view name, std::string_view value) {
        return json::object{{"name", key(name)}, {"value", key(value)}};
    };
    const std::string host = one_line(call.request.headers.get("Host").value_or("localhost"));
    const json::array foo_bar{pair("foo", "bar"), pair("bar", "baz")};
    return answer_value(call,
                        {{"method", "POST"},
                         {"url", (call.request.secure ? "https://" : "http://") + host + "/bin/" + bin->id()},
                         {"httpVersion", "HTTP/1.1"},
                         {"queryString", json::array{pair("foo", "bar"), pair("foo", "baz")}},
                         {"headers", json::array{pair("Accept", "application/json"),
                                                 pair("Content-Type", "application/x-www-form-urlencoded")}},
                         {"cookies", foo_bar},
                         {"postData",
                          {{"mimeType", "application/x-www-form-urlencoded"},
                           {"text", "foo=bar&bar=baz"},
                           {"params", foo_bar}}},
                         {"headersSize", -1},
                         {"bodySize", 15}});
}

std::string random_bytes(std::size_t size) {
    std::string out(size, '\0');
    RAND_bytes(reinterpret_cast<unsigned char*>(out.data()), static_cast<int>(size));
    return out;
}

asio::awaitable<void> commit_fault(Call& call, const CannedAnswer& canned) {
    switch (canned.fault) {
        case Fault::malformed_chunk: {
            const auto bytes = "HTTP/1.1 " + std::to_string(canned.status) + " " + canned.reason +
                               "\r\nTransfer-Encoding: chunked\r\n\r\n" +
                               "lskdu018973t09sylgasjkfg1][]'./.sdlv";
            (void)co_await call.responder.write_raw(bytes);
            break;
        }
        case Fault::random_data: {
            const auto bytes = random_bytes(256);
            (void)co_await call.responder.write_raw(bytes);
            break;
        }
        default:
            break;
    }
    call.responder.close_after(canned.fault == Fault::connection_reset);
}

/// The body in pieces, the last one at the end of the time.
asio::awaitable<void> dribble(Call& call, net::ServerResponse response, Dribble how) {
    if (response.status == 204 || response.status == 304) {  // never have a body
        co_await call.app.sleep(call.responder, how.duration);
        co_await send(call, std::move(response));
        co_return;
    }
    complete(call, response);
    const auto body = std::move(response.body);
    response.body.clear();
    response.headers.set("Content-Length", std::to_string(body.size()));
    auto failed = co_await call.responder.begin(std::move(response));
    const auto chunks = std::max<std::size_t>(1, std::min<std::size_t>(how.chunks, body.size()));
    for (std::size_t i = 0; i < chunks && !failed; ++i) {
        co_await call.app.sleep(call.responder, how.duration / static_cast<long>(chunks));
        const auto begin = body.size() * i / chunks, end = body.size() * (i + 1) / chunks;
        if (begin != end)
            failed = co_await call.responder.write(std::string_view(body).substr(begin, end - begin));
    }
    if (!failed) (void)co_await call.responder.finish();
}

asio::awaitable<void> give(Call& call, const Entry& entry, const CannedAnswer& canned) {
    if (canned.delay.count()) co_await call.app.sleep(call.responder, canned.delay);
    if (canned.fault != Fault::none) {
        co_await commit_fault(call, canned);
        co_return;
    }
    auto answer = render(canned, entry);
    net::ServerResponse response;
    response.status = answer.status;
    response.reason = std::move(answer.reason);
    response.version = answer.version;
    response.headers = std::move(answer.headers);
    response.body = std::move(answer.body);
    if (canned.dribble)
        co_await dribble(call, std::move(response), *canned.dribble);
    else
        co_await send(call, std::move(response));
}

asio::awaitable<void> record_call(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    Bin::Recorded recorded;
    if (bin) recorded = bin->record(pack(call.request));
    if (!recorded.entry) {
        auto response = answer_no_bin(call, call.args.front());
        co_await send(call, std::move(response));
        co_return;
    }
    if (call.app.journal && recorded.position) {
        const bool kept = co_await call.app.journal->durable(recorded.position);
        if (!kept) {
            auto response = answer_error(call, 507, "not_kept",
                                         "the state file could not be written; the call is in memory only");
            co_await send(call, std::move(response));
            co_return;
        }
    }
    const auto& entry = *recorded.entry;
    co_await give(call, entry, entry.definition->answers[entry.answer]);
    const auto span = std::chrono::steady_clock::now() - call.request.body_at;
    entry.answered_us.store(std::chrono::duration_cast<std::chrono::microseconds>(span).count(),
                            std::memory_order_relaxed);
}

constexpr Route kRoutes[] = {
    {"POST", "/bin/create", create_bin},       {"PUT", "/bin/upsert/:id", upsert_bin},
    {"DELETE", "/bin/delete/:id", delete_bin}, {"DELETE", "/bin/:id", delete_bin},
    {"DELETE", "/bin/:id/log", clear_log},     {"DELETE", "/bin/log/:id", clear_log},
    {"GET", "/bin/:id/view", view_bin},        {"GET", "/bin/view/:id", view_bin},
    {"GET", "/bin/:id/sample", sample},        {"GET", "/bin/sample/:id", sample},
    {"*", "/bin/:id/*", record_call},
};

}  // namespace

std::span<const Route> bin_routes() {
    return kRoutes;
}

}  // namespace ringback::mock_bin
