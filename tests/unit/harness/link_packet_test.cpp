#include "harness/webrtc/link/packet.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>

using namespace ringback::harness::link;

namespace {

constexpr Endpoint kProbe{ipv4(198, 19, 0, 2), 40000}, kService{ipv4(127, 0, 0, 1), 8091};

/// A SYN as a kernel made it, with its options: 198.19.0.2:40000 → 127.0.0.1:8091.
Packet a_syn() {
    Packet packet(60);
    const std::uint8_t head[] = {0x45, 0,  0, 60,  0x12, 0x34, 0x40, 0, 64,   6,    0,    0,
                                 198,  19, 0, 2,   127,  0,    0,    1, 0x9c, 0x40, 0x1f, 0x9b,
                                 0,    0,  0, 100, 0,    0,    0,    0, 0xa0, 0x02, 0xff, 0xff};
    std::copy(std::begin(head), std::end(head), packet.begin());
    const auto put = [&](std::size_t at, std::uint16_t sum) {
        packet[at] = static_cast<std::uint8_t>(~sum >> 8);
        packet[at + 1] = static_cast<std::uint8_t>(~sum);
    };
    put(10, checksum_sum(Bytes(packet).first(20)));
    put(36, checksum_sum(Bytes(packet).subspan(20), (198 << 8 | 19) + 2 + (127 << 8) + 1 + 6 +
                                                        static_cast<std::uint32_t>(packet.size() - 20)));
    return packet;
}

/// What every receiver checks; "" when both are right.
std::string wrong_checksums(const Packet& packet) {
    const auto bytes = Bytes(packet);
    const std::size_t length = packet.size() - 20;
    std::uint32_t pseudo = packet[9] + static_cast<std::uint32_t>(length);
    for (std::size_t at = 12; at < 20; at += 2)
        pseudo += static_cast<std::uint32_t>(packet[at] << 8 | packet[at + 1]);
    std::string wrong;
    if (checksum_sum(bytes.first(20)) != 0xffff) wrong += "ip ";
    if (checksum_sum(bytes.subspan(20), pseudo) != 0xffff) wrong += "transport ";
    return wrong;
}

std::string shown(Endpoint end) {
    return fmt::format("{}.{}.{}.{}:{}", end.address >> 24, end.address >> 16 & 255, end.address >> 8 & 255,
                       end.address & 255, end.port);
}
std::string shown(const Packet& packet) {
    const auto facts = read_packet(packet);
    if (!facts) return "not a packet";
    const auto flags = std::string(facts->syn ? " syn" : "") + (facts->ack ? " ack" : "") +
                       (facts->rst ? " rst" : "") + (facts->fin ? " fin" : "");
    return fmt::format("{} {} > {} {} bytes{}", facts->protocol == Protocol::tcp ? "tcp" : "udp",
                       shown(facts->from), shown(facts->to), facts->size - facts->payload_at, flags);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(link_packet)

BOOST_AUTO_TEST_CASE(headers_are_read_and_rewritten) {
    auto packet = a_syn();
    BOOST_CHECK_EQUAL(shown(packet), "tcp 198.19.0.2:40000 > 127.0.0.1:8091 0 bytes syn");
    BOOST_CHECK_EQUAL(wrong_checksums(packet), "");
    const auto facts = read_packet(packet);
    BOOST_CHECK(facts->opens());
    rewrite(packet, *facts, {ipv4(198, 19, 254, 1), 65535}, {ipv4(198, 19, 255, 1), 1});
    BOOST_CHECK_EQUAL(shown(packet), "tcp 198.19.254.1:65535 > 198.19.255.1:1 0 bytes syn");
    BOOST_CHECK_EQUAL(wrong_checksums(packet), "");
    rewrite(packet, *read_packet(packet), kProbe, kService);
    BOOST_CHECK(packet == a_syn());
}

BOOST_AUTO_TEST_CASE(answers_are_made_with_right_checksums) {
    const auto refused = make_reset(*read_packet(a_syn()));
    BOOST_CHECK_EQUAL(shown(refused), "tcp 127.0.0.1:8091 > 198.19.0.2:40000 0 bytes ack rst");
    BOOST_CHECK_EQUAL(wrong_checksums(refused), "");
    BOOST_CHECK_EQUAL(read_packet(refused)->acknowledged, 101);
    for (const std::size_t size : {0, 1, 2, 999, 1472, 60'000, 70'000}) {
        const Packet payload(size, 0xab);
        const auto datagram = make_udp(kService, kProbe, payload);
        BOOST_CHECK_EQUAL(shown(datagram), fmt::format("udp 127.0.0.1:8091 > 198.19.0.2:40000 {} bytes",
                                                       std::min<std::size_t>(size, 65507)));
        BOOST_CHECK_EQUAL(wrong_checksums(datagram), "");
    }
}

BOOST_AUTO_TEST_CASE(what_is_not_a_whole_packet_is_nothing) {
    const auto whole = a_syn();
    for (std::size_t size = 0; size < whole.size(); ++size)
        BOOST_CHECK(!read_packet(Bytes(whole).first(size)));
    struct Row {
        const char* what;
        std::size_t at;
        std::uint8_t value;
    };
    for (const auto& row : {Row{"IPv6", 0, 0x60}, Row{"a header of 16 bytes", 0, 0x44},
                            Row{"a fragment with more behind it", 6, 0x20}, Row{"a later fragment", 7, 1},
                            Row{"an unknown protocol", 9, 47}, Row{"a TCP header of 16 bytes", 32, 0x40},
                            Row{"a TCP header beyond the end", 32, 0xf0},
                            Row{"a length below the header", 3, 10}, Row{"a length beyond the end", 2, 1}}) {
        auto packet = whole;
        packet[row.at] = row.value;
        BOOST_CHECK_MESSAGE(!read_packet(packet), row.what);
    }
    // Whatever the bytes are, none is read beyond the end (for the sanitizers).
    for (unsigned at = 0; at < 40; ++at)
        for (unsigned value = 0; value < 256; ++value) {
            auto packet = whole;
            packet[at] = static_cast<std::uint8_t>(value);
            if (const auto facts = read_packet(packet)) BOOST_CHECK_LE(facts->size, packet.size());
        }
}

BOOST_AUTO_TEST_SUITE_END()
