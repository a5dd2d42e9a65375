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
constexpr std::chrono::milliseconds kHalfClosedStep{250};  ///< between looks whether the server stops

json::object counts(const Snapshot& snapshot) {
    return {{"_total", snapshot.total}, {"_dropped", snapshot.dropped}};
}

constexpr std::string_view kWaitNames[] = {"method", "path", "search", "since", "limit", "count", "timeout"};
constexpr std::span<const std::string_view> kFilterNames(kWaitNames, 5);

/// The filter in a query that may hold these parameters.
Checked<Filter> read_filter(const Call& call, std::span<const std::string_view> names = kFilterNames) {
    if (auto unknown = unknown_parameter(call, names)) return *std::move(unknown);
    return Filter::parse(call.request.query);
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
    add_cache_rules(head);
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
    const auto filter = read_filter(call);
    net::ServerResponse response;
    if (!bin) {
        response = answer_no_bin(call, call.args.front());
    } else if (negotiated(call).format == Format::html) {
        response = history_page();
    } else if (!filter) {
        response = answer_parameter(call, filter.error());
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

/// What a wait has seen so far. It looks at each entry once, however many come.
struct Waiting {
    const Filter& filter;
    WaitFor wanted;
    net::Deadline deadline = net::Deadline::after(wanted.timeout);
    bool looked = false, over = false, reached = false;
    std::uint64_t cursor = 0, clears = 0;
    std::uint64_t matched = 0;
    std::uint64_t unseen = 0;  ///< dropped before this wait could look at them, and perhaps wanted

    void look(const Snapshot& now) {
        if (filter.takes_all()) {
            matched = now.total;
        } else {
            const auto oldest = now.entries.empty() ? now.last_seq + 1 : now.entries.front()->seq;
            if (!looked || now.clears != clears) {
                matched = 0;
                unseen = unseen_before(now, oldest);
            } else {
                unseen += oldest - cursor - 1;
            }
            for (const auto& entry : now.entries)
                matched += filter.takes(*entry);
        }
        looked = true;
        clears = now.clears;
        cursor = now.last_seq;
        reached = matched >= wanted.count;
    }

  private:
    [[nodiscard]] std::uint64_t unseen_before(const Snapshot& now, std::uint64_t oldest) const {
        if (!now.entries.empty() && filter.too_old(*now.entries.front())) return 0;
        return std::min(now.dropped, oldest - 1 - std::min(oldest - 1, filter.after));
    }
};

/// Ends when the count is reached, the time is over, the bin is gone or the server stops.
asio::awaitable<void> wait_until(ChangeWatch& watch, const Bin& bin, Waiting& waiting,
                                 net::Responder& responder, std::chrono::milliseconds step) {
    for (;;) {
        watch.arm(waiting.deadline.within(step));
        const auto now = bin.snapshot(waiting.filter.takes_all() ? UINT64_MAX : waiting.cursor);
        waiting.look(now);
        waiting.over = waiting.reached || now.deleted || waiting.deadline.expired() || responder.stopping();
        if (waiting.over) co_return;
        (void)co_await watch.wait();
    }
}

/// "2 of 3 calls came within 100 ms", as an error.
json::object wait_error(const Waiting& waiting, bool stopping) {
    const auto counted =
        std::to_string(waiting.matched) + " of " + std::to_string(waiting.wanted.count) + " calls ";
    json::object details{{"count", waiting.matched}, {"wanted", waiting.wanted.count}};
    if (stopping)
        return {{"code", "stopping"},
                {"message", counted + "came before mock-bin was stopped"},
                {"details", std::move(details)}};
    auto message = counted + "came within " + std::to_string(waiting.wanted.timeout.count()) + " ms";
    if (!waiting.unseen) return {{"code", "timeout"}, {"message", message}, {"details", std::move(details)}};
    details["dropped"] = waiting.unseen;
    message += "; " + std::to_string(waiting.unseen) + " dropped from the ring may have been among them";
    return {{"code", "inconclusive"}, {"message", message}, {"details", std::move(details)}};
}

asio::awaitable<void> wait_for_calls(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    const auto wanted = parse_wait(call);
    const auto filter = read_filter(call, kWaitNames);
    if (!bin || !wanted || !filter) {
        auto response = !bin      ? answer_no_bin(call, call.args.front())
                        : !wanted ? answer_parameter(call, wanted.error())
                                  : answer_parameter(call, filter.error());
        co_await send(call, std::move(response));
        co_return;
    }
    auto& responder = call.responder;
    Waiting waiting{*filter, *wanted};
    ChangeWatch watch(responder.executor(), *bin);
    co_await (wait_until(watch, *bin, waiting, responder, kLongestWait) || responder.peer_gone());
    // A client that has only closed its sending side still reads the answer.
    if (!waiting.over) co_await wait_until(watch, *bin, waiting, responder, kHalfClosedStep);
    auto snapshot = bin->snapshot();
    filter->apply(snapshot.entries);
    if (snapshot.deleted) {
        auto response = answer_no_bin(call, call.args.front());
        co_await send(call, std::move(response));
        co_return;
    }
    auto body = whole_log({}, counts(snapshot));
    const bool stopped = !waiting.reached && !waiting.deadline.expired();
    if (!waiting.reached) body["error"] = wait_error(waiting, stopped);
    const unsigned status = waiting.reached ? 200 : stopped ? 503 : 408;
    co_await send_log(call, std::move(snapshot.entries), std::move(body), status);
}

/// Where a feed stands.
struct Feed {
    std::uint64_t cursor = 0;
    bool anew = false;   ///< the client knows calls of another bin that had this id
    bool whole = false;  ///< nothing is half written: the stream may be ended in order
};

asio::awaitable<void> feed(Call& call, const Bin& bin, ChangeWatch& watch, Feed& at) {
    net::EventStream stream(call.responder);
    net::ServerResponse extra;
    complete(call, extra);
    auto failed = co_await stream.begin(std::move(extra.headers));
    auto clears = bin.snapshot(UINT64_MAX).clears;
    while (!failed && !call.responder.stopping()) {
        watch.arm(net::Deadline::after(kPing));
        const auto now = bin.snapshot(at.cursor);
        if (now.deleted) {
            failed = co_await stream.send("{}", "deleted");
            break;
        }
        if (now.clears != clears || at.anew) {
            clears = now.clears;
            at.anew = false;
            failed = co_await stream.send("{}", "cleared");
        }
        if (!now.entries.empty() && now.dropped && now.entries.front()->seq > at.cursor + 1 && !failed) {
            const auto gap =
                json::serialize(json::object{{"from", at.cursor + 1}, {"to", now.entries.front()->seq - 1}});
            failed = co_await stream.send(gap, "dropped");
        }
        for (std::size_t i = 0; i < now.entries.size() && !failed; ++i) {
            const auto data = json::serialize(entry_summary(*now.entries[i]));
            const auto id = std::to_string(now.entries[i]->seq);
            failed = co_await stream.send(data, "", id);
        }
        at.cursor = std::max(at.cursor, now.last_seq);
        if (failed) co_return;
        at.whole = true;
        const bool changed = co_await watch.wait();
        if (call.responder.stopping()) co_return;
        at.whole = false;
        if (!changed) failed = co_await stream.ping();
    }
    at.whole = !failed;
}

/// Where a client goes on that has seen calls up to that number, or asks for those after it.
Feed feed_from(const Call& call, const Bin& bin) {
    const auto newest = bin.snapshot(UINT64_MAX).last_seq;
    auto from = parse_number(trim(call.request.headers.get("Last-Event-ID").value_or("")));
    if (!from) from = parse_number(query_value(call, "after"));
    if (!from) return {newest};
    // A number that this bin has not come to is of one that was deleted: all that is here is new.
    return *from > newest ? Feed{0, true} : Feed{*from};
}

asio::awaitable<void> events(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    constexpr std::string_view kNames[] = {"after"};
    const auto unknown = unknown_parameter(call, kNames);
    if (!bin || unknown || call.method == "HEAD") {
        auto response = !bin      ? answer_no_bin(call, call.args.front())
                        : unknown ? answer_parameter(call, *unknown)
                                  : answer_status(200);
        if (response.status == 200) response.headers.add("Content-Type", "text/event-stream");
        co_await send(call, std::move(response));
        co_return;
    }
    auto at = feed_from(call, *bin);
    ChangeWatch watch(call.responder.executor(), *bin);
    co_await (feed(call, *bin, watch, at) || call.responder.peer_gone());
    if (at.whole) (void)co_await call.responder.finish();
    call.responder.close_after();
}

// --- entries

net::ServerResponse list_entries(Call& call) {
    const auto bin = call.app.bins().find(call.args.front());
    if (!bin) return answer_no_bin(call, call.args.front());
    const auto filter = read_filter(call);
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
