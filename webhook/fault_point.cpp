#include "webhook/fault_point.hpp"

#include <csignal>
#include <cstdlib>

namespace ringback::webhook {

void fault_point(std::string_view name) noexcept {
    static const char* const wanted = std::getenv("RINGBACK_FAULT_POINT");
    if (wanted && name == wanted) std::raise(SIGKILL);
}

}  // namespace ringback::webhook
