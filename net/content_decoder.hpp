// Undoes gzip and deflate while the bytes arrive, in bounded memory.
#pragma once

#include "net/error.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringback::net {

class ContentDecoder {
  public:
    /// Takes decoded bytes, at most 64 KiB at a time; an error of it ends the decoding.
    using Sink = std::function<error_code(std::string_view)>;

    /// @param content_encoding the field's value, "gzip" or "deflate, gzip"; empty, "identity" and codings
    /// that are
    ///        not known here pass the bytes through as they are
    ContentDecoder(std::string_view content_encoding, Sink sink);
    ~ContentDecoder();
    ContentDecoder(ContentDecoder&&) noexcept;
    ContentDecoder& operator=(ContentDecoder&&) noexcept;

    /// Errors: malformed_response (not what the field says) and those of the sink.
    [[nodiscard]] error_code feed(std::string_view bytes);
    /// The body is over: malformed_response when the compressed data is not.
    [[nodiscard]] error_code finish();
    [[nodiscard]] const std::string& detail() const noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ringback::net
