// Values that the probes of a run leave for each other.
#pragma once

#include "harness/webrtc/notifier.hpp"

#include <boost/json/value.hpp>

#include <map>
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

}  // namespace ringback::harness
