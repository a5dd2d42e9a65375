// `ringback webhook list|show|retry|flush`.
#include "harness/report/json.hpp"
#include "run-options/duration.hpp"
#include "tools/ringback/webhook_command.hpp"
#include "tools/ringback/webhook_view.hpp"
#include "webhook/attempt.hpp"
#include "webhook/courier.hpp"
#include "webhook/recovery.hpp"

#include <boost/asio/detached.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/json.hpp>

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <limits>
#include <map>

namespace ringback::webhook_tool {
namespace {

namespace asio = boost::asio;
namespace json = boost::json;
using namespace std::chrono_literals;
using std::chrono::system_clock;
using store::MessageState;
using store::Stored;

constexpr std::uint32_t kLookedThrough = 1000;  // of one target's waiting messages

std::optional<MessageState> parse_state(const std::string& word) {
    for (const auto state : {MessageState::due, MessageState::delivered, MessageState::dead})
        if (word == state_word(state)) return state;
    return std::nullopt;
}

/// Number of a target's first message that is not settled.
asio::awaitable<Stored<std::int64_t>> first_waiting(store::Store& outbox, std::string target_key) {
    store::MessageFilter filter;
    filter.target_key = std::move(target_key);
    filter.state = MessageState::due;
    filter.limit = kLookedThrough;
    const auto waiting = co_await outbox.messages(std::move(filter));
    if (!waiting) co_return waiting.error();
    std::int64_t first = std::numeric_limits<std::int64_t>::max();
    for (const auto& message : *waiting)
        first = std::min(first, message.seq);
    co_return first;
}

asio::awaitable<Stored<std::vector<Listed>>> with_test_names(store::Store& outbox,
                                                             std::vector<store::Message> messages) {
    std::map<std::string, std::string> names;
    std::map<std::string, std::int64_t> first_of;  // by target key
    std::vector<Listed> list;
    for (auto& message : messages) {
        if (!names.contains(message.run_id)) {
            const auto run = co_await outbox.run(message.run_id);
            if (!run) co_return run.error();
            names[message.run_id] = *run ? (*run)->test_name : std::string();
        }
        auto name = names[message.run_id];
        bool behind = false;
        if (message.state == MessageState::due) {
            if (!first_of.contains(message.target_key)) {
                const auto first = co_await first_waiting(outbox, message.target_key);
                if (!first) co_return first.error();
                first_of[message.target_key] = *first;
            }
            behind = message.seq > first_of[message.target_key];
        }
        list.push_back(Listed{std::move(message), std::move(name), behind});
    }
    co_return list;
}

asio::awaitable<Stored<std::vector<Listed>>> find(store::Store& outbox, store::MessageFilter filter) {
    auto messages = co_await outbox.messages(std::move(filter));
    if (!messages) co_return messages.error();
    co_return co_await with_test_names(outbox, std::move(*messages));
}

asio::awaitable<Stored<std::optional<Listed>>> find_one(store::Store& outbox, std::string id) {
    auto message = co_await outbox.message(std::move(id));
    if (!message) co_return message.error();
    std::optional<Listed> found;
    if (*message) {
        std::vector<store::Message> one;
        one.push_back(std::move(**message));
        auto named = co_await with_test_names(outbox, std::move(one));
        if (!named) co_return named.error();
        found = std::move(named->front());
    }
    co_return found;
}

int unknown_message(const std::string& id) {
    std::fprintf(
        stderr,
        "ringback: there is no message %s in this outbox; ringback webhook list shows what there is\n",
        id.c_str());
    return kUsage;
}

void print(const json::value& value) {
    std::printf("%s\n", harness::pretty(value).c_str());
}

/// Progress on standard error, and Ctrl-C: the first gives 2 s to finish, the second ends at once.
class Sender {
  public:
    Sender(store::Store& outbox, webhook::DeliveryOptions options)
        : stop_(io_.get_executor()), delivery_(io_.get_executor(), outbox, std::move(options)) {}

