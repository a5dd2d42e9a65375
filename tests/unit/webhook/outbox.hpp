// A store in a directory of its own, a loop, and runs that end with messages in it.
#pragma once

#include "harness/executor.hpp"
#include "run-options/webhook_target.hpp"
#include "sample.hpp"
#include "tests/unit/net/scripted_server.hpp"
#include "tests/unit/store/records.hpp"
#include "webhook/delivery.hpp"
#include "webhook/notifier.hpp"
#include "webhook/recovery.hpp"

#include <boost/test/unit_test.hpp>

#include <map>

namespace ringback::webhook::test {

namespace asio = boost::asio;

class Outbox {
  public:
    Outbox() : store_(store::open_sqlite(directory_.path()).value()) {}

    net::World world;

    [[nodiscard]] store::Store& store() { return *store_; }

    template <class T>
    T ok(asio::awaitable<store::Stored<T>> call) {
        auto result = world.run(std::move(call));
        BOOST_REQUIRE_MESSAGE(result, (result ? "" : result.error().message));
        if constexpr (!std::is_void_v<T>) return std::move(result).value();
    }

    static WebhookTarget target(const std::string& text) {
        const auto parsed = parse_webhook_target(text);
        BOOST_REQUIRE_MESSAGE(parsed, (parsed ? "" : parsed.error().message));
        return *parsed;
    }

    /// A run from its beginning to its end, with its messages in the outbox.
    std::string finished_run(const std::vector<std::string>& webhooks,
                             RunStatus status = RunStatus::completed) {
        const auto id = begun_run(webhooks);
        auto run = endpoint_run(status);
        run.id = id;
        run.started_at = std::chrono::system_clock::now();
        run.finished_at = run.started_at;
        end(*notifiers_.at(id), run);
        return id;
    }

    std::string begun_run(const std::vector<std::string>& webhooks, Publisher who = publisher()) {
        std::vector<WebhookTarget> targets;
        for (const auto& text : webhooks)
            targets.push_back(target(text));
        auto run = endpoint_run(RunStatus::started);
        run.id = harness::make_run_id();
        run.started_at = std::chrono::system_clock::now();
        auto notifier = std::make_unique<Notifier>(*store_, std::move(targets), std::move(who));
        static_cast<void>(world.run(begin(*notifier, run)));
        BOOST_REQUIRE(!notifier->error());
        notifiers_[run.id] = std::move(notifier);
        return run.id;
    }

    DeliveryOptions options() const {
        DeliveryOptions options;
        options.owner = make_owner();
        options.version = "0.1.0";
        return options;
    }

    InlineOutcome deliver(const std::string& run_id, std::chrono::milliseconds budget = 10s,
                          OnProgress progress = {}) {
        harness::Cancellation stop(world.io.get_executor());
        return deliver(run_id, budget, std::move(progress), stop);
    }
    InlineOutcome deliver(const std::string& run_id, std::chrono::milliseconds budget, OnProgress progress,
                          DeliveryOptions with) {
        harness::Cancellation stop(world.io.get_executor());
        Delivery delivery(world.io.get_executor(), *store_, std::move(with));
        return world.run(delivery.deliver_inline(run_id, budget, std::move(progress), stop));
    }
    InlineOutcome deliver(const std::string& run_id, std::chrono::milliseconds budget, OnProgress progress,
                          harness::Cancellation stop) {
        Delivery delivery(world.io.get_executor(), *store_, options());
        return world.run(delivery.deliver_inline(run_id, budget, std::move(progress), stop));
    }
    Delivery::Drained drain(bool hurry, std::chrono::milliseconds budget = 5s) {
        Delivery delivery(world.io.get_executor(), *store_, options());
        harness::Cancellation stop(world.io.get_executor());
        return world.run(delivery.drain(budget, hurry, {}, stop));
    }

    std::vector<store::Message> messages(const std::string& run_id) {
        store::MessageFilter filter;
        filter.run_id = run_id;
        auto list = ok(store_->messages(std::move(filter)));
        return {list.rbegin(), list.rend()};
    }
    /// Of a run's first message; may be asked while the loop runs.
    store::MessageState state_of(const std::string& run_id) {
        store::MessageFilter filter;
        filter.run_id = run_id;
        return store::test::wait(store_->messages(std::move(filter))).value().back().state;
    }
    std::vector<store::Attempt> attempts(const std::string& message_id) {
        return ok(store_->attempts(message_id));
    }

  private:
    static asio::awaitable<bool> begin(Notifier& notifier, harness::Run run) {
        co_await notifier.on_started(run);
        co_return true;
    }
    static asio::awaitable<bool> finish(Notifier& notifier, harness::Run run) {
        co_await notifier.on_finished(run);
        co_return true;
    }
    void end(Notifier& notifier, const harness::Run& run) {
        static_cast<void>(world.run(finish(notifier, run)));
        BOOST_REQUIRE(!notifier.error());
    }

    store::test::TemporaryDirectory directory_;
    std::unique_ptr<store::Store> store_;
    std::map<std::string, std::unique_ptr<Notifier>> notifiers_;
};

inline std::string ok_answer() {
    return "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
}
inline std::string answer_of(const std::string& status, const std::string& fields = "") {
    return "HTTP/1.1 " + status + "\r\n" + fields + "Content-Length: 0\r\n\r\n";
}

/// The value of a header field in a request as received.
inline std::string field(const std::string& request, const std::string& name) {
    const auto at = request.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    const auto begin = at + name.size() + 4;
    return request.substr(begin, request.find("\r\n", begin) - begin);
}
inline std::string body(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}

/// "delivered after 1", "parked after 2: why", "dead after 1: why"
inline std::string show(const TargetOutcome& outcome) {
    const char* words[] = {"parked", "delivered", "dead"};
    return std::string(words[static_cast<int>(outcome.state)]) + " after " +
           std::to_string(outcome.attempts) + (outcome.reason.empty() ? "" : ": " + outcome.reason);
}

/// A port of the loopback interface on which nobody listens.
inline std::uint16_t closed_port(net::World& world) {
    asio::ip::tcp::acceptor acceptor(world.io, {asio::ip::address_v4::loopback(), 0});
    return acceptor.local_endpoint().port();
}

}  // namespace ringback::webhook::test
