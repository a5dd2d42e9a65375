// Values that probes leave for each other, and that come from outside while a run is under way.
#pragma once

#include "harness/webrtc/notifier.hpp"

#include <boost/json/value.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

namespace ringback::harness {

/// Values of one run, by scope: session number, or 0 for the whole run. One thread.
class SessionValues {
  public:
    static constexpr std::size_t kMaxValues = 10'000;

    explicit SessionValues(boost::asio::any_io_executor executor) : changed_(std::move(executor)) {}

    /// A later value replaces the first. False when there are too many.
    [[nodiscard]] bool set(std::uint32_t scope, const std::string& key, boost::json::value value) {
        if (values_.size() >= kMaxValues && !values_.contains({scope, key})) return false;
        values_.insert_or_assign({scope, key}, std::move(value));
        changed_.notify();
        return true;
    }
    [[nodiscard]] std::optional<boost::json::value> get(std::uint32_t scope, const std::string& key) const {
        const auto found = values_.find({scope, key});
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }
    /// The value as soon as it is set; nothing at the deadline or when the caller is cancelled.
    boost::asio::awaitable<std::optional<boost::json::value>> wait(std::uint32_t scope, std::string key,
                                                                   net::Deadline deadline) {
        for (;;) {
            auto value = get(scope, key);
            if (value || deadline.expired()) co_return value;
            const bool go_on = co_await changed_.wait(deadline);
            if (!go_on) co_return std::nullopt;
        }
    }

  private:
    std::map<std::pair<std::uint32_t, std::string>, boost::json::value> values_;
    Notifier changed_;
};

/// Values fed from outside (over HTTP) to `rtcWaitForExternalValue`, by session name (RTC_SESSION_NAME).
/// Thread-safe; shared by the service and all its runs.
class ExternalValues {
  public:
    static constexpr std::size_t kMaxValues = 100'000;

    /// False when there are too many.
    bool set(const std::string& session, const std::string& key, boost::json::value value) {
        const std::lock_guard lock(mutex_);
        if (values_.size() >= kMaxValues && !values_.contains({session, key})) return false;
        values_.insert_or_assign({session, key}, std::move(value));
        return true;
    }
    [[nodiscard]] std::optional<boost::json::value> get(const std::string& session,
                                                        const std::string& key) const {
        const std::lock_guard lock(mutex_);
        const auto found = values_.find({session, key});
        if (found == values_.end()) return std::nullopt;
        return found->second;
    }
    /// A run is over: nobody will ask for its sessions' values any more.
    void forget(const std::string& session) {
        const std::lock_guard lock(mutex_);
        std::erase_if(values_, [&](const auto& entry) { return entry.first.first == session; });
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::pair<std::string, std::string>, boost::json::value> values_;
};

}  // namespace ringback::harness
