// Reading what was recorded: the log, waiting, the live feed, single entries.
#include "net/event_stream.hpp"
#include "tools/mock-bin/app.hpp"
#include "tools/mock-bin/filter.hpp"
#include "tools/mock-bin/har.hpp"
#include "tools/mock-bin/json_members.hpp"
#include "tools/mock-bin/page.hpp"
#include "tools/mock-bin/replay.hpp"
#include "tools/mock-bin/text.hpp"
#include "tools/mock-bin/watch.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/json.hpp>

namespace ringback::mock_bin {

namespace asio = boost::asio;
using namespace asio::experimental::awaitable_operators;

namespace {

constexpr std::chrono::milliseconds kLongestWait{600'000}, kPing{15'000};

json::object counts(const Snapshot& snapshot) {
    return {{"_total", snapshot.total}, {"_dropped", snapshot.dropped}};
}

net::ServerResponse answer_parameter(const Call& call, const Invalid& invalid) {
    return answer_error(call, 400, "invalid", "parameter " + invalid.pointer + ": " + invalid.message,
                        {{"parameter", key(invalid.pointer)}});
}

/// Whether they may come to many megabytes: a template's answer stands in the log, however small the call.
bool may_be_large(const std::vector<EntryPtr>& entries) {
    std::uint64_t bytes = 0;
    for (const auto& entry : entries) {
        bytes += entry->size();
        if (bytes > (1u << 20) || entry->definition->answers[entry->answer].templated) return true;
    }
    return false;
}

/// A log of many megabytes goes out entry by entry: memory holds one of them as JSON at a time.
/// @param whole what is sent, with no entry in it yet
asio::awaitable<void> stream_log(Call& call, std::vector<EntryPtr> entries, json::object whole,
                                 unsigned status) {
    const auto indent = indent_of(call);
    auto frame = to_json(whole, indent);
    const auto hole = frame.find("[]");
    net::ServerResponse head;
    head.status = status;
    head.headers.add("Content-Type", std::string(negotiated(call).type) + "; charset=utf-8");
    complete(call, head);
    auto failed = co_await call.responder.begin(std::move(head));
    std::string piece = frame.substr(0, hole + 1);
    for (std::size_t i = 0; i < entries.size() && !failed; ++i) {
        if (i) piece += ',';
        if (indent) piece += "\n" + std::string(3 * indent, ' ');
        append_json(piece, entry_har(*entries[i]), indent, 3);
        entries[i].reset();
        if (piece.size() < 65'536) continue;
        failed = co_await call.responder.write(piece);
        piece.clear();
    }
    if (failed) co_return;
    if (indent) piece += "\n" + std::string(2 * indent, ' ');
    piece += frame.substr(hole + 1);
    failed = co_await call.responder.write(piece);
    if (!failed) (void)co_await call.responder.finish();
}

/// @param whole what is sent, with no entry in it yet
asio::awaitable<void> send_log(Call& call, std::vector<EntryPtr> entries, json::object whole,
                               unsigned status = 200) {
    const bool plain = negotiated(call).format == Format::json && call.method != "HEAD" && !call.gzip &&
                       query_value(call, "__callback").empty();
    if (plain && may_be_large(entries)) {
        co_await stream_log(call, std::move(entries), std::move(whole), status);
        co_return;
    }
    auto list = entries_har(entries);
    if (list) whole["log"].as_object()["entries"] = *std::move(list);
    auto response = list ? answer_value(call, whole, status) : answer_too_much(call);
    co_await send(call, std::move(response));
}

asio::awaitable<void> read_log(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    const auto filter = Filter::parse(call.request.query);
    net::ServerResponse response;
    if (!bin) {
        response = answer_no_bin(call, call.args.front());
    } else if (!filter) {
        response = answer_parameter(call, filter.error());
    } else if (negotiated(call).format == Format::html) {
        response = history_page();
    } else {
        auto snapshot = bin->snapshot();
        filter->apply(snapshot.entries);
        co_await send_log(call, std::move(snapshot.entries), whole_log({}, counts(snapshot)));
        co_return;
    }
    co_await send(call, std::move(response));
}

// --- waiting and watching

struct WaitFor {
    std::uint64_t count = 1;
    std::chrono::milliseconds timeout{10'000};
};

Checked<WaitFor> parse_wait(const Call& call) {
    WaitFor out;
    if (const auto text = query_value(call, "count"); !text.empty()) {
        const auto count = parse_number(text);
        if (!count || *count == 0) return Invalid{"count", "must be a whole number from 1"};
        out.count = *count;
    }
    if (const auto text = query_value(call, "timeout"); !text.empty()) {
        const auto timeout = parse_span(text, std::chrono::seconds(1));
        if (!timeout || *timeout > kLongestWait)
            return Invalid{"timeout", "must be a time such as 10s or 500ms, at most 10m"};
        out.timeout = *timeout;
    }
    return out;
}

/// Ends when the count is reached, the time is over, or the bin is gone. Looks at each entry once, however
/// many come.
asio::awaitable<void> wait_until(ChangeWatch& watch, const Bin& bin, const Filter& filter, WaitFor wanted,
                                 net::Responder& responder, bool& reached) {
    const auto deadline = net::Deadline::after(wanted.timeout);
    std::uint64_t cursor = 0, matched = 0, clears = 0;
    for (;;) {
        watch.arm(deadline);
        const auto now = bin.snapshot(filter.takes_all() ? UINT64_MAX : cursor);
        if (now.clears != clears) matched = 0;
        clears = now.clears;
        cursor = now.last_seq;
        for (const auto& entry : now.entries)
            matched += filter.takes(*entry);
        reached = (filter.takes_all() ? now.total : matched) >= wanted.count;
        if (reached || now.deleted || deadline.expired() || responder.stopping()) co_return;
        (void)co_await watch.wait();
    }
}

asio::awaitable<void> wait_for_calls(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    const auto wanted = parse_wait(call);
    const auto filter = Filter::parse(call.request.query);
    if (!bin || !wanted || !filter) {
        auto response = !bin      ? answer_no_bin(call, call.args.front())
                        : !wanted ? answer_parameter(call, wanted.error())
                                  : answer_parameter(call, filter.error());
        co_await send(call, std::move(response));
        co_return;
    }
    bool reached = false;
    ChangeWatch watch(call.responder.executor(), *bin);
    co_await (wait_until(watch, *bin, *filter, *wanted, call.responder, reached) ||
              call.responder.peer_gone());
    auto snapshot = bin->snapshot();
    filter->apply(snapshot.entries);
    if (snapshot.deleted) {
        auto response = answer_no_bin(call, call.args.front());
        co_await send(call, std::move(response));
        co_return;
    }
    auto body = whole_log({}, counts(snapshot));
    if (!reached) {
        const auto there = filter->takes_all() ? snapshot.total : snapshot.entries.size();
        body["error"] = {
            {"code", "timeout"},
            {"message", std::to_string(there) + " of " + std::to_string(wanted->count) +
                            " calls came within " + std::to_string(wanted->timeout.count()) + " ms"},
            {"details", {{"count", there}, {"wanted", wanted->count}}}};
    }
    co_await send_log(call, std::move(snapshot.entries), std::move(body), reached ? 200 : 408);
}

asio::awaitable<void> feed(Call& call, const Bin& bin, ChangeWatch& watch, std::uint64_t cursor) {
    net::EventStream stream(call.responder);
    net::ServerResponse extra;
    complete(call, extra);
    auto failed = co_await stream.begin(std::move(extra.headers));
    auto clears = bin.snapshot(UINT64_MAX).clears;
    while (!failed && !call.responder.stopping()) {
        watch.arm(net::Deadline::after(kPing));
        const auto now = bin.snapshot(cursor);
        if (now.deleted) {
            failed = co_await stream.send("{}", "deleted");
            co_return;
        }
        if (now.clears != clears) {
            clears = now.clears;
            failed = co_await stream.send("{}", "cleared");
        }
        if (!now.entries.empty() && now.dropped && now.entries.front()->seq > cursor + 1 && !failed) {
            const auto gap =
                json::serialize(json::object{{"from", cursor + 1}, {"to", now.entries.front()->seq - 1}});
            failed = co_await stream.send(gap, "dropped");
        }
        for (std::size_t i = 0; i < now.entries.size() && !failed; ++i) {
            const auto data = json::serialize(entry_summary(*now.entries[i]));
            const auto id = std::to_string(now.entries[i]->seq);
            failed = co_await stream.send(data, "", id);
        }
        cursor = std::max(cursor, now.last_seq);
        if (failed) co_return;
        const bool changed = co_await watch.wait();
        if (!changed) failed = co_await stream.ping();
    }
}

asio::awaitable<void> events(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) {
        auto response = answer_no_bin(call, call.args.front());
        co_await send(call, std::move(response));
        co_return;
    }
    const auto from_query = query_value(call, "after");
    const auto last = parse_number(trim(call.request.headers.get("Last-Event-ID").value_or("")));
    const auto after = parse_number(from_query);
    const auto newest = bin->snapshot(UINT64_MAX).last_seq;
    const auto cursor = std::min(newest, last ? *last : after ? *after : newest);
    ChangeWatch watch(call.responder.executor(), *bin);
    co_await (feed(call, *bin, watch, cursor) || call.responder.peer_gone());
    call.responder.close_after();
}

// --- entries

net::ServerResponse list_entries(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) return answer_no_bin(call, call.args.front());
    const auto filter = Filter::parse(call.request.query);
    if (!filter) return answer_parameter(call, filter.error());
    auto snapshot = bin->snapshot();
    filter->apply(snapshot.entries);
    json::array list;
    for (const auto& entry : snapshot.entries)
        list.emplace_back(entry_summary(*entry));
    return answer_value(call, {{"total", snapshot.total},
                               {"dropped", snapshot.dropped},
                               {"last", snapshot.last_seq},
                               {"entries", std::move(list)}});
}

EntryPtr find_entry(const Call& call) {
    const auto bin = call.app.bins().find(call.args[0]);
    const auto seq = parse_number(call.args[1]);
    return bin && seq ? bin->find(*seq) : nullptr;
}

net::ServerResponse answer_no_entry(const Call& call) {
    if (!call.app.bins().find(call.args[0])) return answer_no_bin(call, call.args[0]);
    return answer_error(
        call, 404, "unknown_entry",
        "the bin has no entry \"" + to_text(call.args[1]) + "\"; it was never recorded, dropped or cleared");
}

net::ServerResponse show_entry(Call& call) {
    const auto entry = find_entry(call);
    return entry ? answer_value(call, entry_har(*entry)) : answer_no_entry(call);
}

/// The recorded body's bytes. Never as a type that a browser would run.
net::ServerResponse raw_entry(Call& call) {
    const auto entry = find_entry(call);
    if (!entry) return answer_no_entry(call);
    const auto request = entry->request();
    net::ServerResponse response;
    response.headers.add("Content-Type", "application/octet-stream");
    response.headers.add("Content-Disposition",
                         "attachment; filename=\"entry-" + std::to_string(entry->seq) + "\"");
    response.headers.add("X-Content-Type-Options", "nosniff");
    response.headers.add("Content-Security-Policy", "default-src 'none'; sandbox");
    response.body = std::string(request.body);
    return response;
}

constexpr Route kRoutes[] = {
    {"GET", "/bin/:id/log", read_log},
    {"GET", "/bin/log/:id", read_log},
    {"GET", "/bin/:id/wait", wait_for_calls},
    {"GET", "/bin/:id/events", events},
    {"GET", "/bin/:id/entries", list_entries},
    {"GET", "/bin/:id/entries/:entry", show_entry},
    {"GET", "/bin/:id/entries/:entry/raw", raw_entry},
    {"POST", "/bin/:id/entries/:entry/replay", replay_entry},
};

}  // namespace

std::span<const Route> watch_routes() {
    return kRoutes;
}

}  // namespace ringback::mock_bin
