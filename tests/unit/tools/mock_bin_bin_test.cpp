#include "tests/support/fake_responder.hpp"
#include "tools/mock-bin/bin.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <thread>

using namespace ringback;
using namespace ringback::mock_bin;

namespace {

std::shared_ptr<const Definition> definition(const char* text = "{}") {
    return *parse_definition(boost::json::parse(text));
}

std::string call(std::string body = "x") {
    return pack(test::make_request("POST", "/bin/x", {}, std::move(body)));
}

std::string seqs(const Snapshot& snapshot) {
    std::string out;
    for (const auto& entry : snapshot.entries)
        out += (out.empty() ? "" : " ") + std::to_string(entry->seq);
    return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mock_bin_bin)

BOOST_AUTO_TEST_CASE(the_ring_keeps_the_newest) {
    Bins bins({.ring = 3});
    const auto bin = bins.create(definition()).bin;
    for (int i = 0; i < 5; ++i)
        BOOST_TEST(bin->record(call()).entry->seq == static_cast<unsigned>(i + 1));
    const auto all = bin->snapshot();
    BOOST_TEST(seqs(all) == "3 4 5");
    BOOST_TEST(all.total == 5u);
    BOOST_TEST(all.dropped == 2u);
    BOOST_TEST(all.last_seq == 5u);
    BOOST_TEST(seqs(bin->snapshot(4)) == "5");
    BOOST_TEST(seqs(bin->snapshot(0, 2)) == "4 5");
    BOOST_TEST(seqs(bin->snapshot(5)) == "");
    BOOST_TEST(!bin->find(2));
    BOOST_TEST(bin->find(3)->seq == 3u);
}

BOOST_AUTO_TEST_CASE(bytes_are_bounded_too_but_the_newest_stays) {
    Bins bins({.ring = 100, .ring_bytes = 10'000});
    const auto bin = bins.create(definition()).bin;
    for (int i = 0; i < 10; ++i)
        BOOST_TEST(bin->record(call(std::string(4000, 'x'))).entry);
    BOOST_TEST(seqs(bin->snapshot()) == "9 10");
    BOOST_TEST(bins.bytes() < 10'000u);
    BOOST_TEST(bin->record(call(std::string(50'000, 'x'))).entry);
    BOOST_TEST(seqs(bin->snapshot()) == "11");
    BOOST_TEST(bin->snapshot().dropped == 10u);
}

BOOST_AUTO_TEST_CASE(all_bins_together_are_bounded) {
    Bins bins({.ring = 1000, .ring_bytes = 1u << 20, .total_bytes = 200'000});
    const auto small = bins.create(definition()).bin;
    BOOST_TEST(small->record(call()).entry);
    std::vector<BinPtr> many;
    for (int i = 0; i < 10; ++i) {
        many.push_back(bins.create(definition()).bin);
        for (int k = 0; k < 20; ++k)
            BOOST_TEST(many.back()->record(call(std::string(2000, 'x'))).entry);
        BOOST_TEST(bins.bytes() <= 200'000u);
    }
    BOOST_TEST(seqs(small->snapshot()) == "1");  // a small bin does not pay for its neighbours
}

BOOST_AUTO_TEST_CASE(clearing_starts_the_count_anew_but_not_the_numbers) {
    Bins bins({.ring = 2});
    const auto bin = bins.create(definition()).bin;
    for (int i = 0; i < 3; ++i)
        (void)bin->record(call());
    (void)bin->clear();
    BOOST_TEST(seqs(bin->snapshot()) == "");
    BOOST_TEST(bin->snapshot().total == 0u);
    BOOST_TEST(bin->snapshot().dropped == 0u);
    BOOST_TEST(bins.bytes() == bins.definition_bytes());
    BOOST_TEST(bin->record(call()).entry->seq == 4u);
}

BOOST_AUTO_TEST_CASE(a_new_definition_begins_its_sequence_anew) {
    Bins bins({});
    const auto made = bins.upsert("mine", definition(R"({"responses":[{"status":500},{"status":200}]})"));
    BOOST_TEST(made.created);
    BOOST_TEST(made.bin->record(call()).entry->answer == 0u);
    BOOST_TEST(made.bin->record(call()).entry->answer == 1u);
    const auto again = bins.upsert("mine", definition(R"({"responses":[{"status":401},{"status":402}]})"));
    BOOST_TEST(!again.created);
    BOOST_TEST(again.bin == made.bin);
    const auto entry = made.bin->record(call()).entry;
    BOOST_TEST(entry->answer == 0u);
    BOOST_TEST(entry->definition->answers[entry->answer].status == 401u);
    // An old entry goes on saying what it was answered.
    BOOST_TEST(made.bin->find(1)->definition->answers[0].status == 500u);
}

BOOST_AUTO_TEST_CASE(deleted_bins_record_nothing) {
    Bins bins({.bins = 1});
    const auto bin = bins.create(definition()).bin;
    BOOST_TEST(!bins.create(definition()).bin);  // too many
    BOOST_TEST(bins.remove(bin->id()).has_value());
    BOOST_TEST(!bins.remove(bin->id()).has_value());
    BOOST_TEST(!bin->record(call()).entry);
    BOOST_TEST(bin->snapshot().deleted);
    BOOST_TEST(bins.create(definition()).bin != nullptr);
}

BOOST_AUTO_TEST_CASE(listeners_hear_of_changes_until_they_leave) {
    Bins bins({});
    const auto bin = bins.create(definition()).bin;
    int heard = 0;
    auto token = bin->listen([&] { ++heard; });
    (void)bin->record(call());
    (void)bin->clear();
    BOOST_TEST(heard == 2);
    token.reset();
    (void)bin->record(call());
    BOOST_TEST(heard == 2);
}

BOOST_AUTO_TEST_CASE(threads_lose_nothing) {
    Bins bins({.ring = 100'000});
    const auto bin = bins.create(definition()).bin;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&] {
            for (int i = 0; i < 2500; ++i)
                (void)bin->record(call());
        });
    for (auto& thread : threads)
        thread.join();
    const auto all = bin->snapshot();
    BOOST_TEST(all.entries.size() == 10'000u);
    for (std::size_t i = 0; i < all.entries.size(); ++i)
        BOOST_REQUIRE(all.entries[i]->seq == i + 1);
}

BOOST_AUTO_TEST_CASE(ids) {
    for (const auto* good : {"a", "my-bin_1.2", "4cb0ce02-2ed2-4ce8-8e4e-000000000000"})
        BOOST_TEST(valid_bin_id(good), good);
    for (const auto* bad : {"", "create", "upsert", "delete", "view", "sample", "log", ".", "..", "a b",
                            "a/b", "\xC3\xBC", "a%20"})
        BOOST_TEST(!valid_bin_id(bad), bad);
    BOOST_TEST(!valid_bin_id(std::string(129, 'a')));
}

BOOST_AUTO_TEST_CASE(definitions_count_for_as_long_as_anything_refers_to_them) {
    Bins bins({.ring = 2, .total_bytes = 200'000});
    const auto large = [](char letter) {
        return definition((R"({"content":{"text":")" + std::string(20'000, letter) + "\"}}").c_str());
    };
    const auto bin = bins.upsert("a", large('a')).bin;
    (void)bins.upsert("b", large('a'));
    BOOST_TEST(bins.definition_bytes() > 40'000u);  // its JSON and its body
    BOOST_TEST(bins.definition_bytes() < 45'000u);
    (void)bin->record(call());
    (void)bins.upsert("a", large('b'));
    (void)bins.upsert("b", large('b'));
    BOOST_TEST(bins.definition_bytes() > 80'000u);  // the call still says what was answered
    const auto refused = bins.upsert("c", large('c'));
    BOOST_TEST(!refused.bin);
    BOOST_TEST(refused.too_large);
    BOOST_TEST(bins.create(large('c')).too_large);
    (void)bin->clear();
    BOOST_TEST(bins.definition_bytes() < 45'000u);
    BOOST_TEST(!bins.upsert("c", large('c')).too_large);
    for (const auto* id : {"a", "b", "c"})
        (void)bins.remove(id);
    BOOST_TEST(bins.definition_bytes() < 45'000u);  // of the bin held here
}

BOOST_AUTO_TEST_SUITE_END()
