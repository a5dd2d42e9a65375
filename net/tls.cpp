#include "net/tls.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <filesystem>
#include <map>
#include <mutex>
#include <optional>

namespace ringback::net {
namespace {

using ContextPtr = std::shared_ptr<asio::ssl::context>;
using ContextResult = boost::system::result<ContextPtr, std::string>;

template <auto Free>
struct Freer {
    template <class T>
    void operator()(T* object) const {
        Free(object);
    }
};
using CertificatePtr = std::unique_ptr<X509, Freer<X509_free>>;
using BioPtr = std::unique_ptr<BIO, Freer<BIO_free>>;
using NamesPtr = std::unique_ptr<GENERAL_NAMES, Freer<GENERAL_NAMES_free>>;

constexpr std::size_t max_contexts = 64;

/// Never freed: OpenSSL may be torn down before our statics are.
X509_STORE* system_roots() {
    static X509_STORE* const store = [] {
        X509_STORE* roots = X509_STORE_new();
        X509_STORE_set_default_paths(roots);
        return roots;
    }();
    return store;
}

/// The reason of the innermost OpenSSL error: "no start line", "key values mismatch".
std::string first_reason() {
    const auto code = ERR_peek_error();
    ERR_clear_error();
    if (ERR_SYSTEM_ERROR(code)) return boost::system::system_category().message(ERR_GET_REASON(code));
    const char* reason = ERR_reason_error_string(code);
    return reason ? reason : "unknown error";
}

std::string wrong_file(const std::string& what, const std::string& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return what + " " + path + ": no such file";
    return what + " " + path + ": " + first_reason();
}

/// OpenSSL asks for the pass phrase of an encrypted file at the terminal, for as long as nobody answers. Here
/// nobody is asked, and `user`, a bool, says that there was a question.
int no_pass_phrase(char*, int, int, void* user) {
    if (user) *static_cast<bool*>(user) = true;
    return -1;
}

std::string encrypted_file(const std::string& what, const std::string& path) {
    ERR_clear_error();
    return what + " " + path +
           ": it is encrypted, and nobody is asked for a pass phrase (openssl pkey -in FILE -out FILE writes "
           "it without one)";
}

/// The client's certificate and key; a sentence when they cannot be used.
std::optional<std::string> add_client_certificate(SSL_CTX* context, const TlsOptions& options) {
    bool encrypted = false;
    SSL_CTX_set_default_passwd_cb(context, no_pass_phrase);
    SSL_CTX_set_default_passwd_cb_userdata(context, &encrypted);
    const auto wrong = [&](const std::string& what, const std::string& path) {
        return encrypted ? encrypted_file(what, path) : wrong_file(what, path);
    };
    const auto said = [&]() -> std::optional<std::string> {
        if (SSL_CTX_use_certificate_chain_file(context, options.certificate.c_str()) != 1)
            return wrong("certificate file", options.certificate);
        if (SSL_CTX_use_PrivateKey_file(context, options.key.c_str(), SSL_FILETYPE_PEM) != 1)
            return wrong("key file", options.key);
        return std::nullopt;
    }();
    SSL_CTX_set_default_passwd_cb_userdata(context, nullptr);
    return said;
}

ContextResult make_context(const TlsOptions& options) {
    ERR_clear_error();
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_client);
    SSL_CTX* native = context->native_handle();
    SSL_CTX_set_min_proto_version(native, TLS1_2_VERSION);
    SSL_CTX_set_verify(native, options.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
    if (options.ca.empty())
        SSL_CTX_set1_cert_store(native, system_roots());
    else if (SSL_CTX_load_verify_file(native, options.ca.c_str()) != 1)
        return ContextResult(wrong_file("CA file", options.ca));
    if (options.certificate.empty() != options.key.empty())
        return ContextResult(
            std::string("a client certificate needs both its certificate file and its key file"));
    if (!options.certificate.empty())
        if (auto wrong = add_client_certificate(native, options)) return ContextResult(std::move(*wrong));
    return context;
}

/// The file's identity as far as a cache needs it: a renewed certificate is picked up.
std::string file_state(const std::string& path) {
    if (path.empty()) return "-";
    std::error_code failed;
    const auto time = std::filesystem::last_write_time(path, failed);
    const auto size = failed ? 0 : std::filesystem::file_size(path, failed);
    return path + '\0' + std::to_string(time.time_since_epoch().count()) + '\0' + std::to_string(size);
}

/// What the verification saw: kept beside the SSL object, since a refused handshake leaves no peer
/// certificate there.
struct Seen {
    CertificatePtr leaf;
    int error = X509_V_OK;
};

int seen_index() {
    static const int index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
    return index;
}

int on_verify(int preverified, X509_STORE_CTX* store) {
    auto* ssl = static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
    auto* seen = static_cast<Seen*>(SSL_get_ex_data(ssl, seen_index()));
    if (!seen) return preverified;
    if (!seen->leaf)
        if (X509* leaf = X509_STORE_CTX_get0_cert(store)) {
            X509_up_ref(leaf);
            seen->leaf.reset(leaf);
        }
    if (!preverified) seen->error = X509_STORE_CTX_get_error(store);
    return preverified;
}

std::string bio_text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    return {data, static_cast<std::size_t>(size)};
}

std::string name_text(const X509_NAME* name) {
    const BioPtr bio(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(bio.get(), name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
    return bio_text(bio.get());
}

std::optional<std::chrono::system_clock::time_point> time_of(const ASN1_TIME* time) {
    std::tm parts{};
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) return std::nullopt;
    return std::chrono::system_clock::from_time_t(timegm(&parts));
}

std::string address_text(const ASN1_OCTET_STRING* bytes) {
    const auto* data = ASN1_STRING_get0_data(bytes);
    const int size = ASN1_STRING_length(bytes);
    if (size == 4) return asio::ip::address_v4({data[0], data[1], data[2], data[3]}).to_string();
    if (size != 16) return {};
    asio::ip::address_v6::bytes_type v6;
    std::copy(data, data + 16, v6.begin());
    return asio::ip::address_v6(v6).to_string();
}

std::vector<std::string> alternative_names(const X509* certificate) {
    std::vector<std::string> names;
    const NamesPtr list(
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
    for (int i = 0; list && i < sk_GENERAL_NAME_num(list.get()); ++i) {
        const auto* name = sk_GENERAL_NAME_value(list.get(), i);
        if (name->type == GEN_DNS)
            names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                               static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
        else if (name->type == GEN_IPADD)
            names.push_back(address_text(name->d.iPAddress));
    }
    return names;
}

TlsInfo describe(SSL* ssl, const X509* certificate) {
    TlsInfo info;
    info.protocol = SSL_get_version(ssl);
    if (const char* cipher = SSL_get_cipher_name(ssl)) info.cipher = cipher;
    if (info.cipher == "(NONE)") info.cipher.clear();
    if (!certificate) return info;
    info.subject = name_text(X509_get_subject_name(certificate));
    info.issuer = name_text(X509_get_issuer_name(certificate));
    info.subject_alternative_names = alternative_names(certificate);
    info.not_before = time_of(X509_get0_notBefore(certificate));
    info.not_after = time_of(X509_get0_notAfter(certificate));
    return info;
}

void prepare(SSL* ssl, const Target& target, Seen& seen) {
    // The dot that ends an absolute name is not part of it here (RFC 6066, 3).
    std::string host = target.host;
    if (host.ends_with('.')) host.pop_back();
    if (!target.literal) SSL_set_tlsext_host_name(ssl, host.c_str());
    static constexpr unsigned char http11[] = "\x08http/1.1";
    SSL_set_alpn_protos(ssl, http11, sizeof http11 - 1);
    const int mode = SSL_get_verify_mode(ssl);
    if (mode == SSL_VERIFY_NONE) return;
    SSL_set_ex_data(ssl, seen_index(), &seen);
    SSL_set_verify(ssl, mode, on_verify);
    auto* parameters = SSL_get0_param(ssl);
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (target.literal)
        X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str());
    else
        X509_VERIFY_PARAM_set1_host(parameters, host.c_str(), host.size());
}

std::string day(const std::optional<std::chrono::system_clock::time_point>& time) {
    if (!time) return "an unknown day";
    const auto seconds = std::chrono::system_clock::to_time_t(*time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char text[40];
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
    return text;
}

std::string joined(const std::vector<std::string>& names, const std::string& otherwise) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < 5; ++i)
        text += (i ? ", " : "") + names[i];
    if (names.size() > 5) text += ", …";
    return names.empty() ? otherwise : text;
}

/// A refused certificate as an error and a sentence.
bool fail_verification(Progress& progress, const std::string& host, int error) {
    const TlsInfo& tls = *progress.exchange.tls;
    switch (error) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return progress.fail(Error::tls_expired,
                                 "the certificate of " + host + " expired at " + day(tls.not_after));
        case X509_V_ERR_CERT_NOT_YET_VALID:
            return progress.fail(Error::tls_expired,
                                 "the certificate of " + host + " is valid only from " + day(tls.not_before));
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return progress.fail(Error::tls_wrong_host,
                                 "the certificate is for " +
                                     joined(tls.subject_alternative_names, tls.subject) + ", not for " +
                                     host);
        default:
            return progress.fail(Error::tls_untrusted, "the certificate of " + host + " is not trusted: " +
                                                           X509_verify_cert_error_string(error));
    }
}

}  // namespace

