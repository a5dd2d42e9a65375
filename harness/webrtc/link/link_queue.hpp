// One direction of an emulated link. Decides when each packet arrives, if at all; knows no clock and no
// device.
//
// The model, in the order in which a packet meets it:
//   loss    each packet is lost with the same probability, independent of all others
//   rate    packets are sent one after the other, each for as long as its bytes take at the rate (IP header
//           included); after a pause two large packets pass at once (the token bucket of tc-tbf and of
//           routers: serialized to the last byte, a slow link would look congested to senders that watch the
//           delay, long before it is full); those that wait stand in a queue of queue_bound() bytes, and what
//           does not fit is dropped
//   delay   latency, plus a jitter between -jitter and +jitter, each as likely, drawn for each packet anew:
//   packets
//           with jitter may overtake each other, as in a real network; without it the order is kept
#pragma once

#include "harness/test/network_conditions.hpp"
#include "harness/webrtc/link/packet.hpp"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <queue>
#include <random>
#include <vector>

namespace ringback::harness::link {

/// Bytes that may wait for a link of this rate: a quarter of a second's worth, but at least eight large
/// packets.
[[nodiscard]] std::size_t queue_bound(double kbps);

class LinkQueue {
  public:
    using Clock = std::chrono::steady_clock;
    using Time = Clock::time_point;
    enum class Fate { queued, lost, overflowed };

    explicit LinkQueue(std::uint64_t seed) : random_(seed) {}

    /// From now on. What was delayed already keeps its time; what waits for the rate goes on at the new one.
    void set(const LinkConditions& conditions, Time now);
    Fate push(Packet packet, Time now);
    /// When pop() has something to do, nullopt: nothing is under way.
    [[nodiscard]] std::optional<Time> next() const;
    /// The next packet that has arrived by `now`, in the order of arrival.
    std::optional<Packet> pop(Time now);

  private:
    struct Waiting {
        Time arrived;
        Packet packet;
    };
    struct Delayed {
        Time due;
        std::uint64_t number;  ///< of two that are due at once the first sent comes first
        Packet packet;
    };
    struct Later {
        bool operator()(const Delayed& a, const Delayed& b) const {
            return a.due != b.due ? a.due > b.due : a.number > b.number;
        }
    };

    void send_waiting(Time now);
    void delay(Packet packet, Time sent);
    [[nodiscard]] Clock::duration sending_time(std::size_t bytes) const;

    LinkConditions conditions_;
    std::mt19937_64 random_;
    std::deque<Waiting> waiting_;  ///< the first one is being sent
    std::size_t waiting_bytes_ = 0;
    /// When the first of them is through, by the rate alone; behind the clock after a pause, as far as a
    /// burst.
    Time sent_at_{};
    std::vector<Delayed> delayed_;  ///< a heap, soonest on top
    std::size_t delayed_bytes_ = 0;
    std::uint64_t count_ = 0;
};

}  // namespace ringback::harness::link