    template <class T>
    T run(asio::awaitable<T> work) {
        asio::co_spawn(io_, watch(), asio::detached);
        return webhook_tool::run(io_, ending(std::move(work)));
    }
    webhook::Delivery& delivery() { return delivery_; }
    harness::Cancellation stop() { return stop_; }

    static void say(const webhook::Progress& progress) {
        if (progress.step == webhook::Progress::Step::attempting) return;
        static constexpr const char* kWords[] = {"", "failed   ", "delivered", "parked   ", "dead     "};
        std::fprintf(stderr, "%s  %s  %s%s%s\n", kWords[static_cast<int>(progress.step)],
                     progress.message_id.c_str(), one_line(progress.url).c_str(),
                     progress.text.empty() ? "" : "  ", one_line(progress.text).c_str());
    }

  private:
    template <class T>
    asio::awaitable<T> ending(asio::awaitable<T> work) {
        auto result = co_await std::move(work);
        signals_.cancel();
        co_return result;
    }
    asio::awaitable<void> watch() {
        boost::system::error_code error;
        co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return;
        stop_.request("interrupted");
        co_await signals_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        if (!error) _exit(kInterrupted);
    }

    asio::io_context io_{1};
    asio::signal_set signals_{io_, SIGINT, SIGTERM};
    harness::Cancellation stop_;
    webhook::Delivery delivery_;
};

/// When the receiver of a message asked for time; nullopt when it may be called now.
asio::awaitable<Stored<std::optional<store::Time>>> floor_of(store::Store& outbox, std::string id) {
    const auto attempts = co_await outbox.attempts(std::move(id));
    if (!attempts) co_return attempts.error();
    std::optional<store::Time> floor;
    if (!attempts->empty()) floor = webhook::read_detail(attempts->back().detail).not_before;
    if (floor && *floor <= system_clock::now()) floor.reset();
    co_return floor;
}

}  // namespace

int list(const Given& given) {
    store::MessageFilter filter;
    filter.run_id = given.text("run");
    filter.limit = 50;
    if (given.has("only")) {
        filter.state = parse_state(given.text("only"));
        if (!filter.state)
            return usage("list", "--only " + given.text("only") + ": there are parked, delivered and dead");
    }
    if (given.has("limit")) {
        const auto text = given.text("limit");
        const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), filter.limit);
        if (error != std::errc{} || end != text.data() + text.size() || filter.limit < 1 ||
            filter.limit > 10'000)
            return usage("list", "--limit must be from 1 to 10000");
    }
    const auto outbox = open_outbox(given);
    if (!outbox) return kUnable;
    const auto found = run(find(*outbox, filter));
    if (!found) return trouble(found.error());
    if (given.has("json")) {
        json::array all;
        for (const auto& listed : *found)
            all.push_back(to_json(listed));
        print(json::object{{"messages", std::move(all)}});
    } else if (found->empty()) {
        std::printf("The outbox holds no such message.\n");
    } else {
        std::printf(
            "%s", render_list(*found, system_clock::now(), columns_of(STDOUT_FILENO), color_on(STDOUT_FILENO))
                      .c_str());
    }
    return kPassed;
}

int show(const Given& given) {
    const auto outbox = open_outbox(given);
    if (!outbox) return kUnable;
    json::array all;
    bool first = true;
    for (const auto& id : given.list("words")) {
        const auto found = run(find_one(*outbox, id));
        if (!found) return trouble(found.error());
        if (!*found) return unknown_message(id);
        const auto attempts = run(outbox->attempts(id));
        if (!attempts) return trouble(attempts.error());
        if (given.has("json")) {
            auto object = to_json(**found);
            json::array made;
            for (const auto& attempt : *attempts)
                made.push_back(to_json(attempt));
            object["attemptsMade"] = std::move(made);
            all.push_back(std::move(object));
            continue;
        }
        std::printf("%s%s", first ? "" : "\n",
                    render_message(**found, *attempts, system_clock::now(), color_on(STDOUT_FILENO),
                                   isatty(STDOUT_FILENO) != 0)
                        .c_str());
        first = false;
    }
    if (given.has("json")) print(all.size() == 1 ? all[0] : json::value(all));
    return kPassed;
}

