// mock-bin: the bundled request recorder.
#include "tools/mock-bin/journal.hpp"
#include "tools/mock-bin/options.hpp"
#include "tools/version.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdio>
#include <thread>

namespace {

namespace asio = boost::asio;
using namespace ringback;
using namespace ringback::mock_bin;

constexpr int kWrongUsage = 2, kCannotWork = 3;
constexpr std::chrono::seconds kGrace{5};

struct Workers {
    explicit Workers(unsigned count) {
        for (unsigned i = 0; i < count; ++i) {
            contexts.push_back(std::make_unique<asio::io_context>(1));
            guards.emplace_back(contexts.back()->get_executor());
        }
    }
    std::vector<asio::any_io_executor> executors() {
        std::vector<asio::any_io_executor> out;
        for (auto& context : contexts)
            out.emplace_back(context->get_executor());
        return out;
    }
    /// The calling thread is the first worker. Returns when every context is out of work.
    void run() {
        std::vector<std::thread> threads;
        for (std::size_t i = 1; i < contexts.size(); ++i)
            threads.emplace_back([this, i] { contexts[i]->run(); });
        contexts.front()->run();
        for (auto& thread : threads)
            thread.join();
    }
    void end() {
        for (auto& context : contexts)
            context->stop();
    }
    std::vector<std::unique_ptr<asio::io_context>> contexts;
    std::vector<asio::executor_work_guard<asio::io_context::executor_type>> guards;
};

asio::awaitable<void> stop_server(net::HttpServer& server, Workers& workers) {
    co_await server.stop(net::Deadline::after(kGrace));
    workers.end();
}

int serve(Options options) {
    Workers workers(options.threads);
    App app(std::move(options.app));
    std::unique_ptr<Journal> journal;
    if (!options.state.empty()) {
        auto opened = Journal::open(options.state, app.bins(), [](const std::string& text) {
            std::fprintf(stderr, "mock-bin: %s\n", text.c_str());
        });
        if (!opened) {
            std::fprintf(stderr, "mock-bin: %s\n", opened.error().c_str());
            return kCannotWork;
        }
        journal = *std::move(opened);
        app.journal = journal.get();
    }
    net::HttpServer server(workers.executors(), std::move(options.server),
                           [&app](const net::ServerRequest& request, net::Responder& responder) {
                               return app.handle(request, responder);
                           });
    if (const auto started = server.start(); !started) {
        const bool file = started.error().starts_with("certificate ") || started.error().starts_with("key ");
        std::fprintf(stderr, "mock-bin: %s%s\n", file ? "" : "cannot listen on ", started.error().c_str());
        return kCannotWork;
    }
    asio::signal_set signals(*workers.contexts.front(), SIGINT, SIGTERM);
    signals.async_wait([&](const boost::system::error_code& error, int) {
        if (!error) asio::co_spawn(*workers.contexts.front(), stop_server(server, workers), asio::detached);
    });
    std::printf("mock-bin listening on %s\n", server.origin().c_str());
    std::fflush(stdout);
    workers.run();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGPIPE, SIG_IGN);
    std::signal(SIGXFSZ, SIG_IGN);  // a state file at its limit is an error like a full disk
    auto options = parse_options({argv + 1, argv + argc});
    if (!options) {
        std::fprintf(stderr, "mock-bin: %s\nmock-bin --help shows the options.\n", options.error().c_str());
        return kWrongUsage;
    }
    if (options->help) return std::fputs(help_text().c_str(), stdout) < 0;
    if (options->version) return std::printf("mock-bin %s (%s)\n", kVersion, kCommit) < 0;
    return serve(*std::move(options));
}
