#include "tools/mock-bin/watch.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace ringback::mock_bin {

namespace asio = boost::asio;

ChangeWatch::ChangeWatch(const asio::any_io_executor& executor, Bin& bin)
    : state_(std::make_shared<State>(executor)) {
    token_ = bin.listen([state = state_] {
        if (state->posted.exchange(true)) return;
        asio::post(state->timer.get_executor(), [state] {
            state->posted = false;
            state->changed = true;
            // Past, rather than cancelled: a wait that begins later must end too.
            state->timer.expires_at(std::chrono::steady_clock::time_point::min());
        });
    });
}

void ChangeWatch::arm(net::Deadline deadline) {
    state_->changed = false;
    state_->timer.expires_at(deadline.at());
}

asio::awaitable<bool> ChangeWatch::wait() {
    const auto state = state_;
    boost::system::error_code ec;
    co_await state->timer.async_wait(asio::redirect_error(asio::use_awaitable, ec));
    co_return state->changed;
}

}  // namespace ringback::mock_bin
