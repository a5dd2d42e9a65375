#include "harness/script/web_api.hpp"

#include "embedded/harness_scripts.hpp"

#include <boost/json/object.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>

namespace ringback::harness {

namespace json = boost::json;
namespace urls = boost::urls;

namespace {

/// Characters that browsers accept in addresses, and RFC 3986 does not.
std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view strange = " \"<>\\^`{|}";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x21 || byte > 0x7e || strange.find(c) != std::string_view::npos) {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        } else {
            out += c;
        }
    }
    return out;
}

/// parse(text, base or null): the parts of an absolute URL.
boost::system::result<json::value, NativeError> parse_url(std::span<const json::value> arguments) {
    const auto text = [&](std::size_t i) {
        return i < arguments.size() && arguments[i].is_string() ? std::string(arguments[i].get_string())
                                                                : std::string{};
    };
    const auto wrong = NativeError{"Invalid URL: " + text(0)};
    const auto own = encoded(text(0)), of_base = encoded(text(1));
    const auto reference = urls::parse_uri_reference(own);
    if (!reference) return wrong;
    urls::url url;
    if (reference->has_scheme()) {
        url = *reference;
    } else {
        const auto base = urls::parse_uri(of_base);
        if (!base || !urls::resolve(*base, *reference, url)) return wrong;
    }
    url.normalize_scheme();
    url.normalize_authority();
    json::object parts;
    parts["protocol"] = std::string(url.scheme()) + ":";
    parts["username"] = std::string(url.encoded_user());
    parts["password"] = std::string(url.encoded_password());
    parts["hostname"] = std::string(url.encoded_host());
    const bool is_default =
        (url.scheme() == "http" && url.port() == "80") || (url.scheme() == "https" && url.port() == "443");
    parts["port"] = is_default ? std::string{} : std::string(url.port());
    parts["slashes"] = url.has_authority();
    const std::string path(url.encoded_path());
    parts["pathname"] = path.empty() && url.has_authority() ? "/" : path;
    parts["search"] = url.has_query() && !url.encoded_query().empty() ? "?" + std::string(url.encoded_query())
                                                                      : std::string{};
    parts["hash"] = url.has_fragment() && !url.encoded_fragment().empty()
                        ? "#" + std::string(url.encoded_fragment())
                        : std::string{};
    return json::value(std::move(parts));
}

}  // namespace

std::string add_web_api(ScriptContext& context) {
    context.define("__url", parse_url);
    const auto done = context.evaluate(scripts::web_api_js(), "[web api]");
    return done.has_error() ? done.error().text() : std::string{};
}

}  // namespace ringback::harness
