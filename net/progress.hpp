// What every phase of one exchange shares: its limits, its outcome so far, and why it must stop.
#pragma once

#include "net/http_client.hpp"
#include "net/watchdog.hpp"

#include <boost/asio/cancellation_state.hpp>

#include <chrono>
#include <string>
#include <utility>

namespace ringback::net {

struct Progress {
    using Clock = std::chrono::steady_clock;

    Progress(asio::any_io_executor e, const ExchangeOptions& o, asio::cancellation_state c)
        : executor(std::move(e)), options(o), cancellation(c), watchdog(executor) {}

    [[nodiscard]] bool canceled() const { return cancellation.cancelled() != asio::cancellation_type::none; }

    /// Ends the exchange here; always returns false, so that a phase can say `co_return progress.fail(…)`.
    bool fail(error_code error, std::string detail) {
        exchange.error = error;
        exchange.error_detail = std::move(detail);
        note("failed while in phase " + std::string(to_string(exchange.phase)) + ": " +
             exchange.error_detail);
        return false;
    }
    /// Why an operation of this phase failed: cancellation and the deadline go before what the system says.
    bool fail(error_code error, Error when_late, const std::string& what) {
        if (canceled()) return fail(Error::canceled, what + ": canceled");
        if (watchdog.fired())
            return fail(when_late,
                        what + ": not over after " + std::to_string(elapsed_ms(phase_began)) + " ms");
        return fail(error, what + ": " + error.message());
    }

    void enter(Phase phase) {
        exchange.phase = phase;
        phase_began = Clock::now();
    }
    void note(std::string line) {
        if (options.transcript) exchange.transcript.push_back(std::move(line));
    }
    [[nodiscard]] static std::chrono::microseconds since(Clock::time_point began) {
        return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - began);
    }
    [[nodiscard]] static long long elapsed_ms(Clock::time_point began) {
        return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began).count();
    }

    asio::any_io_executor executor;
    const ExchangeOptions& options;
    asio::cancellation_state cancellation;
    Watchdog watchdog;
    Exchange exchange;
    Clock::time_point phase_began = Clock::now();
};

}  // namespace ringback::net
