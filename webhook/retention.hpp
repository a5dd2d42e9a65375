// How long history is kept: runs that ended long ago go, with their messages and attempts.
#pragma once

#include "harness/executor.hpp"
#include "store/store.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>

namespace ringback::webhook {

inline constexpr std::chrono::hours kKeepByDefault{90 * 24};
/// Less would forget since when a target has been failing, before it is disabled.
inline constexpr std::chrono::hours kKeepAtLeast{7 * 24};

/// Removes runs that ended more than `keep` before `now`, at most `limit` of them. What still waits for its
/// delivery stays, with its run. @return how many were removed
[[nodiscard]] boost::asio::awaitable<store::Stored<std::size_t>> remove_old_runs(
    store::Store& store, std::chrono::milliseconds keep, store::Time now, std::size_t limit);

/// Does so now and once an hour, in small steps, until `stop`. A store that fails is asked again next time.
[[nodiscard]] boost::asio::awaitable<void> keep_history_short(store::Store& store,
                                                              std::chrono::milliseconds keep,
                                                              harness::Cancellation stop);

}  // namespace ringback::webhook
