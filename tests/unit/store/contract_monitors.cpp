#include "tests/unit/store/contract.hpp"
#include "tests/unit/store/support.hpp"

namespace ringback::store::test {
namespace {

void keeps_every_field(Store& store) {
    BOOST_TEST(ok(store.monitors()).empty());
    MonitorState state;
    state.name = "hourly";
    ok(store.save_monitor(state));
    auto read = ok(store.monitors()).at(0);
    BOOST_TEST(read.name == "hourly");
    BOOST_TEST(!read.last_started);
    BOOST_TEST(!read.next_due);
    BOOST_TEST(!read.alarmed);

    state.last_started = at(1);
    state.next_due = at(2);
    state.consecutive_failures = 3;
    state.alarmed = true;
    ok(store.save_monitor(state));
    MonitorState second;
    second.name = "daily";
    second.next_due = at(9);
    ok(store.save_monitor(second));

    const auto all = ok(store.monitors());
    BOOST_REQUIRE(all.size() == 2u);
    BOOST_TEST(all[0].name == "daily");  // by name
    BOOST_TEST(!all[0].last_started);
    BOOST_TEST((all[0].next_due == at(9)));
    BOOST_TEST((all[1].last_started == at(1)));
    BOOST_TEST((all[1].next_due == at(2)));
    BOOST_TEST(all[1].consecutive_failures == 3u);
    BOOST_TEST(all[1].alarmed);
}

void one_owner_at_a_time(Store& store) {
    struct {
        const char* owner;
        int now, until;
        bool expected;
        const char* why;
    } const rows[] = {
        {"a", 0, 30, true, "never saved, free"},  {"b", 10, 40, false, "held by a"},
        {"a", 10, 50, true, "renewed"},           {"b", 49, 80, false, "still held"},
        {"b", 50, 80, true, "a's lease is over"}, {"a", 60, 90, false, "held by b"},
    };
    for (const auto& row : rows)
        BOOST_TEST_CONTEXT(row.why)
    BOOST_TEST(ok(store.claim_monitor("hourly", row.owner, at(row.now), at(row.until))) == row.expected);
    const auto state = ok(store.monitors()).at(0);
    BOOST_TEST(state.claimed_by == "b");
    BOOST_TEST((state.claimed_until == at(80)));

    ok(store.release_monitor("hourly", "a"));  // not its own to release
    BOOST_TEST(!ok(store.claim_monitor("hourly", "c", at(61), at(90))));
    ok(store.release_monitor("hourly", "b"));
    BOOST_TEST(ok(store.claim_monitor("hourly", "c", at(61), at(90))));
    ok(store.release_monitor("unknown", "b"));
}

void saving_leaves_the_claim_alone(Store& store) {
    MonitorState state;
    state.name = "hourly";
    ok(store.save_monitor(state));
    BOOST_TEST(ok(store.claim_monitor("hourly", "a", at(0), at(30))));
    state.claimed_by = "b";
    state.alarmed = true;
    ok(store.save_monitor(state));
    BOOST_TEST(ok(store.monitors()).at(0).claimed_by == "a");
    BOOST_TEST(ok(store.monitors()).at(0).alarmed);
}

}  // namespace

std::vector<ContractCase> monitor_cases() {
    return {
        {"keeps every field", keeps_every_field},
        {"one owner at a time", one_owner_at_a_time},
        {"saving leaves the claim alone", saving_leaves_the_claim_alone},
    };
}

}  // namespace ringback::store::test
