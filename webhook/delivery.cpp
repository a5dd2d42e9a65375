#include "webhook/delivery.hpp"

#include "webhook/inline_delivery.hpp"
#include "webhook/service_delivery.hpp"

#include <boost/asio/post.hpp>

namespace ringback::webhook {

namespace asio = boost::asio;

struct Delivery::Impl {
    Impl(asio::any_io_executor on, store::Store& in, DeliveryOptions with)
        : executor(std::move(on)),
          store(in),
          options(std::move(with)),
          wake(std::make_shared<WakeUp>(executor)) {}

    asio::any_io_executor executor;
    store::Store& store;
    DeliveryOptions options;
    std::shared_ptr<WakeUp> wake;

    [[nodiscard]] std::shared_ptr<Courier> courier() const {
        return std::make_shared<Courier>(executor, store, options);
    }
};

Delivery::Delivery(asio::any_io_executor executor, store::Store& store, DeliveryOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), store, std::move(options))) {}
Delivery::~Delivery() = default;

asio::awaitable<InlineOutcome> Delivery::deliver_inline(std::string run_id, std::chrono::milliseconds budget,
                                                        OnProgress progress, harness::Cancellation stop,
                                                        std::map<std::string, store::Time> was_due) {
    return webhook::deliver_inline(impl_->courier(), std::move(run_id), budget, std::move(progress),
                                   std::move(stop), std::move(was_due), impl_->options.concurrency);
}

asio::awaitable<Delivery::Drained> Delivery::drain(std::chrono::milliseconds budget, bool hurry,
                                                   OnProgress progress, harness::Cancellation stop) {
    return webhook::drain(impl_->courier(), budget, hurry, std::move(progress), std::move(stop),
                          impl_->options.concurrency);
}

asio::awaitable<void> Delivery::serve(harness::Cancellation stop) {
    return webhook::serve(impl_->courier(), impl_->wake, std::move(stop));
}

void Delivery::wake() {
    asio::post(impl_->executor, [wake = impl_->wake] { wake->notify(); });
}

}  // namespace ringback::webhook
