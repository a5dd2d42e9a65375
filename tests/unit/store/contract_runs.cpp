#include "tests/unit/store/contract.hpp"
#include "tests/unit/store/support.hpp"

#include <ostream>

namespace ringback::store::test {

std::ostream& operator<<(std::ostream& out, const ContractCase& contract_case) {
    return out << contract_case.name;
}

namespace {

void keeps_every_field(Store& store) {
    RunRecord begun = a_run("r1");
    begun.type = RunType::monitor;
    begun.monitor = "every minute";
    begun.try_number = 3;
    ok(store.begin_run(begun, {}));
    const auto open = ok(store.run("r1"));
    BOOST_REQUIRE(open);
    BOOST_TEST(open->name == "Checkout");
    BOOST_TEST(open->kind == "endpoint");
    BOOST_TEST(open->test_name == "Checkout API");
    BOOST_TEST(open->test_id == "t-1");
    BOOST_TEST(open->test_file == "tests/checkout.yaml");
    BOOST_TEST(open->location == "local");
    BOOST_TEST(open->environment == "staging");
    BOOST_TEST(open->monitor == "every minute");
    BOOST_TEST((open->type == RunType::monitor));
    BOOST_TEST(to_string(open->status) == "started");
    BOOST_TEST(open->try_number == 3u);
    BOOST_TEST((open->started_at == at(0)));
    BOOST_TEST(!open->finished_at);
    BOOST_TEST(open->recovery == begun.recovery);
    BOOST_TEST(open->owner == "host:1:a");
    BOOST_TEST((open->lease_until == at(60)));

    ok(store.finish_run(ended(begun, RunStatus::failure), {}));
    const auto closed = ok(store.run("r1"));
    BOOST_REQUIRE(closed);
    BOOST_TEST(to_string(closed->status) == "failure");
    BOOST_REQUIRE(closed->finished_at);
    BOOST_TEST((*closed->finished_at == at(5)));
    BOOST_TEST(closed->error == "step 2: expected 201, got 500");
    BOOST_TEST(closed->result == R"({"status": "…"})");
    BOOST_TEST(closed->name == "Checkout");
}

void begins_as_started_whatever_was_said(Store& store) {
    ok(store.begin_run(ended(a_run("r1")), {}));
    BOOST_TEST(to_string(ok(store.run("r1"))->status) == "started");
}

void unknown_run_is_nothing(Store& store) {
    BOOST_TEST(!ok(store.run("nope")));
}

void same_id_twice_is_refused(Store& store) {
    ok(store.begin_run(a_run("r1"), {}));
    BOOST_TEST(failure_of(store.begin_run(a_run("r1"), {a_message("m1")})) ==
               "other: run r1 is recorded already");
    BOOST_TEST(!ok(store.message("m1")));
}

void ending_twice_changes_nothing(Store& store) {
    ok(store.begin_run(a_run("r1"), {}));
    ok(store.finish_run(ended(a_run("r1")), {a_message("m1")}));
    BOOST_TEST(failure_of(store.finish_run(ended(a_run("r1"), RunStatus::failure), {a_message("m2")})) ==
               "not_found: run r1 has ended already, as 'completed'");
    BOOST_TEST(to_string(ok(store.run("r1"))->status) == "completed");
    BOOST_TEST(ok(store.run("r1"))->error == "");
    BOOST_TEST(ids(ok(store.messages({}))) == "m1");
}

void unknown_run_cannot_end(Store& store) {
    BOOST_TEST(failure_of(store.finish_run(ended(a_run("r9")), {a_message("m1")})) ==
               "not_found: run r9 is not recorded, so it cannot end");
    BOOST_TEST(!ok(store.message("m1")));
}

void started_is_no_end(Store& store) {
    ok(store.begin_run(a_run("r1"), {}));
    BOOST_TEST(failure_of(store.finish_run(a_run("r1"), {})) == "other: run r1 cannot end as 'started'");
}

void end_and_messages_are_one(Store& store) {
    ok(store.begin_run(a_run("r1"), {a_message("taken", "a")}));
    BOOST_TEST(failure_of(store.finish_run(ended(a_run("r1")),
                                           {a_message("fresh", "a"), a_message("taken", "b")})) ==
               "other: message taken is stored already");
    BOOST_TEST(to_string(ok(store.run("r1"))->status) == "started");
    BOOST_TEST(!ok(store.message("fresh")));
    // The seq that the undone message had is no hole.
    ok(store.finish_run(ended(a_run("r1")), {a_message("fresh", "a")}));
    BOOST_TEST(ok(store.message("fresh"))->seq == 2);
}

void lists_newest_first_with_filters(Store& store) {
    for (int i = 1; i <= 6; ++i) {
        RunRecord run = a_run("r" + std::to_string(i), at(i / 2 * 10));  // pairs that started together
        if (i % 2 == 0) run.location = "away";
        if (i == 3) run.test_name = "Other";
        if (i == 4) run.monitor = "hourly";
        ok(store.begin_run(run, {}));
        if (i == 5) ok(store.finish_run(ended(run, RunStatus::timeout), {}));
    }
    struct {
        const char* what;
        RunFilter filter;
        const char* expected;
    } const rows[] = {
        {"all", {}, "r6 r5 r4 r3 r2 r1"},
        {"limit", {.limit = 2}, "r6 r5"},
        {"limit 0", {.limit = 0}, ""},
        {"location", {.location = "away"}, "r6 r4 r2"},
        {"test", {.test_name = "Other"}, "r3"},
        {"monitor", {.monitor = "hourly"}, "r4"},
        {"status", {.status = RunStatus::timeout}, "r5"},
        {"since, inclusive", {.since = at(20)}, "r6 r5 r4"},
        {"after the last of a page", {.starting_after = "r5", .limit = 2}, "r4 r3"},
        {"after, between two of one moment", {.starting_after = "r3"}, "r2 r1"},
        {"after the oldest", {.starting_after = "r1"}, ""},
        {"several", {.location = "away", .since = at(20), .starting_after = "r6"}, "r4"},
        {"quotes are only text", {.test_name = "' OR 1=1 --"}, ""},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.what) BOOST_TEST(ids(ok(store.runs(row.filter))) == row.expected);
    BOOST_TEST(failure_of(store.runs({.starting_after = "nope"})) ==
               "not_found: run nope is not recorded, so nothing can be listed after it");
}

void interrupted_runs_are_taken_once(Store& store) {
    ok(store.begin_run(a_run("dead-1", at(0)), {}));    // lease until 60
    ok(store.begin_run(a_run("alive", at(30)), {}));    // lease until 90
    ok(store.begin_run(a_run("dead-0", at(-10)), {}));  // lease until 50
    ok(store.begin_run(a_run("ended", at(0)), {}));
    ok(store.finish_run(ended(a_run("ended")), {}));

    BOOST_TEST(ids(ok(store.claim_interrupted_runs("b", at(49), at(200)))) == "");
    const auto taken = ok(store.claim_interrupted_runs("b", at(60), at(200)));
    BOOST_TEST(ids(taken) == "dead-0 dead-1");
    BOOST_TEST(taken[0].owner == "b");
    BOOST_TEST((taken[0].lease_until == at(200)));
    BOOST_TEST(taken[0].recovery == a_run("x").recovery);
    BOOST_TEST(ids(ok(store.claim_interrupted_runs("c", at(61), at(300)))) == "");
    // A node that took them and died as well.
    BOOST_TEST(ids(ok(store.claim_interrupted_runs("c", at(200), at(300)))) == "dead-0 dead-1 alive");
}

void renewing_keeps_runs_from_being_taken(Store& store) {
    ok(store.begin_run(a_run("mine"), {}));
    RunRecord other = a_run("other");
    other.owner = "host:2:b";
    ok(store.begin_run(other, {}));
    ok(store.renew_run_leases("host:1:a", at(1000)));
    BOOST_TEST(ids(ok(store.claim_interrupted_runs("c", at(500), at(2000)))) == "other");
    ok(store.renew_run_leases("nobody", at(1000)));
}

void who_ends_a_taken_run_first_wins(Store& store) {
    ok(store.begin_run(a_run("r1"), {}));
    BOOST_TEST(ids(ok(store.claim_interrupted_runs("b", at(100), at(200)))) == "r1");
    ok(store.finish_run(ended(a_run("r1")), {a_message("m1")}));  // its first owner was only slow
    BOOST_TEST(failure_of(store.finish_run(ended(a_run("r1"), RunStatus::failure), {a_message("m2")})) ==
               "not_found: run r1 has ended already, as 'completed'");
    BOOST_TEST(ids(ok(store.messages({.run_id = "r1"}))) == "m1");
}

}  // namespace

std::vector<ContractCase> run_cases() {
    return {
        {"keeps every field", keeps_every_field},
        {"begins as started whatever was said", begins_as_started_whatever_was_said},
        {"unknown run is nothing", unknown_run_is_nothing},
        {"same id twice is refused", same_id_twice_is_refused},
        {"ending twice changes nothing", ending_twice_changes_nothing},
        {"unknown run cannot end", unknown_run_cannot_end},
        {"started is no end", started_is_no_end},
        {"end and messages are one", end_and_messages_are_one},
        {"lists newest first, with filters", lists_newest_first_with_filters},
        {"interrupted runs are taken once", interrupted_runs_are_taken_once},
        {"renewing keeps runs from being taken", renewing_keeps_runs_from_being_taken},
        {"who ends a taken run first wins", who_ends_a_taken_run_first_wins},
    };
}

}  // namespace ringback::store::test
