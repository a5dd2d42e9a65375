#include "net/tls.hpp"

#include "certificates.hpp"
#include "scripted_server.hpp"
#include "tunnel.hpp"

#include <boost/test/unit_test.hpp>

#include <openssl/ssl.h>

using namespace ringback::net;
using namespace std::chrono_literals;

namespace {

const std::string ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/// An authority, and certificates in every state.
struct Papers {
    CertificateFolder folder;
    Certificate authority = folder.make({.common_name = "Test Authority", .authority = true});
    Certificate good = folder.make({.common_name = "good",
                                    .alternative_names = "DNS:localhost,DNS:other.test,IP:127.0.0.1,IP:::1",
                                    .issuer = &authority});
};

Papers& papers() {
    static Papers papers;
    return papers;
}

HttpRequest get(std::string url) {
    HttpRequest request;
    request.url = std::move(url);
    return request;
}

ExchangeOptions trusting(const Certificate& authority) {
    ExchangeOptions options;
    options.tls.ca = authority.certificate_file;
    return options;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls)

BOOST_AUTO_TEST_CASE(exchanges_under_tls_and_describes_the_certificate) {
    World world;
    ScriptedServer server(world, {answer(ok)}, server_context(papers().good));
    auto options = trusting(papers().authority);
    options.transcript = true;
    const auto done = exchange(world, get(server.url("/", "https", "localhost")), options);
    BOOST_TEST(shown(done) == "200: ok");
    BOOST_TEST(done.timings.tls.has_value());
    BOOST_TEST_REQUIRE(done.tls.has_value());
    BOOST_TEST(done.tls->protocol == "TLSv1.3");
    BOOST_TEST(done.tls->cipher == "TLS_AES_256_GCM_SHA384");
    BOOST_TEST(done.tls->subject == "CN=good");
    BOOST_TEST(done.tls->issuer == "CN=Test Authority");
    const std::vector<std::string> names{"localhost", "other.test", "127.0.0.1", "::1"};
    BOOST_TEST(done.tls->subject_alternative_names == names, boost::test_tools::per_element());
    const auto now = std::chrono::system_clock::now();
    BOOST_TEST((*done.tls->not_before > now - 2h && *done.tls->not_before < now));
    BOOST_TEST((*done.tls->not_after > now && *done.tls->not_after < now + 2h));
    BOOST_TEST(done.transcript.at(5) == "TLSv1.3 TLS_AES_256_GCM_SHA384, certificate of CN=good");
}

BOOST_AUTO_TEST_CASE(tells_bad_certificates_apart) {
    struct Row {
        const char* what;
        CertificateOptions certificate;
        bool by_authority, trust_authority;
        const char* host;
        const char* shown;
    };
    const Row rows[] = {
        {"good",
         {.common_name = "x", .alternative_names = "DNS:localhost"},
         true,
         true,
         "localhost",
         "200: ok"},
        {"good address",
         {.common_name = "x", .alternative_names = "IP:127.0.0.1"},
         true,
         true,
         "127.0.0.1",
         "200: ok"},
        {"absolute name",
         {.common_name = "x", .alternative_names = "DNS:localhost"},
         true,
         true,
         "localhost.",
         "200: ok"},
        {"wildcard",
         {.common_name = "x", .alternative_names = "DNS:*.a.localhost"},
         true,
         true,
         "b.a.localhost",
         "200: ok"},
        {"name only in the subject", {.common_name = "localhost"}, true, true, "localhost", "200: ok"},
        {"unknown issuer",
         {.common_name = "x", .alternative_names = "DNS:localhost"},
         true,
         false,
         "localhost",
         "the certificate is not trusted, in tls: the certificate of localhost is not trusted: unable to get "
         "local issuer certificate"},
        {"self-signed",
         {.common_name = "x", .alternative_names = "DNS:localhost"},
         false,
         true,
         "localhost",
         "the certificate is not trusted, in tls: the certificate of localhost is not trusted: self-signed "
         "certificate"},
        {"expired",
         {.common_name = "x", .alternative_names = "DNS:localhost", .begins_in = -7200, .ends_in = -3600},
         true,
         true,
         "localhost",
         "the certificate is not valid at this time, in tls: the certificate of localhost expired at TIME"},
        {"not yet valid",
         {.common_name = "x", .alternative_names = "DNS:localhost", .begins_in = 3600, .ends_in = 7200},
         true,
         true,
         "localhost",
         "the certificate is not valid at this time, in tls: the certificate of localhost is valid only from "
         "TIME"},
        {"another name",
         {.common_name = "x", .alternative_names = "DNS:a.test,DNS:b.test"},
         true,
         true,
         "localhost",
         "the certificate is for another host name, in tls: the certificate is for a.test, b.test, not for "
         "localhost"},
        {"another address",
         {.common_name = "x", .alternative_names = "IP:127.0.0.2"},
         true,
         true,
         "127.0.0.1",
         "the certificate is for another host name, in tls: the certificate is for 127.0.0.2, not for "
         "127.0.0.1"},
        {"address as a name",
         {.common_name = "127.0.0.1", .alternative_names = "DNS:127.0.0.1"},
         true,
         true,
         "127.0.0.1",
         "the certificate is for another host name, in tls: the certificate is for 127.0.0.1, not for "
         "127.0.0.1"},
        {"partial wildcard",
         {.common_name = "x", .alternative_names = "DNS:l*.localhost"},
         true,
         true,
         "lo.localhost",
         "the certificate is for another host name, in tls: the certificate is for l*.localhost, not for "
         "lo.localhost"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) {
            auto wanted = row.certificate;
            if (row.by_authority) wanted.issuer = &papers().authority;
            const auto certificate = papers().folder.make(wanted);
            const auto stranger = papers().folder.make({.common_name = "Stranger", .authority = true});
            World world;
            ScriptedServer server(world, {answer(ok)}, server_context(certificate));
            auto options = trusting(row.trust_authority ? papers().authority : stranger);
            const auto done = exchange(world, get(server.url("/", "https", row.host)), options);
            auto text = shown(done);
            if (const auto at = text.find(" 20"); at != text.npos && text.ends_with(" UTC"))
                text.replace(at, text.npos, " TIME");
            BOOST_TEST(text == row.shown);
            BOOST_TEST(done.timings.tls.has_value());
            BOOST_TEST_REQUIRE(done.tls.has_value());
            BOOST_TEST(done.tls->subject == "CN=" + row.certificate.common_name);
            BOOST_TEST(done.request_sent == done.ok());

            options.tls.verify = false;
            BOOST_TEST(shown(exchange(world, get(server.url("/", "https", row.host)), options)) == "200: ok");
        }
}

BOOST_AUTO_TEST_CASE(does_not_trust_tests_by_default) {
    World world;
    ScriptedServer server(world, {answer(ok)}, server_context(papers().good));
    BOOST_TEST(exchange(world, get(server.url("/", "https", "localhost"))).error ==
               make_error_code(Error::tls_untrusted));
}

BOOST_AUTO_TEST_CASE(refuses_old_protocols) {
    struct Row {
        int version;
        bool good;
    };
    for (const Row row : {Row{TLS1_1_VERSION, false}, Row{TLS1_2_VERSION, true}, Row{TLS1_3_VERSION, true}}) {
        World world;
        const auto context = server_context(papers().good);
        SSL_CTX_set_security_level(context->native_handle(), 0);
        SSL_CTX_set_cipher_list(context->native_handle(), "ALL:@SECLEVEL=0");
        SSL_CTX_set_min_proto_version(context->native_handle(), row.version);
        SSL_CTX_set_max_proto_version(context->native_handle(), row.version);
        ScriptedServer server(world, {answer(ok)}, context);
        const auto done =
            exchange(world, get(server.url("/", "https", "localhost")), trusting(papers().authority));
        BOOST_TEST_CONTEXT(row.version << " " << shown(done)) {
            BOOST_TEST(done.ok() == row.good);
            if (!row.good) {
                BOOST_TEST(done.error == make_error_code(Error::tls_failed));
                BOOST_TEST(done.error_detail.starts_with("TLS handshake with localhost: "));
                BOOST_TEST(done.error_detail.find("protocol version") != std::string::npos);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(sends_the_name_and_the_client_certificate) {
    World world;
    const auto context = server_context(papers().good);
    SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    SSL_CTX_load_verify_file(context->native_handle(), papers().authority.certificate_file.c_str());
    static std::string names;
    names.clear();
    SSL_CTX_set_tlsext_servername_callback(
        context->native_handle(), +[](SSL* ssl, int*, void*) {
            const char* name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
            names += std::string(name ? name : "none") + " ";
            return SSL_TLSEXT_ERR_OK;
        });
    ScriptedServer server(world, {answer(ok)}, context);
    auto options = trusting(papers().authority);
    BOOST_TEST(!exchange(world, get(server.url("/", "https", "localhost")), options).ok());
    const auto mine = papers().folder.make({.common_name = "client", .issuer = &papers().authority});
    options.tls.certificate = mine.certificate_file;
    options.tls.key = mine.key_file;
    BOOST_TEST(shown(exchange(world, get(server.url("/", "https", "localhost")), options)) == "200: ok");
    BOOST_TEST(shown(exchange(world, get(server.url("/", "https", "127.0.0.1")), options)) == "200: ok");
    BOOST_TEST(names == "localhost localhost none ");
}

BOOST_AUTO_TEST_CASE(says_which_file_cannot_be_used) {
    World world;
    const auto& folder = papers().folder;
    const auto text = folder.file("text.pem", "not a certificate");
    const auto mine = papers().folder.make({.common_name = "client"});
    const auto other = papers().folder.make({.common_name = "other"});
    const auto traditional = papers().folder.encrypted_key(mine, "traditional.key", false);
    const auto pkcs8 = papers().folder.encrypted_key(mine, "pkcs8.key", true);
    const std::string encrypted =
        ": it is encrypted, and nobody is asked for a pass phrase (openssl pkey -in FILE -out FILE writes it "
        "without one)";
    struct Row {
        TlsOptions tls;
        std::string shown;
    };
    const Row rows[] = {
        {{.ca = "/nowhere/ca.pem"}, "CA file /nowhere/ca.pem: no such file"},
        {{.ca = text}, "CA file " + text + ": no certificate or crl found"},
        {{.certificate = "/nowhere/c.pem", .key = mine.key_file},
         "certificate file /nowhere/c.pem: no such file"},
        {{.certificate = text, .key = mine.key_file}, "certificate file " + text + ": no start line"},
        {{.certificate = mine.certificate_file, .key = text}, "key file " + text + ": unsupported"},
        {{.certificate = mine.certificate_file, .key = other.key_file},
         "key file " + other.key_file + ": key values mismatch"},
        {{.certificate = mine.certificate_file, .key = traditional}, "key file " + traditional + encrypted},
        {{.certificate = mine.certificate_file, .key = pkcs8}, "key file " + pkcs8 + encrypted},
        {{.certificate = mine.certificate_file},
         "a client certificate needs both its certificate file and its key file"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.shown) {
            ExchangeOptions options;
            options.tls = row.tls;
            const auto done = exchange(world, get("https://127.0.0.1:1/"), options);
            BOOST_TEST(shown(done) == "a certificate or key file cannot be used, in none: " + row.shown);
        }
}

BOOST_AUTO_TEST_CASE(ends_handshakes_that_lead_nowhere) {
    World world;
    auto options = trusting(papers().authority);
    ScriptedServer silent(world, {{pause(5s)}});
    options.deadline = Deadline::after(100ms);
    auto done = exchange(world, get(silent.url("/", "https", "localhost")), options);
    BOOST_TEST(done.error == make_error_code(Error::tls_timeout));
    BOOST_TEST(to_string(done.phase) == "tls");
    BOOST_TEST(done.error_detail.starts_with("TLS handshake with localhost: not over after "));

    options.deadline = Deadline();
    done = exchange(world, get(silent.url("/", "https", "localhost")), options, {}, 50ms);
    BOOST_TEST(shown(done) == "canceled, in tls: TLS handshake with localhost: canceled");

    ScriptedServer plain(world, {{send("HTTP/1.1 400 Bad Request\r\n\r\n"), pause(1s)}});
    done = exchange(world, get(plain.url("/", "https", "localhost")), options);
    BOOST_TEST(done.error == make_error_code(Error::tls_failed));
    BOOST_TEST(done.error_detail.starts_with("TLS handshake with localhost: wrong version number"));

    ScriptedServer closing(world, {{pause(10ms)}});
    done = exchange(world, get(closing.url("/", "https", "localhost")), options);
    BOOST_TEST(shown(done) ==
               "TLS handshake failed, in tls: TLS handshake with localhost: the peer closed the connection");
}

BOOST_AUTO_TEST_CASE(keeps_deadlines_under_tls) {
    World world;
    ScriptedServer server(world,
                          {{read_request(), send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n"),
                            drip(std::string(99, 'x'), 10ms)}},
                          server_context(papers().good));
    auto options = trusting(papers().authority);
    options.deadline = Deadline::after(200ms);
    const auto done = exchange(world, get(server.url("/", "https", "localhost")), options);
    BOOST_TEST(done.error == make_error_code(Error::response_timeout));
    BOOST_TEST(done.response->body_size > 0u);
    options.deadline = Deadline();
    BOOST_TEST(exchange(world, get(server.url("/", "https", "localhost")), options, {}, 100ms).error ==
               make_error_code(Error::canceled));
}

namespace {

asio::awaitable<std::vector<std::string>> twice(std::string url, ExchangeOptions options, World* world) {
    HttpClient client(world->io.get_executor());
    std::vector<std::string> lines;
    for (int i = 0; i < 2; ++i) {
        options.deadline = Deadline::after(5s);
        auto request = get(url);
        const auto done = co_await client.send(std::move(request), options);
        lines.push_back(shown(done) + (done.reused_connection ? " reused" : " fresh") +
                        (done.timings.tls ? " shook" : "") + (done.tls ? " " + done.tls->subject : ""));
    }
    co_return lines;
}

}  // namespace

BOOST_AUTO_TEST_CASE(reuses_connections_under_tls) {
    World world;
    ScriptedServer server(world, {{read_request(), send(ok), read_request(), send(ok), pause(5s)}},
                          server_context(papers().good));
    auto options = trusting(papers().authority);
    options.keep_alive = true;
    const auto lines = world.run(twice(server.url("/", "https", "localhost"), options, &world));
    const std::vector<std::string> wanted{"200: ok fresh shook CN=good", "200: ok reused CN=good"};
    BOOST_TEST(lines == wanted, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(goes_through_a_tunnel) {
    World world;
    ScriptedServer server(world, {answer(ok)}, server_context(papers().good));
    Tunnel proxy(world, server.port());
    auto options = trusting(papers().authority);
    options.proxy = "http://u:p@127.0.0.1:" + std::to_string(proxy.port());
    const auto done = exchange(world, get("https://other.test/x"), options);
    BOOST_TEST(shown(done) == "200: ok");
    BOOST_TEST(proxy.request().starts_with("CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n"));
    BOOST_TEST(proxy.request().find("Proxy-Authorization: Basic dTpw\r\n") != std::string::npos);
    BOOST_TEST(server.requests().at(0).starts_with("GET /x HTTP/1.1\r\nHost: other.test\r\n"));
    BOOST_TEST(server.requests().at(0).find("Proxy") == std::string::npos);
    BOOST_TEST(done.tls->subject == "CN=good");
    BOOST_TEST(!done.timings.dns.has_value());
    BOOST_TEST(done.port == proxy.port());
}

BOOST_AUTO_TEST_CASE(caches_contexts_until_a_file_changes) {
    const auto& folder = papers().folder;
    std::ifstream pem(papers().authority.certificate_file);
    const std::string content{std::istreambuf_iterator<char>(pem), {}};
    const auto path = folder.file("changing.pem", content);
    TlsOptions options{.ca = path};
    const auto first = tls_context(options), again = tls_context(options);
    BOOST_TEST(first->get() == again->get());
    options.verify = false;
    BOOST_TEST(tls_context(options)->get() != first->get());
    options.verify = true;
    (void)folder.file("changing.pem", content + content);
    BOOST_TEST(tls_context(options)->get() != first->get());
}

BOOST_AUTO_TEST_SUITE_END()
