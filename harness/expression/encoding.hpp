// Text encodings that templates and redaction share.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace ringback::harness {

/// RFC 4648, section 4, with padding.
[[nodiscard]] std::string base64(std::string_view bytes);
/// Percent-encodes every byte but RFC 3986's unreserved characters; a space is %20.
[[nodiscard]] std::string url_encoded(std::string_view bytes);
/// Lower-case hexadecimal.
[[nodiscard]] std::string hex(std::span<const unsigned char> bytes);
/// The text as it stands between the quotes of a JSON string.
[[nodiscard]] std::string json_escaped(std::string_view text);

}  // namespace ringback::harness
