#include "webhook/breaker.hpp"

namespace ringback::webhook {

bool Breaker::allow(store::Time now) {
    if (!open_until_) return true;
    if (probing_ || now < *open_until_) return false;
    probing_ = true;
    return true;
}

void Breaker::succeeded() {
    *this = Breaker();
}

void Breaker::failed(store::Time now) {
    if (failures_ < kFailures) ++failures_;
    probing_ = false;
    if (failures_ >= kFailures) open_until_ = now + kOpenFor;
}

void Breaker::abandoned() {
    probing_ = false;
}

}  // namespace ringback::webhook
