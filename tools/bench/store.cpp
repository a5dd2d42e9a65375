// How many durable changes a second the store takes: one caller after the other, and many at once.
//   bench-store [DIRECTORY] [SECONDS]
// DIRECTORY should lie on the disk that is asked about; it is made when missing and a database is left in it.
#include "store/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>

namespace {

using namespace ringback::store;
using Clock = std::chrono::steady_clock;

struct Count {
    long commits = 0;
    std::string error;
};

RunRecord a_run(const std::string& id) {
    RunRecord run;
    run.id = id;
    run.name = run.test_name = "bench";
    run.started_at = std::chrono::system_clock::now();
    run.recovery = std::string(2000, 'r');
    return run;
}

/// Begins and ends runs, each end with one message of 1 KiB, until `end`.
asio::awaitable<void> caller(Store& store, std::string prefix, Clock::time_point end, Count& count) {
    for (int i = 0; Clock::now() < end; ++i) {
        RunRecord run = a_run(prefix + "-" + std::to_string(i));
        const auto begun = co_await store.begin_run(run, {});
        run.status = ringback::RunStatus::completed;
        run.finished_at = std::chrono::system_clock::now();
        run.result = std::string(4000, 'j');
        Message message;
        message.id = "msg_" + run.id;
        message.target_key = prefix;
        message.body = std::string(1024, 'b');
        std::vector<Message> messages;
        messages.push_back(std::move(message));
        const auto finished = co_await store.finish_run(run, std::move(messages));
        if (!begun || !finished) {
            count.error = (!begun ? begun : finished).error().message;
            co_return;
        }
        count.commits += 2;
    }
}

int measure(Store& store, int callers, double seconds, long round) {
    asio::io_context context;
    Count count;
    const auto begin = Clock::now();
    const auto end =
        begin + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    for (int i = 0; i < callers; ++i) {
        const std::string prefix =
            std::to_string(round) + "-" + std::to_string(callers) + "-" + std::to_string(i);
        asio::co_spawn(context, caller(store, prefix, end, count), [](std::exception_ptr failure) {
            if (failure) std::rethrow_exception(failure);
        });
    }
    context.run();
    if (!count.error.empty()) {
        std::fprintf(stderr, "%s\n", count.error.c_str());
        return 3;
    }
    const double took = std::chrono::duration<double>(Clock::now() - begin).count();
    std::printf("%4d callers  %9.0f durable changes/s  %8.3f ms each\n", callers,
                static_cast<double>(count.commits) / took,
                took * 1000 * callers / static_cast<double>(count.commits));
    return 0;
}

}  // namespace

int main(int count, char** values) {
    const std::string directory = count > 1 ? values[1] : "bench-state";
    const double seconds = count > 2 ? std::atof(values[2]) : 2;
    auto store = open_sqlite(directory);
    if (!store) {
        std::fprintf(stderr, "%s\n", store.error().message.c_str());
        return 3;
    }
    const long round = static_cast<long>(std::chrono::system_clock::now().time_since_epoch().count());
    for (const int callers : {1, 4, 16, 64, 256})
        if (const int failed = measure(**store, callers, seconds, round); failed != 0) return failed;
    return 0;
}
