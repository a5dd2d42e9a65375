#include "harness/webrtc/link/link_queue.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <vector>

using namespace ringback::harness;
using link::LinkQueue;
using link::Packet;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kSeed = 42;
const LinkQueue::Time kStart{1h};

double ms(LinkQueue::Clock::duration span) {
    return std::chrono::duration<double, std::milli>(span).count();
}

/// A packet that carries its number.
Packet numbered(std::size_t number, std::size_t size = 100) {
    Packet packet(size);
    packet[0] = static_cast<std::uint8_t>(number);
    packet[1] = static_cast<std::uint8_t>(number >> 8);
    packet[2] = static_cast<std::uint8_t>(number >> 16);
    return packet;
}
std::size_t number_of(const Packet& packet) {
    return packet[0] + std::size_t{256} * packet[1] + std::size_t{65536} * packet[2];
}

struct Arrival {
    std::size_t number;
    double at_ms;  ///< since the start
};

/// A link and its clock: everything that arrives up to a point, with its time.
struct Bench {
    LinkQueue queue{kSeed};
    std::vector<Arrival> arrived;

    explicit Bench(const LinkConditions& conditions) { queue.set(conditions, kStart); }
    LinkQueue::Fate push(std::size_t number, LinkQueue::Clock::duration at, std::size_t size = 100) {
        run_to(at);
        return queue.push(numbered(number, size), kStart + at);
    }
    void run_to(LinkQueue::Clock::duration until) {
        while (const auto next = queue.next()) {
            if (*next > kStart + until) return;
            while (auto packet = queue.pop(*next))
                arrived.push_back({number_of(*packet), ms(*next - kStart)});
        }
    }
    void run_out() { run_to(1000h); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(link_queue)

BOOST_AUTO_TEST_CASE(an_open_link_passes_everything_at_once_and_in_order) {
    Bench bench({});
    for (std::size_t i = 0; i < 50; ++i)
        BOOST_CHECK(bench.push(i, i * 1ms) == LinkQueue::Fate::queued);
    bench.run_out();
    BOOST_REQUIRE_EQUAL(bench.arrived.size(), 50);
    for (std::size_t i = 0; i < 50; ++i) {
        BOOST_CHECK_EQUAL(bench.arrived[i].number, i);
        BOOST_CHECK_CLOSE(bench.arrived[i].at_ms + 1, static_cast<double>(i) + 1, 1e-6);
    }
    BOOST_CHECK(!bench.queue.next());
}

BOOST_AUTO_TEST_CASE(loss_is_what_was_set_and_has_no_pattern) {
    constexpr std::size_t count = 100'000;
    for (const double loss : {0.01, 0.02, 0.05, 0.1, 0.5, 1.0}) {
        LinkConditions conditions;
        conditions.loss = loss;
        Bench bench(conditions);
        std::size_t lost = 0, pairs = 0;
        bool before = false;
        for (std::size_t i = 0; i < count; ++i) {
            const bool gone = bench.push(i, i * 1us) == LinkQueue::Fate::lost;
            lost += gone;
            pairs += gone && before;
            before = gone;
        }
        const double n = count, share = static_cast<double>(lost) / n;
        BOOST_TEST_CONTEXT("loss of " << loss) {
            // Four standard deviations; the seed is fixed, so this passes always or never.
            BOOST_CHECK_LE(std::abs(share - loss), 4 * std::sqrt(loss * (1 - loss) / n) + 1e-9);
            const double both = static_cast<double>(pairs) / n;
            BOOST_CHECK_LE(std::abs(both - loss * loss), 5 * std::sqrt(loss * loss / n) + 1e-4);
            bench.run_out();
            BOOST_CHECK_EQUAL(bench.arrived.size(), count - lost);
        }
    }
}

BOOST_AUTO_TEST_CASE(delay_is_added_to_each_packet) {
    LinkConditions conditions;
    conditions.latency_ms = 150;
    Bench bench(conditions);
    for (std::size_t i = 0; i < 20; ++i)
        bench.push(i, i * 7ms);
    bench.run_out();
    BOOST_REQUIRE_EQUAL(bench.arrived.size(), 20);
    for (const auto& packet : bench.arrived)
        BOOST_CHECK_CLOSE(packet.at_ms, 150 + 7.0 * static_cast<double>(packet.number), 1e-6);
}

BOOST_AUTO_TEST_CASE(jitter_spreads_evenly_around_the_delay_and_reorders) {
    LinkConditions conditions;
    conditions.latency_ms = 50;
    conditions.jitter_ms = 20;
    Bench bench(conditions);
    for (std::size_t i = 0; i < 10'000; ++i)
        bench.push(i, i * 5ms);
    bench.run_out();
    BOOST_REQUIRE_EQUAL(bench.arrived.size(), 10'000);
    double sum = 0, least = 1e9, most = 0;
    std::size_t overtaken = 0;
    for (std::size_t i = 0; i < bench.arrived.size(); ++i) {
        const double delay = bench.arrived[i].at_ms - 5.0 * static_cast<double>(bench.arrived[i].number);
        sum += delay;
        least = std::min(least, delay);
        most = std::max(most, delay);
        overtaken += i > 0 && bench.arrived[i].number < bench.arrived[i - 1].number;
    }
    BOOST_CHECK_CLOSE(sum / 10'000, 50.0, 1.0);
    BOOST_CHECK(least >= 30 && least < 31);
    BOOST_CHECK(most <= 70 && most > 69);
    BOOST_CHECK_GT(overtaken, 1000);
    // More jitter than latency: no packet arrives before it was sent.
    conditions.latency_ms = 5;
    Bench early(conditions);
    for (std::size_t i = 0; i < 1000; ++i)
        early.push(i, i * 5ms);
    early.run_out();
    for (const auto& packet : early.arrived)
        BOOST_CHECK_GE(packet.at_ms, 5.0 * static_cast<double>(packet.number) - 1e-6);
}

BOOST_AUTO_TEST_CASE(rate_paces_packets_and_its_queue_is_bounded) {
    struct Row {
        double kbps;
        std::size_t bound;
    };
    for (const auto& row : {Row{50, 12'000}, Row{100, 12'000}, Row{1000, 31'250}, Row{30'000, 937'500}}) {
        BOOST_CHECK_EQUAL(link::queue_bound(row.kbps), row.bound);
        LinkConditions conditions;
        conditions.bitrate_kbps = row.kbps;
        Bench bench(conditions);
        // Twice as much as the link can carry, for 10 s.
        const auto interval = std::chrono::duration_cast<LinkQueue::Clock::duration>(
            std::chrono::duration<double, std::milli>(1000 * 8 / row.kbps / 2));
        std::size_t dropped = 0, sent = 0;
        for (auto at = interval; at <= LinkQueue::Clock::duration(10s); at += interval, ++sent)
            dropped += bench.push(sent, at, 1000) == LinkQueue::Fate::overflowed;
        bench.run_to(10s);
        const double carried = static_cast<double>(bench.arrived.size()) * 8 / 10;
        BOOST_TEST_CONTEXT(row.kbps << " kbit/s") {
            // A burst of 3000 bytes over 10 s is 2.4 kbit/s.
            BOOST_CHECK(carried <= row.kbps + 2.4 && carried > 0.98 * row.kbps);
            bench.run_out();
            BOOST_CHECK_EQUAL(bench.arrived.size() + dropped, sent);
            // What waits at the end is the queue, in full: no packet waited longer than it takes to empty.
            const double longest = bench.arrived.back().at_ms - 10'000;
            BOOST_CHECK_LE(longest, static_cast<double>(row.bound) * 8 / row.kbps + 1);
            BOOST_CHECK_GE(longest,
                           0.8 * static_cast<double>(row.bound) * 8 / row.kbps - 1000 * 8 / row.kbps);
            BOOST_CHECK(std::is_sorted(bench.arrived.begin(), bench.arrived.end(),
                                       [](const auto& a, const auto& b) { return a.number < b.number; }));
        }
    }
}

BOOST_AUTO_TEST_CASE(rate_and_delay_add_up) {
    LinkConditions conditions;
    conditions.bitrate_kbps = 80;  // 100 ms for 1000 bytes
    conditions.latency_ms = 25;
    Bench bench(conditions);
    for (std::size_t i = 0; i < 6; ++i)
        bench.push(i, 0ms, 1000);
    bench.run_out();
    const double wanted[] = {25, 25, 25, 125, 225, 325};  // the burst, then the rate
    BOOST_REQUIRE_EQUAL(bench.arrived.size(), 6);
    for (std::size_t i = 0; i < 6; ++i)
        BOOST_CHECK_CLOSE(bench.arrived[i].at_ms, wanted[i], 1e-6);
}

BOOST_AUTO_TEST_CASE(a_pause_gives_a_burst_of_its_length_and_no_more_than_two_large_packets) {
    LinkConditions conditions;
    conditions.bitrate_kbps = 80;
    Bench bench(conditions);
    for (std::size_t i = 0; i < 3; ++i)
        bench.push(i, 0ms, 1000);  // the burst is used up
    bench.push(3, 100ms, 1000);    // a pause of one packet: it goes at once
    bench.push(4, 150ms, 1000);    // half a packet: the other half must wait
    for (std::size_t i = 5; i < 9; ++i)
        bench.push(i, 10s, 1000);
    bench.run_out();
    const double wanted[] = {0, 0, 0, 100, 200, 10'000, 10'000, 10'000, 10'100};
    BOOST_REQUIRE_EQUAL(bench.arrived.size(), 9);
    for (std::size_t i = 0; i < 9; ++i)
        BOOST_CHECK_CLOSE(bench.arrived[i].at_ms + 1, wanted[i] + 1, 1e-6);
}

BOOST_AUTO_TEST_CASE(a_change_counts_from_the_packet_on_that_comes_next) {
    LinkConditions slow, open;
    slow.bitrate_kbps = 80;  // 100 ms for 1000 bytes
    Bench bench(slow);
    for (std::size_t i = 0; i < 10; ++i)
        bench.push(i, 0ms, 1000);
    bench.run_to(250ms);
    BOOST_CHECK_EQUAL(bench.arrived.size(), 5);  // a burst of three, and two by the rate
    bench.queue.set(open, kStart + 250ms);
    bench.push(10, 250ms);
    bench.run_to(250ms);
    BOOST_REQUIRE_EQUAL(bench.arrived.size(), 11);  // what waited goes at once, before what came later
    BOOST_CHECK_EQUAL(bench.arrived.back().number, 10);

    LinkConditions far;
    far.latency_ms = 500;
    Bench delayed(far);
    delayed.push(0, 0ms);
    delayed.queue.set(open, kStart + 100ms);
    delayed.push(1, 100ms);
    delayed.run_out();
    BOOST_REQUIRE_EQUAL(delayed.arrived.size(), 2);
    BOOST_CHECK_EQUAL(delayed.arrived[0].number, 1);  // the first is still on its long way
    BOOST_CHECK_CLOSE(delayed.arrived[1].at_ms, 500.0, 1e-6);
}

BOOST_AUTO_TEST_CASE(what_is_under_way_is_bounded) {
    LinkConditions far;
    far.latency_ms = 60'000;
    LinkQueue queue(kSeed);
    queue.set(far, kStart);
    std::size_t taken = 0;
    while (taken < 2000 && queue.push(Packet(65'000), kStart) == LinkQueue::Fate::queued)
        ++taken;
    BOOST_CHECK_EQUAL(taken, (64u << 20) / 65'000);
}

BOOST_AUTO_TEST_SUITE_END()
