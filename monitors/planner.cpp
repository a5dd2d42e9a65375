#include "monitors/planner.hpp"

namespace ringback::monitors {

Planner::Planner(std::vector<Entry> entries, Time now) {
    for (auto& entry : entries) {
        const auto due = next_after(entry.schedule, now);
        entries_.push_back({std::move(entry.schedule), due, now, false});
    }
}

Planner::Plan Planner::advance(Time now) {
    Plan plan;
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        auto& entry = entries_[i];
        if (entry.due <= now) {
            (entry.running ? plan.skipped : plan.start).push_back(i);
            if (!entry.running) entry.started_for = entry.due;
            entry.running = true;
            entry.due = next_after(entry.schedule, now);
        }
        if (!plan.again || entry.due < *plan.again) plan.again = entry.due;
    }
    return plan;
}

void Planner::ended(std::size_t index) {
    entries_.at(index).running = false;
}

}  // namespace ringback::monitors
