// Certificates made while the test runs, as PEM files in a folder of its own.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

namespace ringback::net {

/// A key pair and its certificate, in memory and as files.
struct Certificate {
    std::shared_ptr<EVP_PKEY> key;
    std::shared_ptr<X509> x509;
    std::string certificate_file, key_file;
};

struct CertificateOptions {
    std::string common_name;
    std::string alternative_names{};         ///< "DNS:a.test,IP:127.0.0.1"
    long begins_in = -3600, ends_in = 3600;  ///< seconds from now
    const Certificate* issuer = nullptr;     ///< null: self-signed
    bool authority = false;
};

class CertificateFolder {
  public:
    CertificateFolder() {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "ringback-certificates-XXXXXX").string();
        path_ = ::mkdtemp(pattern.data());
    }
    ~CertificateFolder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    CertificateFolder(const CertificateFolder&) = delete;
    CertificateFolder& operator=(const CertificateFolder&) = delete;

    Certificate make(const CertificateOptions& options) {
        Certificate made;
        made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
        made.x509.reset(X509_new(), X509_free);
        X509* x509 = made.x509.get();
        X509_set_version(x509, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x509), ++serial_);
        X509_gmtime_adj(X509_getm_notBefore(x509), options.begins_in);
        X509_gmtime_adj(X509_getm_notAfter(x509), options.ends_in);
        X509_set_pubkey(x509, made.key.get());
        auto* name = X509_get_subject_name(x509);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                   reinterpret_cast<const unsigned char*>(options.common_name.c_str()), -1,
                                   -1, 0);
        X509_set_issuer_name(x509, X509_get_subject_name(options.issuer ? options.issuer->x509.get() : x509));
        if (options.authority) add(x509, NID_basic_constraints, "critical,CA:TRUE");
        if (!options.alternative_names.empty()) add(x509, NID_subject_alt_name, options.alternative_names);
        X509_sign(x509, options.issuer ? options.issuer->key.get() : made.key.get(), EVP_sha256());

        made.certificate_file = path_ + "/" + std::to_string(serial_) + ".pem";
        made.key_file = path_ + "/" + std::to_string(serial_) + ".key";
        write(made.certificate_file, [&](FILE* file) { PEM_write_X509(file, x509); });
        write(made.key_file, [&](FILE* file) {
            PEM_write_PrivateKey(file, made.key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
        return made;
    }

    /// The key of `made` under a pass phrase, in PKCS#8 or in OpenSSL's own older form.
    [[nodiscard]] std::string encrypted_key(const Certificate& made, const std::string& name, bool pkcs8) {
        const auto path = path_ + "/" + name;
        std::string phrase = "pass phrase";
        auto* words = reinterpret_cast<unsigned char*>(phrase.data());
        const int length = static_cast<int>(phrase.size());
        const std::unique_ptr<BIO, decltype(&BIO_free_all)> file(BIO_new_file(path.c_str(), "w"),
                                                                 &BIO_free_all);
        if (pkcs8)
            PEM_write_bio_PKCS8PrivateKey(file.get(), made.key.get(), EVP_aes_256_cbc(), phrase.data(),
                                          length, nullptr, nullptr);
        else
            PEM_write_bio_PrivateKey_traditional(file.get(), made.key.get(), EVP_aes_256_cbc(), words, length,
                                                 nullptr, nullptr);
        return path;
    }

    [[nodiscard]] std::string file(const std::string& name, const std::string& content) const {
        const auto path = path_ + "/" + name;
        std::ofstream(path) << content;
        return path;
    }

  private:
    static void add(X509* x509, int kind, const std::string& value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value.c_str());
        X509_add_ext(x509, extension, -1);
        X509_EXTENSION_free(extension);
    }
    template <class Writer>
    static void write(const std::string& path, const Writer& writer) {
        FILE* file = std::fopen(path.c_str(), "w");
        writer(file);
        std::fclose(file);
    }

    std::string path_;
    long serial_ = 0;
};

inline std::shared_ptr<boost::asio::ssl::context> server_context(const Certificate& certificate) {
    auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
    context->use_certificate_chain_file(certificate.certificate_file);
    context->use_private_key_file(certificate.key_file, boost::asio::ssl::context::pem);
    return context;
}

}  // namespace ringback::net
