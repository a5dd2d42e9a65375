#include "net/address_policy.hpp"

#include <boost/test/unit_test.hpp>

using ringback::net::AddressPolicy;

namespace {

struct Row {
    const char* address;
    bool command_line, service;
    const char* why;
};

// The bounds of every network in the table of docs/webhooks.md, from both sides.
constexpr Row table[] = {
    {"8.8.8.8", true, true, "public"},
    {"0.0.0.0", true, false, "this network, first"},
    {"0.255.255.255", true, false, "this network, last"},
    {"1.0.0.0", true, true, "after this network"},
    {"9.255.255.255", true, true, "before 10/8"},
    {"10.0.0.0", true, false, "private, first"},
    {"10.255.255.255", true, false, "private, last"},
    {"11.0.0.0", true, true, "after 10/8"},
    {"100.63.255.255", true, true, "before shared"},
    {"100.64.0.0", true, false, "shared, first"},
    {"100.100.100.200", false, false, "Alibaba metadata"},
    {"100.100.100.199", true, false, "beside it: shared"},
    {"100.127.255.255", true, false, "shared, last"},
    {"100.128.0.0", true, true, "after shared"},
    {"126.255.255.255", true, true, "before loopback"},
    {"127.0.0.1", true, false, "loopback"},
    {"127.255.255.255", true, false, "loopback, last"},
    {"128.0.0.0", true, true, "after loopback"},
    {"168.63.129.15", true, true, "before Azure metadata"},
    {"168.63.129.16", false, false, "Azure metadata"},
    {"168.63.129.17", true, true, "after Azure metadata"},
    {"169.253.255.255", true, true, "before link-local"},
    {"169.254.0.0", false, false, "link-local, first"},
    {"169.254.169.254", false, false, "metadata"},
    {"169.254.255.255", false, false, "link-local, last"},
    {"169.255.0.0", true, true, "after link-local"},
    {"172.15.255.255", true, true, "before 172.16/12"},
    {"172.16.0.0", true, false, "private, first"},
    {"172.31.255.255", true, false, "private, last"},
    {"172.32.0.0", true, true, "after 172.16/12"},
    {"192.0.0.0", true, false, "IETF, first"},
    {"192.0.0.192", false, false, "Oracle metadata"},
    {"192.0.0.255", true, false, "IETF, last"},
    {"192.0.1.0", true, true, "after IETF"},
    {"192.0.1.255", true, true, "before documentation 1"},
    {"192.0.2.0", true, false, "documentation 1, first"},
    {"192.0.2.255", true, false, "documentation 1, last"},
    {"192.0.3.0", true, true, "after documentation 1"},
    {"192.88.98.255", true, true, "before 6to4 relays"},
    {"192.88.99.0", true, false, "6to4 relays, first"},
    {"192.88.99.255", true, false, "6to4 relays, last"},
    {"192.88.100.0", true, true, "after 6to4 relays"},
    {"192.167.255.255", true, true, "before 192.168/16"},
    {"192.168.0.0", true, false, "private, first"},
    {"192.168.255.255", true, false, "private, last"},
    {"192.169.0.0", true, true, "after 192.168/16"},
    {"198.17.255.255", true, true, "before benchmarks"},
    {"198.18.0.0", true, false, "benchmarks, first"},
    {"198.19.255.255", true, false, "benchmarks, last"},
    {"198.20.0.0", true, true, "after benchmarks"},
    {"198.51.99.255", true, true, "before documentation 2"},
    {"198.51.100.0", true, false, "documentation 2, first"},
    {"198.51.100.255", true, false, "documentation 2, last"},
    {"198.51.101.0", true, true, "after documentation 2"},
    {"203.0.112.255", true, true, "before documentation 3"},
    {"203.0.113.0", true, false, "documentation 3, first"},
    {"203.0.113.255", true, false, "documentation 3, last"},
    {"203.0.114.0", true, true, "after documentation 3"},
    {"223.255.255.255", true, true, "before multicast"},
    {"224.0.0.0", true, false, "multicast"},
    {"239.255.255.255", true, false, "multicast, last"},
    {"240.0.0.0", true, false, "reserved"},
    {"255.255.255.255", true, false, "broadcast"},

    {"::", true, false, "unspecified"},
    {"::1", true, false, "loopback"},
    {"::7f00:1", true, false, "IPv4-compatible loopback"},
    {"1fff:ffff::1", true, false, "before 2000::/3"},
    {"2000::1", true, true, "global"},
    {"2001::1", true, false, "IETF (Teredo)"},
    {"2001:1ff:ffff::1", true, false, "IETF, last"},
    {"2001:200::1", true, true, "after IETF"},
    {"2001:db7:ffff::1", true, true, "before documentation"},
    {"2001:db8::1", true, false, "documentation"},
    {"2001:db9::1", true, true, "after documentation"},
    {"2001:ffff::1", true, true, "before 6to4"},
    {"2002:7f00:1::", true, false, "6to4"},
    {"2003::1", true, true, "after 6to4"},
    {"2606:4700:4700::1111", true, true, "public"},
    {"3ffe:ffff::1", true, true, "before documentation 2"},
    {"3fff::1", true, false, "documentation 2"},
    {"3fff:fff:ffff::1", true, false, "documentation 2, last"},
    {"3fff:1000::1", true, true, "after documentation 2"},
    {"4000::1", true, false, "after 2000::/3"},
    {"fc00::1", true, false, "unique local"},
    {"fd00:ec2::253", true, false, "unique local"},
    {"fd00:ec2::254", false, false, "AWS metadata"},
    {"fe7f:ffff::1", true, false, "before link-local"},
    {"fe80::1", false, false, "link-local"},
    {"febf:ffff::1", false, false, "link-local, last"},
    {"fec0::1", true, false, "site-local"},
    {"ff02::1", true, false, "multicast"},

    {"::ffff:8.8.8.8", true, true, "mapped public"},
    {"::ffff:127.0.0.1", true, false, "mapped loopback"},
    {"::ffff:169.254.169.254", false, false, "mapped metadata"},
    {"64:ff9b::8.8.8.8", true, true, "NAT64 to public"},
    {"64:ff9b::10.0.0.1", true, false, "NAT64 to private"},
    {"64:ff9b::169.254.169.254", false, false, "NAT64 to metadata"},
    {"64:ff9b:0:0:0:1:808:808", true, false, "beside the NAT64 prefix"},
    {"64:ff9b:1::8.8.8.8", true, false, "local-use NAT64"},
    {"64:ff9b:1:ffff:ffff:ffff:ffff:ffff", true, false, "local-use NAT64, last"},
    {"::ffff:7f00:1", true, false, "mapped loopback, in hexadecimal"},
    {"64:ff9b::7f00:1", true, false, "NAT64 to loopback, in hexadecimal"},
    {"::ffff:100.100.100.200", false, false, "mapped Alibaba metadata"},
    {"::ffff:192.0.0.192", false, false, "mapped Oracle metadata"},
    {"64:ff9b::168.63.129.16", false, false, "NAT64 to Azure metadata"},
};

bool allowed(const AddressPolicy& policy, const char* address, std::uint16_t port = 443) {
    return policy.allowed(boost::asio::ip::make_address(address), port);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address_policy)

BOOST_AUTO_TEST_CASE(judges_addresses) {
    const auto command_line = AddressPolicy::command_line();
    const auto service = AddressPolicy::service();
    const auto all = AddressPolicy::allow_all();
    for (const auto& row : table)
        BOOST_TEST_CONTEXT(row.address << " (" << row.why << ")") {
            BOOST_TEST(allowed(command_line, row.address) == row.command_line);
            BOOST_TEST(allowed(service, row.address) == row.service);
            BOOST_TEST(allowed(all, row.address));
        }
}

BOOST_AUTO_TEST_CASE(applies_exceptions) {
    struct Exception {
        const char* text;
        const char* address;
        std::uint16_t port;
        bool allowed;
    };
    constexpr Exception rows[] = {
        {"127.0.0.1/32:8090", "127.0.0.1", 8090, true},
        {"127.0.0.1/32:8090", "127.0.0.1", 8091, false},
        {"127.0.0.1/32:8090", "127.0.0.2", 8090, false},
        {"127.0.0.1/32:8090", "::ffff:127.0.0.1", 8090, true},
        {"127.0.0.1/32:8090", "64:ff9b::127.0.0.1", 8090, true},
        {"127.0.0.1/32:8090", "::1", 8090, false},
        {"127.0.0.1:8090", "127.0.0.1", 8090, true},
        {"127.0.0.0/8", "127.4.5.6", 1, true},
        {"10.1.2.0/23:80", "10.1.3.255", 80, true},
        {"10.1.2.0/23:80", "10.1.4.0", 80, false},
        {"169.254.169.254/32:80", "169.254.169.254", 80, true},
        {"[::1/128]:8090", "::1", 8090, true},
        {"[::1/128]:8090", "::1", 8091, false},
        {"[::1/128]:8090", "127.0.0.1", 8090, false},
        {"::1/128", "::1", 5, true},
        {"[fd00::/8]:443", "fd12::1", 443, true},
        {"[fd00::/8]:443", "fe00::1", 443, false},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.text << " for " << row.address << " " << row.port) {
            auto policy = AddressPolicy::service();
            BOOST_TEST(policy.allow(row.text).has_value());
            BOOST_TEST(allowed(policy, row.address, row.port) == row.allowed);
        }
}

BOOST_AUTO_TEST_CASE(refuses_bad_exceptions_in_words) {
    struct Bad {
        const char* text;
        const char* message;
    };
    constexpr Bad rows[] = {
        {"", "'' does not begin with an IP address"},
        {"localhost:80", "'localhost:80' does not begin with an IP address"},
        {"fe80::1%eth0/128", "'fe80::1%eth0/128' does not begin with an IP address"},
        {"0x7f.1/32:80", "'0x7f.1/32:80' does not begin with an IP address"},
        {"0.0.0.0/0:80", "'0.0.0.0/0:80' would allow every address; a prefix of /0 is refused"},
        {"[::/0]:80", "'[::/0]:80' would allow every address; a prefix of /0 is refused"},
        {"[::ffff:0:0/96]:80",
         "'[::ffff:0:0/96]:80' would allow every IPv4 address; that is refused like /0"},
        {"[::/8]:80", "'[::/8]:80' would allow every IPv4 address; that is refused like /0"},
        {"[64:ff9b::/96]:80", "'[64:ff9b::/96]:80' would allow every IPv4 address; that is refused like /0"},
        {"10.0.0.0/33", "'10.0.0.0/33': the prefix must be a number from 1 to 32"},
        {"10.0.0.0/:80", "'10.0.0.0/:80': the prefix must be a number from 1 to 32"},
        {"::1/129", "'::1/129': the prefix must be a number from 1 to 128"},
        {"10.0.0.0/8:0", "'10.0.0.0/8:0': the port must be a number from 1 to 65535"},
        {"10.0.0.0/8:65536", "'10.0.0.0/8:65536': the port must be a number from 1 to 65535"},
        {"10.0.0.0/8:http", "'10.0.0.0/8:http': the port must be a number from 1 to 65535"},
        {"10.0.0.0/8:", "'10.0.0.0/8:': the port must be a number from 1 to 65535"},
        {"10.0.0.5/8:80", "'10.0.0.5/8:80' has bits set beyond its prefix"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.text) {
            auto policy = AddressPolicy::service();
            const auto result = policy.allow(row.text);
            BOOST_TEST_REQUIRE(result.has_error());
            BOOST_TEST(result.error().message == row.message);
            BOOST_TEST(!allowed(policy, "10.0.0.5", 80));
        }
    auto policy = AddressPolicy::service();
    BOOST_TEST(policy.allow("10.0.0.5/8:80").error().hint == "did you mean 10.0.0.0/8?");
}

BOOST_AUTO_TEST_SUITE_END()