int retry(const Given& given) {
    auto options = delivery_options("retry", given);
    if (!options) return kUsage;
    const auto outbox = open_outbox(given);
    if (!outbox) return kUnable;
    std::vector<std::string> ids = given.list("words"), runs;
    std::map<std::string, store::Time> was_due;
    for (const auto& id : ids) {
        const auto found = run(find_one(*outbox, id));
        if (!found) return trouble(found.error());
        if (!*found) return unknown_message(id);
        const auto floor = run(floor_of(*outbox, id));
        if (!floor) return trouble(floor.error());
        if (*floor && !given.has("force"))
            return usage("retry", "the receiver of " + id + " asked for " +
                                      webhook::human_wait(system_clock::now(), **floor) +
                                      " more (Retry-After); --force calls it now");
        const auto& message = (*found)->message;
        if (message.state == MessageState::due) was_due.emplace(id, message.due_at);
        const auto& run_id = message.run_id;
        if (std::find(runs.begin(), runs.end(), run_id) == runs.end()) runs.push_back(run_id);
    }
    Sender sender(*outbox, std::move(*options));
    for (const auto& id : ids) {
        const auto due = sender.run(outbox->redeliver(id, system_clock::now()));
        if (!due) return trouble(due.error());
    }
    bool all = true;
    json::array results;
    for (const auto& run_id : runs) {
        if (sender.stop().requested()) break;
        const auto outcome =
            sender.run(sender.delivery().deliver_inline(run_id, 30s, Sender::say, sender.stop(), was_due));
        if (outcome.error) return trouble(*outcome.error);
        for (const auto& target : outcome.targets) {
            if (std::find(ids.begin(), ids.end(), target.message_id) == ids.end()) continue;
            const bool delivered = target.state == MessageState::delivered;
            all = all && delivered;
            results.push_back(json::object{
                {"id", target.message_id},
                {"state", state_word(target.state)},
                {"attempts", target.attempts},
                {"reason", target.reason.empty() ? json::value(nullptr) : json::value(target.reason)}});
            if (!given.has("json"))
                std::printf("%s  %s%s%s\n", target.message_id.c_str(),
                            std::string(state_word(target.state)).c_str(), delivered ? "" : ": ",
                            one_line(target.reason).c_str());
        }
    }
    if (given.has("json")) print(json::object{{"messages", std::move(results)}});
    if (sender.stop().requested()) return kInterrupted;
    return all ? kPassed : kUndelivered;
}

int flush(const Given& given) {
    const auto budget = parse_duration(given.text("budget", "30s"), 1s);
    if (!budget || *budget <= 0ms)
        return usage("flush", "--budget " + given.text("budget") + " is no duration; write 30s or 5m");
    auto options = delivery_options("flush", given);
    if (!options) return kUsage;
    const auto outbox = open_outbox(given);
    if (!outbox) return kUnable;
    const auto owner = options->owner;
    Sender sender(*outbox, std::move(*options));
    const auto ended = sender.run(webhook::end_interrupted_runs(*outbox, owner));
    if (!ended) return trouble(ended.error());
    const auto drained = sender.run(sender.delivery().drain(*budget, true, Sender::say, sender.stop()));
    if (drained.error) return trouble(*drained.error);
    if (*ended)
        std::fprintf(stderr, "ringback: ended %zu earlier run%s\n", *ended,
                     *ended == 1 ? " that was interrupted" : "s that were interrupted");
    if (given.has("json"))
        print(json::object{{"interruptedRuns", *ended},
                           {"delivered", drained.delivered},
                           {"parked", drained.parked},
                           {"dead", drained.dead}});
    else if (drained.delivered + drained.parked + drained.dead == 0)
        std::printf("Nothing waits in the outbox.\n");
    else
        std::printf("delivered %zu, still parked %zu, given up %zu\n", drained.delivered, drained.parked,
                    drained.dead);
    if (sender.stop().requested()) return kInterrupted;
    return drained.parked + drained.dead ? kUndelivered : kPassed;
}

}  // namespace ringback::webhook_tool
