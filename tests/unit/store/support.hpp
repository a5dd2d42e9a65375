// records.hpp for those who run under Boost.Test.
#pragma once

#include "tests/unit/store/records.hpp"

#include <boost/test/unit_test.hpp>

namespace ringback::store::test {

/// The value of a call that is expected to succeed.
template <class T>
T ok(asio::awaitable<Stored<T>> call) {
    Stored<T> outcome = wait(std::move(call));
    BOOST_REQUIRE_MESSAGE(outcome.has_value(), failure(outcome));
    if constexpr (!std::is_void_v<T>) return std::move(outcome).value();
}

}  // namespace ringback::store::test
