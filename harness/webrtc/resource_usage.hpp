// What a browser and its machine consume, from /proc.
#pragma once

#include <sys/types.h>

#include <string>

namespace ringback::harness {

struct ResourceUsage {
    double browser_cpu = 0;        ///< cores, since the last reading; 0 at the first
    double browser_memory_mb = 0;  ///< PSS of all its processes: shared pages count once
    double machine_cpu = 0;        ///< share of all cores, 0 to 1, since the last reading
    double machine_memory_mb = 0;  ///< in use
};

/// CPU and memory of all processes of one group, and of the machine.
class ResourceMeter {
  public:
    explicit ResourceMeter(pid_t process_group);
    /// @param with_memory PSS is walked page by page, some 10 ms per browser: not at every reading
    ResourceUsage read(bool with_memory);

  private:
    pid_t group_;
    double browser_seconds_ = -1;
    double machine_busy_ = 0, machine_total_ = 0;
    double clock_seconds_ = 0;
    double last_memory_mb_ = 0;
};

}  // namespace ringback::harness
