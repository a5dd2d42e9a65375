// What counts as a secret in what people write, and how it is hidden: the one place that decides it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace ringback {

/// True for names of headers, parameters, keys and variables whose value is nobody's business: Authorization,
/// cookies, and anything with "token", "secret", "password", "api-key", "auth-key" and the like in it, or the
/// word "pass". Case-insensitive.
[[nodiscard]] bool is_secret_name(std::string_view name);

/// The same for names of headers, of which any "X-…-Key" is a secret's but those of caches and idempotency. A
/// webhook's signature tells nothing of its key, and what is allowed to browsers
/// ("Access-Control-Allow-Credentials") is a word.
[[nodiscard]] bool is_secret_header(std::string_view name);

/// A header's value for people: "***" when its name is a secret's, else with the secrets of URLs in it
/// starred.
[[nodiscard]] std::string redacted_header(std::string_view name, std::string_view value);

/// For people: the URL with user name and password, query values, and long path segments that mix letters and
/// digits (from 20 characters on: chat tools keep their secret there) replaced by "***". Of such a segment
/// the first four characters stay, so that two targets can be told apart. Works on anything, also on what is
/// no URL.
[[nodiscard]] std::string redacted_url(std::string_view url);

/// `text` with user name and password of every URL in it replaced by "***"; the rest stays.
[[nodiscard]] std::string without_user_info(std::string_view text);

/// The bytes [begin, end) of `text` with a "*" for each character of a secret: signing secrets, string values
/// of JSON keys with a secret name, and what redacted_url() hides. The number of code points stays. `text` as
/// a whole is read, because a key may stand on the line before its value.
[[nodiscard]] std::string masked_line(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace ringback
