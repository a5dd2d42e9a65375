// 10,000 random histories of answers, crashes and restarts, over a small model of the store, with the real
// decisions. Each message ends delivered or given up for a reason; it never goes out after a 2xx was
// recorded, never before a Retry-After, never before an earlier message to the same target is settled.
#include "sample.hpp"
#include "webhook/retry_policy.hpp"

#include <boost/test/unit_test.hpp>

#include <map>
#include <random>
#include <sstream>

namespace {

using namespace ringback;
using namespace ringback::webhook;
using namespace ringback::webhook::test;
using store::MessageState;
using store::Time;

struct Row {
    int id = 0, target = 0, run = 0;
    MessageState state = MessageState::due;
    Time due_at;
    int claimed_by = -1;
    Time claimed_until{};
    std::uint32_t steps = 0;         // kept attempts that took a step of the long schedule
    std::optional<Time> not_before;  // of the last kept attempt
    bool acknowledged = false;       // a 2xx was recorded
    bool refused = false;            // a permanent answer was recorded
    int sent = 0;
};

struct Flight {
    int id = 0, process = 0;
    std::uint32_t inline_tries = 0;
    std::optional<Time> inline_end, was_due;
};

class History {
  public:
    explicit History(unsigned seed) : engine_(seed), seed_(seed) {}

    void play() {
        const int events = 20 + below(60);
        for (int i = 0; i < events; ++i) {
            switch (below(8)) {
                case 0:
                    new_run();
                    break;
                case 1:
                    pass_time();
                    break;
                case 2:
                case 3:
                    claim(below(3));
                    break;
                case 4:
                case 5:
                    answer_one(true);
                    break;
                case 6:
                    crash(below(3));
                    break;
                case 7:
                    hurry();
                    break;
            }
        }
        settle();
    }

  private:
    int below(int n) { return static_cast<int>(std::uniform_int_distribution<>(0, n - 1)(engine_)); }
    Random random() {
        return [this] { return std::uniform_real_distribution<double>(0, 1)(engine_); };
    }
    void require(bool holds, const char* what, const Row& row) const {
        if (holds) return;
        std::ostringstream text;
        text << what << " (history " << seed_ << ", message " << row.id << " to target " << row.target << ")";
        BOOST_FAIL(text.str());
    }

    Row* head(int target) {
        for (auto& row : rows_)
            if (row.target == target && row.state == MessageState::due) return &row;
        return nullptr;
    }

    void new_run() {
        const int run = runs_++;
        for (int target = 0; target < 3; ++target)
            if (below(2)) {
                Row row;
                row.id = static_cast<int>(rows_.size());
                row.target = target;
                row.run = run;
                row.due_at = now_;
                rows_.push_back(row);
            }
    }

    /// A claim outlasts every attempt, so whoever is still under way when it ends is gone.
    void pass_time() {
        constexpr std::chrono::milliseconds spans[] = {1ms, 400ms, 2s, 20s, 70s, 10min, 3h, 30h};
        now_ += spans[below(8)];
        std::erase_if(flights_, [&](const Flight& flight) {
            return rows_[static_cast<std::size_t>(flight.id)].claimed_until <= now_;
        });
    }

    void claim(int process) {
        const bool command_line = process == 0;
        for (int target = 0; target < 3; ++target) {
            Row* row = head(target);
            if (!row || row->due_at > now_ || row->claimed_until > now_) continue;
            row->claimed_by = process;
            row->claimed_until = now_ + 60s;
            Flight flight{row->id, process, 0, std::nullopt, std::nullopt};
            if (command_line) {
                flight.inline_tries = ++inline_tries_[row->id];
                flight.inline_end = now_ + 30s;
            }
            if (const auto was = was_due_.find(row->id); was != was_due_.end()) flight.was_due = was->second;
            was_due_.erase(row->id);
            send(*row);
            flights_.push_back(flight);
        }
    }

    void send(Row& row) {
        ++row.sent;
        require(row.state == MessageState::due, "a settled message was sent", row);
        require(!row.acknowledged, "sent again after a 2xx was recorded", row);
        require(!row.not_before || *row.not_before <= now_, "sent before its Retry-After", row);
        for (const auto& other : rows_)
            if (other.target == row.target && other.id < row.id)
                require(other.state != MessageState::due, "sent before an earlier message was settled", row);
    }

