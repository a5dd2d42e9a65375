// Sends a recorded call again, to another address.
#pragma once

#include "tools/mock-bin/router.hpp"

#include <boost/asio/awaitable.hpp>

namespace ringback::mock_bin {

/// POST /bin/:id/entries/:entry/replay {"url": "…", "timeout": "10s"}. 200 with what came back, 502 when
/// nothing did, 403 for an address that the policy denies or a page of another origin that asks.
[[nodiscard]] boost::asio::awaitable<void> replay_entry(Call& call);

}  // namespace ringback::mock_bin
