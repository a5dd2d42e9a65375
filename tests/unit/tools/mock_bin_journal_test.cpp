#include "tests/support/fake_responder.hpp"
#include "tools/mock-bin/journal.hpp"
#include "tools/mock-bin/journal_records.hpp"

#include <boost/json.hpp>
#include <boost/test/unit_test.hpp>

#include <stdlib.h>

#include <filesystem>
#include <fstream>

using namespace ringback;
using namespace ringback::mock_bin;
namespace fs = std::filesystem;

namespace {

struct Folder {
    Folder() {
        std::string name = (fs::temp_directory_path() / "mock-bin-XXXXXX").string();
        path = ::mkdtemp(name.data());
    }
    ~Folder() { fs::remove_all(path); }
    [[nodiscard]] std::string file() const { return (path / "state").string(); }
    fs::path path;
};

std::shared_ptr<const Definition> definition(const char* text = "{}") {
    return *parse_definition(boost::json::parse(text));
}
std::string call(std::string body) {
    return pack(test::make_request("POST", "/bin/x", {}, std::move(body)));
}

/// Opens the file; `use` works on the bins; closes again. Gives what a person would have been told.
template <class Use>
std::string with(const std::string& file, Limits limits, Use use) {
    Bins bins(limits);
    std::string notices;
    auto journal = Journal::open(file, bins, [&](const std::string& text) { notices += text + "\n"; });
    if (!journal) return journal.error();
    use(bins, **journal);
    return notices;
}
template <class Use>
std::string with(const std::string& file, Use use) {
    return with(file, Limits{}, use);
}

/// "id: body body (total, dropped)" of every bin, in order of id.
std::string contents(Bins& bins) {
    auto all = bins.all();
    std::sort(all.begin(), all.end(), [](const BinPtr& a, const BinPtr& b) { return a->id() < b->id(); });
    std::string out;
    for (const auto& bin : all) {
        const auto snapshot = bin->snapshot();
        out += bin->id() + ":";
        for (const auto& entry : snapshot.entries)
            out += " " + std::to_string(entry->seq) + "=" + std::string(entry->request().body) + "/" +
                   std::to_string(entry->definition->answers[entry->answer].status);
        out += " (" + std::to_string(snapshot.total) + "," + std::to_string(snapshot.dropped) + ")\n";
    }
    return out;
}

std::string contents_of(const std::string& file, Limits limits = {}) {
    std::string out;
    const auto told = with(file, limits, [&](Bins& bins, Journal&) { out = contents(bins); });
    return told + out;
}

std::string slurp(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void spill(const std::string& file, std::string_view bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << bytes;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mock_bin_journal)

BOOST_AUTO_TEST_CASE(what_happened_is_there_after_a_restart) {
    const Folder folder;
    BOOST_TEST(with(folder.file(), [](Bins& bins, Journal&) {
                   const auto a =
                       bins.upsert(
                               "a",
                               definition(R"({"responses":[{"status":500},{"status":501},{"status":200}]})"))
                           .bin;
                   const auto b = bins.upsert("b", definition()).bin;
                   const auto gone = bins.upsert("gone", definition()).bin;
                   for (const auto* body : {"one", "two"})
                       (void)a->record(call(body));
                   (void)b->record(call("lost"));
                   (void)b->clear();
                   (void)b->record(call("kept"));
                   (void)gone->record(call("x"));
                   (void)bins.remove("gone");
               }) == "");
    BOOST_TEST(contents_of(folder.file()) == "a: 1=one/500 2=two/501 (2,0)\nb: 2=kept/200 (1,0)\n");
    // Numbers, sequences and totals go on where they were.
    (void)with(folder.file(), [](Bins& bins, Journal&) { (void)bins.find("a")->record(call("three")); });
    BOOST_TEST(contents_of(folder.file()) ==
               "a: 1=one/500 2=two/501 3=three/200 (3,0)\nb: 2=kept/200 (1,0)\n");
}

BOOST_AUTO_TEST_CASE(dropped_calls_stay_counted) {
    const Folder folder;
    (void)with(folder.file(), {.ring = 2}, [](Bins& bins, Journal&) {
        const auto bin = bins.upsert("a", definition()).bin;
        for (int i = 0; i < 5; ++i)
            (void)bin->record(call(std::to_string(i)));
    });
    BOOST_TEST(contents_of(folder.file(), {.ring = 2}) == "a: 4=3/200 5=4/200 (5,3)\n");
    BOOST_TEST(contents_of(folder.file(), {.ring = 1}) == "a: 5=4/200 (5,4)\n");
}

BOOST_AUTO_TEST_CASE(a_torn_tail_is_cut_at_the_last_whole_record) {
    const Folder folder;
    (void)with(folder.file(), [](Bins& bins, Journal&) {
        const auto bin = bins.upsert("a", definition()).bin;
        for (int i = 0; i < 3; ++i)
            (void)bin->record(call(std::to_string(i)));
    });
    const auto whole = slurp(folder.file());
    std::size_t cut = whole.size() - 1;
    const struct {
        std::size_t size;
        const char* contents;
    } rows[] = {{cut, "a: 1=0/200 2=1/200 (2,0)\n"},
                {whole.size() - 60, "a: 1=0/200 2=1/200 (2,0)\n"},
                {kJournalMagic.size() + 5, ""}};
    for (const auto& row : rows) {
        spill(folder.file(), std::string_view(whole).substr(0, row.size));
        const auto got = contents_of(folder.file());
        BOOST_TEST(got.find("ended inside a record: ") != std::string::npos, got);
        BOOST_TEST(got.ends_with(row.contents), got);
        BOOST_TEST(contents_of(folder.file()) == row.contents);  // once cut, it is whole
    }
    // One flipped bit in the last record.
    auto flipped = whole;
    flipped[flipped.size() - 3] ^= 1;
    spill(folder.file(), flipped);
    BOOST_TEST(contents_of(folder.file()).ends_with("a: 1=0/200 2=1/200 (2,0)\n"));
}

BOOST_AUTO_TEST_CASE(what_is_kept_of_a_cut_is_never_written_over) {
    const Folder folder;
    const auto torn = [&](const char* tail) {
        spill(folder.file(), std::string(kJournalMagic) + tail);
        (void)contents_of(folder.file());
    };
    const auto aside = folder.file() + ".cut-" + std::to_string(kJournalMagic.size());
    torn("first");
    torn("second");
    BOOST_TEST(slurp(aside) == "first");
    BOOST_TEST(slurp(aside + "-2") == "second");
}

BOOST_AUTO_TEST_CASE(a_whole_record_that_cannot_be_used_takes_nothing_with_it) {
    const Folder folder;
    std::string bytes(kJournalMagic);
    const auto define = [&](std::uint64_t bin, std::uint64_t position, const char* id, const char* json) {
        put_record(bytes, RecordKind::definition, definition_payload(bin, position, id, json));
    };
    const auto record = [&](std::uint64_t bin, std::uint64_t position, std::uint32_t answer,
                            const char* body) {
        Entry entry;
        entry.seq = position;
        entry.answer = answer;
        entry.bytes = call(body);
        put_record(bytes, RecordKind::entry, entry_payload(bin, position, entry), entry.bytes);
    };
    define(1, 1, "a", R"({"stauts":1})");
    record(1, 2, 7, "one");
    put_record(bytes, RecordKind(9), number_payload(1, 3, 0));
    put_record(bytes, RecordKind::entry, "short");
    put_record(bytes, RecordKind::clear, number_payload(1, 4, 0).substr(0, 16));
    define(2, 5, "b", R"({"status":299})");
    define(2, 6, "b", "{");
    record(2, 7, 0, "two");
    spill(folder.file(), bytes);
    const auto got = contents_of(folder.file());
    BOOST_TEST(got.find("holds 5 records that cannot be used and were passed over; the first is at byte 28: "
                        "what bin \"a\" answers, /stauts: unknown member") != std::string::npos,
               got);
    BOOST_TEST(got.ends_with("a: 2=one/200 (1,0)\nb: 7=two/299 (1,0)\n"), got);
    BOOST_TEST(slurp(folder.file()) == bytes);
}

BOOST_AUTO_TEST_CASE(every_definition_that_is_taken_is_there_after_a_restart) {
    const Folder folder;
    const std::string nest(28, '['), end(28, ']');
    const auto deep = R"({"cookies":[{"name":"a","_x":)" + nest + end + R"(}],"responses":[{"status":201}]})";
    (void)with(folder.file(), [&](Bins& bins, Journal&) {
        (void)bins.upsert("a", definition(deep.c_str())).bin->record(call("one"));
        (void)bins.upsert("b", definition(R"({"template":true,"content":{"text":"{{method}}"},
                          "responses":[{},{"template":false,"content":{"text":"{{name}}"}}]})"));
        (void)bins.upsert("c", definition()).bin->record(call("two"));
    });
    BOOST_TEST(contents_of(folder.file()) == "a: 1=one/201 (1,0)\nb: (0,0)\nc: 1=two/200 (1,0)\n");
}

BOOST_AUTO_TEST_CASE(every_cut_leaves_a_prefix_of_what_happened) {
    const Folder folder;
    (void)with(folder.file(), [](Bins& bins, Journal&) {
        const auto bin = bins.upsert("a", definition()).bin;
        for (int i = 0; i < 4; ++i)
            (void)bin->record(call(std::to_string(i)));
    });
    const auto whole = slurp(folder.file());
    std::size_t most = 0;
    for (std::size_t size = kJournalMagic.size(); size <= whole.size(); size += 7) {
        spill(folder.file(), std::string_view(whole).substr(0, size));
        std::size_t count = 0;
        (void)with(folder.file(), [&](Bins& bins, Journal&) {
            const auto bin = bins.find("a");
            count = bin ? bin->snapshot().entries.size() : 0;
        });
        BOOST_TEST(count >= most);
        most = count;
    }
    BOOST_TEST(most >= 3u);
}

BOOST_AUTO_TEST_CASE(files_of_others_are_left_alone) {
    const Folder folder;
    spill(folder.file(), "my precious notes, much longer than the magic of a journal");
    BOOST_TEST(with(folder.file(), [](Bins&, Journal&) {}) ==
               folder.file() + ": is not a state file of mock-bin");
    BOOST_TEST(slurp(folder.file()).starts_with("my precious notes"));
    BOOST_TEST(with((folder.path / "no/such/folder").string(), [](Bins&, Journal&) {
               }).ends_with(": No such file or directory"));
    fs::remove(folder.file());
    BOOST_TEST(with(folder.file(), [&](Bins&, Journal&) {
                   BOOST_TEST(with(folder.file(), [](Bins&, Journal&) {}) ==
                              folder.file() + ": is in use by another mock-bin");
               }) == "");
}

BOOST_AUTO_TEST_CASE(snapshots_and_what_was_queued_meanwhile_count_once) {
    const Folder folder;
    std::string snapshot;
    (void)with(folder.file(), [&](Bins& bins, Journal&) {
        const auto bin = bins.upsert("a", definition(R"({"responses":[{"status":500},{"status":200}]})")).bin;
        (void)bin->record(call("old"));
        (void)bins.upsert("a", definition(R"({"status":299})"));
        (void)bin->record(call("new"));
        snapshot = StateReader::records_of(*bin);
    });
    // The file written anew holds the snapshot, and behind it what was still in the queue when it was taken.
    const auto tail = slurp(folder.file()).substr(kJournalMagic.size());
    spill(folder.file(), std::string(kJournalMagic) + snapshot + tail);
    BOOST_TEST(contents_of(folder.file()) == "a: 1=old/500 2=new/299 (2,0)\n");
}

BOOST_AUTO_TEST_CASE(a_large_file_of_dead_records_is_written_anew) {
    const Folder folder;
    const std::string body(1u << 20, 'x');
    (void)with(folder.file(), {.ring = 4}, [&](Bins& bins, Journal&) {
        const auto bin = bins.upsert("a", definition()).bin;
        for (int i = 0; i < 80; ++i) {
            (void)bin->record(call(body));
            if (i % 8 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
    });
    BOOST_TEST(fs::file_size(folder.file()) < (70u << 20));
    BOOST_TEST(with(folder.file(), {.ring = 4}, [](Bins& bins, Journal&) {
                   const auto snapshot = bins.find("a")->snapshot();
                   BOOST_TEST(snapshot.total == 80u);
                   BOOST_TEST(snapshot.dropped == 76u);
                   BOOST_TEST(snapshot.entries.size() == 4u);
                   BOOST_TEST(snapshot.entries.back()->seq == 80u);
               }) == "");
}

BOOST_AUTO_TEST_CASE(waiting_for_the_disk) {
    const Folder folder;
    (void)with(folder.file(), [](Bins& bins, Journal& journal) {
        boost::asio::io_context context;
        const auto bin = bins.upsert("a", definition()).bin;
        int durable = 0;
        for (int i = 0; i < 50; ++i) {
            const auto position = bin->record(call("x")).position;
            boost::asio::co_spawn(context, journal.durable(position),
                                  [&](std::exception_ptr, bool good) { durable += good; });
        }
        context.run();
        BOOST_TEST(durable == 50);
    });
}

BOOST_AUTO_TEST_SUITE_END()
