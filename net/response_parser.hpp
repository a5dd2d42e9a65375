// Reads the bytes of one HTTP/1.x response. Owns no socket: bytes are pushed in, in pieces of any size.
#pragma once

#include "net/error.hpp"
#include "net/headers.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace ringback::net {

class ResponseParser {
  public:
    struct Options {
        bool no_body = false;  ///< answer to HEAD or CONNECT
        bool upgrade = false;  ///< 101 is final, not an interim response
        std::uint32_t max_header =
            256u << 10;  ///< bytes of status line and fields, of each interim response as well
    };
    /// Takes bytes of the body, transfer decoding undone. An error ends the parse with that error.
    using BodySink = std::function<error_code(std::string_view)>;

    explicit ResponseParser(Options options, BodySink sink = {});
    ~ResponseParser();
    ResponseParser(ResponseParser&&) noexcept;
    ResponseParser& operator=(ResponseParser&&) noexcept;

    /// Errors: malformed_response, header_too_large, and those of the sink. `detail()` says more.
    [[nodiscard]] error_code feed(std::string_view bytes);
    /// The connection has ended. Error connection_closed when the response is not whole by that.
    [[nodiscard]] error_code end_of_stream();

    [[nodiscard]] bool got_some() const noexcept;   ///< a byte of any response, interim ones included
    [[nodiscard]] bool head_done() const noexcept;  ///< of the final response
    [[nodiscard]] bool done() const noexcept;
    /// Valid once done: whether the connection may be used again (Connection, version, framing; nothing left
    /// over).
    [[nodiscard]] bool keep_alive() const noexcept;

    // The head, valid once head_done().
    [[nodiscard]] unsigned status() const noexcept;
    [[nodiscard]] unsigned version() const noexcept;  ///< 10 or 11
    [[nodiscard]] const std::string& reason() const noexcept;
    /// In the order, case and number of the wire; a folded value is joined with a space. Without trailers.
    [[nodiscard]] const Headers& headers() const noexcept;
    /// Number of interim (1xx) responses that were skipped.
    [[nodiscard]] unsigned interim() const noexcept;

    /// What follows the response, once done.
    [[nodiscard]] const std::string& leftover() const noexcept;
    [[nodiscard]] const std::string& detail() const noexcept;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace ringback::net
