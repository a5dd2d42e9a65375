// Keeps a service from hammering a receiver that is down: 5 failures in a row open the breaker for 30 s, then
// one probe decides. One per receiver (scheme, host, port); pure, with the caller's clock.
#pragma once

#include "store/store.hpp"

#include <chrono>
#include <cstdint>
#include <optional>

namespace ringback::webhook {

class Breaker {
  public:
    static constexpr std::uint32_t kFailures = 5;
    static constexpr std::chrono::seconds kOpenFor{30};

    /// True when an attempt may be made now. While open, false; after that, true once: for the probe.
    [[nodiscard]] bool allow(store::Time now);
    /// The outcome of an allowed attempt. An answer of any kind but 5xx and 429 shows a receiver that works.
    void succeeded();
    void failed(store::Time now);
    /// An allowed attempt that was never made.
    void abandoned();

    /// Until when it is open; nullopt when closed.
    [[nodiscard]] std::optional<store::Time> open_until() const { return open_until_; }

  private:
    std::uint32_t failures_ = 0;
    std::optional<store::Time> open_until_;
    bool probing_ = false;
};

}  // namespace ringback::webhook
