#include "harness/webrtc/resource_usage.hpp"

#include <dirent.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>
#include <vector>

namespace ringback::harness {
namespace {

struct ProcessUse {
    pid_t pid;
    double cpu_seconds;
};

/// Processes of a group, from the fields of /proc/PID/stat (proc(5)).
std::vector<ProcessUse> processes_of(pid_t group) {
    static const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    std::vector<ProcessUse> found;
    DIR* proc = ::opendir("/proc");
    if (!proc) return found;
    while (const auto* entry = ::readdir(proc)) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        std::ifstream file(std::string("/proc/") + entry->d_name + "/stat");
        std::string line;
        if (!std::getline(file, line)) continue;
        const auto end = line.rfind(')');  // the command before it may hold anything
        if (end == std::string::npos) continue;
        std::istringstream fields(line.substr(end + 1));
        std::string state, skipped;
        long parent = 0, process_group = 0;
        fields >> state >> parent >> process_group;
        if (process_group != group) continue;
        double user = 0, system = 0;
        for (int i = 0; i < 8; ++i)
            fields >> skipped;
        fields >> user >> system;
        found.push_back({static_cast<pid_t>(std::atol(entry->d_name)), (user + system) / ticks});
    }
    ::closedir(proc);
    return found;
}

/// PSS in kB; for a process that hides its pages (a sandboxed renderer, to anyone but root) what it does not
/// share.
double memory_kb(pid_t pid) {
    const auto base = "/proc/" + std::to_string(pid);
    std::ifstream rollup(base + "/smaps_rollup");
    std::string line;
    while (std::getline(rollup, line))
        if (line.starts_with("Pss:")) return std::strtod(line.c_str() + 4, nullptr);
    std::ifstream statm(base + "/statm");
    double size = 0, resident = 0, shared = 0;
    statm >> size >> resident >> shared;
    return std::max(0.0, resident - shared) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / 1024;
}

}  // namespace

ResourceMeter::ResourceMeter(pid_t process_group) : group_(process_group) {
    read(false);
}

ResourceUsage ResourceMeter::read(bool with_memory) {
    ResourceUsage usage;
    const auto processes = processes_of(group_);
    double seconds = 0;
    for (const auto& process : processes)
        seconds += process.cpu_seconds;
    const double clock =
        std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
    if (browser_seconds_ >= 0 && clock > clock_seconds_)
        usage.browser_cpu = std::max(0.0, seconds - browser_seconds_) / (clock - clock_seconds_);
    browser_seconds_ = seconds;
    clock_seconds_ = clock;

    std::ifstream stat("/proc/stat");
    std::string cpu;
    stat >> cpu;
    double total = 0, idle = 0;
    for (int field = 0; field < 8; ++field) {
        double value = 0;
        stat >> value;
        total += value;
        if (field == 3 || field == 4) idle += value;  // idle and waiting for disks
    }
    if (machine_total_ > 0 && total > machine_total_)
        usage.machine_cpu = std::clamp((total - idle - machine_busy_) / (total - machine_total_), 0.0, 1.0);
    machine_busy_ = total - idle;
    machine_total_ = total;

    std::ifstream memory("/proc/meminfo");
    double all = 0, available = 0;
    for (std::string name, unit; memory >> name;) {
        double value = 0;
        memory >> value;
        std::getline(memory, unit);
        if (name == "MemTotal:") all = value;
        if (name == "MemAvailable:") {
            available = value;
            break;
        }
    }
    usage.machine_memory_mb = (all - available) / 1024;
    if (with_memory) {
        last_memory_mb_ = 0;
        for (const auto& process : processes)
            last_memory_mb_ += memory_kb(process.pid) / 1024;
    }
    usage.browser_memory_mb = last_memory_mb_;
    return usage;
}

}  // namespace ringback::harness
