#include "net/target.hpp"

#include <boost/test/unit_test.hpp>

using ringback::net::parse_target;

BOOST_AUTO_TEST_SUITE(target)

BOOST_AUTO_TEST_CASE(reads_urls) {
    struct Row {
        const char *url, *host;
        unsigned port;
        const char *path, *host_header, *origin;
    };
    constexpr Row rows[] = {
        {"http://example.com", "example.com", 80, "/", "example.com", "http://example.com"},
        {"HTTPS://Example.COM/A?b=c#d", "example.com", 443, "/A?b=c", "example.com", "https://example.com"},
        {"http://example.com:8080?q", "example.com", 8080, "/?q", "example.com:8080",
         "http://example.com:8080"},
        {"http://example.com:/", "example.com", 80, "/", "example.com", "http://example.com"},
        {"http://example.com:80/", "example.com", 80, "/", "example.com", "http://example.com"},
        {"wss://h/x", "h", 443, "/x", "h", "https://h"},
        {"http://127.0.0.1:8090/bin/1", "127.0.0.1", 8090, "/bin/1", "127.0.0.1:8090",
         "http://127.0.0.1:8090"},
        {"http://[::1]:8090/", "::1", 8090, "/", "[::1]:8090", "http://[::1]:8090"},
        {"https://[2001:DB8::1]", "2001:db8::1", 443, "/", "[2001:db8::1]", "https://[2001:db8::1]"},
        {"http://h/a b?c=\"<>\"&d[]=1|2{3}", "h", 80, "/a%20b?c=%22%3C%3E%22&d[]=1|2{3}", "h", "http://h"},
        {"http://h/\xc3\xa4\r\nX: y", "h", 80, "/%C3%A4%0D%0AX:%20y", "h", "http://h"},
        {"http://h/a%20b%zz", "h", 80, "/a%20b%zz", "h", "http://h"},
        {"http://my_host.test./", "my_host.test.", 80, "/", "my_host.test.", "http://my_host.test."},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.url) {
            const auto target = parse_target(row.url);
            BOOST_TEST_REQUIRE(target.has_value());
            BOOST_TEST(target->host == row.host);
            BOOST_TEST(target->port == row.port);
            BOOST_TEST(target->path == row.path);
            BOOST_TEST(target->host_header == row.host_header);
            BOOST_TEST(target->origin() == row.origin);
        }
    BOOST_TEST(parse_target("http://user:p%40ss@h/")->user_info == "user:p@ss");
    BOOST_TEST(parse_target("http://127.0.0.1/")->literal->to_string() == "127.0.0.1");
    BOOST_TEST(parse_target("http://[::1]/")->literal->to_string() == "::1");
    BOOST_TEST(!parse_target("http://localhost/")->literal.has_value());
}

BOOST_AUTO_TEST_CASE(says_what_is_wrong) {
    struct Row {
        const char *url, *message;
    };
    constexpr Row rows[] = {
        {"", "an absolute URL is needed, such as https://example.com/"},
        {"example.com/x", "an absolute URL is needed, such as https://example.com/"},
        {"ftp://example.com/", "'ftp' is not http or https"},
        {"http://", "the URL has no host"},
        {"http:///path", "the URL has no host"},
        {"http://a b/", "' ' cannot stand in a host name"},
        {"http://a%2eb/", "'%' cannot stand in a host name"},
        {"http://b\xc3\xbc"
         "cher.test/",
         "host names must be ASCII: write 'b\xc3\xbc"
         "cher.test' in its xn-- form"},
        {"http://a..b/", "'a..b' is not a host name"},
        {"http://h:0/", "'0' is not a port from 1 to 65535"},
        {"http://h:65536/", "'65536' is not a port from 1 to 65535"},
        {"http://h:80x/", "'80x' is not a port from 1 to 65535"},
        {"http://[::1/", "the '[' of the host has no ']'"},
        {"http://[::g]/", "'::g' is not an IPv6 address"},
        {"http://[fe80::1%25lo]/", "'fe80::1%25lo' is not an IPv6 address"},
        {"http://[::1]x/", "only ':PORT' may follow the ']' of the host"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.url) {
            const auto target = parse_target(row.url);
            BOOST_TEST_REQUIRE(target.has_error());
            BOOST_TEST(target.error() == row.message);
        }
}

BOOST_AUTO_TEST_CASE(refuses_other_spellings_of_ipv4) {
    for (const std::string host : {"127.1", "2130706433", "0x7f.1", "0x7f000001", "127.0.0.1.", "0177.0.0.1",
                                   "127.0.0.01", "1.2.3.4.5", "256.0.0.1", "a.0x1", "a.1"})
        BOOST_TEST_CONTEXT(host) {
            const auto target = parse_target("http://" + host + "/");
            BOOST_TEST_REQUIRE(target.has_error());
            BOOST_TEST(target.error() == "'" + host + "' is not an IPv4 address: write four decimal numbers");
        }
}

BOOST_AUTO_TEST_SUITE_END()
