// The second process of the store's tests. Says what it did on standard output, one line each, only after the
// store said that it is durable.
#include "tests/unit/store/records.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <thread>

using namespace ringback::store;
using namespace ringback::store::test;
namespace asio = boost::asio;

namespace {

/// One write, so that a line is never torn by a signal.
void say(const std::string& text) {
    const std::string line = text + "\n";
    if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) std::exit(9);
}

/// Ends the process when the call fails.
template <class T>
T must(asio::awaitable<Stored<T>> call) {
    return wait(std::move(call)).value();
}

int open_unprivileged(const std::string& directory) {
    if (::geteuid() == 0 && (::setgid(65534) != 0 || ::setuid(65534) != 0)) return 2;
    say(failure(open_sqlite(directory)));
    return 0;
}

void limit_file_size(rlim_t bytes) {
    rlimit limit{};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
}

int fill(const std::string& directory) {
    std::signal(SIGXFSZ, SIG_IGN);
    const auto store = open_sqlite(directory).value();
    must(store->begin_run(a_run("small"), {}));
    must(store->begin_run(a_run("large"), {}));
    limit_file_size(1'000'000);
    must(store->finish_run(ended(a_run("small")), {a_message("s")}));
    say("stored small");
    Message large = a_message("l");
    large.body = std::string(8'000'000, 'x');
    say(failure_of(store->finish_run(ended(a_run("large")), {a_message("l0"), large})));
    if (must(store->run("large"))->status == ringback::RunStatus::started && !must(store->message("l0")) &&
        !must(store->message("l")))
        say("still started, without message");
    limit_file_size(RLIM_INFINITY);
    must(store->finish_run(ended(a_run("large")), {large}));
    if (must(store->message("l"))->body == large.body) say("stored after the limit was lifted");
    return 0;
}

asio::awaitable<void> keep_running(Store& store, std::string prefix) {
    for (int i = 0;; ++i) {
        const std::string id = prefix + "-" + std::to_string(i);
        RunRecord run = a_run(id);
        std::vector<Message> at_start, at_end;
        at_start.push_back(a_message(id + "-start", "shared"));
        at_end.push_back(a_message(id + "-end", "shared"));
        at_end.push_back(a_message(id + "-end2", prefix));
        const auto begun = co_await store.begin_run(run, std::move(at_start));
        if (!begun) say("failed: " + begun.error().message);
        run = ended(std::move(run));
        const auto finished = co_await store.finish_run(run, std::move(at_end));
        if (!finished) say("failed: " + finished.error().message);
        say(id);
    }
}

int run_until_killed(const std::string& directory, const std::string& prefix) {
    const auto store = open_sqlite(directory).value();
    asio::io_context context;
    for (int i = 0; i < 4; ++i)
        asio::co_spawn(context, keep_running(*store, prefix + "-" + std::to_string(i)), asio::detached);
    context.run();
    return 1;
}

int claim_all(const std::string& directory, const std::string& owner) {
    const auto store = open_sqlite(directory).value();
    say("ready");
    while (!std::filesystem::exists(directory + "/go"))
        std::this_thread::sleep_for(1ms);
    for (;;) {
        std::this_thread::sleep_for(1ms);  // so that the other one gets its turn on a fast disk, too
        const auto claimed = must(store->claim_messages(owner, at(100), at(200), 3, ""));
        for (const auto& message : claimed) {
            say(message.target_key + " " + message.id);
            must(store->record_attempt(an_attempt(message.id, 1, 200), MessageState::delivered, at(0)));
        }
        if (claimed.empty() && must(store->messages({.state = MessageState::due, .limit = 1})).empty())
            return 0;
    }
}

}  // namespace

int main(int count, char** values) {
    const std::vector<std::string> arguments(values + 1, values + count);
    const std::string& what = arguments.at(0);
    if (what == "open-unprivileged") return open_unprivileged(arguments.at(1));
    if (what == "fill") return fill(arguments.at(1));
    if (what == "run") return run_until_killed(arguments.at(1), arguments.at(2));
    if (what == "claim") return claim_all(arguments.at(1), arguments.at(2));
    return 64;
}
