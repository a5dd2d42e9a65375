// Measures the delivery of webhooks. tools/bench/webhook runs all of it; each part is a process of its own:
//   bench-webhook receive                                a receiver: prints its URL, answers 200 to every
//   POST bench-webhook sample URL                             a script for wrk that posts the bytes of one
//   such call bench-webhook fill URL STATE MESSAGES TARGETS        ends runs with MESSAGES webhook calls in
//   all, delivers none bench-webhook drain URL STATE SECONDS                the service's delivery, until
//   nothing waits or time is up bench-webhook pace URL STATE PER_SECOND SECONDS TARGETS   ends runs at a pace
//   beside the service's delivery
// STATE should lie on the disk that is asked about. What is printed is JSON, one object.
#include "harness/executor.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "store/store.hpp"
#include "webhook/attempt.hpp"
#include "webhook/delivery.hpp"
#include "webhook/message.hpp"
#include "webhook/recovery.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace ringback;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr const char* kEnded = "bench-ended";  // header: when the run ended, ns of the steady clock
constexpr std::size_t kAtOnce = 64;            // attempts, and wrk's connections

double seconds_since(Clock::time_point began) {
    return std::chrono::duration<double>(Clock::now() - began).count();
}

std::size_t resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return static_cast<std::size_t>(std::atol(line.c_str() + 6));
    return 0;
}

// --- receive
// ---------------------------------------------------------------------------------------------------

/// Counts calls and how long after their run's end they came. GET tells, and begins anew.
class Receiver {
  public:
    asio::awaitable<void> answer(const net::ServerRequest& request, net::Responder& responder) {
        net::ServerResponse response;
        if (request.method == "GET") {
            response.body = tell();
            calls_ = 0;
            waits_.clear();
        } else {
            ++calls_;
            if (const auto ended = request.headers.get(kEnded)) note(*ended, request.body_at);
        }
        static_cast<void>(co_await responder.respond(std::move(response)));
    }

  private:
    void note(std::string_view ended, Clock::time_point came) {
        std::int64_t nanoseconds = 0;
        std::from_chars(ended.data(), ended.data() + ended.size(), nanoseconds);
        waits_.push_back(static_cast<double>(came.time_since_epoch().count() - nanoseconds) / 1e6);
    }
    std::string tell() {
        std::sort(waits_.begin(), waits_.end());
        const auto at = [&](std::size_t percent) {
            return waits_.empty() ? 0 : waits_[std::min(waits_.size() - 1, waits_.size() * percent / 100)];
        };
        char text[160];
        std::snprintf(text, sizeof text, R"({"calls": %zu, "p50Ms": %.3f, "p99Ms": %.3f, "maxMs": %.3f})",
                      calls_, at(50), at(99), at(100));
        return text;
    }

    std::size_t calls_ = 0;
    std::vector<double> waits_;
};

int receive(std::span<char*>) {
    asio::io_context io(1);
    Receiver receiver;
    net::HttpServer server({io.get_executor()}, {},
                           [&](const net::ServerRequest& request, net::Responder& responder) {
                               return receiver.answer(request, responder);
                           });
    if (const auto started = server.start(); !started) throw std::runtime_error(started.error());
    std::printf("%s\n", server.origin().c_str());
    std::fflush(stdout);
    io.run();
    return 0;
}

// --- what is sent
// ----------------------------------------------------------------------------------------------

harness::Run a_run() {
    harness::Run run;
    run.id = harness::make_run_id();
    run.name = "quick-raven";
    run.test_name = "Checkout API";
    run.started_at = std::chrono::system_clock::now();
    run.status = RunStatus::completed;
    run.finished_at = run.started_at;
    return run;
}

std::vector<WebhookTarget> targets(const std::string& url, std::size_t count) {
    std::vector<WebhookTarget> all;
    for (std::size_t i = 0; i < count; ++i) {
        auto target = parse_webhook_target(R"({"url": ")" + url + "/hook/" + std::to_string(i) +
                                           R"(", "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"})");
        all.push_back(std::move(target).value());
    }
    return all;
}

/// The calls of one run that has just ended.
std::vector<store::Message> messages_of(const harness::Run& run, const std::vector<WebhookTarget>& to) {
    const auto ended = std::to_string(Clock::now().time_since_epoch().count());
    auto messages = webhook::build_messages(run, to, webhook::Publisher{}, std::chrono::system_clock::now());
    for (auto& message : messages) {
        auto headers = webhook::read_headers(message.headers);
        headers.emplace_back(kEnded, ended);
        message.headers = webhook::headers_text(headers);
    }
    return messages;
}

int sample(std::span<char*> words) {
    const auto message = messages_of(a_run(), targets(words[0], 1)).front();
    auto request = webhook::build_request(message, "bench", std::chrono::system_clock::now());
    if (!request) throw std::runtime_error(request.error());
    std::printf("wrk.method = \"POST\"\nwrk.path = \"/hook/0\"\nwrk.body = [==[%s]==]\n",
                request->body.c_str());
    for (const auto& [name, value] : request->headers)
        if (name != kEnded) std::printf("wrk.headers[\"%s\"] = \"%s\"\n", name.c_str(), value.c_str());
    return 0;
}

// --- runs and deliveries
// ---------------------------------------------------------------------------------------

std::unique_ptr<store::Store> open_store(const std::string& directory) {
    auto store = store::open_sqlite(directory);
    if (!store) throw std::runtime_error(store.error().message);
    return std::move(*store);
}

