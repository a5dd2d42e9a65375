// One try to deliver one message: builds the request from the frozen bytes, signs it, sends it, judges what
// came back.
#pragma once

#include "net/address_policy.hpp"
#include "net/deadline.hpp"
#include "net/http_client.hpp"
#include "run-options/webhook_target.hpp"
#include "store/store.hpp"
#include "webhook/retry_policy.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <string>

namespace ringback::webhook {

struct AttemptSettings {
    std::string version;  ///< for the User-Agent
    const net::AddressPolicy* policy = nullptr;
    std::string proxy;
    bool keep_alive = false;  ///< keep the connection for the next call to the same receiver
    std::chrono::milliseconds timeout{15'000};  ///< of one attempt, when the target names none
    net::Deadline deadline;                     ///< no attempt lasts longer, whatever the target says
};

struct AttemptResult {
    store::Attempt record;  ///< outcome, error and detail filled in; number as given
    Outcome outcome;
    net::Exchange exchange;
};

/// Never throws for anything that happens on the network. Cancelled, it is a failed attempt like any other.
[[nodiscard]] boost::asio::awaitable<AttemptResult> make_attempt(net::HttpClient& client,
                                                                 const store::Message& message,
                                                                 std::uint32_t number,
                                                                 AttemptSettings settings);

/// The request of one attempt at `now`. The error is a sentence: a secret that is not there now.
using BuiltRequest = boost::system::result<net::HttpRequest, std::string>;
[[nodiscard]] BuiltRequest build_request(const store::Message& message, const std::string& version,
                                         store::Time now);

/// How the receiver of `target` is met under TLS.
[[nodiscard]] net::TlsOptions tls_options(const WebhookTarget& target);

/// What is kept of an attempt, as JSON: addresses, phase timings in ms, TLS, response head and the first 4
/// KiB of its body. Secrets in header values are starred. `took_step`: the wait after it is one of
/// the long schedule's.
[[nodiscard]] std::string attempt_detail(const net::Exchange& exchange, const Outcome& outcome,
                                         bool took_step = false);

/// Of a kept attempt's detail.
struct KeptDetail {
    bool took_step = false;
    std::optional<store::Time> not_before;  ///< Retry-After
};
[[nodiscard]] KeptDetail read_detail(const std::string& detail);

}  // namespace ringback::webhook
