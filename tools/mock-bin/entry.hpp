// One recorded call, kept as one block of bytes: what memory holds is what the journal writes, and everything
// a reader wants (HAR, signature verdict, templates) is made from it when it is read, never while recording.
#pragma once

#include "net/http_server.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace ringback::mock_bin {

struct Definition;

/// What an entry's bytes say. The views point into the bytes.
struct RecordedRequest {
    std::chrono::system_clock::time_point received_at;
    std::chrono::microseconds head_time{0}, body_time{0};  ///< to receive head and body
    std::uint32_t head_size = 0;  ///< bytes of request line and fields, with the empty line
    unsigned version = 11;
    bool secure = false;
    std::string_view peer;  ///< address as text
    std::uint16_t peer_port = 0;
    std::string_view method, target;
    std::vector<std::pair<std::string_view, std::string_view>> headers, trailers;
    std::string_view body;

    /// First value of that name, or nothing.
    [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept;
    [[nodiscard]] std::string_view path() const noexcept;   ///< of the target, percent-encoding kept
    [[nodiscard]] std::string_view query() const noexcept;  ///< without "?"
    /// The path below "/bin/:id", "/" when there is none.
    [[nodiscard]] std::string_view path_in_bin() const noexcept;
};

/// @return the bytes of an entry
[[nodiscard]] std::string pack(const net::ServerRequest& request);
/// Nothing when the bytes are not whole.
[[nodiscard]] std::optional<RecordedRequest> unpack(std::string_view bytes);

struct Entry {
    std::uint64_t seq = 0;                         ///< in its bin, from 1, never used twice
    std::shared_ptr<const Definition> definition;  ///< the bin's answers when the call came
    std::uint32_t answer = 0;                      ///< which of them was given
    std::string bytes;
    mutable std::atomic<std::int64_t> answered_us{
        -1};  ///< microseconds from the last byte in to the answer's last byte out

    [[nodiscard]] std::size_t size() const noexcept { return sizeof(Entry) + bytes.size(); }
    /// Entries only ever hold bytes that unpack() takes.
    [[nodiscard]] RecordedRequest request() const;
};

using EntryPtr = std::shared_ptr<const Entry>;

}  // namespace ringback::mock_bin
