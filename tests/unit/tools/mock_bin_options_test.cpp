#include "tools/mock-bin/options.hpp"

#include <boost/test/unit_test.hpp>

using namespace ringback::mock_bin;

BOOST_AUTO_TEST_SUITE(mock_bin_options)

BOOST_AUTO_TEST_CASE(where_to_listen) {
    const struct {
        const char *text, *host;
        unsigned port;
    } rows[] = {{"127.0.0.1:8090", "127.0.0.1", 8090},
                {"0.0.0.0:0", "0.0.0.0", 0},
                {"[::1]:9", "::1", 9},
                {":81", "127.0.0.1", 81},
                {"82", "127.0.0.1", 82},
                {"localhost", "localhost", 8090},
                {"[::]", "::", 8090}};
    for (const auto& row : rows) {
        const auto options = parse_options({"--listen", row.text});
        BOOST_REQUIRE_MESSAGE(options, row.text);
        BOOST_TEST(options->server.host == row.host, row.text);
        BOOST_TEST(options->server.port == row.port, row.text);
    }
}

BOOST_AUTO_TEST_CASE(limits) {
    const auto options = parse_options({"--ring", "5", "--ring-bytes", "2M", "--total-bytes=3g",
                                        "--body-limit", "10k", "--bins", "7", "--threads", "3"});
    BOOST_REQUIRE(options);
    BOOST_TEST(options->app.limits.ring == 5u);
    BOOST_TEST(options->app.limits.ring_bytes == 2u << 20);
    BOOST_TEST(options->app.limits.total_bytes == 3ull << 30);
    BOOST_TEST(options->server.limits.max_body == 10u << 10);
    BOOST_TEST(options->app.limits.bins == 7u);
    BOOST_TEST(options->threads == 3u);
}

BOOST_AUTO_TEST_CASE(wrong_usage_gets_a_sentence) {
    const struct {
        std::vector<std::string> arguments;
        const char* error;
    } rows[] = {
        {{"--listen", "host:http"},
         "--listen must be HOST:PORT with a port from 0 to 65535, not \"host:http\""},
        {{"--listen", "host:70000"},
         "--listen must be HOST:PORT with a port from 0 to 65535, not \"host:70000\""},
        {{"--ring", "0"}, "--ring must be a whole number from 1 to 100000000, not \"0\""},
        {{"--ring-bytes", "lots"},
         "--ring-bytes must be a size such as 64M from 1k to 1048576G, not \"lots\""},
        {{"--key", "k.pem"}, "--certificate and --key go together: both are PEM files"},
        {{"--body-limit", "600M"}, "--body-limit must be a size such as 64M from 0 to 512M, not \"600M\""},
        {{"--threads", "300"}, "--threads must be a whole number from 0 to 256, not \"300\""},
        {{"--rng", "1"}, "unrecognised option '--rng'; did you mean --ring?"},
        {{"--port", "5"}, "unrecognised option '--port'; did you mean --listen HOST:PORT?"},
        {{"--nothing-like-it"}, "unrecognised option '--nothing-like-it'"},
        {{"run", "--ring", "5"}, "takes options only, not \"run\""},
        {{"--listen", "[::1"},
         "--listen must be HOST:PORT, an IPv6 address in brackets such as [::1]:8090, not \"[::1\""},
        {{"--listen", "::1"},
         "--listen must be HOST:PORT, an IPv6 address in brackets such as [::1]:8090, not \"::1\""},
        {{"--listen", "[::1]8090"},
         "--listen must be HOST:PORT, an IPv6 address in brackets such as [::1]:8090, not \"[::1]8090\""},
        {{"--listen", "[]:8090"},
         "--listen must be HOST:PORT, an IPv6 address in brackets such as [::1]:8090, not \"[]:8090\""},
        {{"--ring"}, "the required argument for option '--ring' is missing"},
    };
    for (const auto& row : rows) {
        const auto options = parse_options(row.arguments);
        BOOST_REQUIRE_MESSAGE(!options, row.error);
        BOOST_TEST(options.error() == row.error);
    }
    BOOST_TEST(!parse_options({"--replay-allow", "0.0.0.0/0:80"}));
    BOOST_TEST(!parse_options({"stray"}));
}

BOOST_AUTO_TEST_CASE(replays_reach_no_further_than_who_may_ask) {
    const auto loopback = boost::asio::ip::make_address("127.0.0.1"),
               metadata = boost::asio::ip::make_address("169.254.169.254");
    const auto own = parse_options({});
    BOOST_TEST(own->app.replay_to.allowed(loopback, 80));
    BOOST_TEST(!own->app.replay_to.allowed(metadata, 80));
    const auto open = parse_options({"--listen", "0.0.0.0:8090"});
    BOOST_TEST(!open->app.replay_to.allowed(loopback, 80));
    const auto allowed = parse_options({"--listen", "0.0.0.0:8090", "--replay-allow", "127.0.0.1/32:80"});
    BOOST_TEST(allowed->app.replay_to.allowed(loopback, 80));
    BOOST_TEST(!allowed->app.replay_to.allowed(loopback, 81));
}

BOOST_AUTO_TEST_CASE(the_help_names_every_option) {
    for (const auto* name :
         {"--listen", "--state", "--certificate", "--key", "--ring", "--ring-bytes", "--total-bytes",
          "--bins", "--body-limit", "--threads", "--replay-allow", "--version", "--help"})
        BOOST_TEST(help_text().find(std::string("  ") + name) != std::string::npos, name);
}

BOOST_AUTO_TEST_SUITE_END()
