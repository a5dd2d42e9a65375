// A key and a certificate for it, made anew for each test, in files that vanish with it.
#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace ringback::net::test {

class SelfSigned {
  public:
    /// @param valid_for seconds from now; negative: expired that long ago
    explicit SelfSigned(const std::string& host, long valid_for = 3600) {
        auto pattern = (std::filesystem::temp_directory_path() / "ringback-test-XXXXXX").string();
        if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary directory");
        directory_ = pattern;
        const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
        const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
        auto* x509 = certificate.get();
        X509_set_version(x509, 2);
        ASN1_INTEGER_set(X509_get_serialNumber(x509), 1);
        X509_gmtime_adj(X509_getm_notBefore(x509), valid_for < 0 ? 2 * valid_for : -3600);
        X509_gmtime_adj(X509_getm_notAfter(x509), valid_for);
        X509_set_pubkey(x509, key.get());
        auto* name = X509_get_subject_name(x509);
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>(host.c_str()), -1, -1, 0);
        X509_set_issuer_name(x509, name);
        const auto alternative = "DNS:" + host;
        if (auto* extension =
                X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternative.c_str())) {
            X509_add_ext(x509, extension, -1);
            X509_EXTENSION_free(extension);
        }
        X509_sign(x509, key.get(), EVP_sha256());
        write(certificate_file(), [&](std::FILE* file) { return PEM_write_X509(file, x509); });
        write(key_file(), [&](std::FILE* file) {
            return PEM_write_PrivateKey(file, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }
    ~SelfSigned() {
        std::error_code ignored;
        std::filesystem::remove_all(directory_, ignored);
    }
    SelfSigned(const SelfSigned&) = delete;
    SelfSigned& operator=(const SelfSigned&) = delete;

    [[nodiscard]] std::string certificate_file() const { return (directory_ / "certificate.pem").string(); }
    [[nodiscard]] std::string key_file() const { return (directory_ / "key.pem").string(); }

  private:
    template <class Write>
    static void write(const std::string& path, Write how) {
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "w"),
                                                                   &std::fclose);
        if (!file || how(file.get()) != 1) throw std::runtime_error("cannot write " + path);
    }
    std::filesystem::path directory_;
};

}  // namespace ringback::net::test
