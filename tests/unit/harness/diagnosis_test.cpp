#include "harness/webrtc/diagnosis.hpp"

#include <boost/test/unit_test.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

using namespace ringback::harness;

namespace {

/// Lines "SECONDS CONNECTION TYPE VALUE", as Chromium gave them; connection "-" for what happened to the
/// page.
std::vector<ConnectionEvent> events(const std::string& text) {
    std::vector<ConnectionEvent> list;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        ConnectionEvent event;
        if (!(words >> event.at_seconds >> event.connection >> event.type)) continue;
        if (event.connection == "-") event.connection.clear();
        std::getline(words >> std::ws, event.value);
        list.push_back(std::move(event));
    }
    return list;
}

/// "relay-refused [1,2] connections 1 and 2 never connected: …", one a line.
std::string told(const std::vector<CallFault>& faults) {
    std::string text;
    for (const auto& fault : faults)
        text += fmt::format("{}{} [{}] {}", text.empty() ? "" : "\n", to_string(fault.kind),
                            fmt::join(fault.connections, ","), fault.text);
    return text;
}

std::string told(const std::string& text, double ended = 20, std::vector<std::string> page_errors = {}) {
    CallCircumstances circumstances;
    circumstances.ended_seconds = ended;
    circumstances.page_errors = std::move(page_errors);
    return told(diagnose_call(events(text), circumstances));
}

const std::string kHost = "candidate:1 1 udp 2122 10.0.0.2 50827 typ host generation 0\n";
const std::string kServerReflexive =
    "candidate:2 1 udp 1677 198.51.100.7 50827 typ srflx raddr 10.0.0.2 rport 50827\n";
const std::string kRelay =
    "candidate:189090637 1 udp 58662911 127.0.0.1 52251 typ relay raddr 0.0.0.0 rport 0\n";
const std::string kRelayOnly = R"({"iceServers":[{"urls":"turn:127.0.0.1:3478?transport=udp","username":"u",)"
                               R"("credential":"***"}],"iceTransportPolicy":"relay"})"
                               "\n";
const std::string kTurn = R"({"iceServers":[{"urls":["stun:127.0.0.1:3478","turn:127.0.0.1:3478"]}]})"
                          "\n";
const std::string kDescribed =
    "0.1 1 setLocalDescription\n0.2 1 setRemoteDescription type: answer, sdp: v=0\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(diagnosis)

