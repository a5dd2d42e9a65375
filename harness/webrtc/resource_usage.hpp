// What a browser and its machine consume, from /proc (proc(5)).
#pragma once

#include "harness/webrtc/unique_fd.hpp"

#include <sys/types.h>
#include <time.h>

#include <chrono>
#include <optional>
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

/// CPU of all processes of one group and of the machine, and every few seconds their memory. A reading is
/// cheap, for it is taken each second beside what it measures. The kernel walks a process page by page to
/// tell its PSS, which takes milliseconds: that is asked of one process at a time, and of each once in half
/// an hour. What a process does not share is followed throughout; what is shared by those that have not told
/// is reckoned from the largest of them. Files that are read again stay open.
class ResourceMeter {
  public:
    /// At least so much is between two looks at memory, and before and between questions for a PSS. A little
    /// less than the seconds that people would say, so that the reading meant is the one that looks.
    struct Pace {
        std::chrono::milliseconds memory{4'900}, pss{59'900};
    };
    explicit ResourceMeter(pid_t process_group) : ResourceMeter(process_group, Pace()) {}
    ResourceMeter(pid_t process_group, Pace pace);
    ResourceUsage read();

  private:
    using Clock = std::chrono::steady_clock;
    struct Process {
        pid_t pid = 0;
        pid_t parent = 0;
        clockid_t clock = 0;  ///< of the time it spends on processors
        UniqueFd statm;
        double cpu_seconds = 0;
        double unshared_mb = 0, shared_mb = 0;  ///< as it was followed last
        std::optional<double> told_shared_mb;   ///< its PSS less what it does not share
        Clock::time_point asked{};              ///< for its PSS
    };

    void find_processes(double forks);
    [[nodiscard]] double browser_cpu(Clock::time_point now);
    void follow_memory();
    void tell_pss(Clock::time_point now);
    [[nodiscard]] double browser_memory_mb() const;
    [[nodiscard]] double machine_cpu(const std::string& stat);

    pid_t group_;
    Pace pace_;
    std::vector<Process> processes_;
    UniqueFd stat_, memory_;  ///< the machine's
    std::set<pid_t> others_;  ///< of other groups; a process stays in its group
    double forks_ = -1;
    ResourceUsage usage_;  ///< as it was read last
    Clock::time_point read_at_{}, memory_due_{}, pss_due_{};
    double machine_busy_ = 0, machine_total_ = 0;
};

}  // namespace ringback::harness
