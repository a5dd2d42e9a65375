#include "net/error.hpp"

namespace ringback::net {
namespace {

// Boost's base class has a protected, non-virtual destructor; a static object is never destroyed through it.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class Category final : public boost::system::error_category {
  public:
    const char* name() const noexcept override { return "ringback.net"; }

    std::string message(int value) const override {
        switch (static_cast<Error>(value)) {
            case Error::resolve_timeout:
                return "no answer from a name server in time";
            case Error::name_not_found:
                return "no such host name";
            case Error::no_address:
                return "the host name has no address";
            case Error::resolve_failed:
                return "the host name could not be resolved";
            case Error::address_denied:
                return "the address is not allowed";
            case Error::connect_timeout:
                return "no connection in time";
            case Error::tls_timeout:
                return "TLS handshake not over in time";
            case Error::tls_untrusted:
                return "the certificate is not trusted";
            case Error::tls_expired:
                return "the certificate is not valid at this time";
            case Error::tls_wrong_host:
                return "the certificate is for another host name";
            case Error::tls_failed:
                return "TLS handshake failed";
            case Error::send_timeout:
                return "the request could not be sent in time";
            case Error::response_timeout:
                return "no whole response in time";
            case Error::connection_closed:
                return "the connection was closed before a whole response";
            case Error::malformed_response:
                return "the response is malformed";
            case Error::header_too_large:
                return "the response head is too large";
            case Error::body_too_large:
                return "the response body is too large";
            case Error::bad_certificate_file:
                return "a certificate or key file cannot be used";
            case Error::proxy_refused:
                return "the proxy refused to connect";
            case Error::invalid_url:
                return "the URL is not valid";
            case Error::canceled:
                return "canceled";
            case Error::invalid_request:
                return "the request is not valid";
        }
        return "unknown network error";
    }
};
#pragma GCC diagnostic pop

}  // namespace

const boost::system::error_category& error_category() noexcept {
    static const Category category;
    return category;
}

const char* to_string(Phase phase) noexcept {
    switch (phase) {
        case Phase::none:
            return "none";
        case Phase::resolve:
            return "resolve";
        case Phase::connect:
            return "connect";
        case Phase::tls:
            return "tls";
        case Phase::send:
            return "send";
        case Phase::wait:
            return "wait";
        case Phase::receive:
            return "receive";
        case Phase::done:
            return "done";
    }
    return "unknown";
}

}  // namespace ringback::net
