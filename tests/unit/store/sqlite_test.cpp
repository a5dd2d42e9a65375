// The contract on SQLite, and what only a database in a directory can do: be missing, foreign, damaged, full.
#include "store/open_sqlite.hpp"
#include "tests/unit/store/child_process.hpp"
#include "tests/unit/store/contract.hpp"
#include "tests/unit/store/support.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

using namespace ringback::store;
using namespace ringback::store::test;
namespace data = boost::unit_test::data;

namespace {

std::unique_ptr<Store> open(const std::string& directory) {
    auto opened = open_sqlite(directory);
    BOOST_REQUIRE_MESSAGE(opened.has_value(), failure(opened));
    return std::move(*opened);
}

void on_a_fresh_store(const ContractCase& contract_case) {
    const TemporaryDirectory directory;
    const auto store = open(directory.path());
    contract_case.check(*store);
}

/// Runs SQL behind the store's back and gives the first column of the first row.
std::string behind_its_back(const std::string& directory, const std::string& sql) {
    sqlite3* connection = nullptr;
    std::string first;
    BOOST_REQUIRE(sqlite3_open((directory + "/ringback.db").c_str(), &connection) == SQLITE_OK);
    const auto keep = [](void* target, int, char** values, char**) {
        *static_cast<std::string*>(target) = values[0] != nullptr ? values[0] : "NULL";
        return 0;
    };
    BOOST_TEST(sqlite3_exec(connection, sql.c_str(), keep, &first, nullptr) == SQLITE_OK,
               sqlite3_errmsg(connection));
    sqlite3_close(connection);
    return first;
}

unsigned mode_of(const std::string& path) {
    struct stat status {};
    BOOST_REQUIRE_MESSAGE(::stat(path.c_str(), &status) == 0, path);
    return status.st_mode & 0777;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sqlite)

BOOST_DATA_TEST_CASE(runs, data::make(run_cases())) {
    on_a_fresh_store(sample);
}
BOOST_DATA_TEST_CASE(messages, data::make(message_cases())) {
    on_a_fresh_store(sample);
}
BOOST_DATA_TEST_CASE(deliveries, data::make(delivery_cases())) {
    on_a_fresh_store(sample);
}
BOOST_DATA_TEST_CASE(monitors, data::make(monitor_cases())) {
    on_a_fresh_store(sample);
}

BOOST_AUTO_TEST_CASE(what_was_stored_is_there_after_opening_again) {
    const TemporaryDirectory directory;
    {
        const auto store = open(directory.path());
        ok(store->begin_run(a_run("r1"), {a_message("m1")}));
    }
    const auto store = open(directory.path());
    BOOST_TEST(ok(store->message("m1"))->body == a_message("m1").body);
    BOOST_TEST(to_string(ok(store->run("r1"))->status) == "started");
}

BOOST_AUTO_TEST_CASE(bytes_are_blobs_and_times_microseconds) {
    const TemporaryDirectory directory;
    const auto store = open(directory.path());
    ok(store->begin_run(a_run("r1"), {a_message("m1")}));
    BOOST_TEST(behind_its_back(directory.path(), "SELECT typeof(body) || hex(body) FROM messages") ==
               "blob7B2261223A202200FFFE227D");
    BOOST_TEST(behind_its_back(directory.path(), "SELECT started_at FROM runs") == "1753000000123456");
    BOOST_TEST(behind_its_back(directory.path(), "PRAGMA journal_mode") == "wal");
}

BOOST_AUTO_TEST_CASE(everything_is_readable_for_its_owner_only) {
    const TemporaryDirectory directory;
    const auto store = open(directory.path("a b=c/d"));
    ok(store->begin_run(a_run("r1"), {}));
    BOOST_TEST(mode_of(directory.path("a b=c")) == 0700u);
    BOOST_TEST(mode_of(directory.path("a b=c/d")) == 0700u);
    for (const char* file : {"ringback.db", "ringback.db-wal", "ringback.db-shm"})
        BOOST_TEST_CONTEXT(file) BOOST_TEST(mode_of(directory.path("a b=c/d/") + file) == 0600u);
}

BOOST_AUTO_TEST_CASE(a_directory_that_cannot_be_used_gets_a_sentence) {
    const TemporaryDirectory directory;
    std::ofstream(directory.path("file")) << "x";
    const std::pair<std::string, std::string> rows[] = {
        {"", "io: there is no state directory: set RINGBACK_STATE to one"},
        {directory.path("file/state"),
         "io: cannot make the state directory " + directory.path("file/state") + ": Not a directory"},
        {directory.path("file"),
         "io: cannot write in the state directory " + directory.path("file") + ": Not a directory"},
        {"/proc/ringback", "io: cannot make the state directory /proc/ringback: No such file or directory"},
        {directory.path("a\"b"),
         "io: the path of the state directory must not hold a quotation mark: " + directory.path("a\"b")},
    };
    for (const auto& [path, expected] : rows)
        BOOST_TEST(failure(open_sqlite(path)) == expected);
}

BOOST_AUTO_TEST_CASE(a_directory_without_permission_gets_a_sentence) {
    const TemporaryDirectory directory;
    std::filesystem::permissions(directory.path(), std::filesystem::perms(0555));
    ChildProcess child({"open-unprivileged", directory.path()});
    BOOST_TEST(child.line() ==
               "io: cannot write in the state directory " + directory.path() + ": Permission denied");
    BOOST_TEST(child.wait() == 0);
    std::filesystem::permissions(directory.path(), std::filesystem::perms(0755));
}

BOOST_AUTO_TEST_CASE(a_file_that_is_no_database_gets_a_sentence) {
    const TemporaryDirectory directory;
    std::ofstream(directory.path("ringback.db")) << std::string(5000, 'x');
    BOOST_TEST(
        failure(open_sqlite(directory.path())) ==
        "corrupt: the state is damaged, seen while opening it: file is not a database: move the file away or "
        "restore a backup (" +
            directory.path() + "/ringback.db)");
}

BOOST_AUTO_TEST_CASE(a_damaged_page_gets_a_sentence) {
    const TemporaryDirectory directory;
    {
        const auto store = open(directory.path());
        for (int i = 0; i < 50; ++i)
            ok(store->begin_run(a_run("r" + std::to_string(i)), {a_message("m" + std::to_string(i))}));
    }
    const auto size = std::filesystem::file_size(directory.path("ringback.db"));
    std::fstream file(directory.path("ringback.db"), std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t page = 1; page < size / 4096; ++page)  // the first page holds the schema
        file.seekp(static_cast<std::streamoff>(page * 4096)).write("\xff\xff\xff\xff\xff\xff\xff\xff", 8);
    file.close();
    const auto opened = open_sqlite(directory.path());
    const std::string seen = opened ? failure_of((*opened)->runs({})) : failure(opened);
    BOOST_TEST(seen.starts_with("corrupt: the state is damaged, seen while "), seen);
    BOOST_TEST(seen.find("database disk image is malformed") != std::string::npos, seen);
}

BOOST_AUTO_TEST_CASE(a_word_nobody_wrote_is_damage) {
    const TemporaryDirectory directory;
    const auto store = open(directory.path());
    ok(store->begin_run(a_run("r1"), {}));
    behind_its_back(directory.path(), "UPDATE runs SET status = 'happy'");
    BOOST_TEST(
        failure_of(store->run("r1")) ==
        "corrupt: the state is damaged, seen while reading run r1: run r1 has type 'test' and status 'happy' "
        "(state in " +
            directory.path() + ")");
}

BOOST_AUTO_TEST_CASE(an_older_schema_is_brought_forward_with_what_waits_in_it) {
    const TemporaryDirectory directory;
    {
        const auto store = open(directory.path());
        ok(store->begin_run(a_run("r1"), {a_message("a1", "a"), a_message("a2", "a"), a_message("b1", "b"),
                                          a_message("c1", "c")}));
        ok(store->record_attempt(an_attempt("a1", 1, 200), MessageState::delivered, {}));
        ok(store->record_attempt(an_attempt("c1", 1, 200), MessageState::delivered, {}));
        BOOST_TEST(ids(ok(store->claim_messages("x", at(10), at(40), 1, ""))) == "a2");
    }
    behind_its_back(
        directory.path(),
        "DROP INDEX messages_claimed; DROP INDEX targets_ready; DROP INDEX runs_finished;"
        "DROP INDEX messages_due; ALTER TABLE targets DROP COLUMN head_seq;"
        "ALTER TABLE targets DROP COLUMN ready_at;"
        "CREATE INDEX messages_due ON messages (target_key, seq, claimed_by, claimed_until, state) "
        "WHERE state = 'due'; UPDATE schema_version SET version = 1");
    const auto store = open(directory.path());
    BOOST_TEST((ok(store->next_due()) == at(5)));
    BOOST_TEST(ids(ok(store->claim_messages("y", at(11), at(100), 10, ""))) == "b1");
    BOOST_TEST((ok(store->next_due()) == at(40)));
    BOOST_TEST(ids(ok(store->claim_messages("y", at(40), at(100), 10, ""))) == "a2");
    BOOST_TEST(behind_its_back(directory.path(), "SELECT version FROM schema_version") == "2");
}

BOOST_AUTO_TEST_CASE(a_newer_schema_is_left_alone) {
    const TemporaryDirectory directory;
    open(directory.path()).reset();
    behind_its_back(directory.path(), "UPDATE schema_version SET version = 99");
    BOOST_TEST(
        failure(open_sqlite(directory.path())) ==
        "too_new: the state was written by a newer ringback (schema 99, this one knows up to 2): use that "
        "version, or another state directory (state in " +
            directory.path() + ")");
    BOOST_TEST(behind_its_back(directory.path(), "SELECT version FROM schema_version") == "99");
}

BOOST_AUTO_TEST_CASE(a_lock_that_never_ends_is_busy) {
    const TemporaryDirectory directory;
    const auto store = open_sqlite(directory.path(), 1500ms).value();
    sqlite3* other = nullptr;
    BOOST_REQUIRE(sqlite3_open(directory.path("ringback.db").c_str(), &other) == SQLITE_OK);
    BOOST_REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    BOOST_TEST(!ok(store->run("r1")));  // reads go on
    const auto begun = std::chrono::steady_clock::now();
    BOOST_TEST(failure_of(store->begin_run(a_run("r1"), {})) ==
               "busy: another process kept the state locked while starting to write (state in " +
                   directory.path() + ")");
    const auto waited = std::chrono::steady_clock::now() - begun;
    BOOST_TEST((waited >= 1500ms && waited < 10s));
    BOOST_REQUIRE(sqlite3_exec(other, "COMMIT", nullptr, nullptr, nullptr) == SQLITE_OK);
    sqlite3_close(other);
    ok(store->begin_run(a_run("r1"), {}));
}

BOOST_AUTO_TEST_CASE(a_full_disk_undoes_the_whole_write_and_nothing_else) {
    const TemporaryDirectory directory;
    ChildProcess child({"fill", directory.path()});
    std::vector<std::string> told;
    for (std::string line = child.line(); !line.empty(); line = child.line())
        told.push_back(line);
    BOOST_TEST(child.wait() == 0);
    const std::vector<std::string> expected{
        "stored small",
        "full: disk is full while committing (state in " + directory.path() + ")",
        "still started, without message",
        "stored after the limit was lifted",
    };
    BOOST_TEST(told == expected, boost::test_tools::per_element());
    BOOST_TEST(behind_its_back(directory.path(), "PRAGMA integrity_check") == "ok");
}

BOOST_AUTO_TEST_CASE(the_default_directory_follows_the_environment) {
    struct {
        const char *state, *xdg, *home, *expected;
    } const rows[] = {
        {"/s", "/x", "/h", "/s"},
        {"", "/x", "/h", "/x/ringback"},
        {"", "relative", "/h", "/h/.local/state/ringback"},
        {"", "", "/h", "/h/.local/state/ringback"},
        {"here", "/x", "/h", "here"},
    };
    const char* names[] = {"RINGBACK_STATE", "XDG_STATE_HOME", "HOME"};
    std::vector<std::string> before;
    for (const char* name : names)
        before.emplace_back(std::getenv(name) != nullptr ? std::getenv(name) : "");
    for (const auto& row : rows) {
        ::setenv(names[0], row.state, 1);
        ::setenv(names[1], row.xdg, 1);
        ::setenv(names[2], row.home, 1);
        BOOST_TEST(default_state_directory() == row.expected);
    }
    for (std::size_t i = 0; i < before.size(); ++i)
        before[i].empty() ? ::unsetenv(names[i]) : ::setenv(names[i], before[i].c_str(), 1);
}

BOOST_AUTO_TEST_SUITE_END()
