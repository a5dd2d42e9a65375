#include "harness/test/firewall.hpp"

#include "harness/webrtc/link/packet_filter.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::harness;
using namespace ringback::harness::link;

namespace {

std::string shown(const ringback::Parsed<Firewall>& parsed) {
    return parsed ? std::string(to_string(*parsed)) : parsed.error().message + ", " + parsed.error().hint;
}

PacketFacts packet(Protocol protocol, std::uint16_t from, std::uint16_t to, bool syn = false) {
    PacketFacts facts;
    facts.protocol = protocol;
    facts.from.port = from;
    facts.to.port = to;
    facts.syn = syn;
    return facts;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(firewall)

BOOST_AUTO_TEST_CASE(profiles_are_found_however_they_are_written) {
    struct Row {
        const char *name, *wanted;
    };
    const Row rows[] = {
        {"", "FW_NO_FW"},
        {"FW_NO_FW", "FW_NO_FW"},
        {"none", "FW_NO_FW"},
        {"HTTP and HTTPS only", "HTTP and HTTPS only"},
        {"http-https", "HTTP and HTTPS only"},
        {"FW_HTTP_AND_HTTPS_ONLY", "HTTP and HTTPS only"},
        {"https only", "HTTPS only"},
        {"FW_HTTPS", "HTTPS only"},
        {"DNS only", "DNS only"},
        {"DSN only", "unknown firewall profile 'DSN only', did you mean 'DNS only'?"},
        {"x",
         "unknown firewall profile 'x', 'HTTP and HTTPS only', 'HTTPS only', 'DNS only' and 'FW_NO_FW' are "
         "known"},
    };
    for (const auto& row : rows)
        BOOST_CHECK_EQUAL(shown(find_firewall(row.name)), row.wanted);
}

BOOST_AUTO_TEST_CASE(each_profile_lets_through_what_it_says) {
    using enum Direction;
    struct Row {
        const char* what;
        Direction direction;
        PacketFacts facts;
        const char* passes;  ///< which of none, http_and_https, https, dns let it through: "nhsd"
    };
    const Row rows[] = {
        {"a question to a name server", outgoing, packet(Protocol::udp, 4000, 53), "nhsd"},
        {"its answer", incoming, packet(Protocol::udp, 53, 4000), "nhsd"},
        {"a question over TCP", outgoing, packet(Protocol::tcp, 4000, 53, true), "nhsd"},
        {"a page over http", outgoing, packet(Protocol::tcp, 4000, 80, true), "nh"},
        {"its answer", incoming, packet(Protocol::tcp, 80, 4000), "nh"},
        {"a page over https", outgoing, packet(Protocol::tcp, 4000, 443, true), "nhs"},
        {"its answer", incoming, packet(Protocol::tcp, 443, 4000), "nhs"},
        {"a page at another port", outgoing, packet(Protocol::tcp, 4000, 8091, true), "n"},
        {"media", outgoing, packet(Protocol::udp, 4000, 50000), "n"},
        {"media", incoming, packet(Protocol::udp, 50000, 4000), "n"},
        {"media at the port of https", outgoing, packet(Protocol::udp, 4000, 443), "n"},
        {"a TURN server", outgoing, packet(Protocol::udp, 4000, 3478), "n"},
        {"somebody who connects from such a port", incoming, packet(Protocol::tcp, 443, 4000, true), "n"},
        {"a ping", outgoing, packet(Protocol::icmp, 0, 0), "n"},
    };
    for (const auto& row : rows) {
        std::string passed;
        for (const auto& [firewall, letter] : {std::pair{Firewall::none, 'n'},
                                               {Firewall::http_and_https, 'h'},
                                               {Firewall::https, 's'},
                                               {Firewall::dns, 'd'}})
            if (link::passes(firewall, row.direction, row.facts)) passed += letter;
        BOOST_CHECK_MESSAGE(passed == row.passes,
                            row.what << ": passes " << passed << ", wanted " << row.passes);
    }
    BOOST_CHECK(lets_connect(Firewall::none, 8091));
    BOOST_CHECK(lets_connect(Firewall::http_and_https, 80));
    BOOST_CHECK(!lets_connect(Firewall::https, 80));
}

BOOST_AUTO_TEST_SUITE_END()
