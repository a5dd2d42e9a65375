// What a bin answers: a HAR response object with our additions, parsed once into typed values.
#pragma once

#include "net/headers.hpp"

#include <boost/json/value.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringback::mock_bin {

/// A rule that a definition, pattern or parameter breaks.
struct Invalid {
    std::string pointer;  ///< JSON pointer to the place (RFC 6901)
    std::string message;  ///< one sentence
};
template <class T>
using Checked = boost::system::result<T, Invalid>;

/// How an answer goes wrong on purpose (WireMock's names).
enum class Fault { none, connection_reset, empty_response, malformed_chunk, random_data };
[[nodiscard]] std::string_view to_string(Fault fault) noexcept;

/// The body in `chunks` pieces, spread evenly over `duration`.
struct Dribble {
    unsigned chunks = 1;
    std::chrono::milliseconds duration{0};
};

struct CannedAnswer {
    unsigned status = 200;
    std::string reason;
    unsigned version = 11;  ///< 10 or 11
    net::Headers
        headers;  ///< as sent: with Content-Type, Location and Set-Cookie, without what frames a message
    std::shared_ptr<const std::string> body;  ///< answers of a sequence share the one that they inherit
    std::chrono::milliseconds delay{0};
    std::optional<Dribble> dribble;
    Fault fault = Fault::none;
    bool templated = false;
};

struct Definition {
    enum class After { repeat_last, cycle };
    std::vector<CannedAnswer> answers;  ///< never empty; more than one is a sequence
    After after = After::repeat_last;
    std::string secret;    ///< verify.secret; empty: signatures are not checked
    std::string json;      ///< complete and valid, as stored and shown by /view (with the secret)
    std::size_t size = 0;  ///< bytes of memory, about

    /// The answer to call number `turn`, counted from 0.
    [[nodiscard]] std::uint32_t index(std::uint64_t turn) const noexcept;
};

/// Checks and completes a response object. `{}` is a valid one: 200 OK. What it stores parses to the very
/// same definition.
[[nodiscard]] Checked<std::shared_ptr<const Definition>> parse_definition(const boost::json::value& json);
/// The stored object as it may be shown: the secret is replaced by "***".
[[nodiscard]] boost::json::value shown(const Definition& definition);

/// The standard reason of a status, "OK" where there is none.
[[nodiscard]] std::string standard_reason(unsigned status);

}  // namespace ringback::mock_bin
