// A point on the steady clock by which something must be over. Passed down, never a duration that adds up.
#pragma once

#include <chrono>

namespace ringback::net {

class Deadline {
  public:
    using Clock = std::chrono::steady_clock;

    /// Never expires.
    constexpr Deadline() noexcept = default;
    constexpr explicit Deadline(Clock::time_point at) noexcept : at_(at) {}
    [[nodiscard]] static Deadline after(Clock::duration span) { return Deadline(Clock::now() + span); }

    [[nodiscard]] constexpr Clock::time_point at() const noexcept { return at_; }
    [[nodiscard]] constexpr bool never() const noexcept { return at_ == Clock::time_point::max(); }
    [[nodiscard]] bool expired() const { return !never() && Clock::now() >= at_; }
    /// Zero when expired.
    [[nodiscard]] Clock::duration remaining() const {
        if (never()) return Clock::duration::max();
        const auto left = at_ - Clock::now();
        return left > Clock::duration::zero() ? left : Clock::duration::zero();
    }
    /// The sooner of this deadline and `span` from now.
    [[nodiscard]] Deadline within(Clock::duration span) const {
        const auto other = Clock::now() + span;
        return other < at_ ? Deadline(other) : *this;
    }
    friend constexpr auto operator<=>(const Deadline&, const Deadline&) = default;

  private:
    Clock::time_point at_ = Clock::time_point::max();
};

}  // namespace ringback::net
