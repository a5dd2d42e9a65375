#include "harness/webrtc/resource_usage.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <thread>

using namespace ringback::harness;

namespace {

constexpr std::size_t kBlock = std::size_t{64} << 20;

/// Two processes of a group of their own, which hold a block each and compute; ended with the object.
class BusyGroup {
  public:
    BusyGroup() : leader_(::fork()) {
        if (leader_ == 0) {
            ::setpgid(0, 0);
            ::fork();
            void* block = ::mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
            if (block == MAP_FAILED) ::_exit(1);
            for (std::size_t at = 0; at < kBlock; at += 4096)
                static_cast<volatile char*>(block)[at] = 1;
            for (volatile unsigned spins = 0;;)
                spins = spins + 1;
        }
        ::setpgid(leader_, leader_);
    }
    ~BusyGroup() {
        ::kill(-leader_, SIGKILL);
        ::waitpid(leader_, nullptr, 0);
    }
    BusyGroup(const BusyGroup&) = delete;
    BusyGroup& operator=(const BusyGroup&) = delete;
    [[nodiscard]] pid_t id() const { return leader_; }

  private:
    pid_t leader_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(resource_usage)

BOOST_AUTO_TEST_CASE(a_group_uses_what_its_processes_use) {
    const BusyGroup group;
    ResourceMeter meter(group.id());
    ResourceUsage usage;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    // The kernel counts pages in batches, so some of the 128 MB may be missing. On a busy machine the blocks
    // are not filled at once.
    do {
        std::this_thread::sleep_for(std::chrono::milliseconds(100));
        usage = meter.read();
    } while ((usage.browser_memory_mb < 120 || usage.browser_cpu <= 0) &&
             std::chrono::steady_clock::now() < end);
    BOOST_CHECK_GE(usage.browser_memory_mb, 120);
    BOOST_CHECK_LT(usage.browser_memory_mb, 400);
    BOOST_CHECK_GT(usage.browser_cpu, 0);
    BOOST_CHECK_GT(usage.machine_cpu, 0);
    BOOST_CHECK_LE(usage.machine_cpu, 1);
    BOOST_CHECK_GT(usage.machine_memory_mb, 128);
}

BOOST_AUTO_TEST_CASE(a_group_that_is_gone_uses_nothing) {
    pid_t id = 0;
    {
        const BusyGroup group;
        id = group.id();
    }
    ResourceMeter meter(id);
    const auto usage = meter.read();
    BOOST_CHECK_EQUAL(usage.browser_cpu, 0);
    BOOST_CHECK_EQUAL(usage.browser_memory_mb, 0);
}

BOOST_AUTO_TEST_SUITE_END()
