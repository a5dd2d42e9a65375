#include "harness/webrtc/resource_usage.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>

namespace ringback::harness {
namespace {

using namespace std::chrono_literals;

constexpr auto kPssHolds = 30min;

/// Of the pages that a browser's processes share, how many the first process does not have: reckoned as a
/// part of those of the largest other. Measured with Chromium 156 and 1, 4 and 8 probes.
constexpr double kOthersPart = 0.65;

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
    pid_t parent = 0, group = 0;
};

std::optional<Stat> stat_of(const UniqueFd& file) {
    const auto line = head_of(file);
    const auto end = line.rfind(')');  // the command before it may hold anything
    if (end == std::string::npos || end + 4 > line.size()) return std::nullopt;
    // ") S parent group session …"
    const auto fields = numbers(line, end + 3);
    if (fields.size() < 2) return std::nullopt;
    return Stat{static_cast<pid_t>(fields[0]), static_cast<pid_t>(fields[1])};
}

/// What a process and its threads have spent on processors, without a file to be written and read: one call.
std::optional<double> cpu_seconds_of(clockid_t clock) {
    timespec spent{};
    if (::clock_gettime(clock, &spent) != 0) return std::nullopt;
    return static_cast<double>(spent.tv_sec) + static_cast<double>(spent.tv_nsec) / 1e9;
}

/// {unshared, shared} MB; nothing when it is gone.
std::optional<std::pair<double, double>> memory_of(const UniqueFd& statm) {
    static const double page = static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
    const auto pages = numbers(head_of(statm));  // size, resident, shared, …
    if (pages.size() < 3) return std::nullopt;
    return std::pair{std::max(0.0, pages[1] - pages[2]) * page, pages[2] * page};
}

}  // namespace

ResourceMeter::ResourceMeter(pid_t process_group, Pace pace)
    : group_(process_group),
      pace_(pace),
      stat_(open_file("/proc/stat")),
      memory_(open_file("/proc/meminfo")),
      pss_due_(Clock::now() + pace.pss) {
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
        const auto stat = stat_of(open_file(file_of(pid, "stat")));
        if (!stat) continue;
        if (stat->group != group_) {
            others.insert(pid);
            continue;
        }
        Process process;
        process.pid = pid;
        process.parent = stat->parent;
        process.statm = open_file(file_of(pid, "statm"));
        if (::clock_getcpuclockid(pid, &process.clock) == 0) processes_.push_back(std::move(process));
    }
    ::closedir(proc);
    others_ = std::move(others);
}

double ResourceMeter::browser_cpu(Clock::time_point now) {
    // A process that ended takes its seconds along: they must not count as negative ones.
    double used = 0;
    std::erase_if(processes_, [&](Process& process) {
        const auto seconds = cpu_seconds_of(process.clock);
        if (!seconds || *seconds < process.cpu_seconds) return true;
        used += *seconds - process.cpu_seconds;
        process.cpu_seconds = *seconds;
        return false;
    });
    const bool first = read_at_ == Clock::time_point{};
    const double cores =
        first || now <= read_at_ ? 0 : used / std::chrono::duration<double>(now - read_at_).count();
    read_at_ = now;
    return cores;
}

void ResourceMeter::follow_memory() {
    std::map<pid_t, double> unshared;
    for (auto& process : processes_) {
        const auto memory = memory_of(process.statm);
        std::tie(process.unshared_mb, process.shared_mb) = memory.value_or(std::pair{0.0, 0.0});
        unshared[process.pid] = process.unshared_mb;
    }
    // Who was forked from one of the others, and not from the first, which only starts programs, still has
    // that one's pages; the kernel does not call them shared.
    for (auto& process : processes_)
        if (const auto parent = unshared.find(process.parent);
            parent != unshared.end() && process.parent != group_)
            process.unshared_mb = std::max(0.0, process.unshared_mb - parent->second);
}

void ResourceMeter::tell_pss(Clock::time_point now) {
    const auto oldest =
        std::min_element(processes_.begin(), processes_.end(),
                         [](const Process& a, const Process& b) { return a.asked < b.asked; });
    if (oldest == processes_.end() ||
        (oldest->asked != Clock::time_point{} && now - oldest->asked <= kPssHolds))
        return;
    oldest->asked = now;
    // A process may hide its pages: a sandboxed renderer does, from anyone but root.
    if (const auto pss = labelled(head_of(file_of(oldest->pid, "smaps_rollup")), "\nPss:"))
        oldest->told_shared_mb = *pss / 1024 - oldest->unshared_mb;
}

/// What each has for itself, and what they share: the part of those that told theirs, and of the others the
/// remainder of what is shared by all.
double ResourceMeter::browser_memory_mb() const {
    double unshared = 0, told = 0, first = 0, largest = 0, untold = 0, all = 0;
    for (const auto& process : processes_) {
        unshared += process.unshared_mb;
        auto& most = process.pid == group_ ? first : largest;
        most = std::max(most, process.shared_mb);
        all += process.shared_mb;
        if (process.told_shared_mb)
            told += *process.told_shared_mb;
        else
            untold += process.shared_mb;
    }
    const double shared = std::min(all, first + kOthersPart * largest);
    return unshared + told + std::min(untold, std::max(0.0, shared - told));
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
    usage_.browser_cpu = browser_cpu(now);
    usage_.machine_cpu = machine_cpu(stat);
    if (now < memory_due_) return usage_;
    follow_memory();
    if (now >= pss_due_) {
        tell_pss(now);
        pss_due_ = now + pace_.pss;
    }
    memory_due_ = now + pace_.memory;
    usage_.browser_memory_mb = browser_memory_mb();
    const auto memory = head_of(memory_);
    usage_.machine_memory_mb =
        (labelled(memory, "MemTotal:").value_or(0) - labelled(memory, "MemAvailable:").value_or(0)) / 1024;
    return usage_;
}

}  // namespace ringback::harness