boost::system::result<ContextPtr, std::string> tls_context(const TlsOptions& options) {
    static auto* const mutex = new std::mutex;
    static auto* const contexts = new std::map<std::string, ContextPtr>;
    const auto key = file_state(options.ca) + '\1' + file_state(options.certificate) + '\1' +
                     file_state(options.key) + '\1' + (options.verify ? "verify" : "trust");
    const std::lock_guard lock(*mutex);
    if (const auto found = contexts->find(key); found != contexts->end()) return found->second;
    auto made = make_context(options);
    if (!made) return made;
    if (contexts->size() >= max_contexts) contexts->clear();
    contexts->emplace(key, *made);
    return made;
}

asio::awaitable<bool> tls_handshake(Progress& progress, const Target& target, TlsStream& stream) {
    SSL* ssl = stream.native_handle();
    Seen seen;
    prepare(ssl, target, seen);
    const auto [ec] =
        co_await stream.async_handshake(asio::ssl::stream_base::client, asio::as_tuple(asio::use_awaitable));
    SSL_set_ex_data(ssl, seen_index(), nullptr);
    if (!ec) {
        const CertificatePtr certificate(SSL_get1_peer_certificate(ssl));
        progress.exchange.tls = describe(ssl, certificate.get());
        progress.note(progress.exchange.tls->protocol + " " + progress.exchange.tls->cipher +
                      ", certificate of " + progress.exchange.tls->subject);
        if (!progress.canceled() && !progress.watchdog.fired()) co_return true;
    }
    if (seen.error != X509_V_OK && !progress.watchdog.fired() && !progress.canceled()) {
        progress.exchange.tls = describe(ssl, seen.leaf.get());
        co_return fail_verification(progress, target.host, seen.error);
    }
    const auto what = "TLS handshake with " + target.host;
    if (ec == asio::error::eof || ec == asio::ssl::error::stream_truncated ||
        ec == asio::error::connection_reset) {
        if (!progress.canceled() && !progress.watchdog.fired())
            co_return progress.fail(Error::tls_failed, what + ": the peer closed the connection");
    }
    if (!progress.canceled() && !progress.watchdog.fired())
        co_return progress.fail(Error::tls_failed, what + ": " + ec.message());
    co_return progress.fail(ec, Error::tls_timeout, what);
}

}  // namespace ringback::net
