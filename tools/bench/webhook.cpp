// How many durable deliveries a second the service makes, how soon a run's end is told, and how much memory a
// backlog takes.
//   bench-webhook [DIRECTORY] [MESSAGES] [TARGETS] [BACKLOG]
// DIRECTORY should lie on the disk that is asked about. The receiver runs beside it, in a thread of this
// program, and answers 200 to everything. The last figure is the limit: the same bytes posted by the same
// client without a store.
#include "harness/executor.hpp"
#include "net/http_client.hpp"
#include "net/http_server.hpp"
#include "store/store.hpp"
#include "webhook/delivery.hpp"
#include "webhook/message.hpp"
#include "webhook/recovery.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

namespace {

namespace asio = boost::asio;
using namespace ringback;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// Answers everything with 200, in a thread of its own, and notes when each message came.
class Receiver {
  public:
    Receiver()
        : server_({io_.get_executor()}, {},
                  [this](const net::ServerRequest& request, net::Responder& responder) {
                      return answer(request, responder);
                  }) {
        if (const auto started = server_.start(); !started) {
            std::fprintf(stderr, "%s\n", started.error().c_str());
            std::exit(3);
        }
        thread_ = std::thread([this] { io_.run(); });
    }
    ~Receiver() {
        io_.stop();
        thread_.join();
    }
    [[nodiscard]] std::string url() const { return server_.origin(); }
    [[nodiscard]] std::size_t count() const noexcept { return count_; }
    [[nodiscard]] std::unordered_map<std::string, Clock::time_point> arrivals() {
        const std::lock_guard lock(mutex_);
        return arrivals_;
    }

  private:
    asio::awaitable<void> answer(const net::ServerRequest& request, net::Responder& responder) {
        if (const auto id = request.headers.get("webhook-id")) {
            const std::lock_guard lock(mutex_);
            arrivals_.emplace(std::string(*id), Clock::now());
        }
        ++count_;
        net::ServerResponse response;
        static_cast<void>(co_await responder.respond(std::move(response)));
    }

    asio::io_context io_{1};
    std::mutex mutex_;
    std::unordered_map<std::string, Clock::time_point> arrivals_;
    std::atomic<std::size_t> count_ = 0;
    net::HttpServer server_;
    std::thread thread_;
};

std::size_t resident_kib() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return static_cast<std::size_t>(std::atol(line.c_str() + 6));
    return 0;
}

store::Message a_message(const std::string& url, std::size_t target, bool due) {
    store::Message message;
    message.id = webhook::make_message_id();
    message.url = url + "/" + std::to_string(target);
    message.target_key = "target-" + std::to_string(target);
    message.headers = R"([["Content-Type","application/json"]])";
    message.body =
        R"({"runType":"test","testName":"bench","testRunId":"0192f0c1-0000-7000-8000-000000000001","status":"completed"})";
    message.target = R"({"url":")" + message.url + R"("})";
    message.created_at = std::chrono::system_clock::now();
    message.due_at = due ? message.created_at : message.created_at + 24h;
    return message;
}

asio::awaitable<bool> end_run(store::Store& store, std::vector<store::Message> messages) {
    store::RunRecord run;
    run.id = harness::make_run_id();
    run.test_name = "bench";
    run.started_at = std::chrono::system_clock::now();
    run.owner = "bench";
    run.lease_until = run.started_at + 1h;
    std::vector<store::Message> none;
    const auto begun = co_await store.begin_run(run, std::move(none));
    run.status = RunStatus::completed;
    run.finished_at = std::chrono::system_clock::now();
    const auto ended = co_await store.finish_run(std::move(run), std::move(messages));
    if (!begun || !ended) std::fprintf(stderr, "%s\n", (begun ? ended : begun).error().message.c_str());
    co_return begun&& ended;
}

asio::awaitable<void> fill(store::Store& store, std::string url, std::size_t messages, std::size_t targets,
                           bool due) {
    constexpr std::size_t kPerRun = 1000;
    for (std::size_t done = 0; done < messages;) {
        std::vector<store::Message> some;
        for (; some.size() < kPerRun && done < messages; ++done)
            some.push_back(a_message(url, done % targets, due));
        const bool stored = co_await end_run(store, std::move(some));
        if (!stored) co_return;
    }
}

/// One loop with a service in it, until `until` says so.
class Service {
  public:
    Service(store::Store& store, std::size_t concurrency) : stop_(io.get_executor()) {
        webhook::DeliveryOptions options;
        options.owner = webhook::make_owner();
        options.version = "bench";
        options.concurrency = concurrency;
        options.policy = net::AddressPolicy::allow_all();
        delivery.emplace(io.get_executor(), store, std::move(options));
    }
    void run(std::function<bool()> until) {
        asio::co_spawn(io, delivery->serve(stop_), asio::detached);
        asio::co_spawn(io, watch(this, std::move(until)), asio::detached);
        io.run();
    }

    asio::io_context io{1};
    std::optional<webhook::Delivery> delivery;

  private:
    static asio::awaitable<void> watch(Service* self, std::function<bool()> until) {
        asio::steady_timer timer(self->io);
        while (!until()) {
            timer.expires_after(2ms);
            co_await timer.async_wait(asio::use_awaitable);
        }
        self->stop_.request("done");
    }
    harness::Cancellation stop_;
};

