#include "run-options/value/url.hpp"

#include <boost/url/grammar/ci_string.hpp>
#include <boost/url/grammar/parse.hpp>
#include <boost/url/rfc/uri_rule.hpp>
#include <boost/url/url_view.hpp>

#include <charconv>
#include <cstdint>

namespace ringback::value {
namespace {

constexpr std::size_t kUrlCharacters = 2048;
constexpr std::string_view kSchemeHint = "begin with 'https://' or 'http://'";

bool is_hex(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/// RFC 3986: unreserved, reserved and "%"; everything else must be percent-encoded.
bool may_stand_in_url(char c) {
    const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    return alphanumeric ||
           (c != '\0' && std::string_view("-._~:/?#[]@!$&'()*+,;=%").find(c) != std::string_view::npos);
}

/// The first thing that no URL may hold, found here because Boost.URL does not say where it stopped.
std::optional<ParseError> check_url_characters(const Words& words) {
    const std::string& url = words.content;
    for (std::size_t i = 0; i < url.size(); ++i) {
        const char c = url[i];
        if (c == ' ' || (c >= '\t' && c <= '\r'))
            return words.error(i, "white space inside a URL",
                               "write a space as %20; several URLs stand on one line each");
        if (c == '%' && (i + 2 >= url.size() || !is_hex(url[i + 1]) || !is_hex(url[i + 2])))
            return words.error(i, "a '%' in a URL needs two hexadecimal digits behind it",
                               "write the character itself as %25");
        if (may_stand_in_url(c)) continue;
        std::size_t length = 1;
        while (i + length < url.size() && (static_cast<unsigned char>(url[i + length]) & 0xC0) == 0x80)
            ++length;
        return words.error(
            i, "the character " + quoted(url.substr(i, length)) + " must be percent-encoded in a URL",
            length > 1 ? "a host name outside ASCII is written in its 'xn--' form" : "");
    }
    return std::nullopt;
}

std::optional<ParseError> check_scheme(const Words& words, std::string_view user) {
    const std::string_view url = words.content;
    const std::size_t end = url.find("://");
    const std::string_view scheme = url.substr(0, end);
    if (end == std::string_view::npos || end == 0 || scheme.find_first_of("/?#[]@") != std::string_view::npos)
        return words.error(0, "a URL without a scheme", std::string(kSchemeHint));
    if (boost::urls::grammar::ci_is_equal(scheme, std::string_view("http")) ||
        boost::urls::grammar::ci_is_equal(scheme, std::string_view("https")))
        return std::nullopt;
    return words.error(0, std::string(user) + " is called over http or https, not over " + quoted(scheme),
                       std::string(kSchemeHint));
}

std::optional<ParseError> check_authority(const Words& words, const boost::urls::url_view& url) {
    const std::size_t authority = words.content.find("://") + 3;
    if (url.has_userinfo())
        return words.error(authority, "a user name or password inside a URL",
                           "in the JSON form: \"basic\": {\"username\": \"…\", \"password\": \"env:NAME\"}");
    if (url.encoded_host().empty()) return words.error(authority, "a URL without a host");
    if (!url.has_port()) return std::nullopt;
    // Boost.URL 1.81 takes 99999 for a port (and wraps it), and "http://x:a/" for a port that is empty.
    const std::size_t begin = authority + url.encoded_host().size() + 1;
    const std::string_view port =
        std::string_view(words.content).substr(begin, words.content.find_first_of("/?#", begin) - begin);
    std::uint16_t number = 0;
    const auto [stop, wrong] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (!port.empty() && (wrong != std::errc() || stop != port.data() + port.size() || number == 0))
        return words.error(begin, "the port " + quoted(port) + " does not exist",
                           "a port is a number from 1 to 65535");
    return std::nullopt;
}

}  // namespace

Parsed<std::string> read_web_url(const Words& words, std::string_view user) {
    const std::string& url = words.content;
    if (url.empty()) return words.error(0, "an empty URL", std::string(kSchemeHint));
    if (auto wrong = check_scheme(words, user)) return *wrong;
    if (url.size() > kUrlCharacters) return words.error(kUrlCharacters, "a URL longer than 2,048 characters");
    if (auto wrong = check_url_characters(words)) return *wrong;

    const char* at = url.data();
    const char* const end = at + url.size();
    const auto parsed = boost::urls::grammar::parse(at, end, boost::urls::uri_rule);
    if (!parsed || at != end) {
        const auto stopped = static_cast<std::size_t>(at - url.data());
        return words.error(stopped < url.size() ? stopped : 0, "not a valid URL");
    }
    if (auto wrong = check_authority(words, *parsed)) return *wrong;
    return Parsed<std::string>(boost::system::in_place_value, url);
}

}  // namespace ringback::value
