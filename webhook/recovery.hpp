// Runs that did not end because their process did: they are ended as failures, and their webhooks go out.
#pragma once

#include "harness/executor.hpp"
#include "store/store.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace ringback::webhook {

/// Names this process for leases: "HOST:PID:…", where the rest tells a boot, a process namespace and a start
/// time, so that another process on the same machine can see at once that this one is gone.
[[nodiscard]] std::string make_owner();
/// True only when it is certain: same machine, same boot, same namespace, and no such process any more.
[[nodiscard]] bool owner_is_gone(std::string_view owner);

/// Ends every run that was interrupted: its lease is over, or its process is gone. Each becomes `failure`
/// with the reason "interrupted"; its messages are written in the same transaction. Several processes may do
/// this at once.
/// @return how many runs were ended here
[[nodiscard]] boost::asio::awaitable<store::Stored<std::size_t>> end_interrupted_runs(store::Store& store,
                                                                                      std::string owner);

/// Renews the leases of this owner's runs, every third of `lease`, until `stop`.
[[nodiscard]] boost::asio::awaitable<void> keep_leases(store::Store& store, std::string owner,
                                                       std::chrono::milliseconds lease,
                                                       harness::Cancellation stop);

}  // namespace ringback::webhook
