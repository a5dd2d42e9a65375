// What a browser and its machine consume, from /proc (proc(5)).
#pragma once

#include "harness/webrtc/unique_fd.hpp"

#include <sys/types.h>

#include <chrono>
#include <set>
#include <string>
#include <vector>

namespace ringback::harness {

struct ResourceUsage {
    double browser_cpu = 0;        ///< cores, since the last reading; 0 at the first
    double browser_memory_mb = 0;  ///< PSS of all its processes: shared pages count once
    double machine_cpu = 0;        ///< share of all cores, 0 to 1, since the last reading
    double machine_memory_mb = 0;  ///< in use
};

/// CPU and memory of all processes of one group, and of the machine. A reading is cheap, for it is taken each
/// second beside what it measures. The kernel walks a process page by page to tell its PSS, which takes
/// milliseconds: that is asked of one process every third reading, and of each once a minute. Before, its
/// share is reckoned from the number of processes; in between, what it does not share is added or taken off.
/// Files that are read again stay open.
class ResourceMeter {
  public:
    explicit ResourceMeter(pid_t process_group);
    ResourceUsage read();

  private:
    using Clock = std::chrono::steady_clock;
    struct Process {
        pid_t pid = 0;
        UniqueFd stat;
        double cpu_seconds = 0;
        double pss_mb = 0;
        double unshared_mb = 0;  ///< when its PSS was told
        Clock::time_point told{};
    };

    void find_processes(double forks);
    [[nodiscard]] double browser_cpu(Clock::time_point now);
    void tell_pss(Clock::time_point now);
    [[nodiscard]] double browser_memory_mb(Clock::time_point now);
    [[nodiscard]] double machine_cpu(const std::string& stat);

    pid_t group_;
    std::vector<Process> processes_;
    UniqueFd stat_, memory_;  ///< the machine's
    std::set<pid_t> others_;  ///< of other groups; a process stays in its group
    double forks_ = -1;
    double memory_mb_ = 0;
    unsigned readings_ = 0;
    Clock::time_point read_at_{};
    double machine_busy_ = 0, machine_total_ = 0;
};

}  // namespace ringback::harness
