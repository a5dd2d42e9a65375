// How the writer groups operations and what becomes of a group when one of them fails, on a database that
// only keeps a diary.
#include "store/writer.hpp"

#include "tests/unit/store/support.hpp"

#include <boost/test/unit_test.hpp>

#include <condition_variable>
#include <functional>
#include <future>
#include <mutex>
#include <utility>

using namespace ringback::store;
using namespace ringback::store::test;

namespace {

/// What happened, in order. Read after the writer ended.
class Diary {
  public:
    void add(const std::string& word) {
        const std::lock_guard lock(mutex_);
        text += (text.empty() ? "" : " ") + word;
    }
    std::string text;

  private:
    std::mutex mutex_;
};

class FakeDatabase final : public Database {
  public:
    explicit FakeDatabase(Diary& diary) : diary_(diary) {}

    Stored<void> sync() override {
        ++syncs;
        return on_sync ? on_sync() : Stored<void>();
    }

    Stored<void> begin() override {
        diary_.add("begin");
        if (busy_times > 0) {
            --busy_times;
            return StoreError{StoreError::Kind::busy, "locked"};
        }
        active = true;
        return {};
    }
    Stored<void> commit() override {
        diary_.add("commit");
        if (failing_commits > 0) {
            --failing_commits;
            return StoreError{StoreError::Kind::full, "disk is full"};
        }
        active = false;
        return {};
    }
    void rollback() noexcept override {
        if (active) diary_.add("rollback");
        active = false;
    }
    Stored<void> begin_part() override { return {}; }
    Stored<void> keep_part() override { return {}; }
    Stored<void> undo_part() override {
        diary_.add("undo");
        return {};
    }
    [[nodiscard]] bool in_transaction() const override { return active; }

    bool active = false;
    int busy_times = 0, failing_commits = 0, syncs = 0;
    std::function<Stored<void>()> on_sync;

  private:
    Diary& diary_;
};

class FakeOperation final : public Operation {
  public:
    using Work = std::function<std::optional<StoreError>()>;
    /// Done goes into one diary, told into the other: writes are told by another thread.
    FakeOperation(Diary& done, Diary& told, std::string name, bool writes, Work work = {})
        : done_(done), told_(told), name_(std::move(name)), writes_(writes), work_(std::move(work)) {}

    [[nodiscard]] bool writes() const noexcept override { return writes_; }
    [[nodiscard]] std::optional<StoreError> perform() override {
        done_.add(name_);
        error_ = work_ ? work_() : std::nullopt;
        return error_;
    }
    void fail(StoreError error) override { error_ = std::move(error); }
    void complete() override {
        (writes_ ? told_ : done_).add(name_ + (error_ ? ":" + error_->message : ":ok"));
    }

  private:
    Diary& done_;
    Diary& told_;
    std::string name_;
    bool writes_;
    Work work_;
    std::optional<StoreError> error_;
};

/// Hands in everything while the writer is held up by a first read, so that the rest waits together.
class Stage {
  public:
    explicit Stage(Writer::Limits limits = {}) : writer_(std::make_unique<Writer>(database, limits)) {
        submit("hold", false, [this]() -> std::optional<StoreError> {
            holding_.set_value();
            release_.get_future().wait();
            return std::nullopt;
        });
        holding_.get_future().wait();
        done.text.clear();
    }
    void submit(const std::string& name, bool writes, FakeOperation::Work work = {}) {
        writer_->submit(std::make_unique<FakeOperation>(done, told, name, writes, std::move(work)));
    }
    /// Lets the writer go on.
    void release() { release_.set_value(); }
    /// Lets the writer go on to the end, and gives what was done, and what was told of writes.
    std::string play() {
        release();
        return end();
    }
    std::string end() {
        writer_.reset();
        return done.text + " | " + told.text;
    }

    Diary done, told;
    FakeDatabase database{done};

