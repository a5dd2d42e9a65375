// Decides what to run when. A state machine without clock, timer or I/O: it is told the time and what ended,
// and answers with what to start and when to be asked again.
#pragma once

#include "monitors/schedule.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ringback::monitors {

class Planner {
  public:
    struct Entry {
        std::string name;
        Schedule schedule;
    };
    /// Nothing is due before its first instant after `now`.
    Planner(std::vector<Entry> entries, Time now);

    struct Plan {
        std::vector<std::size_t> start;  ///< indexes of the monitors to start now
        std::vector<std::size_t>
            skipped;                ///< due, but their last run is still under way: left out, not made up for
        std::optional<Time> again;  ///< ask again then; nullopt: there is no monitor
    };
    /// What is due at `now`. However much time went by, a monitor starts at most once; what was missed is not
    /// made up for.
    [[nodiscard]] Plan advance(Time now);
    void ended(std::size_t index);
    [[nodiscard]] bool running(std::size_t index) const { return entries_.at(index).running; }
    [[nodiscard]] Time next_due(std::size_t index) const { return entries_.at(index).due; }
    /// The instant that the monitor's latest run was started for.
    [[nodiscard]] Time started_for(std::size_t index) const { return entries_.at(index).started_for; }

  private:
    struct State {
        Schedule schedule;
        Time due, started_for;
        bool running = false;
    };
    std::vector<State> entries_;
};

}  // namespace ringback::monitors
