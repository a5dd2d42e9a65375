#include "net/resolver.hpp"

#include "name_server.hpp"
#include "scripted_server.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::net;
using namespace std::chrono_literals;

namespace {

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::string joined(const std::vector<std::string>& list) {
    std::string text;
    for (const auto& item : list)
        text += " " + item;
    return text;
}

/// "addresses | A … | AAAA … | CNAME …", or "error: detail" with the time taken out.
std::string shown(const Resolution& found) {
    if (found.error) {
        auto text = found.error.message() + ": " + found.detail;
        if (const auto at = text.find(" within "); at != text.npos) text.resize(at);
        return text;
    }
    std::vector<std::string> addresses;
    for (const auto& address : found.addresses)
        addresses.push_back(address.to_string());
    std::sort(addresses.begin(), addresses.end());  // which family comes first depends on the machine
    auto text = joined(addresses).substr(addresses.empty() ? 0 : 1) + " |";
    if (!found.records.a.empty()) text += " A" + joined(found.records.a);
    if (!found.records.aaaa.empty()) text += " AAAA" + joined(found.records.aaaa);
    if (!found.records.cname.empty()) text += " CNAME" + joined(found.records.cname);
    if (!found.ns.empty()) text += " NS" + joined(found.ns);
    return text;
}

Resolution look_up(World& world, std::string host, std::string servers, std::chrono::milliseconds limit = 3s,
                   std::chrono::milliseconds cancel_after = -1ms) {
    ResolveRequest request;
    request.host = std::move(host);
    request.name_servers = std::move(servers);
    return world.run(resolve(world.io.get_executor(), request, Deadline::after(limit)), cancel_after);
}

HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return request;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(resolver)

BOOST_AUTO_TEST_CASE(asks_name_servers) {
    World world;
    NameServer server(world,
                      {
                          {"one.test", {{.a = {"192.0.2.1"}}}},
                          {"two.test", {{.a = {"192.0.2.1", "192.0.2.2"}, .aaaa = {"2001:db8::1"}}}},
                          {"six.test", {{.aaaa = {"2001:db8::6"}}}},
                          {"alias.test", {{.a = {"192.0.2.3"}, .cname = {"real.test", "really.test"}}}},
                          {"empty.test", {{}}},
                          {"dangling.test", {{.cname = {"gone.test"}}}},
                          {"broken.test", {{.rcode = 2}}},
                          {"refused.test", {{.rcode = 5}}},
                      });
    struct Row {
        const char *host, *shown;
    };
    const Row rows[] = {
        {"one.test", "192.0.2.1 | A 192.0.2.1"},
        {"ONE.test",
         "no such host name: ONE.test: no such host name (NXDOMAIN)"},  // the server here minds the case
        {"two.test", "192.0.2.1 192.0.2.2 2001:db8::1 | A 192.0.2.1 192.0.2.2 AAAA 2001:db8::1"},
        {"six.test", "2001:db8::6 | AAAA 2001:db8::6"},
        {"alias.test", "192.0.2.3 | A 192.0.2.3 CNAME real.test really.test"},
        {"empty.test", "the host name has no address: empty.test: the name has no A or AAAA record"},
        {"dangling.test", "the host name has no address: dangling.test: the name has no A or AAAA record"},
        {"nowhere.test", "no such host name: nowhere.test: no such host name (NXDOMAIN)"},
        {"broken.test",
         "the host name could not be resolved: broken.test: DNS server returned general failure"},
        {"refused.test", "the host name could not be resolved: refused.test: DNS server refused query"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.host) {
            const auto found = look_up(world, row.host, server.csv());
            BOOST_TEST(shown(found) == row.shown);
            BOOST_TEST(found.asked);
        }
}

BOOST_AUTO_TEST_CASE(knows_some_without_asking) {
    World world;
    NameServer server(world, {});
    BOOST_TEST(shown(look_up(world, "192.0.2.9", server.csv())) == "192.0.2.9 |");
    BOOST_TEST(shown(look_up(world, "2001:db8::9", server.csv())) == "2001:db8::9 |");
    for (const std::string name : {"localhost", "LOCALHOST.", "a.b.localhost"}) {
        const auto found = look_up(world, name, server.csv());
        BOOST_TEST(!found.asked);
        BOOST_TEST_REQUIRE(!found.addresses.empty());
        BOOST_TEST(found.addresses.front().to_string() == "127.0.0.1");
    }
    BOOST_TEST(server.queries() == 0);
}

BOOST_AUTO_TEST_CASE(asks_for_name_servers_on_request) {
    World world;
    NameServer server(world,
                      {{"zone.test", {{.ns = {"ns1.zone.test", "ns2.zone.test"}}}}, {"leaf.test", {{}}}});
    ResolveRequest request;
    request.host = "zone.test";
    request.name_servers = server.csv();
    request.addresses = false;
    request.name_server_records = true;
    auto found = world.run(resolve(world.io.get_executor(), request, Deadline::after(2s)));
    BOOST_TEST(shown(found) == " | NS ns1.zone.test ns2.zone.test");
    request.host = "leaf.test";
    found = world.run(resolve(world.io.get_executor(), request, Deadline::after(2s)));
    BOOST_TEST(shown(found) == "the host name has no address: leaf.test: the name has no NS record");
}

BOOST_AUTO_TEST_CASE(keeps_its_deadline) {
    World world;
    NameServer server(world, {{"silent.test", {{.silent = true}}}, {"garbage.test", {{.garbage = true}}}});
    for (const std::string host : {"silent.test", "garbage.test"})
        BOOST_TEST_CONTEXT(host) {
            const auto began = Deadline::Clock::now();
            const auto found = look_up(world, host, server.csv(), 150ms);
            const auto took = Deadline::Clock::now() - began;
            BOOST_TEST(found.detail.starts_with(host + ": no answer from a name server within 15"));
            BOOST_TEST(found.error == make_error_code(Error::resolve_timeout));
            BOOST_TEST((took >= 150ms && took < 500ms));
        }
}

BOOST_AUTO_TEST_CASE(ends_when_canceled) {
    World world;
    NameServer server(world, {{"silent.test", {{.silent = true}}}});
    const auto began = Deadline::Clock::now();
    const auto found = look_up(world, "silent.test", server.csv(), 5s, 50ms);
    BOOST_TEST(shown(found) == "canceled: silent.test: canceled");
    BOOST_TEST((Deadline::Clock::now() - began < 1s));
}

BOOST_AUTO_TEST_CASE(does_not_wait_long_for_the_other_family) {
    World world;
    NameServer server(world, {{"half.test", {{.a = {"192.0.2.1"}, .silent_aaaa = true}}}});
    const auto began = Deadline::Clock::now();
    BOOST_TEST(shown(look_up(world, "half.test", server.csv(), 10s)) == "192.0.2.1 | A 192.0.2.1");
    BOOST_TEST((Deadline::Clock::now() - began < 2s));
    BOOST_TEST(shown(look_up(world, "half.test", server.csv(), 200ms)) == "192.0.2.1 | A 192.0.2.1");
}

BOOST_AUTO_TEST_CASE(asks_again_and_asks_the_next_server) {
    World world;
    NameServer silent(world, {{"one.test", {{.silent = true}}}});
    NameServer broken(world, {{"one.test", {{.rcode = 2}}}});
    NameServer good(world, {{"one.test", {{.a = {"192.0.2.1"}}}}});
    BOOST_TEST(shown(look_up(world, "one.test", broken.csv() + "," + good.csv())) ==
               "192.0.2.1 | A 192.0.2.1");
    BOOST_TEST(shown(look_up(world, "one.test", silent.csv() + "," + good.csv(), 5s)) ==
               "192.0.2.1 | A 192.0.2.1");
    BOOST_TEST(shown(look_up(world, "one.test", "nonsense")) ==
               "the host name could not be resolved: name servers 'nonsense': Misformatted string");
}

BOOST_AUTO_TEST_CASE(serves_exchanges) {
    World world;
    ScriptedServer server(world, {answer(ok)});
    const auto url = server.url("/", "http", "web.test");
    NameServer names(world, {{"web.test", {{.a = {"127.0.0.1"}, .cname = {"real.test"}, .delay = 60ms}}},
                             {"slow.test", {{.silent = true}}}});
    auto done = exchange(world, get(url), {}, names.csv());
    BOOST_TEST(done.ok());
    BOOST_TEST((*done.timings.dns >= 59ms && *done.timings.dns < 150ms));
    BOOST_TEST(joined(done.dns_records.a) == " 127.0.0.1");
    BOOST_TEST(joined(done.dns_records.cname) == " real.test");
    BOOST_TEST(done.resolved.size() == 1u);
    BOOST_TEST(server.requests().at(0).find("Host: web.test:") != std::string::npos);

    ExchangeOptions options;
    options.dns_timeout = 80ms;
    done = exchange(world, get("http://slow.test/"), options, names.csv());
    BOOST_TEST(done.error == make_error_code(Error::resolve_timeout));
    BOOST_TEST(to_string(done.phase) == "resolve");
    BOOST_TEST((*done.timings.dns >= 79ms && *done.timings.dns < 300ms));
    BOOST_TEST(!done.timings.connect.has_value());
    done = exchange(world, get("http://slow.test/"), {}, names.csv(), 30ms);
    BOOST_TEST(done.error_detail == "resolve slow.test: canceled");
}

BOOST_AUTO_TEST_CASE(tries_addresses_in_turn) {
    World world;
    ScriptedServer server(world, {answer(ok)});
    NameServer names(world, {{"web.test", {{.a = {"127.0.0.9", "127.0.0.8", "127.0.0.1"}}}}});
    const auto done = exchange(world, get(server.url("/", "http", "web.test")), {}, names.csv());
    BOOST_TEST(done.ok());
    BOOST_TEST(done.connect_retries == 2u);
    BOOST_TEST(done.address->to_string() == "127.0.0.1");
    BOOST_TEST(done.resolved.size() == 3u);
}

BOOST_AUTO_TEST_CASE(refuses_a_name_when_any_of_its_addresses_is_denied) {
    World world;
    ScriptedServer server(world, {answer(ok)});
    const auto port = std::to_string(server.port());
    NameServer names(world, {{"mixed.test", {{.a = {"127.0.0.1", "169.254.169.254"}}}},
                             {"mapped.test", {{.a = {"127.0.0.1"}, .aaaa = {"::ffff:169.254.169.254"}}}}});
    auto policy = AddressPolicy::command_line();
    ExchangeOptions options;
    options.policy = &policy;
    auto done = exchange(world, get(server.url("/", "http", "mixed.test")), options, names.csv());
    BOOST_TEST(done.error == make_error_code(Error::address_denied));
    BOOST_TEST(done.error_detail ==
               "mixed.test leads to 169.254.169.254:" + port + ", which is not an allowed address");
    done = exchange(world, get(server.url("/", "http", "mapped.test")), options, names.csv());
    BOOST_TEST(done.error == make_error_code(Error::address_denied));
    BOOST_TEST(server.connections() == 0u);
}

BOOST_AUTO_TEST_CASE(resolves_once_per_exchange_so_that_rebinding_gains_nothing) {
    World world;
    ScriptedServer server(world, {answer(ok)});
    // First an allowed address on which nobody listens, from then on a forbidden one on which somebody does.
    NameServer names(world, {{"rebind.test", {{.a = {"127.0.0.2"}}, {.a = {"127.0.0.1"}}}}});
    auto policy = AddressPolicy::service();
    BOOST_TEST(policy.allow("127.0.0.2/32").has_value());
    ExchangeOptions options;
    options.policy = &policy;
    auto done = exchange(world, get(server.url("/", "http", "rebind.test")), options, names.csv());
    BOOST_TEST(done.error == boost::asio::error::connection_refused);
    BOOST_TEST(done.address->to_string() == "127.0.0.2");
    done = exchange(world, get(server.url("/", "http", "rebind.test")), options, names.csv());
    BOOST_TEST(done.error == make_error_code(Error::address_denied));
    BOOST_TEST(server.connections() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