void must(const store::Stored<void>& stored) {
    if (!stored) throw std::runtime_error(stored.error().message);
}

/// Begins and ends a run whose end tells `to`.
asio::awaitable<void> end_run(store::Store& store, const std::vector<WebhookTarget>& to) {
    const auto run = a_run();
    store::RunRecord record;
    record.id = run.id;
    record.test_name = run.test_name;
    record.started_at = run.started_at;
    record.owner = "bench";
    record.lease_until = run.started_at + 1h;
    std::vector<store::Message> none;
    must(co_await store.begin_run(record, std::move(none)));
    record.status = run.status;
    record.finished_at = std::chrono::system_clock::now();
    auto messages = messages_of(run, to);
    must(co_await store.finish_run(std::move(record), std::move(messages)));
}

asio::awaitable<void> end_runs(store::Store& store, const std::vector<WebhookTarget>& to, std::size_t calls) {
    for (std::size_t done = 0; done < calls; done += to.size())
        co_await end_run(store, to);
}

void rethrow(std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
}

int fill(std::span<char*> words) {
    const auto store = open_store(words[1]);
    const auto to = targets(words[0], std::stoul(words[3]));
    const auto began = Clock::now();
    asio::io_context io(1);
    asio::co_spawn(io, end_runs(*store, to, std::stoul(words[2])), rethrow);
    io.run();
    std::printf("{\"filledPerSecond\": %.0f}\n", std::stod(words[2]) / seconds_since(began));
    return 0;
}

struct Service {
    Service(asio::io_context& io, store::Store& store)
        : stop(io.get_executor()), delivery(io.get_executor(), store, options()) {}

    static webhook::DeliveryOptions options() {
        webhook::DeliveryOptions options;
        options.owner = webhook::make_owner();
        options.version = "bench";
        options.concurrency = kAtOnce;
        options.notice = [](const std::string& text) { std::fprintf(stderr, "%s\n", text.c_str()); };
        return options;
    }

    harness::Cancellation stop;
    webhook::Delivery delivery;
};

asio::awaitable<void> pause(std::chrono::milliseconds time) {
    asio::steady_timer timer(co_await asio::this_coro::executor, time);
    co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
}

asio::awaitable<void> watch(store::Store& store, Service& service, Clock::time_point end) {
    for (;;) {
        const auto due = co_await store.next_due();
        if (!due) throw std::runtime_error(due.error().message);
        if (!*due || Clock::now() >= end) break;
        co_await pause(5ms);
    }
    service.stop.request("done");
}

int drain(std::span<char*> words) {
    const auto store = open_store(words[1]);
    asio::io_context io(1);
    Service service(io, *store);
    const auto began = Clock::now();
    asio::co_spawn(io, service.delivery.serve(service.stop), rethrow);
    asio::co_spawn(io, watch(*store, service, began + std::chrono::seconds(std::stol(words[2]))), rethrow);
    io.run();
    std::printf("{\"seconds\": %.3f, \"residentKib\": %zu}\n", seconds_since(began), resident_kib());
    return 0;
}

asio::awaitable<void> end_and_wake(store::Store& store, Service& service, std::vector<WebhookTarget> to) {
    co_await end_run(store, to);
    service.delivery.wake();
}

asio::awaitable<void> keep_pace(asio::io_context& io, store::Store& store, Service& service,
                                const std::vector<WebhookTarget>& to, std::size_t per_second,
                                std::size_t runs) {
    asio::steady_timer timer(io);
    const auto began = Clock::now();
    for (std::size_t i = 0; i < runs; ++i) {
        timer.expires_at(began + i * 1'000'000us / per_second);
        co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        std::vector<WebhookTarget> one{to[i % to.size()]};
        asio::co_spawn(io, end_and_wake(store, service, std::move(one)), rethrow);
    }
    co_await pause(100ms);
    co_await watch(store, service, Clock::now() + 30s);
}

int pace(std::span<char*> words) {
    const auto store = open_store(words[1]);
    const auto per_second = std::stoul(words[2]);
    const auto to = targets(words[0], std::stoul(words[4]));
    asio::io_context io(1);
    Service service(io, *store);
    asio::co_spawn(io, service.delivery.serve(service.stop), rethrow);
    asio::co_spawn(io, keep_pace(io, *store, service, to, per_second, per_second * std::stoul(words[3])),
                   rethrow);
    io.run();
    std::printf("{\"residentKib\": %zu}\n", resident_kib());
    return 0;
}

struct Part {
    std::string_view name;
    std::size_t words;
    int (*run)(std::span<char*> words);
};
constexpr Part kParts[] = {{"receive", 0, receive},
                           {"sample", 1, sample},
                           {"fill", 4, fill},
                           {"drain", 3, drain},
                           {"pace", 5, pace}};

}  // namespace

int main(int count, char** values) {
    const std::span<char*> words(values + 1, static_cast<std::size_t>(count - 1));
    for (const auto& part : kParts)
        if (!words.empty() && words[0] == part.name && words.size() == part.words + 1) try {
                return part.run(words.subspan(1));
            } catch (const std::exception& failure) {
                std::fprintf(stderr, "bench-webhook: %s\n", failure.what());
                return 3;
            }
    std::fprintf(stderr, "bench-webhook: see the head of tools/bench/webhook.cpp\n");
    return 2;
}
