#include "harness/webrtc/resource_usage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace ringback::harness {
namespace {

using namespace std::chrono_literals;

constexpr auto kPssHolds = 60s;
constexpr unsigned kMemoryEvery = 5;  ///< readings
constexpr unsigned kPssEvery = 3;     ///< readings, for one process

UniqueFd open_file(const std::string& path) {
    return UniqueFd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

/// The beginning of a file of /proc as it is now; empty when it is gone or not ours to read.
std::string head_of(const UniqueFd& file) {
    std::array<char, 4096> buffer;
    const auto size = file.get() >= 0 ? ::pread(file.get(), buffer.data(), buffer.size(), 0) : -1;
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string{};
}
std::string head_of(const std::string& path) {
    return head_of(open_file(path));
}

std::string file_of(pid_t pid, const char* name) {
    return "/proc/" + std::to_string(pid) + "/" + name;
}

/// The numbers of a line, from `at` on, up to what is none.
std::vector<double> numbers(const std::string& text, std::size_t at = 0) {
    std::vector<double> found;
    const char* from = text.c_str() + std::min(at, text.size());
    for (char* end = nullptr;; from = end) {
        const double value = std::strtod(from, &end);
        if (end == from) return found;
        found.push_back(value);
    }
}

/// The number behind a label, such as "Pss:".
std::optional<double> labelled(const std::string& text, std::string_view label) {
    const auto at = text.find(label);
    if (at == std::string::npos) return std::nullopt;
    return std::strtod(text.c_str() + at + label.size(), nullptr);
}

struct Stat {
    pid_t group = 0;
    double cpu_seconds = 0;
};

std::optional<Stat> stat_of(const UniqueFd& file) {
    static const double ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    const auto line = head_of(file);
    const auto end = line.rfind(')');  // the command before it may hold anything
    if (end == std::string::npos || end + 4 > line.size()) return std::nullopt;
    // ") S parent group session tty foreground flags faults×4 user system …"
    const auto fields = numbers(line, end + 3);
    if (fields.size() < 12) return std::nullopt;
    return Stat{static_cast<pid_t>(fields[1]), (fields[10] + fields[11]) / ticks};
}

struct Memory {
    double unshared_mb = 0;  ///< what a process has for itself
    double shared_mb = 0;
};

Memory memory_of(pid_t pid) {
    static const double page = static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
    const auto pages = numbers(head_of(file_of(pid, "statm")));  // size, resident, shared, …
    if (pages.size() < 3) return {};
    return {std::max(0.0, pages[1] - pages[2]) * page, pages[2] * page};
}

}  // namespace

ResourceMeter::ResourceMeter(pid_t process_group)
    : group_(process_group), stat_(open_file("/proc/stat")), memory_(open_file("/proc/meminfo")) {
    read();
}

/// A process that was seen once is not looked at again to learn its group, and nobody is looked for when the
/// machine has started none since.
void ResourceMeter::find_processes(double forks) {
    if (forks == forks_) return;
    forks_ = forks;
    std::set<pid_t> others;
    DIR* proc = ::opendir("/proc");
    if (!proc) return;
    while (const auto* entry = ::readdir(proc)) {
        if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
        const auto pid = static_cast<pid_t>(std::atol(entry->d_name));
        if (std::any_of(processes_.begin(), processes_.end(),
                        [pid](const auto& known) { return known.pid == pid; }))
            continue;
        if (others_.contains(pid)) {
            others.insert(pid);
            continue;
        }
        auto file = open_file(file_of(pid, "stat"));
        const auto stat = stat_of(file);
        if (!stat) continue;
        if (stat->group != group_) {
            others.insert(pid);
            continue;
        }
        Process process;
        process.pid = pid;
        process.stat = std::move(file);
        processes_.push_back(std::move(process));
    }
    ::closedir(proc);
    others_ = std::move(others);
}

double ResourceMeter::browser_cpu(Clock::time_point now) {
    // A process that ended takes its seconds along: they must not count as negative ones.
    double used = 0;
    std::erase_if(processes_, [&](Process& process) {
        const auto stat = stat_of(process.stat);
        if (!stat) return true;
        used += stat->cpu_seconds - process.cpu_seconds;
        process.cpu_seconds = stat->cpu_seconds;
        return false;
    });
    const bool first = read_at_ == Clock::time_point{};
    const double cores =
        first || now <= read_at_ ? 0 : used / std::chrono::duration<double>(now - read_at_).count();
    read_at_ = now;
    return cores;
}

void ResourceMeter::tell_pss(Clock::time_point now) {
    const auto oldest = std::min_element(processes_.begin(), processes_.end(),
                                         [](const Process& a, const Process& b) { return a.told < b.told; });
    if (oldest != processes_.end() &&
        (oldest->told == Clock::time_point{} || now - oldest->told > kPssHolds)) {
        oldest->unshared_mb = memory_of(oldest->pid).unshared_mb;
        // A process that hides its pages (a sandboxed renderer, to anyone but root) counts with what it does
        // not share.
        const auto pss = labelled(head_of(file_of(oldest->pid, "smaps_rollup")), "\nPss:");
        oldest->pss_mb = pss ? *pss / 1024 : oldest->unshared_mb;
        oldest->told = now;
    }
}

double ResourceMeter::browser_memory_mb(Clock::time_point now) {
    const auto reading = readings_++;
    if (reading % kPssEvery == kPssEvery - 1) tell_pss(now);
    if (reading % kMemoryEvery != 0) return memory_mb_;
    memory_mb_ = 0;
    for (const auto& process : processes_) {
        const auto memory = memory_of(process.pid);
        // As long as nobody has told, it shares with all the others: that is within a fifth.
        memory_mb_ += process.told == Clock::time_point{}
                          ? memory.unshared_mb + memory.shared_mb / static_cast<double>(processes_.size())
                          : std::max(0.0, process.pss_mb + memory.unshared_mb - process.unshared_mb);
    }
    return memory_mb_;
}

double ResourceMeter::machine_cpu(const std::string& stat) {
    // "cpu  user nice system idle iowait irq softirq steal …"
    auto fields = numbers(stat, 4);
    if (fields.size() < 8) return 0;
    fields.resize(8);
    double total = 0;
    for (const double field : fields)
        total += field;
    const double busy = total - fields[3] - fields[4];  // idle, and waiting for disks
    double share = 0;
    if (machine_total_ > 0 && total > machine_total_)
        share = std::clamp((busy - machine_busy_) / (total - machine_total_), 0.0, 1.0);
    machine_busy_ = busy;
    machine_total_ = total;
    return share;
}

ResourceUsage ResourceMeter::read() {
    const auto now = Clock::now();
    const auto stat = head_of(stat_);
    // On machines of many cores the count stands further behind: then there is always somebody to look for.
    const auto forks = labelled(stat, "\nprocesses ");
    find_processes(forks ? *forks : forks_ + 1);
    ResourceUsage usage;
    usage.browser_cpu = browser_cpu(now);
    usage.browser_memory_mb = browser_memory_mb(now);
    usage.machine_cpu = machine_cpu(stat);
    const auto memory = head_of(memory_);
    usage.machine_memory_mb =
        (labelled(memory, "MemTotal:").value_or(0) - labelled(memory, "MemAvailable:").value_or(0)) / 1024;
    return usage;
}

}  // namespace ringback::harness
