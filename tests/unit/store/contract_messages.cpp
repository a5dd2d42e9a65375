#include "tests/unit/store/contract.hpp"
#include "tests/unit/store/support.hpp"

namespace ringback::store::test {
namespace {

void begin(Store& store, const std::string& run_id, std::vector<Message> messages) {
    ok(store.begin_run(a_run(run_id), std::move(messages)));
}

/// Claims for `owner` at `now` for 30 s and gives the ids.
std::string claim(Store& store, const std::string& owner, Time now, std::uint32_t limit = 100,
                  const std::string& run_id = {}) {
    return ids(ok(store.claim_messages(owner, now, now + 30s, limit, run_id)));
}

void keeps_every_byte(Store& store) {
    std::string every;
    for (int i = 0; i < 256; ++i)
        every += static_cast<char>(i);
    Message given = a_message("m1");
    given.body = every + every;
    given.headers = "[[\"x-ö\",\"\\u0000\"]]";
    Message empty = a_message("m2");
    empty.body.clear();
    Message large = a_message("m3");
    large.body = std::string(3'000'000, '\xff');
    large.body[1'500'000] = '\0';
    begin(store, "r1", {given, empty, large});

    const auto read = ok(store.message("m1"));
    BOOST_REQUIRE(read);
    BOOST_TEST((read->body == every + every));
    BOOST_TEST(read->headers == given.headers);
    BOOST_TEST(read->run_id == "r1");
    BOOST_TEST(read->target_key == "target");
    BOOST_TEST(read->url == given.url);
    BOOST_TEST(read->target == given.target);
    BOOST_TEST(to_string(read->event) == "completed");
    BOOST_TEST(to_string(read->state) == "due");
    BOOST_TEST((read->created_at == at(5)));
    BOOST_TEST((read->due_at == at(5)));
    BOOST_TEST(read->attempts == 0u);
    BOOST_TEST(read->last_error == "");
    BOOST_TEST(read->claimed_by == "");
    BOOST_TEST(ok(store.message("m2"))->body == "");
    BOOST_TEST((ok(store.message("m3"))->body == large.body));
    BOOST_TEST(!ok(store.message("m4")));

    // The same bytes reach who delivers them.
    BOOST_TEST((ok(store.claim_messages("a", at(5), at(35), 1, "")).at(0).body == every + every));
}

void seq_grows_per_key(Store& store) {
    begin(store, "r1", {a_message("a1", "a"), a_message("b1", "b"), a_message("a2", "a")});
    ok(store.finish_run(ended(a_run("r1")), {a_message("a3", "a"), a_message("b2", "b")}));
    BOOST_TEST(failure_of(store.begin_run(a_run("r2"), {a_message("a4", "a"), a_message("a1", "a")})) ==
               "other: message a1 is stored already");
    begin(store, "r3", {a_message("a5", "a")});
    const std::pair<const char*, int> rows[] = {{"a1", 1}, {"a2", 2}, {"a3", 3},
                                                {"a5", 4}, {"b1", 1}, {"b2", 2}};
    for (const auto& [id, seq] : rows)
        BOOST_TEST_CONTEXT(id) BOOST_TEST(ok(store.message(id))->seq == seq);
    BOOST_TEST(!ok(store.message("a4")));
}

void lists_newest_first_with_filters(Store& store) {
    begin(store, "r1",
          {a_message("m1", "a", at(1)), a_message("m2", "a", at(1)), a_message("m3", "b", at(2))});
    begin(store, "r2", {a_message("m4", "b", at(3))});
    ok(store.record_attempt(an_attempt("m1", 1, 200), MessageState::delivered, {}));
    struct {
        MessageFilter filter;
        const char* expected;
    } const rows[] = {
        {{}, "m4 m3 m2 m1"},
        {{.limit = 2}, "m4 m3"},
        {{.run_id = "r1"}, "m3 m2 m1"},
        {{.target_key = "b"}, "m4 m3"},
        {{.state = MessageState::delivered}, "m1"},
        {{.run_id = "r1", .target_key = "a", .state = MessageState::due}, "m2"},
        {{.state = MessageState::dead}, ""},
    };
    for (const auto& row : rows)
        BOOST_TEST(ids(ok(store.messages(row.filter))) == row.expected);
}

void claims_first_in_first_out(Store& store) {
    begin(store, "r1",
          {a_message("b1", "b", at(2)), a_message("a1", "a", at(1)), a_message("a2", "a", at(1))});
    BOOST_TEST(claim(store, "x", at(0)) == "");  // not due yet
    const auto claimed = ok(store.claim_messages("x", at(10), at(40), 100, ""));
    BOOST_TEST(ids(claimed) == "a1 b1");  // the oldest first; a2 waits for a1
    BOOST_TEST(claimed[0].claimed_by == "x");
    BOOST_TEST((claimed[0].claimed_until == at(40)));
    ok(store.record_attempt(an_attempt("a1", 1, 200), MessageState::delivered, {}));
    BOOST_TEST(claim(store, "x", at(11)) == "a2");
}

void a_claim_blocks_its_key_until_its_end(Store& store) {
    begin(store, "r1", {a_message("a1", "a"), a_message("a2", "a"), a_message("b1", "b")});
    BOOST_TEST(claim(store, "x", at(10), 1) == "a1");
    BOOST_TEST(claim(store, "y", at(11)) == "b1");
    BOOST_TEST(claim(store, "y", at(39)) == "");
    BOOST_TEST(claim(store, "x", at(39)) == "");  // not twice to its owner either
    BOOST_TEST(claim(store, "y", at(40)) == "a1");
    BOOST_TEST(claim(store, "x", at(41)) == "b1");  // claimed a second later
}

void a_retry_keeps_its_place(Store& store) {
    begin(store, "r1", {a_message("a1", "a"), a_message("a2", "a")});
    BOOST_TEST(claim(store, "x", at(10)) == "a1");
    ok(store.record_attempt(an_attempt("a1", 1, 503), MessageState::due, at(300)));
    BOOST_TEST(claim(store, "x", at(20)) == "");
    BOOST_TEST(claim(store, "x", at(300)) == "a1");
    ok(store.record_attempt(an_attempt("a1", 2, 400), MessageState::dead, at(0)));
    BOOST_TEST(claim(store, "x", at(301)) == "a2");  // a dead one holds nobody up
}

void limit_and_run_narrow_a_claim(Store& store) {
    begin(store, "r1", {a_message("a1", "a", at(1)), a_message("c1", "c", at(3))});
    begin(store, "r2", {a_message("a2", "a", at(2)), a_message("b1", "b", at(2))});
    BOOST_TEST(claim(store, "x", at(10), 0) == "");
    BOOST_TEST(claim(store, "x", at(10), 100, "r2") == "b1");  // a2 waits behind the other run's a1
    BOOST_TEST(claim(store, "x", at(10), 1) == "a1");
    BOOST_TEST(claim(store, "x", at(10), 100, "unknown") == "");
    ok(store.record_attempt(an_attempt("a1", 1, 200), MessageState::delivered, {}));
    BOOST_TEST(claim(store, "x", at(11), 100, "r2") == "a2");
}

void releasing_lets_others_in(Store& store) {
    begin(store, "r1", {a_message("a1", "a"), a_message("b1", "b")});
    BOOST_TEST(claim(store, "x", at(10), 1) == "a1");
    BOOST_TEST(claim(store, "y", at(10)) == "b1");
    ok(store.release_messages("x"));
    BOOST_TEST(ok(store.message("a1"))->claimed_by == "");
    BOOST_TEST(claim(store, "z", at(10)) == "a1");
    ok(store.release_messages("nobody"));
    ok(store.release_messages("nobody", "b1"));
    BOOST_TEST(ok(store.message("b1"))->claimed_by == "y");
}

void one_message_is_let_go_of(Store& store) {
    begin(store, "r1", {a_message("a1", "a"), a_message("b1", "b"), a_message("c1", "c")});
    BOOST_TEST(claim(store, "x", at(10)) == "a1 b1 c1");
    ok(store.release_messages("x", "b1"));
    ok(store.release_messages("y", "c1"));
    BOOST_TEST(claim(store, "y", at(10)) == "b1");
}

void a_message_can_be_stored_claimed(Store& store) {
    Message held = a_message("a1", "a");
    held.claimed_by = "x";
    held.claimed_until = at(30);
    begin(store, "r1", {held});
    BOOST_TEST(claim(store, "y", at(10)) == "");
    BOOST_TEST(claim(store, "y", at(30)) == "a1");
}

void attempts_are_kept_with_what_follows(Store& store) {
    begin(store, "r1", {a_message("m1")});
    BOOST_TEST(claim(store, "x", at(10)) == "m1");
    ok(store.record_attempt(an_attempt("m1", 1, 503), MessageState::due, at(100)));
    auto message = ok(store.message("m1"));
    BOOST_TEST(to_string(message->state) == "due");
    BOOST_TEST((message->due_at == at(100)));
    BOOST_TEST(message->attempts == 1u);
    BOOST_TEST(message->last_error == "HTTP 503");
    BOOST_TEST(message->claimed_by == "");

    ok(store.record_attempt(an_attempt("m1", 2, 204), MessageState::delivered, at(999)));
    message = ok(store.message("m1"));
    BOOST_TEST(to_string(message->state) == "delivered");
    BOOST_TEST((message->due_at == at(100)));
    BOOST_TEST(message->attempts == 2u);
    BOOST_TEST(message->last_error == "");

    const auto attempts = ok(store.attempts("m1"));
    BOOST_REQUIRE(attempts.size() == 2u);
    BOOST_TEST(attempts[0].message_id == "m1");
    BOOST_TEST(attempts[0].number == 1u);
    BOOST_TEST((attempts[0].started_at == at(11)));
    BOOST_TEST(attempts[0].status == 503u);
    BOOST_TEST(attempts[0].outcome == "retry");
    BOOST_TEST(attempts[0].error == "HTTP 503");
    BOOST_TEST(attempts[0].detail == R"({"address": "127.0.0.1"})");
    BOOST_TEST(attempts[1].outcome == "delivered");
    BOOST_TEST(ok(store.attempts("m2")).empty());
}

void a_late_attempt_changes_nothing_but_is_kept(Store& store) {
    begin(store, "r1", {a_message("m1")});
    ok(store.record_attempt(an_attempt("m1", 1, 200), MessageState::delivered, {}));
    // A second node, whose claim had run out, reports the same number later.
    ok(store.record_attempt(an_attempt("m1", 1, 503), MessageState::due, at(500)));
    const auto message = ok(store.message("m1"));
    BOOST_TEST(to_string(message->state) == "delivered");
    BOOST_TEST(message->attempts == 1u);
    BOOST_TEST(message->last_error == "");
    const auto attempts = ok(store.attempts("m1"));
    BOOST_REQUIRE(attempts.size() == 2u);
    BOOST_TEST(attempts[1].number == 2u);
    BOOST_TEST(attempts[1].status == 503u);
    BOOST_TEST(claim(store, "x", at(1000)) == "");
}

void unknown_messages_are_refused(Store& store) {
    BOOST_TEST(failure_of(store.record_attempt(an_attempt("m9", 1, 200), MessageState::delivered, {})) ==
               "not_found: message m9 is not stored");
    BOOST_TEST(failure_of(store.redeliver("m9", at(0))) == "not_found: message m9 is not stored");
    BOOST_TEST(ok(store.attempts("m9")).empty());
}

void redelivery_keeps_id_and_bytes(Store& store) {
    begin(store, "r1", {a_message("m1"), a_message("m2"), a_message("m3")});
    ok(store.record_attempt(an_attempt("m1", 1, 200), MessageState::delivered, {}));
    ok(store.record_attempt(an_attempt("m2", 1, 404), MessageState::dead, {}));
    const auto before = ok(store.message("m1"));
    ok(store.redeliver("m1", at(50)));
    const auto after = ok(store.message("m1"));
    BOOST_TEST(to_string(after->state) == "due");
    BOOST_TEST((after->due_at == at(50)));
    BOOST_TEST(after->body == before->body);
    BOOST_TEST(after->seq == before->seq);
    BOOST_TEST(after->attempts == 1u);
    BOOST_TEST(claim(store, "x", at(49)) == "");
    BOOST_TEST(claim(store, "x", at(50)) == "m1");  // its seq is older than m3's

    ok(store.record_attempt(an_attempt("m1", 2, 200), MessageState::delivered, {}));
    ok(store.redeliver("m2", at(60)));
    BOOST_TEST(claim(store, "x", at(60)) == "m2");
    ok(store.redeliver("m2", at(61)));  // under way: nobody may send it a second time at once
    BOOST_TEST(claim(store, "y", at(62)) == "");
}

void next_due_looks_at_the_first_of_each_key(Store& store) {
    BOOST_TEST(!ok(store.next_due()));
    begin(store, "r1",
          {a_message("a1", "a", at(10)), a_message("a2", "a", at(11)), a_message("b1", "b", at(40))});
    BOOST_TEST((ok(store.next_due()) == at(10)));
    BOOST_TEST(claim(store, "x", at(10)) == "a1");  // claimed until 40
    BOOST_TEST((ok(store.next_due()) == at(40)));
    ok(store.record_attempt(an_attempt("a1", 1, 503), MessageState::due, at(35)));
    BOOST_TEST((ok(store.next_due()) == at(35)));  // a2 is due at 11, but waits for a1
    ok(store.record_attempt(an_attempt("a1", 2, 400), MessageState::dead, {}));
    BOOST_TEST((ok(store.next_due()) == at(11)));
    ok(store.record_attempt(an_attempt("a2", 1, 200), MessageState::delivered, {}));
    ok(store.record_attempt(an_attempt("b1", 1, 200), MessageState::delivered, {}));
    BOOST_TEST(!ok(store.next_due()));
}

void owners_of_claims_are_told(Store& store) {
    begin(store, "r1", {a_message("a1", "a"), a_message("b1", "b"), a_message("c1", "c")});
    BOOST_TEST(ok(store.claim_owners()).empty());
    BOOST_TEST(claim(store, "y", at(10), 1) == "a1");
    BOOST_TEST(claim(store, "x", at(10), 1) == "b1");
    BOOST_TEST(claim(store, "y", at(10), 1) == "c1");
    BOOST_TEST((ok(store.claim_owners()) == std::vector<std::string>{"x", "y"}));
    ok(store.record_attempt(an_attempt("b1", 1, 503), MessageState::due, at(20)));
    BOOST_TEST((ok(store.claim_owners()) == std::vector<std::string>{"y"}));
    ok(store.release_messages("y"));
    BOOST_TEST(ok(store.claim_owners()).empty());
}

void an_older_message_made_due_again_goes_first(Store& store) {
    begin(store, "r1", {a_message("a1", "a"), a_message("a2", "a"), a_message("a3", "a")});
    ok(store.record_attempt(an_attempt("a1", 1, 404), MessageState::dead, {}));
    BOOST_TEST(claim(store, "x", at(10)) == "a2");  // until 40
    ok(store.redeliver("a1", at(11)));
    BOOST_TEST(claim(store, "y", at(12)) == "");  // the key is taken
    BOOST_TEST((ok(store.next_due()) == at(40)));
    ok(store.record_attempt(an_attempt("a2", 1, 200), MessageState::delivered, {}));
    BOOST_TEST((ok(store.next_due()) == at(11)));
    BOOST_TEST(claim(store, "y", at(12)) == "a1");
    ok(store.record_attempt(an_attempt("a1", 2, 200), MessageState::delivered, {}));
    BOOST_TEST(claim(store, "y", at(13)) == "a3");
}

void what_is_ready_for_longest_comes_first(Store& store) {
    begin(store, "r1",
          {a_message("a1", "a", at(1)), a_message("b1", "b", at(2)), a_message("c1", "c", at(3))});
    BOOST_TEST(claim(store, "x", at(1)) == "a1");
    ok(store.record_attempt(an_attempt("a1", 1, 503), MessageState::due, at(100)));
    BOOST_TEST(claim(store, "x", at(200), 2) == "b1 c1");
    BOOST_TEST(claim(store, "x", at(200), 2) == "a1");
}

void old_runs_are_removed_with_all_that_is_theirs(Store& store) {
    const auto end = [&](const std::string& id, Time started_at, const std::string& message) {
        ok(store.begin_run(a_run(id, started_at), {}));
        ok(store.finish_run(ended(a_run(id, started_at)), {a_message(message, "key")}));  // after 5 s
    };
    end("r1", at(0), "m1");
    end("r2", at(10), "m2");
    end("r3", at(20), "m3");
    end("r4", at(30), "m4");
    ok(store.begin_run(a_run("r5", at(0)), {}));  // never ended
    for (const char* id : {"m1", "m3", "m4"})
        ok(store.record_attempt(an_attempt(id, 1, 200), MessageState::delivered, {}));
    BOOST_TEST(ok(store.prune(at(5), 10)) == 0u);
    BOOST_TEST(ok(store.prune(at(35), 1)) == 1u);  // r1; r2 stays, its message is due
    BOOST_TEST(!ok(store.run("r1")));
    BOOST_TEST(ok(store.prune(at(35), 10)) == 1u);
    BOOST_TEST(ids(ok(store.runs({}))) == "r4 r2 r5");
    BOOST_TEST(ids(ok(store.messages({}))) == "m4 m2");
    BOOST_TEST(ok(store.attempts("m1")).empty());
    BOOST_TEST(ok(store.attempts("m4")).size() == 1u);
    // What waits goes out as ever, and no seq returns.
    BOOST_TEST(claim(store, "x", at(50)) == "m2");
    end("r6", at(60), "m6");
    BOOST_TEST(ok(store.message("m6"))->seq == 5);
    ok(store.record_attempt(an_attempt("m2", 1, 404), MessageState::dead, {}));
    BOOST_TEST(ok(store.prune(at(1000), 10)) == 2u);
    BOOST_TEST(ids(ok(store.runs({}))) == "r6 r5");
}

}  // namespace

std::vector<ContractCase> message_cases() {
    return {
        {"keeps every byte", keeps_every_byte},
        {"seq grows per key", seq_grows_per_key},
        {"lists newest first, with filters", lists_newest_first_with_filters},
        {"claims first in, first out", claims_first_in_first_out},
        {"a claim blocks its key until its end", a_claim_blocks_its_key_until_its_end},
        {"a retry keeps its place", a_retry_keeps_its_place},
        {"limit and run narrow a claim", limit_and_run_narrow_a_claim},
        {"releasing lets others in", releasing_lets_others_in},
        {"one message is let go of", one_message_is_let_go_of},
        {"a message can be stored claimed", a_message_can_be_stored_claimed},
        {"next due looks at the first of each key", next_due_looks_at_the_first_of_each_key},
        {"owners of claims are told", owners_of_claims_are_told},
        {"what is ready for longest comes first", what_is_ready_for_longest_comes_first},
    };
}

std::vector<ContractCase> delivery_cases() {
    return {
        {"attempts are kept with what follows", attempts_are_kept_with_what_follows},
        {"a late attempt changes nothing but is kept", a_late_attempt_changes_nothing_but_is_kept},
        {"unknown messages are refused", unknown_messages_are_refused},
        {"redelivery keeps id and bytes", redelivery_keeps_id_and_bytes},
        {"an older message made due again goes first", an_older_message_made_due_again_goes_first},
        {"old runs are removed with all that is theirs", old_runs_are_removed_with_all_that_is_theirs},
    };
}

}  // namespace ringback::store::test
