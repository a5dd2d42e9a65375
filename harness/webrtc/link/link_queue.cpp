#include "harness/webrtc/link/link_queue.hpp"

#include <algorithm>

namespace ringback::harness::link {
namespace {

constexpr std::size_t kLargePacket = 1500;
/// What a link that was idle passes on at once.
constexpr std::size_t kBurst = 2 * kLargePacket;
/// What may be under way on a link without a rate: 100 Mbit/s over 5 s.
constexpr std::size_t kMostDelayed = std::size_t{64} << 20;

LinkQueue::Clock::duration milliseconds(double ms) {
    return std::chrono::duration_cast<LinkQueue::Clock::duration>(
        std::chrono::duration<double, std::milli>(std::max(ms, 0.0)));
}

}  // namespace

std::size_t queue_bound(double kbps) {
    return std::max(8 * kLargePacket, static_cast<std::size_t>(kbps * 125 / 4));
}

LinkQueue::Clock::duration LinkQueue::sending_time(std::size_t bytes) const {
    return conditions_.bitrate_kbps > 0
               ? milliseconds(static_cast<double>(bytes) * 8 / conditions_.bitrate_kbps)
               : Clock::duration::zero();
}

void LinkQueue::set(const LinkConditions& conditions, Time now) {
    send_waiting(now);
    conditions_ = conditions;
    if (!waiting_.empty()) sent_at_ = std::min(sent_at_, now + sending_time(waiting_.front().packet.size()));
}

LinkQueue::Fate LinkQueue::push(Packet packet, Time now) {
    send_waiting(now);
    if (conditions_.loss > 0 && std::uniform_real_distribution<double>(0, 1)(random_) < conditions_.loss)
        return Fate::lost;
    if (delayed_bytes_ + packet.size() > kMostDelayed) return Fate::overflowed;
    if (conditions_.bitrate_kbps <= 0 && waiting_.empty()) {
        delay(std::move(packet), now);
        return Fate::queued;
    }
    if (waiting_bytes_ + packet.size() > queue_bound(conditions_.bitrate_kbps)) return Fate::overflowed;
    if (waiting_.empty())
        sent_at_ = std::max(sent_at_, now - sending_time(kBurst)) + sending_time(packet.size());
    waiting_bytes_ += packet.size();
    waiting_.push_back({now, std::move(packet)});
    return Fate::queued;
}

void LinkQueue::send_waiting(Time now) {
    while (!waiting_.empty() && sent_at_ <= now) {
        auto [arrived, packet] = std::move(waiting_.front());
        waiting_.pop_front();
        waiting_bytes_ -= packet.size();
        const auto sent = std::max(sent_at_, arrived);
        // The next one was there already, else it would not wait: the link never idles in between.
        if (!waiting_.empty()) sent_at_ += sending_time(waiting_.front().packet.size());
        delay(std::move(packet), sent);
    }
}

void LinkQueue::delay(Packet packet, Time sent) {
    auto ms = conditions_.latency_ms;
    if (conditions_.jitter_ms > 0)
        ms += std::uniform_real_distribution<double>(-conditions_.jitter_ms, conditions_.jitter_ms)(random_);
    delayed_bytes_ += packet.size();
    delayed_.push_back({sent + milliseconds(ms), count_++, std::move(packet)});
    std::push_heap(delayed_.begin(), delayed_.end(), Later());
}

std::optional<LinkQueue::Time> LinkQueue::next() const {
    std::optional<Time> soonest;
    if (!waiting_.empty()) soonest = sent_at_;
    if (!delayed_.empty() && (!soonest || delayed_.front().due < *soonest)) soonest = delayed_.front().due;
    return soonest;
}

std::optional<Packet> LinkQueue::pop(Time now) {
    send_waiting(now);
    if (delayed_.empty() || delayed_.front().due > now) return std::nullopt;
    std::pop_heap(delayed_.begin(), delayed_.end(), Later());
    auto packet = std::move(delayed_.back().packet);
    delayed_.pop_back();
    delayed_bytes_ -= packet.size();
    return packet;
}

}  // namespace ringback::harness::link
