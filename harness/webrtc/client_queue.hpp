// The order in which a script's commands run: Nightwatch's. A command queued while another runs (by its
// callback) runs right after that one and before its siblings. Pure: knows nothing of browsers.
#pragma once

#include <boost/json/array.hpp>

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace ringback::harness {

/// One call on `client`, with the place in the script it was written at.
struct QueuedCommand {
    std::string name;              ///< "click", "assert.visible"
    boost::json::array arguments;  ///< functions are objects, see client.js
    std::string source;
    std::size_t line = 0;  ///< from 1; 0: not known
};

class ClientQueue {
  public:
    /// More than a script can mean: an endless loop that queues.
    static constexpr std::size_t kMaxCommands = 100'000;

    /// False when the queue is full.
    [[nodiscard]] bool add(QueuedCommand command) {
        if (waiting_.size() + children_.size() >= kMaxCommands) return false;
        if (running_)
            children_.push_back(std::move(command));
        else
            waiting_.push_back(std::move(command));
        return true;
    }
    /// The next command, which runs from now on; nothing when all is done.
    [[nodiscard]] std::optional<QueuedCommand> next() {
        if (waiting_.empty()) return std::nullopt;
        auto command = std::move(waiting_.front());
        waiting_.pop_front();
        running_ = true;
        return command;
    }
    /// The command that ran is over, callback included: what it queued comes next.
    void finished() {
        waiting_.insert(waiting_.begin(), std::make_move_iterator(children_.begin()),
                        std::make_move_iterator(children_.end()));
        children_.clear();
        running_ = false;
    }
    /// Forgets what has not run.
    void clear() {
        waiting_.clear();
        children_.clear();
        running_ = false;
    }
    [[nodiscard]] std::size_t size() const noexcept { return waiting_.size() + children_.size(); }

  private:
    std::deque<QueuedCommand> waiting_;
    std::vector<QueuedCommand> children_;
    bool running_ = false;
};

}  // namespace ringback::harness