  private:
    std::promise<void> holding_, release_;
    std::unique_ptr<Writer> writer_;
};

FakeOperation::Work refuses(const std::string& message) {
    return [message] { return StoreError{StoreError::Kind::not_found, message}; };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(writer)

BOOST_AUTO_TEST_CASE(writes_that_wait_together_are_committed_together) {
    Stage stage;
    for (const char* name : {"a", "b", "c"})
        stage.submit(name, true);
    BOOST_TEST(stage.play() == "hold:ok begin a b c commit | a:ok b:ok c:ok");
}

BOOST_AUTO_TEST_CASE(reads_come_after_the_commit_of_their_group) {
    Stage stage;
    stage.submit("w1", true);
    stage.submit("r1", false);
    stage.submit("w2", true);
    stage.submit("r2", false);
    BOOST_TEST(stage.play() == "hold:ok begin w1 w2 commit r1 r1:ok r2 r2:ok | w1:ok w2:ok");
}

BOOST_AUTO_TEST_CASE(a_group_has_a_limit) {
    Stage stage({.group = 2});
    for (const char* name : {"a", "b", "c"})
        stage.submit(name, true);
    BOOST_TEST(stage.play() == "hold:ok begin a b commit begin c commit | a:ok b:ok c:ok");
}

BOOST_AUTO_TEST_CASE(a_refusal_undoes_its_own_part_only) {
    Stage stage;
    stage.submit("a", true);
    stage.submit("b", true, refuses("no"));
    stage.submit("c", true);
    BOOST_TEST(stage.play() == "hold:ok begin a b rollback begin a b undo c commit | a:ok b:no c:ok");
}

BOOST_AUTO_TEST_CASE(a_failed_commit_is_tried_one_by_one) {
    Stage stage;
    stage.database.failing_commits = 2;  // the group's, and a's own
    stage.submit("a", true);
    stage.submit("b", true);
    BOOST_TEST(
        stage.play() ==
        "hold:ok begin a b commit rollback begin a commit rollback begin b commit | a:disk is full b:ok");
}

BOOST_AUTO_TEST_CASE(a_lost_transaction_hurts_only_who_lost_it) {
    Stage stage;
    stage.submit("a", true);
    stage.submit("b", true, [&]() -> std::optional<StoreError> {
        stage.database.active = false;  // as SQLite does on some I/O errors
        return StoreError{StoreError::Kind::full, "too large"};
    });
    stage.submit("c", true);
    const auto story = stage.play();
    BOOST_TEST(story.starts_with("hold:ok begin a b begin a commit begin b begin c commit | "), story);
    for (const char* told : {"a:ok", "b:too large", "c:ok"})  // by two threads
        BOOST_TEST(story.find(told) != std::string::npos, story);
}

BOOST_AUTO_TEST_CASE(a_lock_is_waited_for_with_patience) {
    Stage stage;
    stage.database.busy_times = 2;
    stage.submit("a", true);
    BOOST_TEST(stage.play() == "hold:ok begin begin begin a commit | a:ok");
}

BOOST_AUTO_TEST_CASE(patience_ends_and_the_group_fails_once) {
    Stage stage({.patience = 0ms});
    stage.database.busy_times = 1;
    stage.submit("a", true);
    stage.submit("b", true);
    BOOST_TEST(stage.play() == "hold:ok begin | a:locked b:locked");
}

BOOST_AUTO_TEST_CASE(a_busy_read_is_done_again) {
    Stage stage;
    int times = 2;
    stage.submit("r", false, [&]() -> std::optional<StoreError> {
        if (times-- > 0) return StoreError{StoreError::Kind::busy, "recovering"};
        return std::nullopt;
    });
    BOOST_TEST(stage.play() == "hold:ok r r r r:ok | ");
}

BOOST_AUTO_TEST_CASE(a_full_queue_refuses_at_once) {
    Stage stage({.queue = 2});
    stage.submit("a", true);
    stage.submit("b", true);
    stage.submit("c", true);
    BOOST_TEST(
        stage.play() ==
        "hold:ok begin a b commit | c:the store is 2 operations behind and takes no more for now a:ok b:ok");
}

BOOST_AUTO_TEST_CASE(a_write_is_told_when_it_is_durable_and_others_go_on_meanwhile) {
    Stage stage({.group = 1});
    std::promise<void> flushing, flushed, later;
    stage.database.on_sync = [&, first = true]() mutable -> Stored<void> {
        if (std::exchange(first, false)) {
            flushing.set_value();
            flushed.get_future().wait();
        }
        return {};
    };
    stage.submit("a", true);
    stage.submit("b", true);
    stage.submit("c", true, [&]() -> std::optional<StoreError> {
        later.set_value();
        return std::nullopt;
    });
    stage.release();
    flushing.get_future().wait();
    later.get_future().wait();  // committed one after the other, while the first is being flushed
    BOOST_TEST(stage.told.text.empty(), stage.told.text);
    flushed.set_value();
    BOOST_TEST(stage.end() == "hold:ok begin a commit begin b commit begin c commit | a:ok b:ok c:ok");
}

BOOST_AUTO_TEST_CASE(nothing_is_durable_behind_what_could_not_be_flushed) {
    Stage stage({.group = 1});
    stage.database.on_sync = [&]() -> Stored<void> {
        if (stage.database.syncs > 1) return {};
        return StoreError{StoreError::Kind::io, "the disk is gone"};
    };
    stage.submit("a", true);
    stage.submit("b", true);
    stage.submit("r", false);
    BOOST_TEST(stage.play() ==
               "hold:ok begin a commit begin b commit r r:ok | a:the disk is gone b:the disk is gone");
}

BOOST_AUTO_TEST_SUITE_END()
