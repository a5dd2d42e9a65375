// `ringback serve`: the service on a configuration file, until SIGINT or SIGTERM.
#include "harness/executor.hpp"
#include "harness/test/option_use.hpp"
#include "harness/webrtc/external_values.hpp"
#include "monitors/service.hpp"
#include "tools/ringback/command_line.hpp"
#include "tools/ringback/history_options.hpp"
#include "tools/ringback/network_options.hpp"
#include "tools/version.hpp"
#include "webhook/recovery.hpp"
#include "webhook/retention.hpp"
#include "webhook/supported.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/program_options.hpp>

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <cstdio>

namespace ringback {
namespace {

namespace asio = boost::asio;
namespace po = boost::program_options;

int usage(const std::string& message) {
    std::fprintf(stderr, "ringback serve: %s\nringback serve --help lists the options.\n", message.c_str());
    return kUsage;
}

void log_to_stderr() {
    auto logger = spdlog::stderr_color_mt("ringback");
    logger->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    logger->flush_on(spdlog::level::info);
    spdlog::set_default_logger(std::move(logger));
}

}  // namespace

int serve_command(Arguments arguments) {
    po::options_description options("options", kHelpColumns);
    auto add = options.add_options();
    add("config", po::value<std::string>()->value_name("FILE"),
        "the service's configuration (YAML), see docs/monitors.md");
    add("state", po::value<std::string>()->value_name("DIR"),
        "where history and outbox are kept (default: $RINGBACK_STATE or ~/.local/state/ringback)");
    add("external-values", po::value<std::string>()->value_name("[HOST:]PORT"),
        "take values for rtcWaitForExternalValue over HTTP at this loopback address (port 0: a free one)");
    add_network_options(options);
    add_history_options(options);
    add("help,h", "this help");
    po::variables_map given;
    if (const auto wrong = read_words(arguments, options, false, given)) return usage(*wrong);
    if (given.contains("help")) {
        std::printf(
            "usage: ringback serve --config FILE [options]\n\nRuns monitors on their schedules until SIGINT "
            "or SIGTERM.\n\n%s",
            help_text(options).c_str());
        return kPassed;
    }
    if (!given.contains("config")) return usage("--config FILE is needed");
    if (given.contains("external-values"))
        if (const auto wrong =
                harness::ExternalValuesServer::wrong_address(given["external-values"].as<std::string>());
            !wrong.empty())
            return usage("--external-values: " + wrong);
    auto configuration = monitors::load_configuration(given["config"].as<std::string>());
    if (!configuration) {
        std::fprintf(stderr, "%s\n", render(configuration.error(), color_on(STDERR_FILENO)).c_str());
        return kUsage;
    }
    monitors::ServiceOptions service;
    service.publisher.version = kVersion;
    service.publisher.owner = webhook::make_owner();
    service.delivery.owner = service.publisher.owner;
    service.delivery.version = kVersion;
    service.delivery.policy = net::AddressPolicy::service();
    service.delivery.notice = [](const std::string& text) { spdlog::error("{}", text); };
    if (const auto wrong = read_network_options(given, service.delivery)) return usage(*wrong);
    HistoryOptions history;
    if (const auto wrong = read_history_options(given, history)) return usage(*wrong);
    service.publisher.base_url = history.base_url.value_or(configuration->base_url);
    const auto keep = history.keep.value_or(configuration->keep);

    auto store = store::open_sqlite(given.contains("state") ? given["state"].as<std::string>()
                                                            : store::default_state_directory());
    if (!store) {
        std::fprintf(stderr, "ringback: %s\n", store.error().message.c_str());
        return kUnable;
    }
    if (const auto why = harness::unusable_artifacts(configuration->artifacts)) {
        std::fprintf(stderr, "ringback: 'artifacts': %s\n", why->c_str());
        return kUnable;
    }
    log_to_stderr();
    for (const auto& monitor : configuration->monitors)
        for (const auto& caution :
             harness::cautions(*monitor.test, monitor.options, !configuration->artifacts.empty()))
            spdlog::warn("monitor '{}': {}", monitor.name, caution);
    for (const auto& monitor : configuration->monitors)
        for (const auto& target : monitor.options.webhooks)
            if (const auto warning = webhook::caution(target))
                spdlog::warn("monitor '{}': {}", monitor.name, *warning);
    asio::io_context io(1);
    std::unique_ptr<harness::ExternalValuesServer> values;
    if (given.contains("external-values")) {
        service.external_values = std::make_shared<harness::ExternalValues>();
        values = std::make_unique<harness::ExternalValuesServer>(io.get_executor(), service.external_values);
        const auto wrong = values->start(given["external-values"].as<std::string>());
        if (!wrong.empty()) {
            std::fprintf(stderr, "ringback: --external-values: %s\n", wrong.c_str());
            return kUnable;
        }
        spdlog::info("external values are taken at {}{{session name}}", values->url());
    }
    monitors::Service running(io, **store, std::move(*configuration), std::move(service));
    harness::Cancellation stop(io.get_executor());
    asio::signal_set signals(io, SIGINT, SIGTERM);
    signals.async_wait([&](boost::system::error_code error, int number) {
        if (error) return;
        stop.request(number == SIGINT ? "interrupted" : "terminated");
        signals.async_wait([](boost::system::error_code again, int) {
            if (!again) _exit(kInterrupted);
        });
    });
    asio::co_spawn(io, webhook::keep_history_short(**store, keep, stop), asio::detached);
    std::exception_ptr failure;
    asio::co_spawn(io, running.run(stop), [&](std::exception_ptr error) {
        failure = error;
        signals.cancel();
        stop.request("the service ended");
        if (values) asio::co_spawn(io, values->stop(), asio::detached);
    });
    io.run();
    if (failure) std::rethrow_exception(failure);
    return kPassed;
}

}  // namespace ringback
