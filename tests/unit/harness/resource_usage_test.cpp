#include "harness/webrtc/resource_usage.hpp"

#include <boost/test/unit_test.hpp>

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cmath>
#include <thread>

using namespace ringback::harness;
using namespace std::chrono_literals;

namespace {

constexpr std::size_t kBlock = std::size_t{64} << 20;

void hold_block() {
    void* block = ::mmap(nullptr, kBlock, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED) ::_exit(1);
    for (std::size_t at = 0; at < kBlock; at += 4096)
        static_cast<volatile char*>(block)[at] = 1;
}

/// Two processes which hold a block each, and compute.
[[noreturn]] void hold_two_and_compute() {
    ::fork();
    hold_block();
    for (volatile unsigned spins = 0;;)
        spins = spins + 1;
}

/// As Chromium does it: the first process starts another, which makes itself ready and then forks more.
template <bool more>
[[noreturn]] void prepare_and_fork() {
    if (::fork() == 0) {
        hold_block();
        if (more) ::fork();
    }
    for (;;)
        ::pause();
}

/// Processes of a group of their own; ended with the object.
class Group {
  public:
    explicit Group(void (*run)()) : leader_(::fork()) {
        if (leader_ == 0) {
            ::setpgid(0, 0);
            run();
        }
        ::setpgid(leader_, leader_);
    }
    ~Group() {
        ::kill(-leader_, SIGKILL);
        ::waitpid(leader_, nullptr, 0);
    }
    Group(const Group&) = delete;
    Group& operator=(const Group&) = delete;
    [[nodiscard]] pid_t id() const { return leader_; }

  private:
    pid_t leader_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(resource_usage)

BOOST_AUTO_TEST_CASE(a_group_uses_what_its_processes_use) {
    const Group group(hold_two_and_compute);
    ResourceMeter meter(group.id(), {100ms, 300ms});
    ResourceUsage usage;
    const auto end = std::chrono::steady_clock::now() + 20s;
    // The kernel counts pages in batches, so some of the 128 MB may be missing. On a busy machine the blocks
    // are not filled at once.
    do {
        std::this_thread::sleep_for(100ms);
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

// Before anybody was asked for a PSS, and after everybody was. A busy machine needs its time to start them
// all.
BOOST_AUTO_TEST_CASE(what_was_forked_counts_once) {
    const Group two(prepare_and_fork<false>), three(prepare_and_fork<true>);
    for (const bool ask : {false, true}) {
        const ResourceMeter::Pace pace{10ms, ask ? 10ms : 1h};
        ResourceMeter of_two(two.id(), pace), of_three(three.id(), pace);
        double once = 0, forked = 0;
        const auto right = [&] { return once > 60 && std::abs(forked - once) < 40; };
        const auto end = std::chrono::steady_clock::now() + 20s;
        for (int i = 0; i < 20 || (!right() && std::chrono::steady_clock::now() < end); ++i) {
            std::this_thread::sleep_for(30ms);
            once = of_two.read().browser_memory_mb;
            forked = of_three.read().browser_memory_mb;
        }
        BOOST_CHECK_MESSAGE(right(), once << " MB, and with a forked process " << forked << " MB");
    }
}

BOOST_AUTO_TEST_CASE(a_group_that_is_gone_uses_nothing) {
    pid_t id = 0;
    {
        const Group group(hold_two_and_compute);
        id = group.id();
    }
    // Only the first process was waited for; a busy machine takes its time to end the other.
    ResourceMeter meter(id, {10ms, 1h});
    auto usage = meter.read();
    const auto end = std::chrono::steady_clock::now() + 20s;
    while ((usage.browser_memory_mb > 0 || usage.browser_cpu > 0) && std::chrono::steady_clock::now() < end) {
        std::this_thread::sleep_for(20ms);
        usage = meter.read();
    }
    BOOST_CHECK_EQUAL(usage.browser_cpu, 0);
    BOOST_CHECK_EQUAL(usage.browser_memory_mb, 0);
}

BOOST_AUTO_TEST_SUITE_END()