void measure_rate(store::Store& store, std::size_t messages, std::size_t targets) {
    Receiver receiver;
    asio::io_context io(1);
    asio::co_spawn(io, fill(store, receiver.url(), messages, targets, true), asio::detached);
    io.run();
    Service service(store, targets);
    const auto began = Clock::now();
    service.run([&] { return receiver.count() >= messages; });
    const auto took = std::chrono::duration<double>(Clock::now() - began).count();
    std::printf("durable deliveries     %9.0f/s   (%zu messages to %zu targets, each attempt recorded)\n",
                static_cast<double>(messages) / took, messages, targets);
}

asio::awaitable<void> end_and_wake(store::Store& where, Service& with, std::vector<store::Message> messages) {
    static_cast<void>(co_await end_run(where, std::move(messages)));
    with.delivery->wake();
}
asio::awaitable<void> pace(store::Store& where, Service& with, std::string url, std::size_t rate,
                           std::size_t total, std::size_t spread, Clock::time_point from,
                           std::unordered_map<std::string, Clock::time_point>& times, std::size_t& count) {
    asio::steady_timer timer(with.io);
    for (; count < total; ++count) {
        timer.expires_at(from + count * 1'000'000us / rate);
        co_await timer.async_wait(asio::use_awaitable);
        std::vector<store::Message> messages;
        messages.push_back(a_message(url, count % spread, true));
        times.emplace(messages.front().id, Clock::now());
        asio::co_spawn(with.io, end_and_wake(where, with, std::move(messages)), asio::detached);
    }
}

void measure_latency(store::Store& store, std::size_t per_second, std::size_t targets) {
    Receiver receiver;
    Service service(store, targets);
    std::unordered_map<std::string, Clock::time_point> ended;
    const std::size_t wanted = per_second * 3;
    std::size_t sent = 0;
    const auto began = Clock::now();
    asio::co_spawn(service.io,
                   pace(store, service, receiver.url(), per_second, wanted, targets, began, ended, sent),
                   asio::detached);
    service.run([&] { return receiver.count() >= wanted || Clock::now() - began > 60s; });
    const auto arrivals = receiver.arrivals();
    std::vector<double> waits;
    for (const auto& [id, at] : ended)
        if (const auto found = arrivals.find(id); found != arrivals.end())
            waits.push_back(std::chrono::duration<double, std::milli>(found->second - at).count());
    std::sort(waits.begin(), waits.end());
    if (waits.empty()) return;
    std::printf("run's end to received  p50 %.2f ms, p99 %.2f ms   (%zu a second, %zu calls)\n",
                waits[waits.size() / 2], waits[waits.size() * 99 / 100], per_second, waits.size());
}

void measure_memory(store::Store& store, std::size_t backlog, std::size_t targets) {
    Receiver receiver;
    std::size_t written = 0;
    for (const std::size_t step : {backlog / 10, backlog}) {
        asio::io_context io(1);
        asio::co_spawn(io, fill(store, receiver.url(), step - written, targets, false), asio::detached);
        io.run();
        written = step;
        Service service(store, 64);
        const auto began = Clock::now();
        service.run([&] { return Clock::now() - began > 2s; });
        std::printf("resident with %8zu queued messages  %6zu KiB\n", step, resident_kib());
    }
}

asio::awaitable<void> post(std::string url, std::string body, std::size_t* left) {
    net::HttpClient client(co_await asio::this_coro::executor);
    while (*left > 0) {
        --*left;
        net::HttpRequest request;
        request.method = "POST";
        request.url = url;
        request.body = body;
        request.headers.add("Content-Type", "application/json");
        net::ExchangeOptions options;
        options.deadline = net::Deadline::after(15s);
        options.keep_alive = true;
        static_cast<void>(co_await client.send(std::move(request), std::move(options)));
    }
}

void measure_limit(std::size_t messages, std::size_t connections) {
    Receiver receiver;
    asio::io_context io(1);
    std::size_t left = messages;
    const auto body = a_message(receiver.url(), 0, true).body;
    for (std::size_t i = 0; i < connections; ++i)
        asio::co_spawn(io, post(receiver.url() + "/", body, &left), asio::detached);
    const auto began = Clock::now();
    io.run();
    const auto took = std::chrono::duration<double>(Clock::now() - began).count();
    std::printf("the limit              %9.0f/s   (the same bytes, kept connections, no store)\n",
                static_cast<double>(messages) / took);
}

}  // namespace

int main(int count, char** values) {
    const std::string directory = count > 1 ? values[1] : "bench-state";
    const std::size_t messages = count > 2 ? static_cast<std::size_t>(std::atol(values[2])) : 20'000;
    const std::size_t targets = count > 3 ? static_cast<std::size_t>(std::atol(values[3])) : 256;
    const auto fresh = [&](const char* name) {
        auto store = store::open_sqlite(directory + "/" + name);
        if (store) return std::move(*store);
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        std::exit(3);
    };
    {
        const auto store = fresh("rate");
        measure_rate(*store, messages, targets);
    }
    {
        const auto store = fresh("latency");
        measure_latency(*store, 1000, targets);
    }
    measure_limit(messages, 64);
    if (count > 4) {
        const auto store = fresh("memory");
        measure_memory(*store, static_cast<std::size_t>(std::atol(values[4])), targets);
    }
    return 0;
}