BOOST_AUTO_TEST_CASE(recorded_courses_have_their_faults) {
    struct Row {
        const char* what;
        std::string events, wanted;
    };
    const Row rows[] = {
        {"a call that connects",
         "0 1 created {}\n" + kDescribed + "0.3 1 icecandidate " + kHost + "0.3 1 addIceCandidate " + kHost +
             "0.4 1 iceconnectionstatechange checking\n0.5 1 iceconnectionstatechange connected\n"
             "0.6 1 connectionstatechange connected\n19 1 close\n",
         ""},
        {"TURN over UDP, and nobody there: no error comes, the gathering never ends",
         "0 1 created " + kRelayOnly + kDescribed + "0.3 1 icegatheringstatechange gathering\n",
         "turn-unreachable [1] connection 1 never connected: TURN unreachable: the TURN server "
         "turn:127.0.0.1:3478?transport=udp gave no answer within 20 s; the page allows nothing but relays"},
        {"TURN over TCP, and nobody there",
         "0 1 created " + kRelayOnly + kDescribed +
             "0.3 1 icecandidateerror 701 Failed to establish connection "
             "(turn:127.0.0.1:3478?transport=tcp)\n"
             "0.3 1 icegatheringstatechange complete\n",
         "turn-unreachable [1] connection 1 never connected: TURN unreachable: the TURN server "
         "turn:127.0.0.1:3478?transport=udp gave no answer (701 Failed to establish connection); the page "
         "allows nothing but "
         "relays"},
        {"TURN with a wrong password",
         "0 1 created " + kRelayOnly + kDescribed +
             "0.3 1 icecandidateerror 401 Unauthorized. (turn:127.0.0.1:35389?transport=udp)\n"
             "0.3 1 icegatheringstatechange complete\n",
         "turn-refused [1] connection 1 never connected: the TURN server turn:127.0.0.1:35389?transport=udp "
         "refused: 401 "
         "Unauthorized: wrong user name or password; the page allows nothing but relays"},
        {"a relay that will not relay to the peer fails at once",
         "0 1 created " + kRelayOnly + kDescribed + "0.3 1 addIceCandidate " + kRelay +
             "0.31 1 icecandidate " + kRelay +
             "0.31 1 iceconnectionstatechange checking\n0.32 1 iceconnectionstatechange disconnected\n"
             "0.32 1 connectionstatechange failed\n0.4 1 icegatheringstatechange complete\n",
         "relay-refused [1] connection 1 never connected: relay refused: the TURN server "
         "turn:127.0.0.1:3478?transport=udp "
         "gave a relay, but would not relay to the other side (its configuration forbids the peer's "
         "address)"},
        {"a relay that nothing comes through",
         "0 1 created " + kRelayOnly + kDescribed + "0.3 1 addIceCandidate " + kRelay +
             "0.31 1 icecandidate " + kRelay + "0.31 1 iceconnectionstatechange checking\n",
         "relay-refused [1] connection 1 never connected: relay refused: the TURN server "
         "turn:127.0.0.1:3478?transport=udp "
         "gave a relay, but nothing came through it: it may not relay to the other side, or cannot reach it"},
        {"relays only, and no server named",
         "0 1 created {\"iceTransportPolicy\":\"relay\"}\n" + kDescribed +
             "0.3 1 icegatheringstatechange complete\n",
         "no-candidates [1] connection 1 never connected: the page allows nothing but relays, and names no "
         "TURN server"},
        {"no address of its own",
         "0 1 created {}\n" + kDescribed + "0.3 1 icegatheringstatechange complete\n",
         "no-candidates [1] connection 1 never connected: no candidates: this side found no address of its "
         "own to offer"},
        {"no candidates of the other side", "0 1 created {}\n" + kDescribed + "0.3 1 icecandidate " + kHost,
         "no-candidates [1] connection 1 never connected: no candidates came from the other side: it found "
         "none, or the "
         "signalling lost them"},
        {"a firewall between them, no TURN",
         "0 1 created {}\n" + kDescribed + "0.3 1 icecandidate " + kHost + "0.4 1 icecandidate " +
             kServerReflexive + "0.3 1 addIceCandidate " + kHost +
             "0.4 1 iceconnectionstatechange checking\n15.6 1 connectionstatechange failed\n",
         "ice-failed [1] connection 1 never connected: ICE failed: no path between the candidates of this "
         "side (host, srflx) "
         "and the other (host) worked, and no TURN server is named to fall back on"},
        {"a firewall between them, TURN of no use",
         "0 1 created " + kTurn + kDescribed + "0.3 1 icecandidate " + kHost + "0.4 1 icecandidate " +
             kRelay + "0.3 1 addIceCandidate " + kHost + "0.4 1 iceconnectionstatechange checking\n",
         "ice-failed [1] connection 1 never connected: ICE failed: no path between the candidates of this "
         "side (host, relay) "
         "and the other (host) worked, not even through the TURN server"},
        {"a firewall between them, TURN down",
         "0 1 created " + kTurn + kDescribed + "0.3 1 icecandidate " + kHost + "0.3 1 addIceCandidate " +
             kHost +
             "0.4 1 iceconnectionstatechange checking\n9.8 1 icecandidateerror 701 TURN allocate request "
             "timed out. "
             "(turn:127.0.0.1:3478)\n",
         "turn-unreachable [1] connection 1 never connected: no path between the candidates of this side "
         "(host) and the other "
         "(host) worked, and there was no relay: TURN unreachable: the TURN server turn:127.0.0.1:3478 gave "
         "no answer (701 "
         "TURN allocate request timed out)"},
        {"candidates that came with the description",
         "0 1 created {}\n0.1 1 setLocalDescription\n0.3 1 icecandidate " + kHost +
             "0.2 1 setRemoteDescription type: answer, sdp: v=0 a=candidate:1 1 udp 2122 10.0.0.3 5 typ "
             "prflx\n",
         "ice-failed [1] connection 1 never connected: ICE failed: no path between the candidates of this "
         "side (host) and the "
         "other (prflx) worked, and no TURN server is named to fall back on"},
        {"DTLS fails",
         "0 1 created {}\n" + kDescribed + "0.3 1 icecandidate " + kHost + "0.3 1 addIceCandidate " + kHost +
             "0.4 1 iceconnectionstatechange checking\n0.5 1 iceconnectionstatechange connected\n"
             "0.7 1 connectionstatechange failed\n",
         "dtls-failed [1] connection 1 never connected: ICE found a path, but the DTLS handshake failed: a "
         "certificate that is "
         "not the one of the description, or large packets that get lost"},
        {"DTLS hangs",
         "0 1 created {}\n" + kDescribed +
             "0.5 1 iceconnectionstatechange connected\n0.6 1 connectionstatechange connecting\n",
         "dtls-failed [1] connection 1 never connected: ICE found a path, but the DTLS handshake did not end "
         "within 20 s: a "
         "certificate that is not the one of the description, or large packets that get lost"},
        {"nobody answers", "0 1 created {}\n0.1 1 setLocalDescription\n0.3 1 icecandidate " + kHost,
         "no-signalling [1] connection 1 never connected: no answer came to this side's offer: the "
         "signalling did not get "
         "through, or nobody was there"},
        {"the page does not answer", "0 1 created {}\n0.1 1 setRemoteDescription type: offer, sdp: v=0\n",
         "no-signalling [1] connection 1 never connected: the page took the other side's offer and never "
         "answered it"},
        {"a call that breaks",
         "0 1 created {}\n" + kDescribed +
             "0.5 1 iceconnectionstatechange connected\n0.6 1 connectionstatechange connected\n"
             "9 1 connectionstatechange disconnected\n13 1 connectionstatechange failed\n",
         "lost [1] connection 1 failed: its path broke 12 s after it was connected"},
        {"a call that breaks and comes back",
         "0 1 created {}\n" + kDescribed +
             "0.6 1 connectionstatechange connected\n13 1 connectionstatechange failed\n"
             "15 1 connectionstatechange connected\n",
         ""},
        {"three the same, one well",
         "0 1 created {}\n0 2 created {}\n0 3 created {}\n0 4 created {}\n0.1 1 setLocalDescription\n0.1 2 "
         "setLocalDescription\n"
         "0.1 3 setLocalDescription\n0.1 4 setLocalDescription\n0.2 3 connectionstatechange connected\n",
         "no-signalling [1,2,4] connections 1, 2 and 4 never connected: no answer came to this side's offer: "
         "the signalling did "
         "not get through, or nobody was there"},
        {"a connection that was only looked at", "0 1 created {}\n0 1 close\n", ""},
        {"one that had no time", "0 1 created {}\n18 1 setLocalDescription\n", ""},
        {"one that the page gave up at once", "0 1 created {}\n1 1 setLocalDescription\n2 1 close\n", ""},
        {"no camera allowed", "0 - getusermediaerror NotAllowedError: Permission denied\n",
         "no-media [] the page got no camera or microphone: NotAllowedError: Permission denied (ringback "
         "allows every page; a "
         "Permissions-Policy header, or an iframe without allow=\"camera; microphone\", forbids)"},
        {"no such camera", "0 - getusermediaerror OverconstrainedError: width\n",
         "no-media [] the page got no camera or microphone: OverconstrainedError: width"},
        {"no secure context", "0 - insecurecontext http://shop.test:8080\n",
         "no-media [] http://shop.test:8080 is no secure context: browsers give a camera or microphone to "
         "https pages, to "
         "localhost, and here to the test's service-url"},
        {"a camera, and nobody to call", "0 - getusermedia {\"video\":true}\n",
         "no-signalling [] the page has a camera or microphone, but made no connection: nobody to call was "
         "there, or the "
         "signalling did not get through"},
        {"no call was meant", "", ""},
        {"nonsense",
         "0 1 created [nonsense\n0 1 icecandidateerror \n0 1 icecandidate typ\n0 1 setLocalDescription\n",
         "no-signalling [1] connection 1 never connected: no answer came to this side's offer: the "
         "signalling did not get "
         "through, or nobody was there"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what)
    BOOST_CHECK_EQUAL(told(row.events), row.wanted);
}

BOOST_AUTO_TEST_CASE(the_browsers_own_words_on_the_signalling_are_told) {
    const std::string words =
        "WebSocket connection to 'ws://127.0.0.1:1/signal' failed: net::ERR_CONNECTION_REFUSED";
    BOOST_CHECK_EQUAL(told("0 - getusermedia {}\n", 20, {"an error of another kind", words}),
                      "no-signalling [] the page has a camera or microphone, but made no connection: nobody "
                      "to call was there, "
                      "or the signalling did not get through; the browser says: " +
                          words);
    BOOST_CHECK(told("0 1 setLocalDescription\n", 20, {words})
                    .ends_with("nobody was there; the browser says: " + words));
    const std::string policy =
        "Connecting to 'wss://chat.test/' violates the following Content Security Policy directive";
    BOOST_CHECK(told("0 1 setLocalDescription\n", 20, {policy}).ends_with("the browser says: " + policy));
}

BOOST_AUTO_TEST_SUITE_END()