    net::Exchange answer() {
        switch (below(11)) {
            case 0:
            case 1:
                return answered(200);
            case 2:
                return answered(500);
            case 3:
                return with_retry_after(503, std::to_string(below(200'000)));
            case 4:
                return with_retry_after(429, "Fri, 15 Jan 2027 09:00:00 GMT");
            case 5:
                return below(4) ? answered(502) : answered(410);
            case 6:
                return below(4) ? answered(408) : answered(302);
            case 7:
                return unanswered(net::make_error_code(net::Error::connect_timeout), net::Phase::connect,
                                  false);
            case 8:
                return unanswered(net::make_error_code(net::Error::response_timeout), net::Phase::wait, true);
            case 9:
                return below(6) ? answered(425)
                                : unanswered(net::make_error_code(net::Error::tls_expired), net::Phase::tls,
                                             false);
            default:
                return unanswered(net::make_error_code(net::Error::canceled), net::Phase::send, false);
        }
    }

    static net::Exchange with_retry_after(unsigned status, std::string value) {
        auto exchange = answered(status);
        exchange.response->headers.add("Retry-After", std::move(value));
        return exchange;
    }

    void answer_one(bool may_crash) {
        if (flights_.empty()) return;
        const auto at = flights_.begin() + below(static_cast<int>(flights_.size()));
        const Flight flight = *at;
        flights_.erase(at);
        const auto outcome = classify(answer(), now_);
        if (may_crash && below(10) == 0) return crash(flight.process);  // answered, but never recorded
        record(flight, outcome);
    }

    void record(const Flight& flight, const Outcome& outcome) {
        Row& row = rows_[static_cast<std::size_t>(flight.id)];
        Standing standing;
        standing.long_steps = row.steps;
        standing.inline_tries = flight.inline_tries;
        standing.inline_end = flight.inline_end;
        standing.was_due = flight.was_due;
        const auto decision = decide(outcome, standing, now_, random());
        if (decision.parked) inline_tries_.erase(row.id);
        row.claimed_by = -1;
        row.claimed_until = Time{};
        row.not_before = outcome.not_before;
        row.acknowledged |= outcome.verdict == Verdict::delivered;
        row.refused |= outcome.verdict == Verdict::permanent || outcome.verdict == Verdict::gone;
        if (decision.takes_step) ++row.steps;
        row.state = decision.state;
        row.due_at = decision.due_at;
        require(row.state != MessageState::due || row.due_at >= now_, "due in the past", row);
        require(row.state != MessageState::dead || row.refused || row.steps == kLongSteps,
                "given up without a reason", row);
        require(row.state != MessageState::delivered || row.acknowledged, "called delivered without a 2xx",
                row);
    }

    /// What a process had in memory is lost; its claims are released when somebody sees that it is gone, or
    /// run out.
    void crash(int process) {
        std::erase_if(flights_, [&](const Flight& flight) { return flight.process == process; });
        inline_tries_.clear();
        const bool seen = below(2);
        for (auto& row : rows_)
            if (row.claimed_by == process && seen) {
                row.claimed_by = -1;
                row.claimed_until = Time{};
            }
    }

    void hurry() {
        Row* row = head(below(3));
        if (!row || row->claimed_until > now_ || row->due_at <= now_) return;
        if (row->not_before && *row->not_before > now_) return;
        was_due_[row->id] = row->due_at;
        row->due_at = now_;
    }

    /// Whatever happened: left alone, everything ends, and no schedule is longer than it should be.
    void settle() {
        flights_.clear();
        was_due_.clear();
        for (int round = 0; round < 100'000; ++round) {
            Row* next = nullptr;
            for (int target = 0; target < 3; ++target)
                if (Row* row = head(target); row && (!next || ready(*row) < ready(*next))) next = row;
            if (!next) break;
            now_ = std::max(now_, ready(*next));
            claim(1);
            while (!flights_.empty())
                answer_one(false);
        }
        for (const auto& row : rows_)
            require(row.state != MessageState::due, "never ended", row);
    }
    static Time ready(const Row& row) { return std::max(row.due_at, row.claimed_until); }

    std::mt19937 engine_;
    unsigned seed_;
    Time now_{1'800'000'000s};
    int runs_ = 0;
    std::vector<Row> rows_;  // by id, which is also the order within a target
    std::vector<Flight> flights_;
    std::map<int, std::uint32_t> inline_tries_;
    std::map<int, Time> was_due_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(outbox_histories)

BOOST_AUTO_TEST_CASE(ten_thousand_histories_of_answers_crashes_and_restarts) {
    for (unsigned seed = 0; seed < 10'000; ++seed)
        History(seed).play();
    BOOST_TEST(true);
}

BOOST_AUTO_TEST_SUITE_END()
