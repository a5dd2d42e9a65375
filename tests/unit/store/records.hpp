// What the store's tests share: waiting for a call, a directory that goes away, records with something in
// every field.
#pragma once

#include "store/store.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace ringback::store::test {

using namespace std::chrono_literals;

/// Runs one call to its end on an io_context of its own.
template <class T>
T wait(asio::awaitable<T> call) {
    asio::io_context context;
    std::optional<T> outcome;
    asio::co_spawn(context, std::move(call), [&outcome](std::exception_ptr failure, T value) {
        if (failure) std::rethrow_exception(failure);
        outcome.emplace(std::move(value));
    });
    context.run();
    if (!outcome) throw std::runtime_error("the call never came back");
    return std::move(*outcome);
}

inline std::string name_of(StoreError::Kind kind) {
    constexpr const char* names[] = {"busy", "full", "io", "corrupt", "too_new", "not_found", "other"};
    return names[static_cast<std::size_t>(kind)];
}

/// "kind: sentence" of a call that is expected to fail.
template <class T>
std::string failure(const Stored<T>& outcome) {
    if (outcome.has_value()) return "it succeeded";
    return name_of(outcome.error().kind) + ": " + outcome.error().message;
}
template <class T>
std::string failure_of(asio::awaitable<Stored<T>> call) {
    return failure(wait(std::move(call)));
}

/// Seconds since an arbitrary moment, with microseconds that must survive.
inline Time at(std::int64_t seconds) {
    return Time(1'753'000'000s + std::chrono::seconds(seconds) + 123'456us);
}

class TemporaryDirectory {
  public:
    TemporaryDirectory() {
        std::string pattern = (std::filesystem::temp_directory_path() / "ringback-store-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
        path_ = pattern;
    }
    ~TemporaryDirectory() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    TemporaryDirectory(const TemporaryDirectory&) = delete;
    TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
    [[nodiscard]] std::string path(const std::string& name = {}) const {
        return name.empty() ? path_ : path_ + "/" + name;
    }

  private:
    std::string path_;
};

inline RunRecord a_run(const std::string& id, Time started_at = at(0)) {
    RunRecord run;
    run.id = id;
    run.name = "Checkout";
    run.kind = "endpoint";
    run.test_name = "Checkout API";
    run.test_id = "t-1";
    run.test_file = "tests/checkout.yaml";
    run.location = "local";
    run.environment = "staging";
    run.monitor = "";
    run.type = RunType::test;
    run.started_at = started_at;
    run.recovery = std::string("recovery \0\xff bytes", 17);
    run.owner = "host:1:a";
    run.lease_until = started_at + 60s;
    return run;
}

inline RunRecord ended(RunRecord run, RunStatus status = RunStatus::completed) {
    run.status = status;
    run.finished_at = run.started_at + 5s;
    run.error = is_pass(status) ? "" : "step 2: expected 201, got 500";
    run.result = R"({"status": "…"})";
    return run;
}

inline Message a_message(const std::string& id, const std::string& key = "target", Time created_at = at(5)) {
    Message message;
    message.id = id;
    message.target_key = key;
    message.event = RunStatus::completed;
    message.url = "http://127.0.0.1:8090/bin/4cb0";
    message.headers = R"([["content-type","application/json"]])";
    message.body = std::string("{\"a\": \"\0\xff\xfe\"}", 12);
    message.target = R"({"secret": "env:HOOK_SECRET"})";
    message.created_at = created_at;
    message.due_at = created_at;
    return message;
}

inline Attempt an_attempt(const std::string& message_id, std::uint32_t number, std::uint32_t status) {
    Attempt attempt;
    attempt.message_id = message_id;
    attempt.number = number;
    attempt.started_at = at(10 + number);
    attempt.status = status;
    attempt.outcome = status / 100 == 2 ? "delivered" : "retry";
    attempt.error = status / 100 == 2 ? "" : "HTTP " + std::to_string(status);
    attempt.detail = R"({"address": "127.0.0.1"})";
    return attempt;
}

/// "m1 m2": the ids in order.
template <class Records>
std::string ids(const Records& records) {
    std::string text;
    for (const auto& record : records)
        text += (text.empty() ? "" : " ") + record.id;
    return text;
}

}  // namespace ringback::store::test
